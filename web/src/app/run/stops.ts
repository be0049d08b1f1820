/**
 * A run as a line with stops. Nobody has to read to know where things stand: the shape of each stop
 * and of the line after it say so.
 */
import type { ApprovalSeen, ItemSeen, RunSeen, Screen } from '../../generated/protocol';

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

export function runState(run: RunSeen, screen: Screen): RunState {
  switch (run.outcome) {
    case 'answered':
      return 'done';
    case 'failed':
    case 'exhausted':
      return 'failed';
    case 'cancelled':
    case 'rejected':
      return 'stopped';
    case undefined:
      if (run.queued) return 'queued';
      return waits(run, screen) ? 'waiting' : 'working';
  }
}

function waits(run: RunSeen, screen: Screen): boolean {
  return (
    Object.values(screen.approvals ?? {}).some(
      (seen) => seen.verdict === undefined && seen.request.run === run.run,
    ) ||
    (screen.questions ?? []).some((asked) => asked.run === run.run) ||
    (screen.inputs ?? []).some((asked) => asked.run === run.run)
  );
}

/** The stops of a run, or of the items that belong to no run. */
export function stopsOf(ids: readonly string[], state: RunState, screen: Screen): Stop[] {
  const items = ids.flatMap((id) => screen.items?.[id] ?? []).filter(shows);
  const gates = new Map<string, ApprovalSeen>();
  // A later approval of the same item is the one that counts.
  for (const seen of Object.values(screen.approvals ?? {})) gates.set(seen.request.item, seen);
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
      made: made.get(item.item) ?? [],
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
      return 'done';
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
