/** Tables and charts. */
import { item, months, type Wing } from './sights';
import { HOSTILE_COLUMNS, MONTHS, ORDER_COLUMNS, orders, WIDE_COLUMNS } from './shop';

export const tables: Wing = {
  name: 'Table',
  sights: [
    { name: 'Small', item: months },
    {
      name: '100,000 rows',
      item: item('table', {
        content: {
          kind: 'table',
          columns: ORDER_COLUMNS,
          row_count: 100_000,
          result: 'res_orders',
          truncated: true,
          title: 'Orders',
        },
      }),
    },
    { name: 'Rows still coming', item: item('table', { columns: ORDER_COLUMNS, rows: orders(6) }) },
    {
      name: 'No rows',
      item: item('table', {
        content: { kind: 'table', columns: ORDER_COLUMNS, row_count: 0, result: 'res_none' },
      }),
    },
    {
      name: '10,000 columns',
      item: item('table', {
        content: { kind: 'table', columns: WIDE_COLUMNS, row_count: 40, result: 'res_wide' },
      }),
    },
    {
      name: 'Hostile',
      item: item('table', {
        content: { kind: 'table', columns: HOSTILE_COLUMNS, row_count: 4, result: 'res_hostile' },
      }),
    },
    {
      name: 'Rows gone',
      item: item('table', {
        content: { kind: 'table', columns: ORDER_COLUMNS, row_count: 12, result: 'res_gone' },
      }),
    },
  ],
};

export const encoding = {
  x: { field: 'month', type: 'temporal', title: null },
  y: { field: 'orders', type: 'quantitative' },
};
const regions = ['North', 'South', 'East', 'West'].flatMap((region, i) =>
  MONTHS.map((row, m) => ({
    month: row[0] as string,
    region,
    orders: Math.round(((row[1] as number) / 4) * (1 + Math.sin(i + m / 2) / 4)),
  })),
);

export const charts: Wing = {
  name: 'Chart',
  sights: [
    {
      name: 'Line from a result',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Orders per month, 2024',
          result: 'res_months',
          spec: { mark: 'line', encoding },
        },
      }),
    },
    {
      name: 'Bars, inline, by region',
      item: item('chart', {
        content: {
          kind: 'chart',
          spec: {
            mark: 'bar',
            data: { values: regions },
            encoding: {
              ...encoding,
              x: { field: 'month', type: 'ordinal', timeUnit: 'yearmonth' },
              color: { field: 'region', type: 'nominal' },
            },
          },
        },
      }),
    },
    {
      name: 'Lying bars',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Orders by region',
          spec: {
            mark: 'bar',
            data: { values: regions.slice(0, 48) },
            encoding: {
              y: { field: 'region', type: 'nominal', sort: '-x', title: null },
              x: { aggregate: 'sum', field: 'orders', type: 'quantitative' },
            },
          },
        },
      }),
    },
    {
      name: 'Asks for foreign data',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Trap',
          spec: { data: { url: 'https://evil.example/rows.json' }, mark: 'bar', encoding },
        },
      }),
    },
    {
      name: 'Hostile expression',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Expression',
          result: 'res_months',
          spec: {
            mark: 'point',
            transform: [{ calculate: "constructor.constructor('window.owned=1')()", as: 'x' }],
            encoding: { ...encoding, y: { field: 'x', type: 'quantitative' } },
          },
        },
      }),
    },
    {
      name: 'Nonsense',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Nonsense',
          spec: { mark: 'cloud', encoding: { x: 3 } as never },
        },
      }),
    },
  ],
};
