import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { Cell, Column, ItemSeen } from '../../generated/protocol';
import { stage } from '../stage';
import Table from './Table.svelte';

const COLUMNS: Column[] = [
  { name: 'id', type: 'integer' },
  { name: 'who', type: 'text', nullable: true },
  { name: 'amount', type: 'decimal' },
];
const ROWS: Cell[][] = Array.from({ length: 60 }, (_, i) => [
  i + 1,
  i === 1 ? null : `p${i}`,
  `${i * 1000}.50`,
]);

function table(more: Partial<Extract<ItemSeen['content'], { kind: 'table' }>> = {}): ItemSeen {
  return {
    item: 'i_1',
    kind: 'table',
    outcome: 'ok',
    content: {
      kind: 'table',
      columns: COLUMNS,
      row_count: 60,
      result: 'res_1',
      title: 'Orders',
      ...more,
    },
  };
}

const set = () => stage({ columns: COLUMNS, rows: ROWS });
const cell = (row: number, column: number) =>
  document.querySelector(`td[data-row="${row}"][data-column="${column}"]`);
const texts = (column: number, count: number) =>
  Array.from({ length: count }, (_, row) => cell(row, column)?.textContent);

test('it says how many rows there are and shows those in view', async () => {
  render(Table, { item: table(), wire: set() });
  const grid = await screen.findByRole('grid', { name: 'Orders' });
  expect(grid.getAttribute('aria-rowcount')).toBe('61');
  await waitFor(() => expect(cell(1, 1)?.textContent).toBe('NULL'));
  expect(cell(1, 1)?.classList.contains('null')).toBe(true);
  expect(cell(2, 2)?.textContent).toBe('2,000.50');
  expect(cell(2, 2)?.classList.contains('number')).toBe(true);
  expect(cell(59, 0)).toBeNull();
  expect(screen.getByText('60 rows')).toBeTruthy();
});

test('a table that was cut says so', () => {
  render(Table, { item: table({ truncated: true }), wire: set() });
  expect(screen.getByText('The first 60 rows; there are more')).toBeTruthy();
});

test('a head sorts up, down and not at all, numbers as numbers', async () => {
  render(Table, { item: table(), wire: set() });
  await waitFor(() => expect(cell(0, 0)?.textContent).toBe('1'));
  const head = screen.getByRole('button', { name: 'amount' });
  await userEvent.click(head);
  await userEvent.click(head);
  await waitFor(() => expect(texts(2, 2)).toEqual(['59,000.50', '58,000.50']));
  const th = head.closest('th');
  expect(th?.getAttribute('aria-sort')).toBe('descending');
  await userEvent.click(head);
  await waitFor(() => expect(texts(0, 2)).toEqual(['1', '2']));
  expect(th?.hasAttribute('aria-sort')).toBe(false);
});

test('finding says how many match', async () => {
  render(Table, { item: table(), wire: set() });
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find in the table' }), 'p5');
  await waitFor(() => expect(screen.getByText('11 of 60 rows match')).toBeTruthy());
  await userEvent.type(screen.getByRole('searchbox'), 'nowhere');
  await waitFor(() => expect(screen.getByText(/Nothing in this table matches/)).toBeTruthy());
});

test('the keyboard moves, and what is marked is copied with headers', async () => {
  const user = userEvent.setup();
  const copied = vi.spyOn(navigator.clipboard, 'writeText');
  render(Table, { item: table(), wire: set() });
  await waitFor(() => expect(cell(0, 0)?.textContent).toBe('1'));
  const grid = screen.getByRole('grid');
  grid.focus();
  await user.keyboard('{ArrowDown}{ArrowRight}');
  expect(
    document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')?.textContent,
  ).toBe('p0');
  await user.keyboard('{Shift>}{ArrowDown}{ArrowRight}{/Shift}');
  await user.keyboard('{Control>}c{/Control}');
  await waitFor(() => expect(copied).toHaveBeenCalledWith('who\tamount\np0\t0.50\n\t1000.50'));
  await user.keyboard('{Control>}{End}{/Control}');
  expect(grid.getAttribute('aria-activedescendant')).toMatch(/-59-2$/);
});

test('a head tells about its column, over what is here', async () => {
  render(Table, { item: table(), wire: set() });
  await waitFor(() => expect(cell(0, 0)?.textContent).toBe('1'));
  await userEvent.click(screen.getByRole('button', { name: 'About who' }));
  const about = await screen.findByRole('dialog', { name: 'About the column who' });
  expect(about.textContent).toMatch(/NULL\s*1/);
  expect(about.textContent).toMatch(/Different\s*59/);
  expect(about.textContent).not.toContain('Mean');
  await userEvent.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(document.activeElement?.getAttribute('aria-label')).toBe('About who');
});

test('every format can be exported', async () => {
  render(Table, { item: table(), wire: set() });
  await userEvent.click(screen.getByRole('button', { name: 'Export' }));
  const links = screen.getAllByRole('menuitem').map((entry) => entry.getAttribute('href'));
  expect(links).toEqual(
    ['csv', 'xlsx', 'parquet', 'json'].map((end) => `/api/v1/results/res_1.${end}`),
  );
});

test('no rows are said in words', async () => {
  render(Table, { item: table({ row_count: 0 }), wire: stage({ columns: COLUMNS }) });
  expect(screen.getByText(/No rows. The query ran/)).toBeTruthy();
});

test('rows that are gone are told, with what to do', async () => {
  const wire = stage({
    refusal: { code: 'unknown_result', message: 'The result is gone.', advice: 'fix' },
  });
  render(Table, { item: table(), wire });
  await waitFor(() =>
    expect(screen.getByRole('alert').textContent).toContain('Ask the question again'),
  );
  expect(screen.queryByRole('grid')).toBeNull();
});

test('rows that still come are shown as they come', async () => {
  const wire = stage();
  const open = (rows: Cell[][]): ItemSeen => ({ item: 'i', kind: 'table', columns: COLUMNS, rows });
  const { rerender } = render(Table, { item: open(ROWS.slice(0, 2)), wire });
  await waitFor(() => expect(cell(1, 0)?.textContent).toBe('2'));
  expect(screen.getByText('2 rows so far')).toBeTruthy();
  await rerender({ item: open(ROWS.slice(0, 3)), wire });
  await waitFor(() => expect(cell(2, 0)?.textContent).toBe('3'));
});

test('hostile names and cells are text, and ten thousand columns are a few', async () => {
  const columns: Column[] = Array.from({ length: 10_000 }, (_, i) => ({
    name: `<img src=x onerror=alert(${i})>`,
  }));
  const rows: Cell[][] = [columns.map(() => '<script>alert(1)</script>\u202e')];
  render(Table, { item: table({ columns, row_count: 1 }), wire: stage({ columns, rows }) });
  await waitFor(() => expect(cell(0, 0)?.textContent).toBe('<script>alert(1)</script>⟨U+202E⟩'));
  expect(document.querySelectorAll('img, script')).toHaveLength(0);
  expect(document.querySelectorAll('th').length).toBeLessThan(30);
});
