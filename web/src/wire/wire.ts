import {
  CLOSES,
  type AnyCommand,
  type Caller,
  type CommandType,
  type Limits,
  type Reply,
  type ResultOf,
  type Refusal,
  type ServerMessage,
  type SessionId,
} from '../generated/protocol';
import { Backoff } from './backoff';
import { Following, type Follower, type Standing } from './following';
import { nextFrame } from './frames';
import { Heartbeat } from './heartbeat';
import { Outbox, type Wish } from './outbox';
import { ClosedError, RefusedError } from './refused';
import { Told } from './told';
import { ABNORMAL, type Opener, type Transport, type UnknownMessage } from './transport';

/** How the wire is. `offline` comes back by itself; `closed` needs something to be done first. */
export type WireState =
  | { name: 'connecting' }
  | { name: 'replaying' }
  | { name: 'live' }
  | { name: 'offline'; retryAt: number }
  | { name: 'closed'; code: number; reason: string; advice: string };

export interface WireOptions {
  /** How connections are made. The number of failures in a row helps to choose. */
  open: (failures: number) => Opener | Promise<Opener>;
  client?: string;
  /** A token for `hello`, where no cookie says who is asking. */
  token?: () => string | undefined;
  /** For tests: when to hand on what has come. */
  frame?: (flush: () => void) => void;
  random?: () => number;
}

/** One connection to an Askwire server, many sessions on it. */
export class Wire {
  readonly state = new Told<WireState>({ name: 'connecting' });
  readonly caller = new Told<Caller | undefined>(undefined);
  /** The last messages of types that this page does not know. */
  readonly unknown = new Told<UnknownMessage[]>([]);
  limits: Limits | undefined;
  server = '';

