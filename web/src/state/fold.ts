/**
 * The fold of a session's log into what a screen needs: record by record the same as the server's,
 * so that a snapshot and the pages after it can be joined at any place.
 *
 * A screen is never changed. What a batch of records touches is copied once, and the rest is shared
 * with the screen before, so that a component whose item did not change is not drawn again.
 */
import type {
  Activity,
  AnyEvent,
  AnyRecord,
  ApprovalSeen,
  Display,
  Grant,
  ItemSeen,
  RecordOf,
  RunSeen,
  Screen,
} from '../generated/protocol';
import { put } from './put';

export function emptyScreen(session: string): Screen {
  return { session, usage: {} };
}

export function fold(screen: Screen, records: readonly AnyRecord[]): Screen {
  const draft = new Draft(screen);
  for (const record of records) draft.see(record);
  return draft.shown();
}

const STREAMS = ['text', 'stdout', 'stderr'] as const;

class Draft {
  readonly #screen: Screen;
  readonly #own = new Set<object>();

  constructor(screen: Screen) {
    this.#screen = { ...screen };
  }

  shown(): Screen {
    put(this.#screen, 'activity', activityOf(this.#screen), 'idle');
    return this.#screen;
  }

  see(record: AnyRecord): void {
    if (record.type === 'item.delta') {
      this.#delta(record);
      return;
    }
    if (this.#fold(record)) this.#screen.updated_at = record.at;
  }

  /** Fold one record; return false when it is of a type that this page does not know. */
  #fold(record: AnyRecord): boolean {
    const screen = this.#screen;
    switch (record.type) {
      case 'session.created':
        screen.owner = record.owner;
        screen.created_at = record.at;
        put(screen, 'name', record.name, '');
        put(screen, 'source', record.source);
        put(screen, 'model', record.model);
        put(screen, 'agent', record.agent);
        put(screen, 'mode', record.mode, 'none');
        put(screen, 'gates', record.gates);
        put(screen, 'data', record.data);
        put(screen, 'labels', record.labels);
        return true;
      case 'session.updated':
        this.#updated(record);
        return true;
      case 'session.archived':
        screen.status = 'archived';
        return true;
      case 'session.deleted':
        screen.status = 'deleted';
        return true;
      case 'run.queued':
      case 'run.started':
        this.#run(record);
        return true;
      case 'run.steered': {
        const run = this.#ownRun(record.run);
        if (run) run.steered = [...(run.steered ?? []), record.text];
        return true;
      }
      case 'run.finished':
        this.#runFinished(record);
        return true;
      case 'round.started': {
        const run = this.#ownRun(record.run);
        if (run) put(run, 'round', record.round, 0);
        this.#message();
        return true;
      }
      case 'round.finished':
        return true;
      case 'item.started':
        this.#itemStarted(record);
        return true;
      case 'item.completed':
        this.#itemCompleted(record);
        return true;
      case 'check.finished': {
        const item = this.#ownItem(record.item);
        if (item) item.check = eventOf(record);
        return true;
      }
      case 'artifact.created': {
        const { name, mime, size, url } = record;
        const kept = (screen.artifacts ?? []).filter((seen) => seen.name !== name);
        screen.artifacts = [...kept, { name, mime, size, url }];
        return true;
      }
      case 'approval.requested':
        this.#approvals()[record.approval] = { request: eventOf(record), at: record.at };
        return true;
      case 'approval.resolved':
        this.#resolved(record);
        return true;
      case 'approval.revoked': {
        const left = (screen.grants ?? []).filter((one) => one.approval !== record.approval);
        put(screen, 'grants', left.length ? left : undefined);
        return true;
      }
      case 'question.asked':
        screen.questions = [...(screen.questions ?? []), eventOf(record)];
        return true;
      case 'question.answered': {
        const left = (screen.questions ?? []).filter((one) => one.question !== record.question);
        put(screen, 'questions', left.length ? left : undefined);
        return true;
      }
      case 'input.requested':
        screen.inputs = [...(screen.inputs ?? []), eventOf(record)];
        return true;
      case 'input.replied': {
        const left = (screen.inputs ?? []).filter((one) => one.input !== record.input);
        put(screen, 'inputs', left.length ? left : undefined);
        return true;
      }
      case 'model.asked': {
        const run = record.run === undefined ? undefined : this.#ownRun(record.run);
        if (run) run.asked = [...(run.asked ?? []), eventOf(record)];
        return true;
      }
      case 'code.started':
      case 'tool.called':
        return true;
      case 'usage.counted':
        this.#usage(record);
        return true;
      case 'kernel.started':
        screen.kernel = 'started';
        put(screen, 'isolation', record.isolation, '');
        return true;
      case 'kernel.busy':
      case 'kernel.idle':
      case 'kernel.died':
      case 'kernel.restarted':
        screen.kernel = record.type.slice('kernel.'.length);
        return true;
      case 'kernel.moved':
        put(screen, 'home', record.home);
        if (record.home === undefined) delete screen.home;
        return true;
      default:
        return false;
    }
  }

  #updated(record: RecordOf<'session.updated'>): void {
    const screen = this.#screen;
    if (record.name !== undefined) put(screen, 'name', record.name, '');
    if (record.source !== undefined) screen.source = record.source;
    if (record.model !== undefined) screen.model = record.model;
    if (record.mode !== undefined) put(screen, 'mode', record.mode, 'none');
    if (record.gates !== undefined) screen.gates = record.gates;
    if (record.data !== undefined) screen.data = record.data;
    if (record.labels !== undefined) put(screen, 'labels', filled(record.labels));
    if (record.status !== undefined) put(screen, 'status', record.status, 'active');
  }

