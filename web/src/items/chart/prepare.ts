/** A spec and its rows, checked and converted: all that a chart needs before it is drawn. */
import type { Cell, Column } from '../../generated/protocol';
import type { Read } from '../table/rows.svelte';
import { asTable, ChartProblem, inlineRows, tame, toRows, type Row, type Spec } from './specs';

/** More marks than this tell nobody anything and take seconds to draw. */
const MOST = 5000;

export interface Ready {
  spec: Spec;
  rows: Row[];
  /** How many rows there are, of which the first may be drawn only. */
  total: number;
  table: { columns: Column[]; cells: Cell[][] };
}

/** Data that a spec makes by itself, or holds under names. */
const OWN_DATA = ['datasets', 'layer', 'hconcat', 'vconcat', 'concat'];

export async function prepare(given: Spec, read: Read | undefined): Promise<Ready> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ChartProblem('It has no description to draw from.');
  }
  const spec = tame(given);
  if (read) {
    const page = await read({ offset: 0, limit: MOST });
    if (page.rows.length === 0) throw new ChartProblem('There are no rows to draw.');
    return {
      spec,
      rows: toRows(page.columns, page.rows),
      total: page.row_count,
      table: { columns: page.columns, cells: page.rows },
    };
  }
  const rows = inlineRows(spec);
  if (rows?.length === 0) throw new ChartProblem('There are no rows to draw.');
  if (rows) return { spec, rows: rows.slice(0, MOST), total: rows.length, table: asTable(rows) };
  const own = spec.data !== undefined || OWN_DATA.some((key) => key in spec);
  if (!own) throw new ChartProblem('It came without data.');
  return { spec, rows: [], total: 0, table: { columns: [], cells: [] } };
}
