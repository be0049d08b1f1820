import { expect, test } from 'vitest';
import {
  bodyHeight,
  columnsInView,
  edgesOf,
  offsetOf,
  rowsInView,
  scrollTo,
  type Viewport,
} from './window';

const view = (more: Partial<Viewport>): Viewport => ({
  rows: 100_000,
  row: 28,
  top: 0,
  height: 480,
  ...more,
});

test('of a hundred thousand rows a few dozen exist', () => {
  for (const top of [0, 1, 5000, 1_400_000, 100_000 * 28 - 480]) {
    const { first, end } = rowsInView(view({ top }));
    expect(end - first).toBeLessThan(45);
    const seen = Math.floor(top / 28);
    expect(first).toBeLessThanOrEqual(seen);
    expect(end).toBeGreaterThanOrEqual(Math.min(100_000, seen + Math.floor(480 / 28)));
  }
});

test('few rows are all there', () => {
  expect(rowsInView(view({ rows: 3 }))).toEqual({ first: 0, end: 3 });
  expect(rowsInView(view({ rows: 0 }))).toEqual({ first: 0, end: 0 });
});

test('what no browser could be tall enough for is scaled, and its ends can be reached', () => {
  const rows = 5_000_000;
  expect(bodyHeight(view({ rows }))).toBe(12_000_000);
  const bottom = view({ rows, top: 12_000_000 - 480 });
  const span = rowsInView(bottom);
  expect(span.end).toBe(rows);
  expect(offsetOf(span, bottom) + (span.end - span.first) * 28).toBeLessThanOrEqual(12_000_000);
  expect(rowsInView(view({ rows })).first).toBe(0);
});

test('scrolling to a row moves no further than needed', () => {
  expect(scrollTo(3, view({ top: 0 }))).toBe(0);
  expect(scrollTo(100, view({ top: 0 }))).toBe(100 * 28 + 28 - 480);
  expect(scrollTo(2, view({ top: 2800 }))).toBe(56);
});

test('of ten thousand columns those in view exist', () => {
  const edges = edgesOf(Array.from({ length: 10_000 }, () => 100));
  expect(columnsInView(edges, 0, 800)).toEqual({ first: 0, end: 10 });
  const middle = columnsInView(edges, 500_050, 800);
  expect(middle.first).toBe(4998);
  expect(middle.end - middle.first).toBeLessThan(15);
  expect(columnsInView(edges, 999_200, 800).end).toBe(10_000);
});
