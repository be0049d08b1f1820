/**
 * Vega-Lite specs as they come from a model: read with suspicion, bound to rows, shown in other ways.
 */
import type { Cell, Column, Json } from '../../generated/protocol';
import { cellNumber, typeOf } from '../table/cells';

export type Spec = { [key: string]: Json };
export type Mark = 'bar' | 'line' | 'area' | 'point';
export type Row = Record<string, Json>;

/** Why a chart cannot be drawn, in words for a card. */
export class ChartProblem extends Error {
  /** What the drawing library said, for those who ask. */
  readonly details: string;

  constructor(message: string, details = '') {
    super(message);
    this.details = details;
  }
}

const DEEPEST = 40;
const COMPOSED = ['layer', 'hconcat', 'vconcat', 'concat', 'repeat', 'facet', 'spec'] as const;

function isObject(value: Json | undefined): value is Spec {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A copy without what a chart has no business with: links, foreign data, pictures, and settings that
 * are meant for another embedder. Data from elsewhere is refused aloud, since the chart would be empty.
 */
export function tame(spec: Spec): Spec {
  const copy = (value: Json, depth: number, inRows: boolean): Json => {
    if (depth > DEEPEST) throw new ChartProblem('The chart is nested too deeply to be drawn.');
    if (Array.isArray(value)) return value.map((part) => copy(part, depth + 1, inRows));
    if (!isObject(value)) return value;
    const kept: Spec = {};
    for (const [key, part] of Object.entries(value)) {
      if (key === '__proto__' || key === 'constructor') continue;
      const rows = inRows || key === 'values' || key === 'datasets';
      if (!inRows && (key === 'usermeta' || key === 'href' || key === '$schema')) continue;
      if (!inRows && key === 'url') refuseUrl(part);
      kept[key] = rows && key === 'values' ? part : copy(part, depth + 1, rows);
    }
    return kept;
  };
  return copy(spec, 0, false) as Spec;
}

function refuseUrl(part: Json): void {
  // `encoding.url` with a field shows pictures; `data.url` with a text loads data.
  const from = typeof part === 'string' ? ` (${part.slice(0, 80)})` : '';
  throw new ChartProblem(
    `The chart asks for something from another place${from}. Charts here draw only the data of the session.`,
  );
}

export function isComposed(spec: Spec): boolean {
  return COMPOSED.some((key) => key in spec);
}

export function markOf(spec: Spec): string | undefined {
  if (typeof spec.mark === 'string') return spec.mark;
  return isObject(spec.mark) && typeof spec.mark.type === 'string' ? spec.mark.type : undefined;
}

function channel(spec: Spec, name: string): Spec | undefined {
  const encoding = spec.encoding;
  if (!isObject(encoding)) return undefined;
  const found = encoding[name];
  return isObject(found) ? found : undefined;
}

/** The kinds of chart that the same encodings make sense in; the one it is stands first. */
export function fittingMarks(spec: Spec): Mark[] {
  const mark = markOf(spec);
  if (isComposed(spec) || mark === undefined) return [];
  const x = channel(spec, 'x');
  const y = channel(spec, 'y');
  if (!x || !y || !['bar', 'line', 'area', 'point'].includes(mark)) return [];
  if ('bin' in x || 'bin' in y) return [mark as Mark];
  const ordered = [x.type, y.type].some((type) => type === 'temporal' || type === 'ordinal');
  const bothNumbers = x.type === 'quantitative' && y.type === 'quantitative';
  const amount = [x.type, y.type].includes('quantitative');
  const fitting: Mark[] = [];
  if (amount && !bothNumbers) fitting.push('bar');
  if (amount && (ordered || bothNumbers)) fitting.push('line');
  if (amount && ordered) fitting.push('area');
  fitting.push('point');
  const own = mark as Mark;
  return [own, ...fitting.filter((kind) => kind !== own)];
}

export function withMark(spec: Spec, mark: Mark): Spec {
  if (markOf(spec) === mark) return spec;
  // The old mark's own settings (a bar's corners, a line's dashes) say nothing about the new one.
  return { ...spec, mark: mark === 'line' ? { type: 'line', point: true } : mark };
}

/** The fields that the encodings read as time, wherever they stand. */
function timeFields(spec: Json, found = new Set<string>(), depth = 0): Set<string> {
  if (depth > DEEPEST) return found;
  if (Array.isArray(spec)) spec.forEach((part) => timeFields(part, found, depth + 1));
  else if (isObject(spec)) {
    const timely = spec.type === 'temporal' || typeof spec.timeUnit === 'string';
    if (timely && typeof spec.field === 'string') found.add(spec.field);
    for (const [key, part] of Object.entries(spec)) {
      if (key !== 'values' && key !== 'datasets') timeFields(part, found, depth + 1);
    }
  }
  return found;
}

const LOCAL_TIME = /^(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?$/;

/**
 * A date without a zone means that day, wherever the reader sits. Parsed by the browser it would be
 * midnight in Greenwich, and west of it every month would begin in the one before.
 */
export function localTime(text: string): number | undefined {
  const parts = LOCAL_TIME.exec(text);
  if (!parts) return undefined;
  const [year, month, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined || month === undefined) return undefined;
  return new Date(year, month - 1, day, hour, minute, Math.floor(second)).getTime();
}

/** Rows as Vega-Lite takes them: objects, with numbers as numbers and local times as local times. */
export function toRows(columns: Column[], cells: Cell[][]): Row[] {
  return cells.map((row) => {
    const made: Row = Object.create(null) as Row;
    columns.forEach((column, at) => {
      const cell = row[at] ?? null;
      made[column.name] = cellNumber(cell, typeOf(column)) ?? cell;
    });
    return made;
  });
}

export function inlineRows(spec: Spec): Row[] | undefined {
  if (!isObject(spec.data) || !Array.isArray(spec.data.values)) return undefined;
  return spec.data.values.filter(isObject);
}

export function bindRows(spec: Spec, rows: Row[]): Spec {
  const times = timeFields(spec);
  const values = rows.map((row) => {
    const made: Row = { ...row };
    for (const field of times) {
      const cell = made[field];
      if (typeof cell === 'string') made[field] = localTime(cell) ?? cell;
    }
    return made;
  });
  const data: Spec = { values };
  if (isObject(spec.data) && isObject(spec.data.format)) data.format = spec.data.format;
  return { ...spec, data };
}

/** Pixels that a letter of a label takes, with some room around the whole label. */
const LETTER = 7;
const AROUND = 14;

/**
 * Names under the bars are read lying while they fit side by side, and aslant when they do not. The
 * library's own way is to stand them all on end.
 */
export function withLabels(spec: Spec, rows: Row[], width: number): Spec {
  const x = channel(spec, 'x');
  if (isComposed(spec) || !x || (x.type !== 'nominal' && x.type !== 'ordinal')) return spec;
  if (x.axis === null || 'timeUnit' in x || typeof x.field !== 'string') return spec;
  const axis = isObject(x.axis) ? x.axis : {};
  if ('labelAngle' in axis) return spec;
  const names = new Set(rows.map((row) => String(row[x.field as string] ?? 'null')));
  const letters = Math.max(0, ...[...names].map((name) => Math.min(name.length, 24)));
  const lying = names.size * (letters * LETTER + AROUND) < width - 60;
  const labelAngle = lying || x.type === 'ordinal' ? 0 : -40;
  const encoding = spec.encoding as Spec;
  return { ...spec, encoding: { ...encoding, x: { ...x, axis: { ...axis, labelAngle } } } };
}

export function titleOf(spec: Spec): string | undefined {
  if (typeof spec.title === 'string') return spec.title;
  if (isObject(spec.title) && typeof spec.title.text === 'string') return spec.title.text;
  return undefined;
}

function axis(spec: Spec, name: string): string | undefined {
  const found = channel(spec, name);
  if (!found) return undefined;
  if (typeof found.title === 'string') return found.title;
  if (isObject(found.axis) && typeof found.axis.title === 'string') return found.axis.title;
  const field = typeof found.field === 'string' ? found.field : undefined;
  const aggregate = typeof found.aggregate === 'string' ? found.aggregate : undefined;
  if (aggregate && field) return `${aggregate} of ${field}`;
  return field ?? aggregate;
}

/** What the chart shows, for a title that nobody gave and for those who cannot see it. */
export function describe(spec: Spec, rows: number): string {
  const y = axis(spec, 'y');
  const x = axis(spec, 'x');
  const color = axis(spec, 'color');
  if (!x && !y) return `Chart of ${rows} rows`;
  const by = [x, color].filter((name) => name !== undefined).join(' and ');
  const words = y && by ? `${y} by ${by}` : (y ?? by);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Rows as columns and cells again, for "see the data" of a chart that brought its own. */
export function asTable(rows: Row[]): { columns: Column[]; cells: Cell[][] } {
  const names = [...new Set(rows.slice(0, 1000).flatMap((row) => Object.keys(row)))];
  const columns = names.map((name): Column => {
    const values = rows
      .map((row) => row[name])
      .filter((value) => value !== null && value !== undefined);
    const numbers = values.length > 0 && values.every((value) => typeof value === 'number');
    if (!numbers) return { name, type: 'text' };
    return { name, type: values.every(Number.isInteger) ? 'integer' : 'float' };
  });
  return { columns, cells: rows.map((row) => names.map((name) => row[name] ?? null)) };
}
