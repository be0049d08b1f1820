/** What a column holds, counted over the rows that are at hand. */
import type { Cell, Column } from '../../generated/protocol';
import { cellNumber, cellRaw, compareCells, isNumeric, typeOf } from './cells';

export interface Statistics {
  rows: number;
  nulls: number;
  distinct: number;
  min?: Cell;
  max?: Cell;
  mean?: number;
  /** The values that occur most, where values repeat. */
  top: { cell: Cell; times: number }[];
}

const TOP = 5;

export function statistics(column: Column, at: number, rows: Cell[][]): Statistics {
  const type = typeOf(column);
  const seen = new Map<string, { cell: Cell; times: number }>();
  let nulls = 0;
  let min: Cell | undefined;
  let max: Cell | undefined;
  let sum = 0;
  let numbers = 0;
  for (const row of rows) {
    const cell = row[at] ?? null;
    if (cell === null) {
      nulls += 1;
      continue;
    }
    const key = cellRaw(cell);
    const known = seen.get(key);
    if (known) known.times += 1;
    else seen.set(key, { cell, times: 1 });
    if (min === undefined || compareCells(cell, min, type) < 0) min = cell;
    if (max === undefined || compareCells(cell, max, type) > 0) max = cell;
    const number = isNumeric(column) ? cellNumber(cell, type) : undefined;
    if (number !== undefined) {
      sum += number;
      numbers += 1;
    }
  }
  const repeated = [...seen.values()].filter(({ times }) => times > 1);
  const counted: Statistics = {
    rows: rows.length,
    nulls,
    distinct: seen.size,
    top: repeated.sort((a, b) => b.times - a.times).slice(0, TOP),
  };
  const ordered = type !== 'json' && type !== 'list' && type !== 'bytes';
  if (ordered && min !== undefined) counted.min = min;
  if (ordered && max !== undefined) counted.max = max;
  if (numbers > 0) counted.mean = sum / numbers;
  return counted;
}
