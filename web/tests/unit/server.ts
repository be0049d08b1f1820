import type { AnyRecord, ClientMessage, ServerMessage } from '../../src/generated/protocol';
import type { Ears, Opener, Transport } from '../../src/wire/transport';

/** A server of one's own, in the same process: the test says what it says. */
export class FakeServer {
  readonly connections: FakeConnection[] = [];
  /** What opening does from now on. */
  reachable = true;
  /** Neither opens nor closes, like a network that swallows everything. */
  mute = false;

  get opener(): Opener {
    return (ears) => {
      const connection = new FakeConnection(ears);
      this.connections.push(connection);
      if (this.mute) return connection;
      queueMicrotask(() => (this.reachable ? ears.opened() : connection.drop(1006)));
      return connection;
    };
  }

  get last(): FakeConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('nobody has connected');
    return connection;
  }
}

export class FakeConnection implements Transport {
  readonly said: ClientMessage[] = [];
  readonly #ears: Ears;
  over = false;

  constructor(ears: Ears) {
    this.#ears = ears;
  }

  say(message: ClientMessage): void {
    if (!this.over) this.said.push(message);
  }

  close(code = 1000, reason = ''): void {
    this.drop(code, reason);
  }

  drop(code: number, reason = ''): void {
    if (this.over) return;
    this.over = true;
    this.#ears.closed(code, reason);
  }

  hear(message: ServerMessage | { type: string; [field: string]: unknown }): void {
    this.#ears.heard(message);
  }

  welcome(heartbeat = 20): void {
    const hello = this.said.find((message) => message.type === 'hello');
    this.hear({
      type: 'welcome',
      id: hello?.id ?? '?',
      caller: { id: 'local', name: 'local' },
      server: 'askwire/test',
      heartbeat,
      limits: {
        frame_bytes: 4096,
        commands_per_second: 50,
        sessions_per_socket: 8,
        text_chars: 1000,
        upload_bytes: 1000,
      },
    });
  }

  asked(type: ClientMessage['type']): ClientMessage[] {
    return this.said.filter((message) => message.type === type);
  }

  /** Grant the last follow: pages come from `upto` on, after a snapshot if one was asked for. */
  grantFollow(upto: number, epoch = 'e1', recovered = true): void {
    const follow = this.asked('session.follow').at(-1);
    this.hear({ type: 'reply', id: follow?.id ?? '?', result: { epoch, recovered, upto } });
  }

  snapshot(session: string, upto: number, epoch = 'e1', state: object = {}): void {
    this.hear({ type: 'snapshot', session, epoch, upto, state: { session, ...state } });
  }

  page(session: string, after: number, records: AnyRecord[], epoch = 'e1'): void {
    const upto = after + records.length;
    this.hear({ type: 'page', session, epoch, after, upto, records });
  }
}

export function word(seq: number, text: string, item = 'i1'): AnyRecord {
  return { seq, at: '2026-11-22T10:00:00Z', type: 'item.delta', item, text };
}

/** Let everything that waits for a microtask happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}
