import type { Advice } from '../generated/protocol';

/** What a server's "no" says, whatever class of error it came in. */
export interface RefusedWords {
  code: string;
  detail: string;
  advice: Advice;
}

const NEXT: Record<string, string> = {
  approval_settled: 'Somebody else has answered this already. Nothing you sent was used.',
  digest_changed: 'What would run has changed since you read it. Read it again, then answer.',
  unknown_result: 'Ask the question again to get them.',
  restarting: 'The server is restarting. Your answer was not taken yet; try again in a moment.',
  storage_full:
    'The server has no room left to keep your answer. Nothing was lost; try again later.',
};

/** Read a rejected promise as a refusal, by its shape: the wire's class need not be known here. */
export function refusedWords(error: unknown): RefusedWords {
  if (typeof error === 'object' && error !== null) {
    const { code, detail, advice, message } = error as Record<string, unknown>;
    const words = typeof detail === 'string' ? detail : typeof message === 'string' ? message : '';
    return {
      code: typeof code === 'string' ? code : 'failed',
      detail: words || 'The server did not say why.',
      advice: advice === 'fix' || advice === 'stop' ? advice : 'retry',
    };
  }
  return { code: 'failed', detail: String(error), advice: 'retry' };
}

/** One sentence on what to do now. */
export function nextStep(refused: RefusedWords): string {
  const known = NEXT[refused.code];
  if (known) return known;
  if (refused.advice === 'fix') return 'Change it and send it again.';
  if (refused.advice === 'stop') return 'Sending it again will not help.';
  return 'Try again.';
}
