import { expect, test } from 'vitest';
import { paintAfter, readLine } from './ansi';
import { growth, LINEAR } from '../../../tests/unit/growth';

const E = '\u001b';
const text = (raw: string) =>
  readLine(raw)
    .spans.map((span) => span.text)
    .join('');

test('colours and weights become spans', () => {
  expect(readLine(`${E}[31;1mred${E}[0m plain`).spans).toEqual([
    { text: 'red', paint: { color: 1, bold: true } },
    { text: ' plain', paint: {} },
  ]);
  expect(readLine(`${E}[92mx`).spans[0]?.paint).toEqual({ color: 10 });
  expect(readLine(`${E}[38;5;208mx`).spans[0]?.paint).toEqual({ exact: 'rgb(255 135 0)' });
  expect(readLine(`${E}[48;2;1;2;3mx`).spans[0]?.paint).toEqual({ exactBackground: 'rgb(1 2 3)' });
  expect(readLine(`${E}[38;2;999;2;3mx`).spans[0]?.paint).toEqual({});
});

test('a paint goes on to the next line and past what is hidden', () => {
  const first = readLine(`${E}[33ma`);
  expect(readLine('b', first.paint).spans[0]?.paint).toEqual({ color: 3 });
  expect(paintAfter(`x${E}[1my\nz${E}[32m`)).toEqual({ bold: true, color: 2 });
});

test('carriage returns, backspaces and erases act as in a terminal', () => {
  expect(text(' 10%\r 50%\r100%')).toBe('100%');
  expect(text('abcdef\rxy')).toBe('xycdef');
  expect(text(`abcdef\rxy${E}[K`)).toBe('xy');
  expect(text(`abc${E}[2K\rx`)).toBe('x  ');
  expect(text('abd\bc')).toBe('abc');
  expect(text('line\r')).toBe('line');
});

test('other sequences leave nothing behind', () => {
  expect(text(`a${E}[2Jb${E}[10;10Hc`)).toBe('abc');
  expect(text(`${E}]0;title\u0007x`)).toBe('x');
  expect(text(`${E}]8;;javascript:alert(1)${E}\\link${E}]8;;${E}\\`)).toBe('link');
  expect(text(`${E}Pq#0;2;0;0;0${E}\\y`)).toBe('y');
  expect(text(`cut${E}[3`)).toBe('cut3');
});

test('what is printed is only ever text', () => {
  expect(readLine(`${E}[31m<img src=x onerror=alert(1)>`).spans[0]?.text).toBe(
    '<img src=x onerror=alert(1)>',
  );
});

test('a megabyte of sequences is read in time', async () => {
  const sequences = (size: number) => {
    readLine(`${E}[31mx`.repeat(size));
    readLine(E.repeat(5 * size));
    readLine(`${E}]`.repeat(2.5 * size));
    paintAfter(`${E}[38;5;`.repeat(2.5 * size));
  };
  expect(await growth(sequences, 10_000)).toBeLessThan(LINEAR);
});
