import { expect, test } from 'vitest';
import { areaOf, holds, moved } from './selection';

const bounds = { rows: 100, columns: 5, page: 16 };
const from =
  (row: number, column: number) =>
  (key: string, whole = false) =>
    moved({ row, column }, key, whole, bounds);

test('arrows move within the table and up into its head', () => {
  expect(from(0, 0)('ArrowUp')).toEqual({ row: -1, column: 0 });
  expect(from(-1, 0)('ArrowUp')).toEqual({ row: -1, column: 0 });
  expect(from(99, 4)('ArrowDown')).toEqual({ row: 99, column: 4 });
  expect(from(0, 4)('ArrowRight')).toEqual({ row: 0, column: 4 });
});

test('page, home and end jump', () => {
  expect(from(3, 2)('PageDown')).toEqual({ row: 19, column: 2 });
  expect(from(3, 2)('PageUp')).toEqual({ row: 0, column: 2 });
  expect(from(3, 2)('Home')).toEqual({ row: 3, column: 0 });
  expect(from(3, 2)('End', true)).toEqual({ row: 99, column: 4 });
  expect(from(3, 2)('Home', true)).toEqual({ row: 0, column: 0 });
  expect(from(3, 2)('a')).toBeUndefined();
});

test('an area holds what lies between its corners', () => {
  const area = areaOf({ row: 5, column: 3 }, { row: 2, column: 1 });
  expect(holds(area, 2, 1)).toBe(true);
  expect(holds(area, 5, 3)).toBe(true);
  expect(holds(area, 6, 3)).toBe(false);
});
