/** The answers to a gate, in words: on buttons before, in sentences after. */
import type { ApprovalSeen, Remember, Settled, Subject, Verdict } from '../../generated/protocol';
import { bytes, count, dollars } from '../amounts';

export interface VerdictWords {
  label: string;
  hotkey: string;
}

const APPROVE: Record<Subject, string> = {
  sql: 'Run',
  python: 'Run',
  plan: 'Go on',
  answer: 'Accept',
  tool: 'Allow',
  error: 'Go on anyway',
};

/** From the heaviest button to the lightest. */
export const ORDER: readonly Verdict[] = ['approve', 'retry', 'edit', 'feedback', 'skip', 'reject'];

export function verdictWords(verdict: Verdict, subject: Subject): VerdictWords {
  switch (verdict) {
    case 'approve':
      return { label: APPROVE[subject], hotkey: 'R' };
    case 'edit':
      return { label: 'Edit', hotkey: 'E' };
    case 'feedback':
      return { label: 'Ask for a change', hotkey: 'C' };
    case 'reject':
      return { label: 'Reject', hotkey: 'X' };
    case 'retry':
      return { label: 'Try again', hotkey: 'T' };
    case 'skip':
      return { label: 'Skip', hotkey: 'S' };
  }
}

export function offered(approval: ApprovalSeen): Verdict[] {
  const options = approval.request.options ?? ['approve', 'reject'];
  return ORDER.filter((verdict) => options.includes(verdict));
}

export function isWaiting(approval: ApprovalSeen | undefined): approval is ApprovalSeen {
  return approval !== undefined && approval.verdict === undefined;
}

const DONE: Record<Settled, string> = {
  approve: 'approved this',
  edit: 'edited and approved this',
  reject: 'rejected this',
  retry: 'asked to try again',
  skip: 'skipped this',
  feedback: 'asked for a change',
  cancelled: 'The run was stopped before anybody answered.',
  expired: 'Nobody answered in time, so this did not run.',
};

/** Who settled it and how: "You approved this", "ana rejected this". */
export function settledWords(approval: ApprovalSeen, caller: string | undefined): string {
  const { verdict, by } = approval;
  if (verdict === undefined) return '';
  if (verdict === 'cancelled' || verdict === 'expired') return DONE[verdict];
  const who = by === undefined ? 'Somebody' : by === caller ? 'You' : by;
  return `${who} ${DONE[verdict]}`;
}

/** The same for a folded line, where somebody else did it: "edited by ana". Yours needs no telling. */
export function settledBriefly(
  approval: ApprovalSeen | undefined,
  caller: string | undefined,
): string {
  const { verdict, by } = approval ?? {};
  if (verdict === 'expired') return 'nobody answered';
  if (verdict === undefined || verdict === 'cancelled' || by === undefined || by === caller)
    return '';
  const did: Record<Verdict, string> = {
    approve: 'approved',
    edit: 'edited',
    reject: 'rejected',
    retry: 'tried again',
    skip: 'skipped',
    feedback: 'sent back',
  };
  return `${did[verdict]} by ${by}`;
}

/** Where a server says that something remembered holds. */
export const HERE = 'in this session';

export function reach(remember: Remember | undefined): string {
  return remember === 'always' ? 'in all my sessions' : HERE;
}

/** What something remembered allows: the server's words, at the reach that it was given. */
export function grantWords(words: string, remember: Remember | undefined): string {
  return words.replace(HERE, reach(remember));
}

/** What it would cost, as far as the source can tell. */
export function estimateWords(approval: ApprovalSeen): string {
  const { rows, bytes: size, cost } = approval.request.estimate ?? {};
  const said: string[] = [];
  if (rows !== undefined) said.push(`about ${count(rows, 'row')}`);
  if (size !== undefined) said.push(`reads about ${bytes(size)}`);
  if (cost !== undefined) said.push(`costs about ${dollars(cost)}`);
  return said.join(', ');
}
