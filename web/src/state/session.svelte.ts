import type { AnyRecord, AnyState, Screen } from '../generated/protocol';
import type { Standing } from '../wire/following';
import type { RefusedError } from '../wire/refused';
import type { Wire } from '../wire/wire';
import { recall, remember } from './standing';
import { emptyScreen, fold } from './fold';

/** What came while nobody here was looking. */
export interface Continued {
  /** How many events; 0 when nothing had happened. */
  events: number;
}

/** A session as it is shown: followed as long as it is open. */
export class SessionView {
  readonly id: string;
  /** Raw on purpose: rows in a deep proxy take seconds to sort, and the fold copies what it changes. */
  screen = $state.raw<Screen | undefined>(undefined);
  refusal = $state.raw<RefusedError | undefined>(undefined);
  continued = $state.raw<Continued | undefined>(undefined);
  /** Events of types that this page does not know; kept, so that they can be looked at. */
  readonly unknown: AnyRecord[] = [];
  readonly #leave: () => void;
  #offlineAt: number | undefined;

  constructor(wire: Wire, id: string) {
    this.id = id;
    const before = recall(id);
    const unfollow = wire.follow(id, {
      snapshot: (state, standing) => this.#snapshot(state, standing, before),
      records: (records, standing) => this.#records(records, standing),
      refused: (error) => (this.refusal = error),
    });
    const unwatch = wire.state.subscribe((state) => {
      const here = wire.standing(id)?.upto;
      if (state.name === 'offline' && this.#offlineAt === undefined) this.#offlineAt = here;
      if (state.name === 'live' && this.#offlineAt !== undefined && here !== undefined) {
        this.#goOn(here - this.#offlineAt);
        this.#offlineAt = undefined;
      }
    });
    this.#leave = () => {
      unfollow();
      unwatch();
    };
  }

  get working(): boolean {
    return this.screen?.activity !== undefined && this.screen.activity !== 'idle';
  }

  leave(): void {
    this.#leave();
  }

  #snapshot(state: AnyState, standing: Standing, before: Standing | undefined): void {
    const first = this.screen === undefined;
    this.screen = { ...emptyScreen(this.id), ...(state as Screen) };
    this.refusal = undefined;
    // After a reload the snapshot holds at once what a replay would have shown piece by piece.
    if (first && before?.epoch === standing.epoch) this.#goOn(standing.upto - before.upto);
    remember(this.id, standing);
  }

  #records(records: AnyRecord[], standing: Standing): void {
    const before = this.screen ?? emptyScreen(this.id);
    this.screen = fold(before, records);
    for (const record of records) if (!KNOWN.test(record.type)) this.unknown.push(record);
    remember(this.id, standing);
  }

  #goOn(events: number): void {
    // Worth saying only to somebody who left in the middle of something, or missed something.
    if (events > 0 || this.working) this.continued = { events: Math.max(0, events) };
  }
}

const KNOWN =
  /^(session|run|round|item|check|artifact|approval|question|input|model|tool|usage|kernel)\./;
