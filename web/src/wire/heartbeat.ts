/** How many heartbeats of silence mean that nobody is there. */
const SILENCE = 2.25;
/** How long opening and saying hello may take, in ms. */
const PATIENCE = 10_000;
/** How long an answer may take when there is reason to doubt, in ms. */
const DOUBT = 4_000;

/**
 * Notices a connection that is dead without having been closed: the network changed, or a laptop
 * slept. The server speaks at least once a heartbeat.
 */
export class Heartbeat {
  readonly #ask: () => void;
  readonly #dead: () => void;
  #span = PATIENCE;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: () => void, dead: () => void) {
    this.#ask = ask;
    this.#dead = dead;
  }

  /** Watch; `seconds` is the server's heartbeat, once it is known. */
  start(seconds: number | undefined): void {
    this.#span = seconds === undefined ? PATIENCE : seconds * SILENCE * 1000;
    this.#wait(this.#span);
  }

  heard(): void {
    if (this.#timer !== undefined) this.#wait(this.#span);
  }

  /** Ask, and expect to hear something soon. */
  doubt(): void {
    this.#ask();
    this.#wait(DOUBT);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#dead();
    }, ms);
  }
}