  #run(record: RecordOf<'run.queued'> | RecordOf<'run.started'>): void {
    let run = this.#ownRun(record.run);
    if (!run) {
      run = { run: record.run, text: record.text, by: record.by };
      put(run, 'key', record.key);
      put(run, 'attachments', record.attachments);
      put(run, 'options', record.options);
      this.#own.add(run);
      this.#runs().push(run);
      this.#message();
    }
    run.at = record.at;
    put(run, 'queued', record.type === 'run.queued', false);
  }

  #runFinished(record: RecordOf<'run.finished'>): void {
    const run = this.#ownRun(record.run);
    if (!run) return;
    delete run.queued;
    run.outcome = record.outcome;
    put(run, 'answer', record.answer);
    put(run, 'error', record.error);
    run.usage = record.usage ?? {};
    run.elapsed_ms = record.elapsed_ms ?? 0;
  }

  #itemStarted(record: RecordOf<'item.started'>): void {
    const item: ItemSeen = { item: record.item, kind: record.kind, at: record.at };
    put(item, 'run', record.run);
    put(item, 'of', record.of);
    put(item, 'language', record.language);
    put(item, 'source', record.source);
    put(item, 'columns', record.columns);
    put(item, 'name', record.name);
    put(item, 'arguments', record.arguments);
    put(item, 'title', record.title);
    this.#own.add(item);
    this.#items()[record.item] = item;
    const run = record.run === undefined ? undefined : this.#ownRun(record.run);
    if (run) run.items = [...(run.items ?? []), record.item];
  }

  #delta(record: RecordOf<'item.delta'>): void {
    const item = this.#ownItem(record.item);
    if (!item) return;
    if (record.clear) {
      for (const name of STREAMS) delete item[name];
      delete item.displays;
    }
    if (record.text !== undefined) {
      const name = record.stream ?? 'text';
      item[name] = (item[name] ?? '') + record.text;
    }
    if (record.rows !== undefined) item.rows = (item.rows ?? []).concat(record.rows);
    if (record.mime !== undefined) {
      const drawn: Display = { mime: record.mime, data: record.data ?? null };
      put(drawn, 'id', record.display);
      item.displays = withDisplay(item.displays ?? [], drawn);
    }
  }

  #itemCompleted(record: RecordOf<'item.completed'>): void {
    const item = this.#ownItem(record.item);
    if (!item) return;
    const ran =
      record.outcome === undefined || record.outcome === 'ok' || record.outcome === 'failed';
    if (item.kind === 'code' && item.run !== undefined && ran) this.#message();
    for (const name of STREAMS) delete item[name];
    delete item.rows;
    delete item.displays;
    item.content = record.content;
    item.outcome = record.outcome ?? 'ok';
    put(item, 'error', record.error);
    put(item, 'elapsed_ms', record.elapsed_ms);
  }

  #resolved(record: RecordOf<'approval.resolved'>): void {
    const before = this.#screen.approvals?.[record.approval];
    if (!before) return;
    const seen: ApprovalSeen = { ...before, verdict: record.verdict };
    put(seen, 'by', record.by);
    put(seen, 'text', record.text);
    put(seen, 'changed', record.changed);
    seen.resolved_at = record.at;
    this.#approvals()[record.approval] = seen;
    const granted = record.verdict === 'approve' || record.verdict === 'edit';
    if ((record.remember === 'session' || record.remember === 'always') && granted) {
      const { subject, remembers } = seen.request;
      const { approval, at } = record;
      const grant: Grant = { subject, scope: remembers ?? '', approval, at };
      put(grant, 'remember', record.remember, 'session');
      put(grant, 'by', record.by);
      this.#screen.grants = [...(this.#screen.grants ?? []), grant];
    }
  }

  #usage(record: RecordOf<'usage.counted'>): void {
    const { usage: spent = {} } = this.#screen;
    const cost = record.cost === undefined ? spent.cost : (spent.cost ?? 0) + record.cost;
    const usage: NonNullable<Screen['usage']> = {};
    put(usage, 'input_tokens', (spent.input_tokens ?? 0) + record.input_tokens, 0);
    put(usage, 'output_tokens', (spent.output_tokens ?? 0) + record.output_tokens, 0);
    put(usage, 'cost', cost);
    this.#screen.usage = usage;
  }

  #message(): void {
    this.#screen.messages = (this.#screen.messages ?? 0) + 1;
  }

  // --- Copies of what is about to change, made once per batch ---

  #runs(): RunSeen[] {
    const screen = this.#screen;
    if (!screen.runs || !this.#own.has(screen.runs)) {
      screen.runs = [...(screen.runs ?? [])];
      this.#own.add(screen.runs);
    }
    return screen.runs;
  }

  #items(): NonNullable<Screen['items']> {
    const screen = this.#screen;
    if (!screen.items || !this.#own.has(screen.items)) {
      screen.items = { ...screen.items };
      this.#own.add(screen.items);
    }
    return screen.items;
  }

  #approvals(): NonNullable<Screen['approvals']> {
    const screen = this.#screen;
    if (!screen.approvals || !this.#own.has(screen.approvals)) {
      screen.approvals = { ...screen.approvals };
      this.#own.add(screen.approvals);
    }
    return screen.approvals;
  }

  #ownRun(id: string): RunSeen | undefined {
    const runs = this.#runs();
    // A run that something happens to is nearly always among the last.
    const place = runs.findLastIndex((run) => run.run === id);
    const run = runs[place];
    if (!run || this.#own.has(run)) return run;
    const copy = { ...run };
    this.#own.add(copy);
    runs[place] = copy;
    return copy;
  }

  #ownItem(id: string): ItemSeen | undefined {
    const item = this.#screen.items?.[id];
    if (!item || this.#own.has(item)) return item;
    const copy = { ...item };
    this.#own.add(copy);
    this.#items()[id] = copy;
    return copy;
  }
}

/** Add a display, or put it where the one with its id stands. */
function withDisplay(displays: readonly Display[], drawn: Display): Display[] {
  const at = drawn.id === undefined ? -1 : displays.findIndex((one) => one.id === drawn.id);
  return at < 0 ? [...displays, drawn] : displays.with(at, drawn);
}

function filled<T extends object>(dictionary: T): T | undefined {
  return Object.keys(dictionary).length ? dictionary : undefined;
}

function activityOf(screen: Screen): Activity {
  const runs = screen.runs ?? [];
  if (runs.every((run) => run.outcome !== undefined || run.queued)) return 'idle';
  const gates = Object.values(screen.approvals ?? {});
  const waits =
    gates.some((seen) => seen.verdict === undefined) ||
    (screen.questions ?? []).length > 0 ||
    (screen.inputs ?? []).some((asked) => asked.run !== undefined);
  return waits ? 'waiting' : 'working';
}

/** A record without its place: the event itself. */
export function eventOf<R extends AnyRecord>(record: R): Extract<AnyEvent, { type: R['type'] }> {
  const { seq: _seq, at: _at, ...event } = record;
  return event as unknown as Extract<AnyEvent, { type: R['type'] }>;
}
