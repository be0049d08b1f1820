import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { ApprovalSeen, ItemSeen, Subject } from '../generated/protocol';
import Item from './Item.svelte';
import { stage } from './stage';

const approval = (subject: Subject, more: Partial<ApprovalSeen> = {}): ApprovalSeen => ({
  request: {
    type: 'approval.requested',
    approval: 'a_1',
    item: 'i_1',
    subject,
    options: ['retry', 'skip', 'approve', 'reject'],
  },
  ...more,
});
const item = (kind: ItemSeen['kind'], more: Partial<ItemSeen> = {}): ItemSeen => ({
  item: 'i_1',
  kind,
  ...more,
});

test('every kind is shown while it is open and holds nothing yet', () => {
  const kinds = 'thought plan code output table chart image artifact tool answer error'.split(' ');
  for (const kind of kinds) {
    const { container, unmount } = render(Item, {
      item: item(kind as ItemSeen['kind']),
      wire: stage(),
    });
    expect(container.textContent).not.toContain('could not be shown');
    unmount();
  }
});

test('a kind of a newer server is named and its gate still stands', async () => {
  const wire = stage();
  const { container } = render(Item, {
    item: item('hologram' as never),
    approval: approval('tool'),
    wire,
  });
  expect(container.textContent).toContain('hologram');
  await userEvent.click(screen.getByRole('button', { name: /Allow/ }));
  expect(wire.resolved).toEqual([['a_1', { verdict: 'approve' }]]);
});

test('a failed step can be tried again, skipped or left', async () => {
  const wire = stage();
  render(Item, {
    item: item('error', { content: { kind: 'error', message: 'too slow' } }),
    approval: approval('error'),
    wire,
  });
  await userEvent.click(screen.getByRole('button', { name: /Try again/ }));
  expect(wire.resolved).toEqual([['a_1', { verdict: 'retry' }]]);
});

test('an error says what and what next, and offers a way on', async () => {
  const wire = stage();
  const { container } = render(Item, {
    item: item('error', {
      outcome: 'failed',
      content: {
        kind: 'error',
        name: 'KeyError',
        message: "'x'",
        traceback: 'Traceback:\nKeyError',
      },
      error: { code: 'python_failed', message: 'm', hint: 'There is no x.' },
    }),
    run: { run: 'r_1', text: 'How many?', by: 'me', outcome: 'failed' },
    wire,
  });
  expect(container.textContent).toContain("KeyError: 'x'");
  expect(container.textContent).toContain('There is no x.');
  await userEvent.click(screen.getByRole('button', { name: 'Ask to fix it' }));
  await userEvent.click(screen.getByRole('button', { name: 'Ask again' }));
  expect(wire.questions).toEqual(["Please fix this error: KeyError: 'x'", 'How many?']);
});

test('while the run mends an error by itself nobody is asked to', () => {
  render(Item, {
    item: item('error', { content: { kind: 'error', message: 'x' } }),
    run: { run: 'r_1', text: 'q', by: 'me' },
    wire: stage(),
  });
  expect(screen.queryByRole('button')).toBeNull();
});

test('a tool at its gate shows what it is asked with', () => {
  const { container } = render(Item, {
    item: item('tool', { name: 'mail.send', arguments: { to: '<b>x</b>' } }),
    approval: approval('tool'),
    wire: stage(),
  });
  expect(container.textContent).toContain('The tool mail.send will be called.');
  expect(container.textContent).toContain('<b>x</b>');
});

test('a gate that nobody answered is told afterwards', () => {
  const expired = approval('tool', { verdict: 'expired' });
  const { container } = render(Item, {
    item: item('image', { outcome: 'skipped' }),
    approval: expired,
    wire: stage(),
  });
  expect(container.textContent).toContain('Nobody answered in time');
});

test('a file is a link only on this server', () => {
  const file = (url: string): ItemSeen =>
    item('artifact', {
      content: { kind: 'artifact', name: 'a\u202Eb.csv', mime: 'text/csv', size: 10, url },
    });
  const first = render(Item, { item: file('/api/v1/files/f'), wire: stage() });
  expect(screen.getByRole('link').getAttribute('href')).toBe('/api/v1/files/f');
  first.unmount();
  for (const url of ['javascript:alert(1)', 'https://evil.example/x', '//evil.example']) {
    const { unmount } = render(Item, { item: file(url), wire: stage() });
    expect(screen.queryByRole('link')).toBeNull();
    unmount();
  }
});

test('a thought is read while it happens and is a line afterwards', async () => {
  const wire = stage();
  const { rerender } = render(Item, { item: item('thought', { text: 'Hm, months.' }), wire });
  expect(screen.getByRole('button', { expanded: true })).toBeTruthy();
  const done = item('thought', {
    outcome: 'ok',
    content: { kind: 'thought', text: 'Hm, months.' },
  });
  await rerender({ item: done, wire });
  expect(screen.getByRole('button', { expanded: false }).textContent).toContain('Hm, months.');
});

test('content that is broken takes nothing else down', async () => {
  const broken = item('plan', { content: { kind: 'plan', steps: 7 as never } });
  const { container } = render(Item, { item: broken, wire: stage() });
  await waitFor(() => expect(container.textContent).toContain('could not be shown'));
});

test('what was being written when somebody else answered is not lost without a word', async () => {
  const wire = stage();
  const gated = item('tool', { name: 'mail' });
  const { rerender } = render(Item, { item: gated, approval: approval('tool'), wire });
  await userEvent.click(screen.getByRole('button', { name: /Reject/ }));
  await userEvent.type(screen.getByRole('textbox'), 'not to everybody');
  await rerender({
    item: gated,
    approval: { ...approval('tool'), verdict: 'approve', by: 'ann' },
    wire,
  });
  expect(wire.overtaken).toEqual(['a_1']);
});

test('what one answered oneself is not called overtaken', async () => {
  const wire = stage();
  const gated = item('tool', { name: 'mail' });
  const { rerender } = render(Item, { item: gated, approval: approval('tool'), wire });
  await userEvent.click(screen.getByRole('button', { name: /Reject/ }));
  await userEvent.type(screen.getByRole('textbox'), 'no');
  await userEvent.click(screen.getByRole('button', { name: 'Reject' }));
  await rerender({
    item: gated,
    approval: { ...approval('tool'), verdict: 'reject', by: 'me' },
    wire,
  });
  expect(wire.resolved).toEqual([['a_1', { verdict: 'reject', text: 'no' }]]);
  expect(wire.overtaken).toEqual([]);
});
