import type { Attachment } from '../generated/protocol';
import type { Chat } from './chat.svelte';
import type { Uploaded } from '../wire/http';

export interface Chosen {
  name: string;
  state: 'sending' | 'there' | 'failed';
  uploaded?: Uploaded;
  problem?: string;
}

/** Files that go with the next question. */
export class Files {
  list = $state.raw<Chosen[]>([]);
  readonly #chat: Chat;

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

  drop(one: Chosen): void {
    this.list = this.list.filter((other) => other !== one);
  }

  /** Hand over what is there, for a question that is about to be sent. */
  take(): Attachment[] {
    const there = this.list.flatMap((one) => (one.uploaded ? [one.uploaded] : []));
    this.list = [];
    return there.map(({ name, upload, size }) => ({ name, upload, size }));
  }

  async #send(file: File): Promise<void> {
    let chosen: Chosen = { name: file.name, state: 'sending' };
    this.list = [...this.list, chosen];
    const become = (next: Chosen) => {
      this.list = this.list.map((one) => (one === chosen ? next : one));
      chosen = next;
    };
    try {
      const [uploaded] = await this.#chat.http.upload([file], this.#chat.open?.id);
      if (uploaded) become({ ...chosen, state: 'there', uploaded });
      else become({ ...chosen, state: 'failed', problem: 'The server kept nothing of it.' });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      become({ ...chosen, state: 'failed', problem });
    }
  }
}
