/**
 * A run as a line with stops. Nobody has to read to know where things stand: the shape of each stop
 * and of the line after it say so.
 */
import type { ApprovalSeen, ItemSeen } from '../../generated/protocol';
import type { View } from './views';

export type StopState = 'waiting' | 'working' | 'done' | 'failed' | 'skipped' | 'stopped';
export type Line = 'solid' | 'moving' | 'gap' | 'broken' | 'dotted' | 'none';

export interface Stop {
  item: ItemSeen;
  approval?: ApprovalSeen | undefined;
  made: ItemSeen[];
  before?: ItemSeen | undefined;
  state: StopState;
  line: Line;
}

export type RunState = 'queued' | 'working' | 'waiting' | 'done' | 'failed' | 'stopped';

export function runState({ run, items, ...asked }: View): RunState {
  switch (run?.outcome) {
    case 'answered':
      return 'done';
    case 'failed':
    case 'exhausted':
      return 'failed';
    case 'cancelled':
    case 'rejected':
      return 'stopped';
    case undefined:
      if (run?.queued) return 'queued';
      if (asked.questions.length + asked.inputs.length > 0) return 'waiting';
      if (asked.approvals.some((seen) => seen.verdict === undefined)) return 'waiting';
      return run || items.some((item) => item.outcome === undefined) ? 'working' : 'done';
  }
}

const NOTHING: ItemSeen[] = [];

export function stopsOf(view: View, state: RunState): Stop[] {
  const items = view.items.filter(shows);
  const gates = new Map<string, ApprovalSeen>();
  // A later approval of the same item is the one that counts.
  for (const seen of view.approvals) gates.set(seen.request.item, seen);
  const made = new Map<string, ItemSeen[]>();
  for (const item of items) {
    if (item.of) made.set(item.of, [...(made.get(item.of) ?? []), item]);
  }
  let plan: ItemSeen | undefined;
  const stops: Stop[] = [];
  for (const item of items) {
    const approval = gates.get(item.item);
    const at = stopState(item, approval, state);
    const before = item.kind === 'plan' ? plan : undefined;
    if (item.kind === 'plan') plan = item;
    stops.push({
      item,
      approval,
      made: made.get(item.item) ?? NOTHING,
      before,
      state: at,
      line: 'solid',
    });
  }
  for (const [place, stop] of stops.entries()) {
    stop.line = lineAfter(stop, stops[place + 1], state);
  }
  return stops;
}

// A thought without a word yet, or ever, is nothing to look at.
function shows(item: ItemSeen): boolean {
  if (item.kind !== 'thought') return true;
  const text = item.content?.kind === 'thought' ? item.content.text : item.text;
  return (text ?? '').trim() !== '';
}

function stopState(item: ItemSeen, gate: ApprovalSeen | undefined, run: RunState): StopState {
  const over = run === 'done' || run === 'failed' || run === 'stopped';
  if (gate && gate.verdict === undefined && !over) return 'waiting';
  switch (item.outcome) {
    case 'ok':
      return item.kind === 'error' ? 'failed' : 'done';
    case 'failed':
      return 'failed';
    case 'skipped':
      return 'skipped';
    case 'interrupted':
      return 'stopped';
    case undefined:
      return over ? 'stopped' : 'working';
  }
}

function lineAfter(stop: Stop, next: Stop | undefined, run: RunState): Line {
  if (run === 'stopped') return 'dotted';
  if (stop.state === 'waiting') return 'gap';
  if (next) return 'solid';
  if (run === 'failed') return 'broken';
  if (run === 'working') return 'moving';
  return run === 'waiting' ? 'gap' : 'solid';
}
