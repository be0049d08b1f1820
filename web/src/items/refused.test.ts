import { expect, test } from 'vitest';
import { nextStep, refusedWords } from './refused';

test('a refusal is read by its shape', () => {
  const error = Object.assign(new Error('DELETE changes data.'), {
    code: 'edit_refused',
    advice: 'fix',
  });
  expect(refusedWords(error)).toEqual({
    code: 'edit_refused',
    detail: 'DELETE changes data.',
    advice: 'fix',
  });
  expect(refusedWords({ code: 'x', detail: 'why', advice: 'stop' }).detail).toBe('why');
});

test('anything that was thrown becomes words', () => {
  expect(refusedWords('gone').detail).toBe('gone');
  expect(refusedWords(undefined).detail).toBe('undefined');
  expect(refusedWords({}).detail).toContain('did not say why');
});

test('each advice has a next step', () => {
  for (const advice of ['fix', 'retry', 'stop'] as const) {
    expect(nextStep({ code: 'anything', detail: '', advice })).toMatch(/\.$/);
  }
  expect(nextStep({ code: 'approval_settled', detail: '', advice: 'stop' })).toContain(
    'Somebody else',
  );
});
