import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { Prompted, QuestionAsked } from '../../generated/protocol';
import { stage } from '../stage';
import Input from './Input.svelte';
import Question from './Question.svelte';

const asked = (...prompts: Prompted[]): QuestionAsked => ({
  type: 'question.asked',
  question: 'q_1',
  prompts,
});

test('one question with options is answered by one click', async () => {
  const wire = stage();
  render(Question, { question: asked({ title: 'Which year?', options: ['2023', '2024'] }), wire });
  await userEvent.click(screen.getByRole('button', { name: '2024' }));
  expect(wire.answered).toEqual([['q_1', [['2024']]]]);
});

test('or in words of one’s own', async () => {
  const wire = stage();
  render(Question, { question: asked({ title: 'Which year?', options: ['2023'] }), wire });
  await userEvent.type(screen.getByRole('textbox'), 'both{Enter}');
  expect(wire.answered).toEqual([['q_1', [['both']]]]);
});

test('several prompts are answered together, when all are', async () => {
  const wire = stage();
  render(Question, {
    question: asked(
      { title: 'Regions?', options: ['N', 'S', 'E'], multiple: true },
      { title: 'Name?' },
    ),
    wire,
  });
  const send = screen.getByRole('button', { name: 'Answer' });
  await userEvent.click(screen.getByRole('checkbox', { name: 'S' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'N' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'S' }));
  expect(send).toHaveProperty('disabled', true);
  await userEvent.type(screen.getByRole('textbox', { name: 'Name?' }), 'file');
  await userEvent.click(send);
  expect(wire.answered).toEqual([['q_1', [['N'], ['file']]]]);
});

test('without free text there is no field', () => {
  render(Question, {
    question: asked({ title: 'Sure?', options: ['yes'], free_text: false }),
    wire: stage(),
  });
  expect(screen.queryByRole('textbox')).toBeNull();
});

test('a refused answer is told and can be given again', async () => {
  const wire = stage({
    refusal: { code: 'unknown_question', message: 'The question is gone.', advice: 'fix' },
  });
  render(Question, { question: asked({ title: 'Q', options: ['a'] }), wire });
  await userEvent.click(screen.getByRole('button', { name: 'a' }));
  expect(screen.getByRole('alert').textContent).toContain('The question is gone.');
  expect(screen.getByRole('button', { name: 'a' })).toHaveProperty('disabled', false);
});

test('a line goes to the code, an empty one too', async () => {
  const wire = stage();
  render(Input, { input: { type: 'input.requested', input: 'in_1', prompt: 'n? ' }, wire });
  await userEvent.type(screen.getByRole('textbox'), '12{Enter}');
  await userEvent.click(screen.getByRole('button', { name: 'Enter' }));
  expect(wire.typed).toEqual([
    ['in_1', '12'],
    ['in_1', ''],
  ]);
});

test('a password is never shown', () => {
  const { container } = render(Input, {
    input: { type: 'input.requested', input: 'in_1', prompt: 'pw', password: true },
    wire: stage(),
  });
  expect(container.querySelector('input')?.type).toBe('password');
});
