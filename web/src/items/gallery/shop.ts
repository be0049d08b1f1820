/** Rows of a made-up shop, as many as one likes, by a generator that always gives the same. */
import type { Cell, Column } from '../../generated/protocol';
import type { ResultPage, ResultQuery } from '../props';
import { readLocally } from '../table/rows.svelte';

export const ORDER_COLUMNS: Column[] = [
  { name: 'order_id', type: 'integer', nullable: false },
  { name: 'customer', type: 'text' },
  { name: 'ordered_at', type: 'timestamp' },
  { name: 'region', type: 'text' },
  { name: 'amount', type: 'decimal' },
  { name: 'discount', type: 'float' },
  { name: 'points', type: 'int64' },
  { name: 'paid', type: 'boolean' },
  { name: 'details', type: 'json' },
];

const PEOPLE = [
  'Ana Petrović',
  'Ben Okafor',
  '王小明',
  'Chloé Dubois',
  'دانا الحربي',
  "Liam O'Brien",
  'Zoë van Dijk',
];
const REGIONS = ['North', 'South', 'East', 'West', null];

function pick(seed: number): number {
  let mixed = (seed * 2654435761) >>> 0;
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 2246822519) >>> 0;
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

export function orders(count: number): Cell[][] {
  return Array.from({ length: count }, (_, i): Cell[] => {
    const n = pick(i + 1);
    const day = new Date(Date.UTC(2023, 0, 1, 8) + i * 311_000).toISOString().slice(0, 19);
    return [
      i + 1,
      PEOPLE[n % PEOPLE.length] ?? null,
      day,
      REGIONS[(n >>> 5) % REGIONS.length] ?? null,
      `${(n % 900_000) / 100 >= 1 ? ((n % 900_000) / 100).toFixed(2) : '1.00'}`,
      n % 3 === 0 ? null : Math.round(((n >>> 8) % 100) * 2.5) / 1000,
      String(9_007_199_254_740_993n + BigInt(n)),
      n % 4 !== 0,
      n % 6 === 0 ? { gift: true, note: 'ring the bell' } : null,
    ];
  });
}

export const MONTH_COLUMNS: Column[] = [
  { name: 'month', type: 'date' },
  { name: 'orders', type: 'integer' },
  { name: 'revenue', type: 'decimal' },
];

const MONTHLY = [2811, 2604, 3022, 2987, 3140, 3055, 2890, 2976, 3204, 3391, 4120, 4688];
export const MONTHS: Cell[][] = MONTHLY.map((orders, i) => [
  `2024-${String(i + 1).padStart(2, '0')}-01`,
  orders,
  `${orders * 47}.${String((orders * 7) % 100).padStart(2, '0')}`,
]);

export const WIDE_COLUMNS: Column[] = Array.from({ length: 10_000 }, (_, i) => ({
  name: `c${i}`,
  type: 'integer' as const,
}));
const WIDE: Cell[][] = Array.from({ length: 40 }, (_, r) =>
  WIDE_COLUMNS.map((_, c) => r * 10_000 + c),
);

const HOSTILE_COLUMNS: Column[] = [
  { name: '<img src=x onerror=alert(1)>', type: 'text' },
  { name: 'amount\u202Etnuoma', type: 'integer' },
];
const HOSTILE: Cell[][] = [
  ['<script>alert(1)</script>', 1],
  ['javascript:alert(1)', 2],
  ['evil\u202Egnp.exe', null],
  ['x'.repeat(5000), 4],
];

let kept: Map<string, (query: ResultQuery) => Promise<ResultPage>> | undefined;

/** The results that the gallery's items name. */
export function results(): NonNullable<typeof kept> {
  kept ??= new Map([
    ['res_orders', readLocally(ORDER_COLUMNS, orders(100_000))],
    ['res_months', readLocally(MONTH_COLUMNS, MONTHS)],
    ['res_wide', readLocally(WIDE_COLUMNS, WIDE)],
    ['res_hostile', readLocally(HOSTILE_COLUMNS, HOSTILE)],
    ['res_none', readLocally(ORDER_COLUMNS, [])],
  ]);
  return kept;
}

export { HOSTILE_COLUMNS };
