import { expect, test } from 'vitest';
import type { Spec } from './specs';
import {
  asTable,
  bindRows,
  ChartProblem,
  describe,
  fittingMarks,
  inlineRows,
  localTime,
  tame,
  toRows,
  withLabels,
  withMark,
} from './specs';

const XY = (x: string, y = 'quantitative'): Spec => ({
  mark: 'bar',
  encoding: { x: { field: 'a', type: x }, y: { field: 'b', type: y } },
});

test('foreign data is refused wherever it is asked for', () => {
  const traps: Spec[] = [
    { data: { url: 'https://evil.example/x.json' } },
    { layer: [{ data: { url: '//evil.example' } }] },
    { transform: [{ lookup: 'a', from: { data: { url: 'file:///etc/passwd' } } }] },
    { mark: { type: 'image', url: 'https://evil.example/pixel.png' } },
    { encoding: { url: { field: 'picture' } } },
  ];
  for (const trap of traps) expect(() => tame(trap)).toThrow(ChartProblem);
});

test('links and foreign settings are taken out, rows are left alone', () => {
  const spec: Spec = {
    $schema: 'https://x',
    usermeta: { embedOptions: { loader: 1 } },
    mark: { type: 'bar', href: 'javascript:alert(1)' },
    encoding: { href: { field: 'u' }, x: { field: 'url' } },
    data: { values: [{ url: 'https://kept.example', href: 'kept' }] },
  };
  expect(tame(spec)).toEqual({
    mark: { type: 'bar' },
    encoding: { x: { field: 'url' } },
    data: { values: [{ url: 'https://kept.example', href: 'kept' }] },
  });
});

test('a bottomless spec is a problem and not a stack overflow', () => {
  let deep: Spec = {};
  for (let i = 0; i < 10_000; i += 1) deep = { layer: [deep] };
  expect(() => tame(deep)).toThrow('nested too deeply');
  expect(() =>
    tame(JSON.parse('{"__proto__": {"polluted": 1}, "mark": "bar"}') as Spec),
  ).not.toThrow();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('only kinds that fit are offered, the given one first', () => {
  expect(fittingMarks(XY('temporal'))).toEqual(['bar', 'line', 'area', 'point']);
  expect(fittingMarks(XY('nominal'))).toEqual(['bar', 'point']);
  expect(fittingMarks({ ...XY('quantitative'), mark: 'point' })).toEqual(['point', 'line']);
  expect(fittingMarks({ ...XY('nominal'), mark: 'arc' })).toEqual([]);
  expect(fittingMarks({ layer: [], mark: 'bar' })).toEqual([]);
  expect(fittingMarks({ mark: 'bar', encoding: { x: 3 } })).toEqual([]);
});

test('another kind drops the settings of the one before', () => {
  const spec = { ...XY('temporal'), mark: { type: 'bar', cornerRadius: 4 } } as Spec;
  expect(withMark(spec, 'bar')).toBe(spec);
  expect(withMark(spec, 'area').mark).toBe('area');
});

test('a day without a zone is that day for every reader', () => {
  expect(localTime('2024-01-01')).toBe(new Date(2024, 0, 1).getTime());
  expect(localTime('2024-03')).toBe(new Date(2024, 2, 1).getTime());
  expect(localTime('2024-01-01T08:30:00')).toBe(new Date(2024, 0, 1, 8, 30).getTime());
  expect(localTime('2024-01-01T08:30:00Z')).toBeUndefined();
  const bound = bindRows(XY('temporal'), [{ a: '2024-01-01', b: 1 }]) as {
    data: { values: { a: number }[] };
  };
  expect(bound.data.values[0]?.a).toBe(new Date(2024, 0, 1).getTime());
});

test('numbers that came as text become numbers by their column type', () => {
  const [row] = toRows(
    [
      { name: 'm', type: 'date' },
      { name: 'x', type: 'decimal' },
      { name: 'y', type: 'text' },
      { name: '__proto__', type: 'int64' },
    ],
    [['2024-01-01', '12.50', '7', '9']],
  );
  expect(row?.m).toBe('2024-01-01');
  expect(row?.x).toBe(12.5);
  expect(row?.y).toBe('7');
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('a chart says what it shows', () => {
  expect(describe({ ...XY('temporal') }, 12)).toBe('B by a');
  expect(
    describe(
      {
        mark: 'bar',
        encoding: { x: { field: 'm' }, y: { aggregate: 'sum', field: 'n' }, color: { field: 'r' } },
      },
      1,
    ),
  ).toBe('Sum of n by m and r');
  expect(describe({}, 3)).toBe('Chart of 3 rows');
});

test('names lie while they fit, stand aslant when they do not, and obey who says otherwise', () => {
  const rows = (n: number) => Array.from({ length: n }, (_, i) => ({ a: `category ${i}`, b: i }));
  const angle = (spec: Spec) =>
    (spec.encoding as { x: { axis?: { labelAngle?: number } } }).x.axis?.labelAngle;
  expect(angle(withLabels(XY('nominal'), rows(4), 800))).toBe(0);
  expect(angle(withLabels(XY('nominal'), rows(30), 800))).toBe(-40);
  expect(angle(withLabels(XY('ordinal'), rows(30), 800))).toBe(0);
  expect(withLabels(XY('temporal'), rows(30), 800)).toEqual(XY('temporal'));
  const own: Spec = { encoding: { x: { field: 'a', type: 'nominal', axis: { labelAngle: -90 } } } };
  expect(withLabels(own, rows(30), 800)).toBe(own);
});

test('its own rows can be seen as a table', () => {
  const rows = inlineRows({ data: { values: [{ a: 1, b: 'x' }, { a: 2.5 }, 7] } });
  expect(asTable(rows ?? [])).toEqual({
    columns: [
      { name: 'a', type: 'float' },
      { name: 'b', type: 'text' },
    ],
    cells: [
      [1, 'x'],
      [2.5, null],
    ],
  });
});
