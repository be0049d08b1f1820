/** Short messages at the edge of the page, with a way back where there is one. */
export interface Notice {
  id: number;
  text: string;
  tone: 'plain' | 'failed';
  action?: { label: string; run: () => void };
}

const STAY = 8000;

export class Notices {
  list = $state.raw<Notice[]>([]);
  #count = 0;

  say(text: string, action?: Notice['action']): void {
    this.#add({ id: ++this.#count, text, tone: 'plain', ...(action ? { action } : {}) });
  }

  fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#add({ id: ++this.#count, text, tone: 'failed' });
  }

  drop(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(notice: Notice): void {
    this.list = [...this.list.slice(-3), notice];
    setTimeout(() => this.drop(notice.id), STAY);
  }
}
