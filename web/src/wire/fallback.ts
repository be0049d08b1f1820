import {
  type AnyCommand,
  type Caller,
  type ClientMessage,
  type PageMessage,
  type ServerMessage,
  type SessionFollow,
  type SessionId,
  type Snapshot,
} from '../generated/protocol';
import { ABNORMAL, type Ears, type Opener, type Transport } from './transport';

// What the server would refuse anyway; over HTTP each request is checked there.
const LIMITS = {
  frame_bytes: 1024 * 1024,
  commands_per_second: 50,
  sessions_per_socket: 4,
  text_chars: 100_000,
  upload_bytes: 0,
};

/**
 * The same words over plain HTTP, for networks that let no WebSocket through: pages by native
 * EventSource, which resumes by itself, and commands by POST. Who is asking is told by the cookie.
 */
export function plainHttp(base: string): Opener {
  return (ears) => new Fallback(base.replace(/\/$/, ''), ears);
}

class Fallback implements Transport {
  readonly #base: string;
  readonly #ears: Ears;
  readonly #streams = new Map<SessionId, EventSource>();
  readonly #leaving = new AbortController();
  #over = false;

  constructor(base: string, ears: Ears) {
    this.#base = base;
    this.#ears = ears;
    queueMicrotask(() => {
      if (!this.#over) ears.opened();
    });
  }

  say(message: ClientMessage): void {
    if (this.#over) return;
    switch (message.type) {
      case 'hello':
        void this.#hello(message.id);
        return;
      case 'ping':
        void this.#ping();
        return;
      case 'pong':
        return;
      case 'session.follow':
        void this.#follow(message);
        return;
      case 'session.unfollow':
        this.#streams.get(message.session)?.close();
        this.#streams.delete(message.session);
        return;
      default:
        void this.#command(message);
    }
  }

  close(code = 1000, reason = ''): void {
    if (this.#over) return;
    this.#over = true;
    this.#leaving.abort();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#ears.closed(code, reason);
  }

  async #hello(id: string): Promise<void> {
    const answer = await this.#fetch('/api/v1/me');
    if (!answer) return;
    if (answer.status === 401) this.close(4401, 'who are you');
    else if (answer.status === 403) this.close(4403, 'not yours');
    else if (!answer.ok) this.close(ABNORMAL, `HTTP ${answer.status}`);
    else {
      const { caller, server } = (await answer.json()) as { caller?: Caller; server: string };
      if (!caller) {
        this.close(4401, 'who are you');
        return;
      }
      // EventSource hears the server's comments but does not tell us: silence proves nothing here.
      this.#hear({ type: 'welcome', id, heartbeat: 86_400, limits: LIMITS, caller, server });
    }
  }

  async #ping(): Promise<void> {
    if ((await this.#fetch('/health/live'))?.ok) this.#hear({ type: 'pong' });
  }

  async #command(command: AnyCommand): Promise<void> {
    const answer = await this.#fetch('/api/v1/commands', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(command),
    });
    if (!answer) return;
    try {
      this.#hear((await answer.json()) as ServerMessage);
    } catch {
      // A proxy's page instead of our answer: the command is said again after the reconnect.
      this.close(ABNORMAL, `HTTP ${answer.status}`);
    }
  }

  async #follow(follow: SessionFollow): Promise<void> {
    const path = `/api/v1/sessions/${encodeURIComponent(follow.session)}`;
    let { epoch, after } = follow;
    if (typeof after !== 'number' || epoch === undefined) {
      const answer = await this.#fetch(`${path}/snapshot`);
      if (!answer) return;
      const body = (await answer.json()) as ServerMessage;
      if (!answer.ok) {
        this.#hear({ ...(body as object), id: follow.id } as ServerMessage);
        return;
      }
      const snapshot = body as Snapshot;
      ({ epoch, upto: after } = snapshot);
      this.#hear({ ...snapshot, type: 'snapshot' });
    }
    this.#hear({ type: 'reply', id: follow.id, result: { epoch, recovered: true, upto: after } });
    this.#stream(
      follow.session,
      `${path}/events?epoch=${encodeURIComponent(epoch)}&after=${after}`,
    );
  }

  #stream(session: SessionId, path: string): void {
    if (this.#over) return;
    this.#streams.get(session)?.close();
    const stream = new EventSource(this.#base + path, { withCredentials: true });
    this.#streams.set(session, stream);
    const hear = (event: MessageEvent<string>) => {
      this.#hear(JSON.parse(event.data) as PageMessage | Snapshot);
    };
    stream.addEventListener('page', hear);
    stream.addEventListener('snapshot', hear);
    // It reconnects by itself, from its last id, unless it was refused.
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) this.close(ABNORMAL, 'stream closed');
    };
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response | undefined> {
    try {
      return await fetch(this.#base + path, {
        credentials: 'include',
        signal: this.#leaving.signal,
        ...init,
      });
    } catch {
      this.close(ABNORMAL, 'no answer');
      return undefined;
    }
  }

  #hear(message: ServerMessage): void {
    if (!this.#over) this.#ears.heard(message);
  }
}