  readonly #options: WireOptions;
  readonly #backoff: Backoff;
  readonly #heartbeat: Heartbeat;
  readonly #followings = new Map<SessionId, Following>();
  readonly #follows = new Map<string, Following>();
  readonly #outbox: Outbox;
  #transport: Transport | undefined;
  /** Grows with each connection, so that what an old one still says is not heard. */
  #connection = 0;
  #welcomed = false;
  #failures = 0;
  #hello = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    this.#outbox = new Outbox((command) => this.#say(command));
    this.#heartbeat = new Heartbeat(
      () => this.#transport?.say({ type: 'ping' }),
      () => this.#transport?.close(ABNORMAL, 'silent'),
    );
    void this.#connect();
  }

  /** Follow a session until the returned function is called. */
  follow(session: SessionId, follower: Follower): () => void {
    this.#followings.get(session)?.end();
    const following = new Following(session, follower, this.#options.frame ?? nextFrame);
    this.#followings.set(session, following);
    if (this.#welcomed) this.#follow(following);
    return () => {
      following.end();
      if (this.#followings.get(session) !== following) return;
      this.#followings.delete(session);
      if (this.#welcomed) this.#leave(session);
      this.#settle();
    };
  }

  standing(session: SessionId): Standing | undefined {
    return this.#followings.get(session)?.standing;
  }

  /**
   * Send a command; it is retried under one key until it is answered.
   * Rejects with `RefusedError`, or with `ClosedError` when the wire closes for good.
   */
  send<T extends CommandType>(wish: Wish<T>): Promise<ResultOf<T>> {
    const state = this.state.value;
    if (state.name === 'closed') return Promise.reject(new ClosedError(state.code, state.reason));
    const room = this.limits?.frame_bytes;
    // The server would close the whole wire over it.
    if (room !== undefined && new TextEncoder().encode(JSON.stringify(wish)).length + 128 > room) {
      const detail = `This is larger than the ${Math.floor(room / 1024)} KiB that one message may have.`;
      return Promise.reject(new RefusedError({ code: 'frame_too_large', detail }));
    }
    return this.#outbox.send(wish);
  }

  /** Something happened that makes a connection likely: try now instead of later. */
  nudge(): void {
    const state = this.state.value;
    if (state.name === 'offline') void this.#connect();
    else if (this.#welcomed) this.#heartbeat.doubt();
  }

  /** Come back after `closed`, with what was missing. */
  reopen(): void {
    if (this.state.value.name === 'closed') void this.#connect();
  }

  close(): void {
    clearTimeout(this.#timer);
    const transport = this.#transport;
    this.#closed(1000, 'closed here');
    transport?.close();
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#timer);
    const connection = ++this.#connection;
    this.#welcomed = false;
    this.state.set({ name: 'connecting' });
    const opener = await this.#options.open(this.#failures);
    if (connection !== this.#connection) return;
    const current = () => connection === this.#connection;
    // A network that swallows everything answers neither yes nor no.
    this.#heartbeat.start(undefined);
    this.#transport = opener({
      opened: () => current() && this.#opened(),
      heard: (message) => current() && this.#heard(message as ServerMessage),
      closed: (code, reason) => current() && this.#lost(code, reason),
    });
  }

  #opened(): void {
    this.#hello = this.#outbox.nextId();
    const token = this.#options.token?.();
    this.#transport?.say({
      type: 'hello',
      id: this.#hello,
      client: this.#options.client ?? 'web',
      ...(token ? { token } : {}),
    });
  }

  #heard(message: ServerMessage): void {
    this.#heartbeat.heard();
    switch (message.type) {
      case 'welcome':
        this.caller.set(message.caller);
        this.limits = message.limits;
        this.server = message.server;
        this.#welcomed = true;
        this.#heartbeat.start(message.heartbeat);
        for (const following of this.#followings.values()) this.#follow(following);
        this.#outbox.sayAgain();
        this.#settle();
        return;
      case 'ping':
        this.#transport?.say({ type: 'pong', ...(message.id ? { id: message.id } : {}) });
        return;
      case 'pong':
        return;
      case 'reply':
      case 'refusal':
        this.#good();
        this.#answered(message);
        return;
      case 'page': {
        this.#good();
        const following = this.#followings.get(message.session);
        if (following && !following.page(message) && !following.asked) this.#follow(following);
        this.#settle();
        return;
      }
      case 'snapshot':
        this.#good();
        this.#followings.get(message.session)?.snapshot(message);
        this.#settle();
        return;
      default:
        this.unknown.set([...this.unknown.value.slice(-99), message as UnknownMessage]);
    }
  }

  // A server may take a connection and then drop it. Only one that does its work ends the back-off.
  #good(): void {
    this.#failures = 0;
    this.#backoff.reset();
  }

  #answered(answer: Reply | Refusal): void {
    const following = answer.id === undefined ? undefined : this.#follows.get(answer.id);
    if (answer.id === undefined || !following) {
      this.#outbox.answered(answer);
      return;
    }
    this.#follows.delete(answer.id);
    if (answer.type === 'refusal') {
      if (answer.advice === 'retry') {
        const wait = (answer.retry_after ?? 1) * 1000;
        const connection = this.#connection;
        setTimeout(() => {
          if (connection === this.#connection && this.#has(following)) this.#follow(following);
        }, wait);
      } else {
        following.refuse(new RefusedError(answer));
      }
    } else {
      const { upto } = answer.result as ResultOf<'session.follow'>;
      following.asked = false;
      following.goal = upto;
    }
    this.#settle();
  }

  #has(following: Following): boolean {
    return this.#followings.get(following.session) === following;
  }

  #follow(following: Following): void {
    const id = this.#outbox.nextId();
    following.asked = true;
    this.#follows.set(id, following);
    this.#transport?.say({
      type: 'session.follow',
      id,
      session: following.session,
      ...following.from,
    });
    this.#settle();
  }

  #leave(session: SessionId): void {
    this.#transport?.say({ type: 'session.unfollow', id: this.#outbox.nextId(), session });
  }

  #say(command: AnyCommand): void {
    if (this.#welcomed) this.#transport?.say(command);
  }

  #settle(): void {
    if (!this.#welcomed) return;
    const behind = [...this.#followings.values()].some((following) => following.behind);
    const name = behind ? 'replaying' : 'live';
    if (this.state.value.name !== name) this.state.set({ name });
  }

  #lost(code: number, reason: string): void {
    this.#transport = undefined;
    this.#welcomed = false;
    this.#follows.clear();
    this.#heartbeat.stop();
    this.#failures += 1;
    const known = CLOSES[code as keyof typeof CLOSES] as (typeof CLOSES)[4400] | undefined;
    if (known && !known.reconnect) {
      this.#closed(code, reason || known.reason, known.advice);
      return;
    }
    this.#connection += 1;
    const wait = this.#backoff.next();
    this.state.set({ name: 'offline', retryAt: Date.now() + wait });
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  #closed(code: number, reason: string, advice = ''): void {
    this.#connection += 1;
    this.#transport = undefined;
    this.#welcomed = false;
    this.#heartbeat.stop();
    this.#follows.clear();
    this.state.set({ name: 'closed', code, reason, advice });
    // Who logs in and comes back still wants what was asked for; only an end here is an end.
    if (code !== 4401) this.#outbox.abandon(code, reason);
  }
}
