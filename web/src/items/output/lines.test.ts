import { expect, test } from 'vitest';
import { ENDS, foldLines, lastLine, plainText } from './lines';
import { growth, LINEAR } from '../../../tests/unit/growth';

const many = (n: number) => Array.from({ length: n }, (_, i) => `line ${i + 1}`).join('\n') + '\n';

test('a short text is whole', () => {
  const folded = foldLines(many(20), false);
  expect(folded.head).toHaveLength(20);
  expect(folded.hidden).toBe(0);
});

test('a long one folds in the middle and counts what is hidden', () => {
  const folded = foldLines(many(900), false);
  expect(folded.head.at(-1)?.number).toBe(ENDS);
  expect(folded.tail[0]?.number).toBe(900 - ENDS + 1);
  expect(folded.hidden).toBe(900 - 2 * ENDS);
  expect(foldLines(many(900), true).hidden).toBe(0);
});

test('a colour that begins in the hidden middle reaches the end', () => {
  const lines = many(900).split('\n');
  lines[400] = '\u001b[31mred from here';
  expect(foldLines(lines.join('\n'), false).tail[0]?.spans[0]?.paint).toEqual({ color: 1 });
});

test('a line of a megabyte is cut and says so', () => {
  const [line] = foldLines('x'.repeat(1_000_000), false).head;
  expect(line?.spans[0]?.text).toHaveLength(2000);
  expect(line?.cut).toBe(998_000);
});

test('a progress bar of a megabyte shows where it ended', () => {
  const bar = Array.from({ length: 30_000 }, (_, i) => `\r${i} of 30,000 done and going on`).join(
    '',
  );
  const [line] = foldLines(bar, false).head;
  expect(line?.spans.map((span) => span.text).join('')).toContain('29999 of');
});

test('a gigabyte-like flood is folded in time', async () => {
  expect(await growth((size) => foldLines(many(size), true), 50_000)).toBeLessThan(LINEAR);
});

test('a traceback is told by its last line', () => {
  expect(lastLine('Traceback:\n  File\n\u001b[31mKeyError\u001b[0m: 1\n')).toBe('KeyError: 1');
  expect(plainText('\u001b[1ma\u001b[0m\nb')).toBe('a\nb');
});
