/**
 * One cell, by its column's type: as text, as a number, in order.
 *
 * `int64` and `decimal` come as strings because a browser's numbers would lose their digits; they
 * are formatted and compared as digits and never pass through a float on the way to the eye.
 */
import type { Cell, Column, ColumnType } from '../../generated/protocol';
import { bytes } from '../amounts';
import { visible } from '../visible';

const NUMERIC: ReadonlySet<ColumnType> = new Set(['integer', 'int64', 'float', 'decimal']);
const DIGITS = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Names of numbers that are labels, not amounts: 2,024 is no year. */
const LABELS = /(^|_|\b)(id|key|code|year|zip|postcode|number|no|nr)$/i;

/** Text longer than this is cut in a cell; copying and exporting keep it whole. */
const CELL_CHARS = 300;

export function typeOf(column: Column | undefined): ColumnType {
  return column?.type ?? 'unknown';
}

export function isNumeric(column: Column | undefined): boolean {
  return NUMERIC.has(typeOf(column));
}

export interface CellFormat {
  type: ColumnType;
  /** Thousands are separated. */
  grouped: boolean;
  /** Decimal places that every number of the column shows, so that their points stand in line. */
  places: number | undefined;
}

function placesOf(cell: Cell): number {
  const text = typeof cell === 'number' ? String(cell) : '';
  if (text.includes('e')) return 0;
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** How a column's cells are written, from its name, its type and some of its cells. */
export function formatOf(column: Column, sample: Cell[]): CellFormat {
  const type = typeOf(column);
  const grouped = NUMERIC.has(type) && !LABELS.test(column.name.trim());
  if (type !== 'float') return { type, grouped, places: undefined };
  const places = sample.reduce<number>((most, cell) => Math.max(most, placesOf(cell)), 0);
  return { type, grouped, places: Math.min(places, 4) };
}

export function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function numberText(cell: Cell, format: CellFormat): string {
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return String(cell);
    const size = Math.abs(cell);
    const places = format.places;
    if (size >= 1e15 || (size > 0 && size < 10 ** -(places ?? 4))) return cell.toPrecision(4);
    const text = places === undefined ? String(cell) : cell.toFixed(places);
    return digitText(text, format.grouped);
  }
  return digitText(String(cell), format.grouped);
}

function digitText(text: string, grouped: boolean): string {
  const parts = DIGITS.exec(text);
  if (!parts) return visible(text);
  const [, sign = '', head = '', tail] = parts;
  const left = (sign === '-' ? '−' : '') + (grouped ? groupDigits(head) : head);
  return tail === undefined ? left : `${left}.${tail}`;
}

function timeText(text: string): string {
  return visible(text.replace('T', ' ').replace(/\.0+(?=$|Z|[+-])/, ''));
}

function byteText(text: string): string {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return bytes(Math.max(0, (text.length / 4) * 3 - padding));
}

/** A cell for the eye. NULL is for the component to show: it gets an empty string here. */
export function cellText(cell: Cell | undefined, format: CellFormat): string {
  if (cell === null || cell === undefined) return '';
  if (NUMERIC.has(format.type)) return numberText(cell, format);
  if (typeof cell === 'boolean') return cell ? 'true' : 'false';
  if (typeof cell === 'object') return visible(JSON.stringify(cell).slice(0, CELL_CHARS));
  const text = String(cell);
  if (format.type === 'timestamp' || format.type === 'timestamptz') return timeText(text);
  if (format.type === 'bytes') return byteText(text);
  if (text.length <= CELL_CHARS) return visible(text);
  return `${visible(text.slice(0, CELL_CHARS))} …`;
}

/** A cell for a clipboard or a file: whole, and with nothing made pretty. */
export function cellRaw(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** A cell as a number to draw or to average; digits past a float's are lost, which an eye never sees. */
export function cellNumber(cell: Cell | undefined, type: ColumnType): number | undefined {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell === 'string' && NUMERIC.has(type) && cell.trim() !== '') {
    const number = Number(cell);
    return Number.isFinite(number) ? number : undefined;
  }
  return undefined;
}

function compareDigits(a: string, b: string): number | undefined {
  const left = DIGITS.exec(a);
  const right = DIGITS.exec(b);
  if (!left || !right) return undefined;
  const scale = Math.max(left[3]?.length ?? 0, right[3]?.length ?? 0);
  const scaled = (parts: RegExpExecArray) =>
    BigInt((parts[1] === '-' ? '-' : '') + parts[2] + (parts[3] ?? '').padEnd(scale, '0'));
  const x = scaled(left);
  const y = scaled(right);
  return x < y ? -1 : x > y ? 1 : 0;
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** How a column's cells that are not NULL are ordered. Numbers come first: they are sorted most. */
export function cellOrder(type: ColumnType): (a: Cell, b: Cell) => number {
  if (type === 'integer' || type === 'float') return (a, b) => Number(a) - Number(b);
  return (a, b) => compareCells(a, b, type);
}

/** The order of two cells that are not NULL. */
export function compareCells(a: Cell, b: Cell, type: ColumnType): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (type === 'int64' || type === 'decimal') {
    const byDigits = compareDigits(String(a), String(b));
    if (byDigits !== undefined) return byDigits;
    return Number(a) - Number(b) || 0;
  }
  if (type === 'text' || type === 'unknown') return COLLATOR.compare(cellRaw(a), cellRaw(b));
  // Dates, times and booleans stand in ISO form: their text has their order.
  const x = cellRaw(a);
  const y = cellRaw(b);
  return x < y ? -1 : x > y ? 1 : 0;
}
