import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { AnswerContent, ItemSeen } from '../../generated/protocol';
import { stage } from '../stage';
import Answer from './Answer.svelte';

const answer = (more: Partial<AnswerContent>): ItemSeen => ({
  item: 'i_1',
  kind: 'answer',
  outcome: 'ok',
  content: { kind: 'answer', text: 'It was **December**.', ...more },
});

test('sources are links to the items, by name', async () => {
  const wire = stage({
    find: (item) =>
      item === 'i_t'
        ? {
            item,
            kind: 'table',
            content: { kind: 'table', columns: [], row_count: 1, title: 'Months' },
          }
        : undefined,
  });
  render(Answer, { item: answer({ sources: ['i_t', 'i_gone'] }), wire });
  await userEvent.click(screen.getByRole('button', { name: 'the table “Months”' }));
  expect(wire.revealed).toEqual(['i_t']);
  expect(screen.getByRole('button', { name: 'where it came from' })).toBeTruthy();
});

test('a suggestion is asked by one click, and a refusal is told', async () => {
  const wire = stage({
    refusal: { code: 'run_active', message: 'A run is still going.', advice: 'retry' },
  });
  render(Answer, { item: answer({ suggestions: ['And by week?'] }), wire });
  await userEvent.click(screen.getByRole('button', { name: 'And by week?' }));
  expect(wire.questions).toEqual(['And by week?']);
  expect(screen.getByRole('alert').textContent).toContain('A run is still going.');
});

test('a read-only page suggests nothing', () => {
  render(Answer, { item: answer({ suggestions: ['More?'] }), wire: stage({ readonly: true }) });
  expect(screen.queryByRole('button')).toBeNull();
});

test('an answer grows while it is open', async () => {
  const wire = stage();
  const open = (text: string): ItemSeen => ({ item: 'i', kind: 'answer', text });
  const { container, rerender } = render(Answer, { item: open('It was '), wire });
  await rerender({ item: open('It was **Dec'), wire });
  await rerender({ item: open('It was **December**. Then\n\n- a\n'), wire });
  await waitFor(() =>
    expect(container.querySelector('.lead')?.textContent?.trim()).toBe('It was December.'),
  );
  expect(container.querySelector('.answer')?.getAttribute('aria-busy')).toBe('true');
});

test('an answer at a gate can be edited', async () => {
  const wire = stage();
  render(Answer, {
    item: answer({}),
    wire,
    approval: {
      request: {
        type: 'approval.requested',
        approval: 'a',
        item: 'i_1',
        subject: 'answer',
        options: ['approve', 'edit', 'reject'],
      },
    },
  });
  await userEvent.click(screen.getByRole('button', { name: /Edit/ }));
  await userEvent.type(screen.getByRole('textbox'), ' Surely.');
  await userEvent.click(screen.getByRole('button', { name: 'Use the edit' }));
  expect(wire.resolved).toEqual([['a', { verdict: 'edit', text: 'It was **December**. Surely.' }]]);
});
