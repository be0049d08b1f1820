import type { Attachment } from '../generated/protocol';
import type { Chat } from './chat.svelte';
import type { Uploaded } from '../wire/http';
import { sendFiles, StoppedError } from '../wire/upload';

export interface Chosen {
  name: string;
  size: number;
  state: 'sending' | 'there' | 'failed';
  /** How much of it has been sent, between 0 and 1. */
  sent: number;
  uploaded?: Uploaded;
  problem?: string;
}

/** Files that go with the next question. */
export class Files {
  list = $state.raw<Chosen[]>([]);
  readonly #chat: Chat;
  readonly #stops = new Map<string, AbortController>();

  constructor(chat: Chat) {
    this.#chat = chat;
  }

  get sending(): boolean {
    return this.list.some((one) => one.state === 'sending');
  }

  async add(files: readonly File[]): Promise<void> {
    await Promise.all(files.map((file) => this.#send(file)));
    await this.#chat.lookAtSources();
    // A file that became a source is what the next question is about.
    const source = this.list.findLast((one) => one.uploaded?.source)?.uploaded?.source;
    if (source && source !== this.#chat.source) await this.#chat.pick({ source });
  }

  /** Take it off the question; what is still being sent is stopped. */
  drop(one: Chosen): void {
    if (one.state === 'sending') this.#stops.get(one.name)?.abort();
    this.list = this.list.filter((other) => other !== one);
  }

  /** Hand over what is there, for a question that is about to be sent. */
  take(): Attachment[] {
    const there = this.list.flatMap((one) => (one.uploaded ? [one.uploaded] : []));
    this.list = [];
    return there.map(({ name, upload, size }) => ({ name, upload, size }));
  }

  async #send(file: File): Promise<void> {
    let chosen: Chosen = { name: file.name, size: file.size, state: 'sending', sent: 0 };
    // The same file again takes the place of the one before, as it does on the server.
    this.list = [...this.list.filter((one) => one.name !== file.name), chosen];
    const stop = new AbortController();
    this.#stops.get(file.name)?.abort();
    this.#stops.set(file.name, stop);
    const become = (next: Chosen) => {
      this.list = this.list.map((one) => (one === chosen ? next : one));
      chosen = next;
    };
    const session = this.#chat.open?.id;
    const fields: Record<string, string> = session === undefined ? {} : { session };
    try {
      const { items } = await sendFiles<{ items: Uploaded[] }>(
        this.#chat.http,
        '/api/v1/uploads',
        [file],
        fields,
        { signal: stop.signal, progress: (sent) => become({ ...chosen, sent }) },
      );
      const [uploaded] = items;
      if (uploaded) become({ ...chosen, state: 'there', sent: 1, uploaded });
      else become({ ...chosen, state: 'failed', problem: 'The server kept nothing of it.' });
    } catch (error) {
      if (error instanceof StoppedError) return;
      const problem = error instanceof Error ? error.message : String(error);
      become({ ...chosen, state: 'failed', problem });
    } finally {
      if (this.#stops.get(file.name) === stop) this.#stops.delete(file.name);
    }
  }
}
