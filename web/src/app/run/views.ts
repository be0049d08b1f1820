/**
 * A session cut into the parts that are drawn one by one: its runs, and between them what belongs to
 * no run. A part whose pieces are the same objects as before is the same object as before, so that a
 * word more in the last run does not redraw a hundred finished ones.
 */
import type {
  ApprovalSeen,
  InputRequested,
  ItemSeen,
  QuestionAsked,
  RunSeen,
  Screen,
} from '../../generated/protocol';

export interface View {
  key: string;
  /** Missing where a person's own code stands. */
  run?: RunSeen | undefined;
  items: readonly ItemSeen[];
  approvals: readonly ApprovalSeen[];
  questions: readonly QuestionAsked[];
  inputs: readonly InputRequested[];
}

export class Views {
  #before = new Map<string, View>();

  of(screen: Screen): View[] {
    const runs = screen.runs ?? [];
    const loose = looseItems(screen, runs);
    const approvals = byRun(Object.values(screen.approvals ?? {}), (seen) => seen.request.run);
    const questions = byRun(screen.questions ?? [], (asked) => asked.run);
    const inputs = byRun(screen.inputs ?? [], (asked) => asked.run);
    const views: View[] = [];
    for (let place = 0; place <= runs.length; place += 1) {
      const run = runs[place - 1];
      if (run) {
        views.push({
          key: run.run,
          run,
          items: (run.items ?? []).flatMap((id) => screen.items?.[id] ?? []),
          approvals: approvals.get(run.run) ?? [],
          questions: questions.get(run.run) ?? [],
          inputs: inputs.get(run.run) ?? [],
        });
      }
      const items = loose.get(place);
      if (items) {
        const ids = new Set(items.map((item) => item.item));
        const mine = (one: { item?: string }) => one.item !== undefined && ids.has(one.item);
        views.push({
          key: `after ${place}`,
          items,
          approvals: (approvals.get('') ?? []).filter((seen) => mine(seen.request)),
          questions: (questions.get('') ?? []).filter(mine),
          inputs: (inputs.get('') ?? []).filter(mine),
        });
      }
    }
    const kept = views.map((view) => this.#same(view));
    this.#before = new Map(kept.map((view) => [view.key, view]));
    return kept;
  }

  #same(view: View): View {
    const before = this.#before.get(view.key);
    return before &&
      before.run === view.run &&
      alike(before.items, view.items) &&
      alike(before.approvals, view.approvals) &&
      alike(before.questions, view.questions) &&
      alike(before.inputs, view.inputs)
      ? before
      : view;
  }
}

/** Items that belong to no run, by how many runs began before them. */
function looseItems(screen: Screen, runs: readonly RunSeen[]): Map<number, ItemSeen[]> {
  const found = new Map<number, ItemSeen[]>();
  for (const item of Object.values(screen.items ?? {})) {
    if (item.run) continue;
    let place = runs.length;
    while (place > 0 && (runs[place - 1]?.at ?? '') > (item.at ?? '')) place -= 1;
    found.set(place, [...(found.get(place) ?? []), item]);
  }
  return found;
}

function byRun<T>(all: readonly T[], run: (one: T) => string | undefined): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = run(one) ?? '';
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
}

function alike(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
