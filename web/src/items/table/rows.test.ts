import { expect, test, vi } from 'vitest';
import { growth, LINEAR } from '../../../tests/unit/growth';
import type { Cell, Column } from '../../generated/protocol';
import { PAGE, readLocally, Rows, type Read } from './rows.svelte';

const COLUMNS: Column[] = [
  { name: 'n', type: 'int64' },
  { name: 'word', type: 'text' },
];
const CELLS: Cell[][] = Array.from({ length: 1000 }, (_, i) => [
  String(i),
  i % 10 === 0 ? null : `w${i % 7}`,
]);

function counted(read: Read): { read: Read; calls: () => number } {
  const spy = vi.fn(read);
  return { read: spy, calls: () => spy.mock.calls.length };
}

test('only the pages in view are asked for, once', async () => {
  const { read, calls } = counted(readLocally(COLUMNS, CELLS));
  const rows = new Rows(COLUMNS, 1000, read);
  await rows.want(0, 30);
  expect(calls()).toBe(1);
  expect(rows.row(7)).toEqual(['7', 'w0']);
  expect(rows.row(PAGE)).toBeUndefined();
  await Promise.all([rows.want(190, 210), rows.want(195, 215)]);
  expect(calls()).toBe(2);
  expect(rows.row(PAGE)?.[0]).toBe(String(PAGE));
});

test('sorting and searching start again from the top', async () => {
  const rows = new Rows(COLUMNS, 1000, readLocally(COLUMNS, CELLS));
  await rows.want(0, 10);
  await rows.reorder({ sort: 'n', descending: true });
  expect(rows.row(0)?.[0]).toBe('999');
  await rows.reorder({ search: 'w3' });
  expect(rows.matching).toBeLessThan(200);
  expect(rows.row(0)?.[1]).toBe('w3');
  await rows.reorder({ sort: 'word' });
  const all = await rows.all(5000);
  expect(all.at(-1)?.[1]).toBeNull();
  expect(all).toHaveLength(1000);
});

test('an answer to an earlier order is thrown away', async () => {
  const slow: ((value: void) => void)[] = [];
  const local = readLocally(COLUMNS, CELLS);
  const rows = new Rows(COLUMNS, 1000, async (query) => {
    if (query.sort === 'word') await new Promise<void>((go) => slow.push(go));
    return local(query);
  });
  const first = rows.reorder({ sort: 'word' });
  await rows.reorder({ sort: 'n', descending: true });
  slow.forEach((go) => go());
  await first;
  expect(rows.row(0)?.[0]).toBe('999');
});

test('a result that fits in a page is arranged here', async () => {
  const few = CELLS.slice(0, 50);
  const { read, calls } = counted(readLocally(COLUMNS, few));
  const rows = new Rows(COLUMNS, 50, read);
  await rows.want(0, 10);
  await rows.reorder({ sort: 'n', descending: true });
  expect(rows.row(0)?.[0]).toBe('49');
  expect(calls()).toBe(1);
});

test('memory stays bounded while somebody scrolls through everything', async () => {
  const total = PAGE * 200;
  const rows = new Rows(COLUMNS, total, (query) =>
    Promise.resolve({
      columns: COLUMNS,
      offset: query.offset,
      rows: Array.from({ length: query.limit }, (_, i) => [String(query.offset + i), null]),
      row_count: total,
      matching: total,
      truncated: false,
    }),
  );
  for (let row = 0; row < total; row += PAGE) await rows.want(row, row + 40);
  expect(rows.loaded().length).toBeLessThanOrEqual(PAGE * 60);
  expect(rows.row(total - 1)?.[0]).toBe(String(total - 1));
  expect(rows.row(0)).toBeUndefined();
});

test('a refusal is kept in words and a retry clears it', async () => {
  let broken = true;
  const local = readLocally(COLUMNS, CELLS);
  const rows = new Rows(COLUMNS, 1000, (query) =>
    broken
      ? Promise.reject({ code: 'unknown_result', detail: 'gone', advice: 'fix' })
      : local(query),
  );
  await rows.want(0, 10);
  expect(rows.failed?.detail).toBe('gone');
  broken = false;
  await rows.retry();
  expect(rows.failed).toBeUndefined();
  expect(rows.row(0)?.[0]).toBe('0');
});

test('a hundred thousand rows are sorted in a moment', async () => {
  const columns: Column[] = [
    { name: 'n', type: 'integer' },
    { name: 'w', type: 'text' },
  ];
  const sorted = async (size: number) => {
    const many = Array.from({ length: size }, (_, i): Cell[] => [(i * 7919) % 100_003, `w${i}`]);
    const rows = new Rows(columns, size, readLocally(columns, many));
    await rows.reorder({ sort: 'n' });
    expect(rows.row(0)?.[0]).toBe(0);
  };
  expect(await growth(sorted, 25_000)).toBeLessThan(LINEAR);
});
