const FLOOR = 250;
const CEILING = 15_000;

/**
 * How long to wait before the next try: a random part of a doubling span ("full jitter"), so that
 * a thousand clients of a restarted server do not come back in one beat.
 */
export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds to wait, counting one more failure. */
  next(): number {
    const span = Math.min(CEILING, FLOOR * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.round(this.#random() * span);
  }

  reset(): void {
    this.#failures = 0;
  }
}
