import type { Attachment, DataPolicy, Mode, SessionStatus } from '../generated/protocol';
import { Http, type Me, type ModelSeen, type SourceSeen } from '../wire/http';
import { connect } from '../wire/connect';
import { newKey } from '../wire/keys';
import { RefusedError } from '../wire/refused';
import type { Wire, WireState } from '../wire/wire';
import { Catalogues } from './catalogues.svelte';
import { Files } from './files.svelte';
import { InboxView } from './inbox.svelte';
import { Notices } from './notices.svelte';
import { Prefs } from './prefs.svelte';
import { Route } from './route.svelte';
import { SessionView } from './session.svelte';

/** A question that was sent and is not in the log yet. */
export interface Pending {
  key: string;
  text: string;
  /** Missing while its session is not there yet. */
  session?: string;
}

/** Everything that the page knows and may do: one per page. */
export class Chat {
  readonly http: Http;
  readonly prefs = new Prefs();
  readonly route = new Route();
  readonly notices = new Notices();
  readonly files = new Files(this);
  readonly catalogues: Catalogues;
  wire = $state.raw<Wire | undefined>(undefined);
  wireState = $state.raw<WireState>({ name: 'connecting' });
  me = $state.raw<Me | undefined>(undefined);
  needsLogin = $state(false);
  inbox = $state.raw<InboxView | undefined>(undefined);
  open = $state.raw<SessionView | undefined>(undefined);
  sources = $state.raw<SourceSeen[]>([]);
  models = $state.raw<ModelSeen[]>([]);
  /** The most of the data that a model outside may be told on this server. */
  dataMost = $state<DataPolicy>('results');
  pending = $state.raw<Pending[]>([]);
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
    this.http = new Http(base);
    this.catalogues = new Catalogues(this.http);
  }

  /** Find out who is asking, then connect. Until that succeeds it is tried again. */
  async start(): Promise<void> {
    try {
      this.me = await this.http.me();
      this.needsLogin = this.me.auth === 'token' && !this.me.caller;
    } catch (error) {
      this.needsLogin = error instanceof RefusedError && error.code === 'unauthenticated';
      // Anything else: the server is away, and the wire knows how to wait.
    }
    if (!this.needsLogin) this.#connect();
  }

  async login(token: string): Promise<void> {
    await this.http.login(token);
    this.needsLogin = false;
    if (this.wire) this.wire.reopen();
    else await this.start();
  }

  /** What is picked for new sessions, and for this one while it is open. */
  get source(): string | undefined {
    const open = this.open?.screen?.source;
    if (open) return open;
    const liked = this.prefs.get('source');
    return this.sources.some((one) => one.name === liked) ? liked : this.sources[0]?.name;
  }

  get mode(): Mode {
    return this.open?.screen ? (this.open.screen.mode ?? 'none') : this.prefs.get('mode');
  }

  get model(): string | undefined {
    const open = this.open?.screen?.model;
    if (open) return open;
    const liked = this.prefs.get('model');
    if (this.models.some((one) => one.name === liked)) return liked;
    return (this.models.find((one) => one.default) ?? this.models[0])?.name;
  }

  /** The run that goes on in the open session. */
  get run() {
    return this.open?.screen?.runs?.findLast((run) => !run.outcome && !run.queued);
  }

  /** A person's own code that goes on in the open session, outside of any run. */
  get own() {
    const items = Object.values(this.open?.screen?.items ?? {});
    return items.findLast((item) => !item.run && item.kind === 'code' && !item.outcome);
  }

  /** May connect sources and models. The server judges by itself; this only spares the asking. */
  get admin(): boolean {
    return this.me?.caller?.roles?.includes('admin') ?? false;
  }

  get readonly(): boolean {
    const status = this.open?.screen?.status ?? 'active';
    return status === 'archived' || status === 'deleted' || this.wireState.name === 'closed';
  }

  /** Show the session that the address names. */
  show(session: string | undefined): void {
    if (this.open?.id === session) return;
    this.open?.leave();
    this.open =
      session !== undefined && this.wire ? new SessionView(this.wire, session) : undefined;
  }

  async pick(change: { source?: string; mode?: Mode; model?: string }): Promise<void> {
    for (const [name, value] of Object.entries(change)) {
      this.prefs.set(name as 'source' | 'mode' | 'model', value as never);
    }
    const session = this.open?.id;
    if (session) await this.#try(this.wire?.send({ type: 'session.update', session, ...change }));
  }

  /** Put a question to the open session, or to a new one. */
  async ask(text: string, attachments: Attachment[] = [], queue = false): Promise<void> {
    const wire = this.wire;
    if (!wire) return;
    const screen = this.open?.screen;
    let pending: Pending = { key: newKey(), text, ...(this.open ? { session: this.open.id } : {}) };
    this.pending = [...this.pending, pending];
    try {
      const session = pending.session ?? (await this.create(text));
      if (pending.session === undefined) {
        const there = { ...pending, session };
        this.pending = this.pending.map((one) => (one === pending ? there : one));
        pending = there;
      }
      if (screen && !screen.name && !screen.runs?.length) void this.rename(session, nameOf(text));
      await wire.send({
        type: 'run.start',
        session,
        text,
        key: pending.key,
        ...(attachments.length ? { attachments } : {}),
        ...(queue ? { when_busy: 'enqueue' as const } : {}),
      });
    } finally {
      this.pending = this.pending.filter((one) => one.key !== pending.key);
    }
  }

  async create(text: string): Promise<string> {
    if (!this.wire) throw new Error('Not connected yet.');
    const { source, model, mode } = this;
    const created = await this.wire.send({
      type: 'session.create',
      name: nameOf(text),
      mode,
      ...(source ? { source } : {}),
      ...(model ? { model } : {}),
    });
    this.route.go(created.session);
    this.show(created.session);
    return created.session;
  }

  async steer(text: string): Promise<void> {
    const run = this.run;
    if (!run || !this.open || !this.wire) return;
    await this.wire.send({ type: 'run.steer', session: this.open.id, run: run.run, text });
  }

  /** Stop what goes on: the run, or one's own code. */
  async stop(): Promise<void> {
    const { run, own, wire } = this;
    const session = this.open?.id;
    if (!session || !wire) return;
    if (run) await this.#try(wire.send({ type: 'run.cancel', session, run: run.run }));
    else if (own?.language === 'python') {
      await this.#try(wire.send({ type: 'kernel.interrupt', session }));
    } else if (own) await this.#try(wire.send({ type: 'query.cancel', session, item: own.item }));
  }

  /** Run the cells of a session again, so that its Python holds what it held. */
  async restore(session: string): Promise<void> {
    await this.#try(this.wire?.send({ type: 'kernel.restore', session }));
  }

  async rename(session: string, name: string): Promise<void> {
    await this.#try(this.wire?.send({ type: 'session.update', session, name }));
  }

  async archive(session: string): Promise<void> {
    await this.#away(session, 'session.archive', 'Archived');
  }

  async remove(session: string): Promise<void> {
    await this.#away(session, 'session.delete', 'Deleted');
  }

  async bringBack(session: string, status: SessionStatus = 'active'): Promise<void> {
    await this.#try(this.wire?.send({ type: 'session.update', session, status }));
  }

  async #away(
    session: string,
    type: 'session.archive' | 'session.delete',
    done: string,
  ): Promise<void> {
    const name = this.inbox?.inbox?.sessions?.[session]?.name || 'Session';
    const granted = await this.#try(this.wire?.send({ type, session }));
    if (!granted) return;
    if (this.open?.id === session && type === 'session.delete') this.route.go(undefined);
    this.notices.say(`${done}: ${name}`, {
      label: 'Undo',
      run: () => void this.bringBack(session),
    });
  }

  /** Do it, and say why when it is refused. */
  async #try<T>(wish: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await wish;
    } catch (error) {
      this.notices.fail(error);
      return undefined;
    }
  }

  #connect(): void {
    const wire = connect(this.#base, { client: 'web/0.1' });
    this.wire = wire;
    wire.state.subscribe((state) => {
      this.wireState = state;
      if (state.name === 'closed' && state.code === 4401) this.needsLogin = true;
    });
    wire.caller.subscribe((caller) => {
      if (!caller || this.inbox) return;
      this.inbox = new InboxView(wire, caller.id);
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.me ??= await this.http.me().catch(() => undefined);
    await this.lookAtSources();
    await this.lookAtModels();
  }

  async lookAtModels(): Promise<void> {
    const found = await this.http.models().catch(() => undefined);
    if (!found) return;
    this.models = found.items;
    this.dataMost = found.data_most ?? 'results';
  }

  async lookAtSources(): Promise<void> {
    this.sources = await this.http.sources().catch(() => this.sources);
  }
}

/** A session is called by its first question. */
export function nameOf(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length <= 72 ? line : `${line.slice(0, 70).trimEnd()} …`;
}
