/**
 * The one line that a folded item leaves behind, such as `SELECT … · 12 rows · 34 ms`.
 */
import type { CodeContent, ItemSeen } from '../generated/protocol';
import { bytes, count, duration } from './amounts';
import {
  answerOf,
  artifactOf,
  chartOf,
  codeOf,
  errorOf,
  imageOf,
  isOpen,
  outputOf,
  planOf,
  tableOf,
  thoughtOf,
  toolOf,
} from './contents';
import { brief } from './visible';

const LEAD = 56;
/** How much of a cell's result a line holds. */
export const RESULT = 40;

export interface Summary {
  /** What it was: the beginning of the code, a title, a name. */
  lead: string;
  /** What came of it, each a few words. */
  facts: string[];
}

const OUTCOMES: Record<string, string> = {
  failed: 'failed',
  skipped: 'skipped',
  interrupted: 'interrupted',
};

function lines(text: string): string {
  const shown = text.replace(/\n$/, '');
  return shown === '' ? '' : count(shown.split('\n').length, 'line');
}

function rows(item: ItemSeen): string {
  const { row_count, truncated } = tableOf(item);
  return truncated ? `first ${count(row_count, 'row')}` : count(row_count, 'row');
}

function outputFacts(item: ItemSeen): string[] {
  const { stdout = '', stderr = '', displays = [], result } = outputOf(item);
  const facts = [lines(stdout + stderr)];
  if (displays.length > 0) facts.push(count(displays.length, 'display'));
  if (facts[0] === '' && result !== undefined) facts.push(brief(result, RESULT));
  return facts;
}

/** Markdown's marks mean nothing in a line of plain text. */
function unmarked(text: string): string {
  return text.slice(0, 600).replace(/[*`#>]|__/g, '');
}

/** Python begins with imports, which say nothing of what it does. */
function firstWords({ language, text }: CodeContent): string {
  if (language !== 'python') return text;
  const lines = text.slice(0, 4000).split('\n');
  const telling = lines.findIndex((line) => !/^\s*(?:$|#|import\b|from\b|@|"{3}|'{3})/.test(line));
  return telling < 0 ? text : lines.slice(telling).join('\n');
}

/** What the items say that came out of a code item. */
function made(items: ItemSeen[]): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'table') return [rows(item)];
    if (item.kind === 'output') return outputFacts(item);
    if (item.kind === 'chart') return ['chart'];
    if (item.kind === 'image') return ['picture'];
    if (item.kind === 'error') return [brief(errorOf(item).message, 60)];
    return [];
  });
}

function subject(item: ItemSeen): Summary {
  switch (item.kind) {
    case 'thought':
      return { lead: brief(thoughtOf(item).text, LEAD), facts: [] };
    case 'plan': {
      const { steps } = planOf(item);
      const done = steps.filter((step) => step.status === 'done').length;
      const all = count(steps.length, 'step');
      return { lead: 'Plan', facts: [done > 0 && done < steps.length ? `${done} of ${all}` : all] };
    }
    case 'code':
      return { lead: brief(firstWords(codeOf(item)), LEAD), facts: [] };
    case 'output':
      return { lead: 'Output', facts: outputFacts(item) };
    case 'table':
      return { lead: brief(tableOf(item).title ?? 'Table', LEAD), facts: [rows(item)] };
    case 'chart':
      return { lead: brief(chartOf(item)?.title ?? item.title ?? 'Chart', LEAD), facts: [] };
    case 'image':
      return { lead: brief(imageOf(item)?.title ?? 'Picture', LEAD), facts: [] };
    case 'artifact': {
      const file = artifactOf(item);
      return { lead: brief(file?.name ?? 'File', LEAD), facts: file ? [bytes(file.size)] : [] };
    }
    case 'tool':
      return { lead: brief(toolOf(item).name, LEAD), facts: [] };
    case 'answer':
      return { lead: brief(unmarked(answerOf(item).text), LEAD), facts: [] };
    case 'error': {
      const { name, message } = errorOf(item);
      return { lead: brief(name ? `${name}: ${message}` : message, LEAD), facts: [] };
    }
    default:
      return { lead: 'Something new', facts: [] };
  }
}

/** Say an item in a line; `results` are the items that came out of it. */
export function summarise(item: ItemSeen, results: ItemSeen[] = []): Summary {
  const { lead, facts } = subject(item);
  const outcome = item.outcome ? OUTCOMES[item.outcome] : isOpen(item) ? 'running' : undefined;
  const took = item.elapsed_ms === undefined ? '' : duration(item.elapsed_ms);
  return {
    lead,
    facts: [...facts, ...made(results), outcome ?? '', took].filter((fact) => fact !== ''),
  };
}

export function summaryLine(item: ItemSeen, results: ItemSeen[] = []): string {
  const { lead, facts } = summarise(item, results);
  return [lead, ...facts].join(' · ');
}
