import { ADVICE, type Advice, type Refusal, type RefusalCode } from '../generated/protocol';

/** The server said no, in words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: RefusalCode;
  readonly advice: Advice;
  /** Seconds after which the same may work. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Pick<Refusal, 'code' | 'detail'> & Partial<Refusal>) {
    super(refusal.detail);
    this.code = refusal.code;
    // A newer server may refuse with a code that is not in our list, but it always says the advice.
    this.advice = refusal.advice ?? ADVICE[refusal.code] ?? 'stop';
    this.retryAfter = refusal.retry_after;
  }
}

/** The wire is closed for good, and with it every command that had no answer yet. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}
