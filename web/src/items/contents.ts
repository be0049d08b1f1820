/**
 * An item's content, also while it is still coming.
 *
 * Until `content` is there, what the deltas brought so far stands in for it, so that a component
 * has one shape to show and does not care whether the item is open.
 */
import type {
  AnswerContent,
  ArtifactContent,
  ChartContent,
  CodeContent,
  ErrorContent,
  ImageContent,
  ItemSeen,
  OutputContent,
  PlanContent,
  TableContent,
  ThoughtContent,
  ToolContent,
} from '../generated/protocol';

/** True while more may come. */
export function isOpen(item: ItemSeen): boolean {
  return item.content === undefined && item.outcome === undefined;
}

export function hasFailed(item: ItemSeen): boolean {
  return item.outcome === 'failed';
}

export function thoughtOf(item: ItemSeen): ThoughtContent {
  if (item.content?.kind === 'thought') return item.content;
  return { kind: 'thought', text: item.text ?? '' };
}

export function planOf(item: ItemSeen): PlanContent {
  if (item.content?.kind === 'plan') return item.content;
  const lines = (item.text ?? '').split('\n').filter((line) => line.trim() !== '');
  return { kind: 'plan', steps: lines.map((text) => ({ text })) };
}

export function codeOf(item: ItemSeen): CodeContent {
  if (item.content?.kind === 'code') return item.content;
  const code: CodeContent = {
    kind: 'code',
    language: item.language ?? 'sql',
    text: item.text ?? '',
  };
  if (item.source !== undefined) code.source = item.source;
  return code;
}

export function outputOf(item: ItemSeen): OutputContent {
  if (item.content?.kind === 'output') return item.content;
  return {
    kind: 'output',
    stdout: item.stdout ?? '',
    stderr: item.stderr ?? '',
    displays: item.displays ?? [],
  };
}

export function tableOf(item: ItemSeen): TableContent {
  if (item.content?.kind === 'table') return item.content;
  const table: TableContent = {
    kind: 'table',
    columns: item.columns ?? [],
    row_count: item.rows?.length ?? 0,
  };
  if (item.title !== undefined) table.title = item.title;
  return table;
}

export function chartOf(item: ItemSeen): ChartContent | undefined {
  return item.content?.kind === 'chart' ? item.content : undefined;
}

export function imageOf(item: ItemSeen): ImageContent | undefined {
  return item.content?.kind === 'image' ? item.content : undefined;
}

export function artifactOf(item: ItemSeen): ArtifactContent | undefined {
  return item.content?.kind === 'artifact' ? item.content : undefined;
}

export function toolOf(item: ItemSeen): ToolContent {
  if (item.content?.kind === 'tool') return item.content;
  return { kind: 'tool', name: item.name ?? 'tool', arguments: item.arguments ?? {} };
}

export function answerOf(item: ItemSeen): AnswerContent {
  if (item.content?.kind === 'answer') return item.content;
  return { kind: 'answer', text: item.text ?? '' };
}

export function errorOf(item: ItemSeen): ErrorContent {
  if (item.content?.kind === 'error') return item.content;
  return { kind: 'error', message: item.error?.message ?? item.text ?? 'Something failed.' };
}
