import { expect, test } from 'vitest';
import { tabSeparated } from './clipboard';
import { statistics } from './statistics';

test('a column is counted with its own order', () => {
  const counted = statistics({ name: 'x', type: 'decimal' }, 0, [
    ['10.5'],
    ['9.5'],
    [null],
    ['9.5'],
  ]);
  expect(counted).toEqual({
    rows: 4,
    nulls: 1,
    distinct: 2,
    min: '9.5',
    max: '10.5',
    mean: 29.5 / 3,
    top: [{ cell: '9.5', times: 2 }],
  });
});

test('text has no mean and JSON no order', () => {
  expect(statistics({ name: 'x', type: 'text' }, 0, [['a'], ['b']]).mean).toBeUndefined();
  expect(statistics({ name: 'x', type: 'json' }, 0, [[{ a: 1 }]]).min).toBeUndefined();
  expect(statistics({ name: 'x' }, 0, []).distinct).toBe(0);
});

test('copied rows keep tabs, quotes and line breaks inside their cells', () => {
  const text = tabSeparated(
    [{ name: 'a\tb' }, { name: 'c' }],
    [
      ['x\ny', null],
      ['say "hi"', { k: 1 }],
    ],
  );
  expect(text).toBe('"a\tb"\tc\n"x\ny"\t\n"say ""hi"""\t"{""k"":1}"');
});
