/** Rows as tab-separated text, which every spreadsheet takes from the clipboard. */
import type { Cell, Column } from '../../generated/protocol';
import { cellRaw } from './cells';

function field(text: string): string {
  return /["\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function tabSeparated(columns: Column[], rows: Cell[][], headers = true): string {
  const lines = rows.map((row) => columns.map((_, at) => field(cellRaw(row[at]))).join('\t'));
  if (headers) lines.unshift(columns.map((column) => field(column.name)).join('\t'));
  return lines.join('\n');
}

/** Put text on the clipboard; false where the browser does not let us. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
