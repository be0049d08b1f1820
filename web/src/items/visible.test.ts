import { expect, test } from 'vitest';
import { bare, brief, hasHidden, visible } from './visible';
import { growth, LINEAR } from '../../tests/unit/growth';

test('characters that reorder text are written out', () => {
  expect(visible('evil\u202Egnp.exe')).toBe('evil⟨U+202E⟩gnp.exe');
  expect(visible('bell\u0007')).toBe('bell⟨U+0007⟩');
});

test('joiners stay in prose and are written out in code', () => {
  expect(visible('👩\u200d🚀')).toBe('👩\u200d🚀');
  expect(bare('a\u200bb')).toBe('a⟨U+200B⟩b');
  expect(hasHidden('SELECT\t1\r\n')).toBe(false);
  expect(hasHidden('SELECT\u2066 1')).toBe(true);
});

test('a brief text is one line and never half a pair', () => {
  expect(brief('SELECT  1\n  FROM t', 40)).toBe('SELECT 1 FROM t');
  const cut = brief('😀'.repeat(50), 10);
  expect(Array.from(cut)).toHaveLength(11);
  expect(cut).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
});

test('a megabyte is brief at once', async () => {
  const texts = new Map([1_000, 4_000_000].map((size) => [size, 'x'.repeat(size)]));
  const cuts = (size: number) => {
    const text = texts.get(size < 4_000 ? 1_000 : 4_000_000) ?? '';
    for (let i = 0; i < 2_000; i += 1) brief(text, 60);
  };
  // Four thousand times the text, and not even the time that four times would take.
  expect(await growth(cuts, 1_000)).toBeLessThan(LINEAR);
});
