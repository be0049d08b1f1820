const NAME = 'askwire.asked';
const MOST = 50;

/** Questions that were asked from this machine, for the up-arrow. */
export class Recall {
  #asked: string[] = read();
  #at = -1;

  get recalling(): boolean {
    return this.#at >= 0;
  }

  keep(text: string): void {
    this.#asked = [text, ...this.#asked.filter((one) => one !== text)].slice(0, MOST);
    this.reset();
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#asked));
    } catch {
      // Forbidden or full: recalled until the page is closed.
    }
  }

  earlier(): string | undefined {
    if (this.#at + 1 >= this.#asked.length) return undefined;
    return this.#asked[++this.#at];
  }

  later(): string | undefined {
    if (this.#at < 0) return undefined;
    this.#at -= 1;
    return this.#at < 0 ? '' : this.#asked[this.#at];
  }

  reset(): void {
    this.#at = -1;
  }
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
