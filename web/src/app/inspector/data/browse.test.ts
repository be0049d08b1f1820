import { expect, test } from 'vitest';
import type { Catalogue } from '../../../wire/catalogue';
import { rowsOf } from './browse';
import { joinsOf, metricSays } from './meaning';

const table = (name: string, ...columns: string[]) => ({
  name,
  columns: columns.map((column) => ({ name: column, type: 'text' })),
});

const CATALOGUE: Catalogue = {
  source: 'shop',
  tables: [
    table('orders', 'id', 'total'),
    table('customers', 'id', 'name'),
    table('products', 'id', 'price'),
    table('regions', 'id', 'name'),
  ],
  meaning: {
    tables: [{ name: 'orders', synonyms: ['purchases'] }],
    metrics: [
      { type: 'simple', name: 'revenue', table: 'orders', aggregate: 'sum', expression: 'total' },
    ],
    joins: [{ table: 'orders', columns: ['id'], to_table: 'customers', to_columns: ['id'] }],
  },
};

const keys = (word: string, hands: Record<string, boolean> = {}) =>
  rowsOf(CATALOGUE, { word, hands }).map((row) => row.key.replace('\n', '.'));

test('many tables stand closed, and open by hand', () => {
  expect(keys('')).toEqual([
    'metrics and segments',
    'metric.revenue',
    'orders',
    'customers',
    'products',
    'regions',
  ]);
  expect(keys('', { customers: true, 'metrics and segments': false })).toEqual([
    'metrics and segments',
    'orders',
    'customers',
    'customers.id',
    'customers.name',
    'products',
    'regions',
  ]);
});

test('who looks for a column sees it, and who looks for a table or its other name the table', () => {
  expect(keys('price')).toEqual(['products', 'products.price']);
  expect(keys('CUSTOM')).toEqual(['customers']);
  expect(keys('purchases')).toEqual(['orders']);
  expect(keys('reven')).toEqual(['metrics and segments', 'metric.revenue']);
  expect(keys('nothing')).toEqual([]);
});

test('metrics and joins are said in a line', () => {
  const [metric] = CATALOGUE.meaning?.metrics ?? [];
  expect(metric && metricSays(metric)).toBe('Sum of total in orders');
  expect(metricSays({ type: 'cumulative', name: 'x', metric: 'revenue', period: 'month' })).toBe(
    'revenue, added up since the month began',
  );
  const [orders] = CATALOGUE.tables;
  expect(orders && joinsOf(CATALOGUE, orders)).toEqual(['id → customers.id']);
});
