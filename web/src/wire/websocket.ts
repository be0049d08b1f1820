import { JSON_SUBPROTOCOL, type ClientMessage } from '../generated/protocol';
import { ABNORMAL, type Ears, type Opener, type Transport, type UnknownMessage } from './transport';

/** Open a WebSocket at `url` (http and https are understood too). */
export function webSocket(url: string): Opener {
  return (ears) => new Socket(url.replace(/^http/, 'ws'), ears);
}

class Socket implements Transport {
  readonly #socket: WebSocket;
  readonly #ears: Ears;
  #over = false;

  constructor(url: string, ears: Ears) {
    this.#ears = ears;
    this.#socket = new WebSocket(url, [JSON_SUBPROTOCOL]);
    this.#socket.onopen = () => {
      if (!this.#over) ears.opened();
    };
    this.#socket.onmessage = (event: MessageEvent<unknown>) => this.#read(event.data);
    this.#socket.onclose = (event) => this.#end(event.code, event.reason);
    // What went wrong is told by the close that always follows an error.
    this.#socket.onerror = () => undefined;
  }

  say(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(code = 1000, reason = ''): void {
    // A dead network keeps a closing socket half open for a minute; we are done with it at once.
    this.#end(code, reason);
    this.#socket.close(code === 1000 || code >= 3000 ? code : 1000, reason);
  }

  #read(data: unknown): void {
    if (this.#over || typeof data !== 'string') return;
    let message: UnknownMessage;
    try {
      message = JSON.parse(data) as UnknownMessage;
    } catch {
      this.close(ABNORMAL, 'not JSON');
      return;
    }
    this.#ears.heard(message);
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#ears.closed(code, reason);
  }
}
