import { expect, test } from 'vitest';
import type { ItemSeen } from '../generated/protocol';
import { summaryLine } from './summary';

const sql: ItemSeen = {
  item: 'i_1',
  kind: 'code',
  outcome: 'ok',
  elapsed_ms: 34,
  content: { kind: 'code', language: 'sql', text: 'SELECT month,\n  count(*)\nFROM orders' },
};

test('code says what came of it and how long it took', () => {
  const table: ItemSeen = {
    item: 'i_2',
    kind: 'table',
    outcome: 'ok',
    content: { kind: 'table', columns: [], row_count: 12 },
  };
  expect(summaryLine(sql, [table])).toBe('SELECT month, count(*) FROM orders · 12 rows · 34 ms');
});

test('a cut table says that there is more', () => {
  expect(
    summaryLine({
      item: 'i',
      kind: 'table',
      outcome: 'ok',
      content: { kind: 'table', columns: [], row_count: 10_000, truncated: true, title: 'Orders' },
    }),
  ).toBe('Orders · first 10,000 rows');
});

test('python is told by what it does and not by its imports', () => {
  const item: ItemSeen = {
    item: 'i',
    kind: 'code',
    outcome: 'failed',
    content: { kind: 'code', language: 'python', text: 'import os\n# now\n\nprint(1)' },
  };
  expect(summaryLine(item)).toBe('print(1) · failed');
});

test('an open item is running, and every kind has a line', () => {
  const kinds = 'thought plan code output table chart image artifact tool answer error'.split(' ');
  for (const kind of kinds) {
    const line = summaryLine({ item: 'i', kind: kind as ItemSeen['kind'], text: 'x' });
    expect(line).toContain('running');
  }
  expect(summaryLine({ item: 'i', kind: 'hologram' as ItemSeen['kind'] })).toContain('new');
});

test('an answer loses its marks', () => {
  expect(
    summaryLine({
      item: 'i',
      kind: 'answer',
      outcome: 'ok',
      content: { kind: 'answer', text: '**12** `x`' },
    }),
  ).toBe('12 x');
});
