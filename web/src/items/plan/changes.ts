/** What changed between two versions of a plan, so that nobody has to compare them by eye. */
import type { Step } from '../../generated/protocol';

export interface PlanLine {
  text: string;
  status: NonNullable<Step['status']>;
  /** Its number in the plan as it is now; a line that was taken out has none. */
  number?: number;
  change?: 'new' | 'moved' | 'gone';
}

/** Longest common subsequence of the texts: what stayed in its order has not changed. */
function kept(before: string[], after: string[]): Set<string> {
  const width = after.length + 1;
  const best = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => best[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      best[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const same = new Set<string>();
  for (let i = 0, j = 0; i < before.length && j < after.length;) {
    if (before[i] === after[j]) {
      same.add(`${i}:${j}`);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return same;
}

/** Plans longer than this are shown without marks: comparing them costs more than it tells. */
const MOST = 500;

/** The plan as it is now, with the lines that went still in their place. */
export function planLines(now: Step[], before?: Step[]): PlanLine[] {
  const lines: PlanLine[] = [];
  const plain = (step: Step, index: number): PlanLine => ({
    text: step.text,
    status: step.status ?? 'pending',
    number: index + 1,
  });
  if (!before || before.length === 0 || now.length > MOST || before.length > MOST) {
    return now.map(plain);
  }
  const old = before.map((step) => step.text);
  const texts = now.map((step) => step.text);
  const same = kept(old, texts);
  const stayed = new Map([...same].map((pair) => pair.split(':').map(Number) as [number, number]));
  const stayedNow = new Set(stayed.values());
  let next = 0;
  const upTo = (j: number) => {
    for (; next < j; next += 1) {
      const step = now[next];
      if (!step) continue;
      const line = plain(step, next);
      if (!stayedNow.has(next)) line.change = old.includes(step.text) ? 'moved' : 'new';
      lines.push(line);
    }
  };
  before.forEach((step, i) => {
    const j = stayed.get(i);
    if (j !== undefined) upTo(j + 1);
    else if (!texts.includes(step.text))
      lines.push({ text: step.text, status: 'pending', change: 'gone' });
  });
  upTo(now.length);
  return lines;
}

/** One word for a screen reader and a title: "2 steps new, 1 taken out". Empty when nothing changed. */
export function changesInWords(lines: PlanLine[]): string {
  const of = (change: PlanLine['change']) => lines.filter((line) => line.change === change).length;
  const said: string[] = [];
  if (of('new') > 0) said.push(`${of('new')} new`);
  if (of('moved') > 0) said.push(`${of('moved')} moved`);
  if (of('gone') > 0) said.push(`${of('gone')} taken out`);
  return said.join(', ');
}
