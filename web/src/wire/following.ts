import type {
  AnyRecord,
  AnyState,
  Epoch,
  PageMessage,
  SessionId,
  Snapshot,
} from '../generated/protocol';
import type { RefusedError } from './refused';

/** What a page can be to somebody who stands at a position. */
export type Fit = 'next' | 'old' | 'gap';

export function fit(page: Pick<PageMessage, 'after' | 'upto'>, position: number): Fit {
  if (page.upto <= position) return 'old';
  return page.after === position ? 'next' : 'gap';
}

/** Where a follower stands in a log. */
export interface Standing {
  epoch: Epoch;
  upto: number;
}

/** What a follower of a session is told, at most once per animation frame. */
export interface Follower {
  /** The fold of everything so far; what was known before no longer counts. */
  snapshot(state: AnyState, standing: Standing): void;
  /** What came after, in order, without a gap. */
  records(records: AnyRecord[], standing: Standing): void;
  /** The session cannot be followed. */
  refused?(error: RefusedError): void;
}

/**
 * One session's place on the wire. It survives connections: after a reconnect it is followed again
 * from its position.
 */
export class Following {
  readonly session: SessionId;
  readonly #follower: Follower;
  readonly #frame: (flush: () => void) => void;
  #epoch: Epoch | undefined;
  #position: number | undefined;
  #snapshot: Snapshot | undefined;
  #waiting: AnyRecord[] = [];
  #scheduled = false;
  #ended = false;
  /** Pages mean nothing until the server has said from where it follows. */
  asked = false;
  /** Where the log stood when the server granted the follow: reaching it ends the replay. */
  goal: number | undefined;

  constructor(session: SessionId, follower: Follower, frame: (flush: () => void) => void) {
    this.session = session;
    this.#follower = follower;
    this.#frame = frame;
  }

  /** The fields of `session.follow` that continue from here. */
  get from(): { epoch?: Epoch; after: number | 'snapshot' } {
    if (this.#epoch === undefined || this.#position === undefined) return { after: 'snapshot' };
    return { epoch: this.#epoch, after: this.#position };
  }

  get standing(): Standing | undefined {
    if (this.#epoch === undefined || this.#position === undefined) return undefined;
    return { epoch: this.#epoch, upto: this.#position };
  }

  get behind(): boolean {
    return this.asked || (this.goal !== undefined && (this.#position ?? -1) < this.goal);
  }

  /** Take a page; return false when one before it is missing and the log must be followed again. */
  page(page: PageMessage): boolean {
    if (this.#epoch !== page.epoch || this.#position === undefined) return false;
    switch (fit(page, this.#position)) {
      case 'old':
        return true;
      case 'gap':
        return false;
      case 'next':
        this.#position = page.upto;
        for (const record of page.records) this.#waiting.push(record);
        this.#schedule();
        return true;
    }
  }

  snapshot(snapshot: Snapshot): void {
    this.#epoch = snapshot.epoch;
    this.#position = snapshot.upto;
    this.#snapshot = snapshot;
    this.#waiting = [];
    this.#schedule();
  }

  refuse(error: RefusedError): void {
    this.asked = false;
    this.goal = undefined;
    if (!this.#ended) this.#follower.refused?.(error);
  }

  end(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#snapshot = undefined;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#frame(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#ended || this.#epoch === undefined || this.#position === undefined) return;
    const standing = { epoch: this.#epoch, upto: this.#position };
    const snapshot = this.#snapshot;
    const records = this.#waiting;
    this.#snapshot = undefined;
    this.#waiting = [];
    if (snapshot)
      this.#follower.snapshot(snapshot.state, { epoch: snapshot.epoch, upto: snapshot.upto });
    if (records.length > 0) this.#follower.records(joinDeltas(records), standing);
  }
}

/**
 * Join deltas of one item that stand side by side. A model that speaks 300 words a second would
 * otherwise cost 300 folds; joined they cost one per frame.
 */
export function joinDeltas(records: AnyRecord[]): AnyRecord[] {
  const joined: AnyRecord[] = [];
  for (const record of records) {
    const last = joined.at(-1);
    if (
      record.type === 'item.delta' &&
      last?.type === 'item.delta' &&
      last.item === record.item &&
      last.stream === record.stream &&
      last.text !== undefined &&
      record.text !== undefined
    ) {
      joined[joined.length - 1] = { ...record, text: last.text + record.text };
    } else {
      joined.push(record);
    }
  }
  return joined;
}
