/** What leaves this server for a model, in words. */
import type { DataPolicy, ModelAsked } from '../generated/protocol';
import { bytes, count } from './words';

/** How much of the data a model outside may be shown, from nothing to all that it asks for. */
export const POLICIES: readonly { data: DataPolicy; says: string; more: string }[] = [
  { data: 'none', says: 'nothing of the data', more: 'Only your question goes out.' },
  { data: 'schema', says: 'names of tables and columns', more: 'No value goes out.' },
  {
    data: 'samples',
    says: 'names and some sample values',
    more: 'A few values of columns go out, none of those that are private.',
  },
  {
    data: 'results',
    says: 'names, samples and results',
    more: 'Rows that queries give go out too, so that the model can speak of them.',
  },
];

export interface Sent {
  to: string[];
  times: number;
  tables: number;
  samples: number;
  rows: number;
  size: number;
}

export function totalSent(asked: readonly ModelAsked[]): Sent {
  const most = (pick: (one: ModelAsked) => number) => Math.max(0, ...asked.map(pick));
  // The same tables and rows go again with each request: the most that one of them carried is what
  // is known outside.
  return {
    to: [...new Set(asked.map((one) => one.to))],
    times: asked.length,
    tables: new Set(asked.flatMap((one) => one.tables ?? [])).size,
    samples: most((one) => one.samples ?? 0),
    rows: most((one) => one.rows ?? 0),
    size: asked.reduce((sum, one) => sum + (one.size ?? 0), 0),
  };
}

/** "Sent to api.example 3 times: 4 tables by name, 12 sample values, no rows (9 kB)". */
export function sentSays({ to, times, tables, samples, rows, size }: Sent): string {
  const parts = [
    tables ? `${count(tables, 'table')} by name` : 'no table',
    samples ? count(samples, 'sample value') : 'no sample value',
    rows ? count(rows, 'row') : 'no row',
  ];
  const often = times === 1 ? 'once' : `${count(times, 'time')}`;
  const weight = size ? ` (${bytes(size)})` : '';
  return `Sent to ${to.join(', ')} ${often}: the question, ${parts.join(', ')}${weight}.`;
}
