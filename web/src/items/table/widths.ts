/** Columns as wide as what they hold, within reason. */
import type { Cell, Column } from '../../generated/protocol';
import { cellText, type CellFormat } from './cells';

const CHAR = 7.9;
const PADDING = 26;
const LEAST = 64;
const MOST = 340;
/** Room in a header for its sort mark and its menu. */
const HEAD = 48;

export function columnWidths(columns: Column[], formats: CellFormat[], rows: Cell[][]): number[] {
  const sample = rows.slice(0, 50);
  return columns.map((column, at) => {
    const format = formats[at];
    let chars = 4;
    if (format) {
      for (const row of sample) chars = Math.max(chars, cellText(row[at], format).length);
    }
    const head = Math.min(column.name.length, 40) * CHAR + HEAD;
    return Math.round(Math.min(MOST, Math.max(LEAST, head, chars * CHAR) + PADDING));
  });
}
