import { expect, test } from 'vitest';
import { bare, brief, hasHidden, visible } from './visible';

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

test('a megabyte is brief at once', () => {
  const began = performance.now();
  brief('x'.repeat(1_000_000), 60);
  expect(performance.now() - began).toBeLessThan(5000);
});
