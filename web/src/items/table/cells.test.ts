import { expect, test } from 'vitest';
import type { Cell, Column, ColumnType } from '../../generated/protocol';
import { cellNumber, cellRaw, cellText, compareCells, formatOf } from './cells';

const shown = (type: ColumnType, cell: Cell, name = 'amount', sample: Cell[] = [cell]) =>
  cellText(cell, formatOf({ name, type } as Column, sample));

test('amounts are separated, labels are not', () => {
  expect(shown('integer', 1234567)).toBe('1,234,567');
  expect(shown('integer', 2024, 'year')).toBe('2024');
  expect(shown('integer', 123456, 'order_id')).toBe('123456');
});

test('no digit of int64 and decimal is lost', () => {
  expect(shown('int64', '9007199254740993')).toBe('9,007,199,254,740,993');
  expect(shown('decimal', '-12345678901234567890.120')).toBe('−12,345,678,901,234,567,890.120');
  expect(shown('decimal', '1E+30')).toBe('1E+30');
  expect(shown('int64', '<b>')).toBe('<b>');
});

test('floats of a column show the same places', () => {
  const sample = [1.5, 2.25, 3];
  expect(sample.map((cell) => shown('float', cell, 'x', sample))).toEqual(['1.50', '2.25', '3.00']);
  expect(shown('float', 1e21)).toBe('1.000e+21');
  expect(shown('float', 0.0000001)).toBe('1.000e-7');
});

test('each type has its way', () => {
  expect(shown('boolean', false)).toBe('false');
  expect(shown('timestamp', '2024-01-01T08:00:00.000000')).toBe('2024-01-01 08:00:00');
  expect(shown('timestamptz', '2024-01-01T08:00:00.000Z')).toBe('2024-01-01 08:00:00Z');
  expect(shown('json', { a: [1, null] })).toBe('{"a":[1,null]}');
  expect(shown('bytes', 'aGVsbG8=')).toBe('5 bytes');
  expect(shown('text', null)).toBe('');
  expect(shown('text', 'evil\u202Egnp.exe')).toBe('evil⟨U+202E⟩gnp.exe');
});

test('a long cell is cut for the eye and whole for copying', () => {
  const long = 'x'.repeat(1_000_000);
  expect(shown('text', long).length).toBeLessThan(310);
  expect(cellRaw(long)).toBe(long);
});

test('numbers as text are ordered as numbers', () => {
  const sorted = (type: ColumnType, cells: Cell[]) =>
    [...cells].sort((a, b) => compareCells(a, b, type));
  expect(sorted('int64', ['10', '9', '-1', '9007199254740993', '9007199254740992'])).toEqual([
    '-1',
    '9',
    '10',
    '9007199254740992',
    '9007199254740993',
  ]);
  expect(sorted('decimal', ['1.10', '1.9', '-0.5', '1.09'])).toEqual([
    '-0.5',
    '1.09',
    '1.10',
    '1.9',
  ]);
  expect(sorted('decimal', ['1E+3', '2'])).toEqual(['2', '1E+3']);
  expect(sorted('text', ['b', 'a10', 'a9'])).toEqual(['a9', 'a10', 'b']);
});

test('only numeric columns give numbers', () => {
  expect(cellNumber('12.5', 'decimal')).toBe(12.5);
  expect(cellNumber('2024', 'text')).toBeUndefined();
  expect(cellNumber('', 'decimal')).toBeUndefined();
  expect(cellNumber(null, 'integer')).toBeUndefined();
});
