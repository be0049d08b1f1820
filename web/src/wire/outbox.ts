import {
  type AnyCommand,
  type CommandOf,
  type CommandType,
  type RefusalCode,
  type Refusal,
  type Reply,
  type ResultOf,
} from '../generated/protocol';
import { newKey } from './keys';
import { ClosedError, RefusedError } from './refused';

/** A command as its sender says it: the wire adds the id, and the key if there is none. */
export type Wish<T extends CommandType> = T extends CommandType
  ? Omit<CommandOf<T>, 'id'> & { type: T }
  : never;

interface Sent {
  command: AnyCommand;
  tries: number;
  grant(result: unknown): void;
  refuse(error: Error): void;
}

// What asks about this connection, or for what is true now: a kept answer to it would be a stale one.
const UNKEYED: ReadonlySet<CommandType> = new Set([
  'session.follow',
  'session.unfollow',
  'kernel.inspect',
]);

// Refused because of the moment, not because of what was wished: the wire asks again by itself.
const PASSING: ReadonlySet<RefusalCode> = new Set(['rate_limited', 'overloaded', 'restarting']);
const TRIES = 5;

/**
 * Commands that have no answer yet. They outlive connections: what was said on a connection that
 * broke is said again on the next one, under the same key, so that it acts once.
 */
export class Outbox {
  readonly #sent = new Map<string, Sent>();
  readonly #say: (command: AnyCommand) => void;
  #count = 0;

  constructor(say: (command: AnyCommand) => void) {
    this.#say = say;
  }

  get size(): number {
    return this.#sent.size;
  }

  /** Say a command now, and after every reconnect until it is answered. */
  send<T extends CommandType>(wish: Wish<T>): Promise<ResultOf<T>> {
    return new Promise((grant, refuse) => {
      const id = this.nextId();
      const keyed = UNKEYED.has(wish.type) ? {} : { key: newKey() };
      const command = { ...keyed, ...wish, id } as unknown as AnyCommand;
      const sent: Sent = {
        command,
        tries: 0,
        grant: grant as (result: unknown) => void,
        refuse,
      };
      this.#sent.set(id, sent);
      this.#say(command);
    });
  }

  nextId(): string {
    return String(++this.#count);
  }

  sayAgain(): void {
    for (const sent of this.#sent.values()) this.#say(sent.command);
  }

  /** Take an answer; return false when nobody here asked for it. */
  answered(answer: Reply | Refusal): boolean {
    const sent = answer.id === undefined ? undefined : this.#sent.get(answer.id);
    if (!sent || answer.id === undefined) return false;
    if (answer.type === 'refusal' && PASSING.has(answer.code) && ++sent.tries < TRIES) {
      const wait = (answer.retry_after ?? 2 ** sent.tries / 4) * 1000;
      setTimeout(() => {
        if (this.#sent.has(sent.command.id)) this.#say(sent.command);
      }, wait);
      return true;
    }
    this.#sent.delete(answer.id);
    if (answer.type === 'refusal') sent.refuse(new RefusedError(answer));
    else sent.grant(answer.result ?? {});
    return true;
  }

  /** Nobody will answer any more. */
  abandon(code: number, reason: string): void {
    const error = new ClosedError(code, reason);
    const sent = [...this.#sent.values()];
    this.#sent.clear();
    for (const one of sent) one.refuse(error);
  }
}
