import { expect, test } from 'vitest';
import { changesInWords, planLines } from './changes';

const plan = (...texts: string[]) => texts.map((text) => ({ text }));
const told = (now: string[], before: string[]) =>
  planLines(plan(...now), plan(...before)).map(({ text, number, change }) => [
    text,
    number,
    change,
  ]);

test('the first version has no changes', () => {
  const lines = planLines(plan('a', 'b'));
  expect(lines.map((line) => line.change)).toEqual([undefined, undefined]);
  expect(changesInWords(lines)).toBe('');
});

test('what is new is marked and what went stays in its place', () => {
  expect(told(['a', 'x', 'c'], ['a', 'b', 'c'])).toEqual([
    ['a', 1, undefined],
    ['b', undefined, 'gone'],
    ['x', 2, 'new'],
    ['c', 3, undefined],
  ]);
});

test('a step that only moved is not new', () => {
  const lines = planLines(plan('b', 'c', 'a'), plan('a', 'b', 'c'));
  expect(lines.map((line) => line.change)).toEqual([undefined, undefined, 'moved']);
  expect(changesInWords(lines)).toBe('1 moved');
});

test('steps with the same words are counted each', () => {
  expect(told(['a', 'a'], ['a']).map(([, number]) => number)).toEqual([1, 2]);
});

test('a new status is no change', () => {
  const lines = planLines([{ text: 'a', status: 'done' }], plan('a'));
  expect(lines).toEqual([{ text: 'a', status: 'done', number: 1 }]);
});

test('ten thousand steps are shown without marks', () => {
  const many = plan(...Array.from({ length: 10_000 }, (_, i) => `${i}`));
  expect(planLines(many, plan('a'))).toHaveLength(10_000);
});
