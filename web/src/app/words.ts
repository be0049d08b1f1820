/** What things are called on the page. */
import type { Mode, RunOutcome, RunSeen, Subject } from '../generated/protocol';
import type { WireState } from '../wire/wire';
import type { View } from './run/views';
import { seconds } from './times';

/** Modes as sentences about what will happen, in the order of how much is asked. */
export const MODES: readonly { mode: Mode; says: string; more: string }[] = [
  { mode: 'none', says: 'runs without asking', more: 'Reads your data and runs Python at once.' },
  { mode: 'plan_only', says: 'asks about the plan', more: 'Shows the plan first; then runs it.' },
  {
    mode: 'review_first',
    says: 'asks before running code',
    more: 'SQL and Python wait for you; plan and answer do not.',
  },
  {
    mode: 'full',
    says: 'asks before every step',
    more: 'Plan, SQL, Python and answer wait for you.',
  },
];

const OTHER_MODES: Partial<Record<Mode, string>> = {
  on_error: 'asks when something fails',
  plan_and_answer: 'asks about plan and answer',
  auto_execute: 'runs without asking',
  generate_only: 'writes code and does not run it',
};

export function modeSays(mode: Mode): string {
  return MODES.find((one) => one.mode === mode)?.says ?? OTHER_MODES[mode] ?? mode;
}

export const SUBJECTS: Record<Subject, string> = {
  plan: 'the plan',
  sql: 'running this SQL',
  python: 'running this Python',
  error: 'how to go on after an error',
  answer: 'the answer',
  tool: 'using a tool',
};

const OUTCOMES: Record<RunOutcome, string> = {
  answered: 'Done',
  cancelled: 'Stopped',
  failed: 'Failed',
  exhausted: 'Limit reached',
  rejected: 'Ended at your no',
};

const number = new Intl.NumberFormat();

/** How a run ended, in a line. */
export function ending(run: RunSeen): string {
  if (!run.outcome) return '';
  const parts = [OUTCOMES[run.outcome]];
  if (run.elapsed_ms) parts.push(seconds(run.elapsed_ms));
  const tokens = (run.usage?.input_tokens ?? 0) + (run.usage?.output_tokens ?? 0);
  if (tokens) parts.push(`${number.format(tokens)} tokens`);
  return parts.join(' · ');
}

/** What a working run is doing, in a line. */
export function doing({ run, items, questions, inputs }: View): string {
  if (run?.queued) return 'Waits for the run before it';
  if (questions.length) return 'Waiting for your answer';
  if (inputs.length) return 'Python waits for your input';
  const last = items.findLast((item) => item.outcome === undefined);
  switch (last?.kind) {
    case 'plan':
      return 'Making a plan';
    case 'code':
      return last.language === 'python' ? 'Writing Python' : 'Writing SQL';
    case 'output':
      return 'Running Python';
    case 'table':
      return 'Reading rows';
    case 'answer':
      return 'Answering';
    case 'chart':
    case 'image':
      return 'Drawing';
    case 'tool':
      return `Using ${last.name ?? 'a tool'}`;
    default:
      return 'Thinking';
  }
}

/** The connection, in a word or two. */
export function connection(state: WireState): string {
  switch (state.name) {
    case 'connecting':
      return 'Connecting';
    case 'replaying':
      return 'Catching up';
    case 'live':
      return 'Live';
    case 'offline':
      return 'Reconnecting, nothing is lost';
    case 'closed':
      return 'Not connected';
  }
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${number.format(amount)} ${amount === 1 ? one : many}`;
}

const SIZES = ['B', 'kB', 'MB', 'GB'] as const;

export function bytes(size: number): string {
  let step = 0;
  let left = size;
  while (left >= 1000 && step < SIZES.length - 1) {
    left /= 1000;
    step += 1;
  }
  return `${left < 10 && step > 0 ? left.toFixed(1) : Math.round(left)} ${SIZES[step]}`;
}
