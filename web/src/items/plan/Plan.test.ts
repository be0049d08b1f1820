import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { ApprovalSeen, Chip, ItemSeen, PlanContent } from '../../generated/protocol';
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

const READING: Chip[] = [
  { role: 'measure', text: 'number of orders', choices: ['revenue'] },
  { role: 'filter', text: 'paid only', choices: ['all', 'paid only'] },
];

test('a chip becomes another by a click, or is left out', async () => {
  const wire = stage();
  render(Plan, { item: plan([{ text: 'a' }], READING), wire });
  await userEvent.click(screen.getByRole('button', { name: 'paid only' }));
  const offered = screen.getAllByRole('menuitem').map((entry) => entry.textContent?.trim());
  expect(offered).toEqual(['all', 'Something else …']);
  await userEvent.click(screen.getByRole('menuitem', { name: 'all' }));
  await userEvent.click(screen.getByRole('button', { name: 'Leave out “paid only”' }));
  expect(wire.changes).toEqual([
    'Use “all” instead of “paid only”.',
    'The same without “paid only”.',
  ]);
  // Without its only measure a question asks for nothing.
  expect(screen.queryByRole('button', { name: 'Leave out “number of orders”' })).toBeNull();
});

test('a chip can be written anew, and a refusal is told beside it', async () => {
  const wire = stage({
    refusal: { code: 'run_active', message: 'A run is still going.', advice: 'retry' },
  });
  render(Plan, { item: plan([{ text: 'a' }], READING), wire });
  await userEvent.click(screen.getByRole('button', { name: 'paid only' }));
  await userEvent.click(screen.getByRole('menuitem', { name: /Something else/ }));
  const field = screen.getByRole('textbox', { name: 'Instead of “paid only”' });
  await userEvent.type(field, 'refunded{Enter}');
  expect(wire.changes).toEqual(['Use “refunded” instead of “paid only”.']);
  expect((await screen.findByRole('alert')).textContent).toContain('A run is still going.');
});

test('an older reading can be looked at only', () => {
  const wire = stage({ newestReading: 'another' });
  render(Plan, { item: plan([{ text: 'a' }], READING), wire });
  expect(screen.queryByRole('button')).toBeNull();
  expect(screen.getByText('paid only')).toBeTruthy();
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
