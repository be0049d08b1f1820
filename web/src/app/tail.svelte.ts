const NEAR = 64;

/**
 * Follows the end of what grows, but only for a reader who is at the end: nobody's text is pulled
 * away while it is read.
 */
export class Tail {
  away = $state(false);
  missed = $state(0);
  #node: HTMLElement | undefined;
  #size = 0;
  #seen = 0;

  /** An attachment for the element that scrolls; its one child is what grows. */
  readonly watch = (node: HTMLElement): (() => void) => {
    this.#node = node;
    // A person's scroll leaves the end; growth by itself never does.
    let height = node.scrollHeight;
    const scrolled = () => {
      const grew = node.scrollHeight !== height;
      height = node.scrollHeight;
      const end = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;
      if (end) this.#arrive();
      else if (!grew) this.away = true;
    };
    const grown = new ResizeObserver(() => {
      height = node.scrollHeight;
      if (!this.away) this.#jump();
    });
    node.addEventListener('scroll', scrolled, { passive: true });
    grown.observe(node);
    if (node.firstElementChild) grown.observe(node.firstElementChild);
    return () => {
      node.removeEventListener('scroll', scrolled);
      grown.disconnect();
    };
  };

  grown(size: number): void {
    this.#size = size;
    if (this.away) this.missed = Math.max(0, size - this.#seen);
    else this.#seen = size;
  }

  follow(): void {
    this.#arrive();
    this.#jump();
  }

  /** Another session: start at its end. */
  reset(): void {
    this.#arrive();
    requestAnimationFrame(() => this.#jump());
  }

  #arrive(): void {
    this.away = false;
    this.missed = 0;
    this.#seen = this.#size;
  }

  #jump(): void {
    if (this.#node) this.#node.scrollTop = this.#node.scrollHeight;
  }
}
