import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { ApprovalSeen, ItemSeen, PlanContent } from '../../generated/protocol';
import { stage } from '../stage';
import Plan from './Plan.svelte';

function plan(steps: PlanContent['steps'], reading: PlanContent['reading'] = []): ItemSeen {
  return {
    item: 'i_1',
    kind: 'plan',
    at: '',
    outcome: 'ok',
    content: { kind: 'plan', steps, reading },
  };
}

const approval: ApprovalSeen = {
  request: {
    type: 'approval.requested',
    approval: 'a_1',
    item: 'i_1',
    subject: 'plan',
    options: ['approve', 'edit', 'feedback', 'reject'],
    digest: 'd',
  },
};

test('each step says where it stands, also without colour', () => {
  render(Plan, {
    item: plan([
      { text: 'count', status: 'done' },
      { text: 'draw', status: 'active' },
      { text: 'say' },
      { text: 'skip', status: 'skipped' },
    ]),
    wire: stage(),
  });
  const said = screen
    .getAllByRole('listitem')
    .map((line) => line.textContent?.replace(/\s+/g, ' ').trim());
  expect(said).toEqual(['count (done)', '2 draw (now)', '3 say (to do)', 'skip (skipped)']);
  expect(screen.getAllByRole('listitem')[1]?.getAttribute('aria-current')).toBe('step');
});

test('a plan that was replaced while we looked marks what changed', async () => {
  const wire = stage();
  const { container, rerender } = render(Plan, {
    item: plan([{ text: 'a' }, { text: 'b' }]),
    wire,
  });
  expect(container.textContent).not.toContain('has changed');
  await rerender({ item: plan([{ text: 'a', status: 'done' }, { text: 'c' }]), wire });
  expect(container.textContent).toContain('The plan has changed: 1 new, 1 taken out.');
  await rerender({
    item: plan([
      { text: 'a', status: 'done' },
      { text: 'c', status: 'active' },
    ]),
    wire,
  });
  expect(container.textContent).toContain('1 new');
});

test('a chip offers its choices and asks again in words', async () => {
  const wire = stage();
  render(Plan, {
    item: plan(
      [{ text: 'a' }],
      [{ role: 'filter', text: 'paid only', choices: ['all', 'paid only'] }],
    ),
    wire,
  });
  await userEvent.click(screen.getByRole('button', { name: 'paid only' }));
  const offered = screen.getAllByRole('menuitem').map((entry) => entry.textContent?.trim());
  expect(offered).toEqual(['all', 'Leave this out']);
  await userEvent.click(screen.getByRole('menuitem', { name: 'all' }));
  expect(wire.questions).toEqual(['Use “all” instead of “paid only”.']);
  await userEvent.click(screen.getByRole('button', { name: 'paid only' }));
  await userEvent.click(screen.getByRole('menuitem', { name: 'Leave this out' }));
  expect(wire.questions[1]).toBe('The same without “paid only”.');
});

test('a plan is edited by words, order, more and fewer', async () => {
  const wire = stage();
  render(Plan, { item: plan([{ text: 'a' }, { text: 'b' }]), approval, wire });
  await userEvent.click(screen.getByRole('button', { name: /Edit/ }));
  expect(screen.getByRole('button', { name: 'Use the edit' })).toHaveProperty('disabled', true);
  await userEvent.click(await screen.findByRole('button', { name: 'Move step 2 up' }));
  await userEvent.click(screen.getByRole('button', { name: 'Add a step' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'Step 3' }), 'c ');
  await userEvent.click(screen.getByRole('button', { name: 'Take step 2 out' }));
  await userEvent.click(screen.getByRole('button', { name: 'Use the edit' }));
  expect(wire.resolved).toEqual([
    ['a_1', { verdict: 'edit', plan: [{ text: 'b' }, { text: 'c' }], digest: 'd' }],
  ]);
});

test('escape leaves the editor and drops the edit', async () => {
  render(Plan, { item: plan([{ text: 'a' }]), approval, wire: stage() });
  await userEvent.click(screen.getByRole('button', { name: /Edit/ }));
  await userEvent.type(await screen.findByRole('textbox', { name: 'Step 1' }), 'x');
  await userEvent.keyboard('{Escape}');
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.getByRole('listitem').textContent).toContain('a');
});

test('a plan that streams is shown line by line', () => {
  render(Plan, { item: { item: 'i', kind: 'plan', text: 'one\ntwo\n' }, wire: stage() });
  expect(screen.getAllByRole('listitem')).toHaveLength(2);
});
