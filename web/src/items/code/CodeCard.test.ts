import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { ApprovalSeen, ItemSeen } from '../../generated/protocol';
import { stage } from '../stage';
import CodeCard from './CodeCard.svelte';

// The editor needs a layout, which this DOM has not: here it cannot be loaded, as in a bad network.
vi.mock('./editor', () => Promise.reject(new Error('no chunk')));

const SQL = 'SELECT count(*) FROM orders';

function code(more: Partial<ItemSeen> = {}): ItemSeen {
  return { item: 'i_1', kind: 'code', at: '', language: 'sql', source: 'shop', text: SQL, ...more };
}

function asked(more: Partial<ApprovalSeen['request']> = {}): ApprovalSeen {
  return {
    request: {
      type: 'approval.requested',
      approval: 'a_1',
      item: 'i_1',
      subject: 'sql',
      options: ['approve', 'edit', 'feedback', 'reject'],
      digest: 'sha256:9',
      text: SQL,
      ...more,
    },
  };
}

const gate = () => screen.getByRole('group', { name: /Waiting for you/ });

test('a gate says what will run, where, at what cost, and until when', () => {
  const until = new Date(Date.now() + 5 * 60_000).toISOString();
  const approval = asked({
    estimate: { rows: 12, bytes: 4_200_000, cost: 0.5 },
    expires_at: until,
    reason: 'It reads a whole table.',
  });
  render(CodeCard, { item: code(), approval, wire: stage() });
  expect(gate().textContent).toContain('This SQL will run on shop.');
  expect(gate().textContent).toContain('about 12 rows, reads about 4 MB, costs about $0.50');
  expect(gate().textContent).toContain('Closes by itself in 5 min');
  expect(gate().textContent).toContain('It reads a whole table.');
});

test('run sends the digest of what was read', async () => {
  const wire = stage();
  render(CodeCard, { item: code(), approval: asked(), wire });
  await userEvent.click(screen.getByRole('button', { name: /Run/ }));
  expect(wire.resolved).toEqual([['a_1', { verdict: 'approve', digest: 'sha256:9' }]]);
});

test('remember says exactly what it allows and is sent only when ticked', async () => {
  const wire = stage();
  render(CodeCard, {
    item: code(),
    approval: asked({ remembers: 'Run SQL on shop in this session without asking' }),
    wire,
  });
  await userEvent.click(
    screen.getByRole('checkbox', { name: 'Run SQL on shop in this session without asking' }),
  );
  await userEvent.click(screen.getByRole('button', { name: /Run/ }));
  expect(wire.resolved[0]?.[1].remember).toBe('session');
});

test('one letter answers while the card has the focus', async () => {
  const wire = stage();
  render(CodeCard, { item: code(), approval: asked(), wire });
  gate().focus();
  await userEvent.keyboard('x');
  await userEvent.keyboard('not on live data, r e c');
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  expect(wire.resolved).toEqual([
    ['a_1', { verdict: 'reject', digest: 'sha256:9', text: 'not on live data, r e c' }],
  ]);
});

test('letters that are not offered do nothing', async () => {
  const wire = stage();
  render(CodeCard, { item: code(), approval: asked({ options: ['reject'] }), wire });
  gate().focus();
  await userEvent.keyboard('r');
  await userEvent.keyboard('{Control>}r{/Control}');
  expect(wire.resolved).toEqual([]);
});

test('asking for a change needs words', async () => {
  const wire = stage();
  render(CodeCard, { item: code(), approval: asked(), wire });
  gate().focus();
  await userEvent.keyboard('c');
  const send = screen.getByRole('button', { name: 'Send' });
  expect(send).toHaveProperty('disabled', true);
  await userEvent.type(screen.getByRole('textbox'), 'by week');
  await userEvent.click(send);
  expect(wire.resolved[0]?.[1]).toEqual({
    verdict: 'feedback',
    text: 'by week',
    digest: 'sha256:9',
  });
});

test('a refused answer is told in its place and nothing is lost', async () => {
  const wire = stage({
    refusal: { code: 'edit_refused', message: 'DELETE changes data.', advice: 'fix' },
  });
  render(CodeCard, { item: code(), approval: asked(), wire });
  gate().focus();
  await userEvent.keyboard('x');
  await userEvent.type(screen.getByRole('textbox'), 'my reason');
  await userEvent.click(screen.getByRole('button', { name: /Reject/ }));
  expect(screen.getByRole('alert').textContent).toContain('DELETE changes data.');
  expect(screen.getByRole('textbox')).toHaveProperty('value', 'my reason');
});

test('somebody who was faster is named', async () => {
  const wire = stage({
    refusal: { code: 'approval_settled', message: 'ana answered it.', advice: 'stop' },
  });
  const { rerender } = render(CodeCard, { item: code(), approval: asked(), wire });
  await userEvent.click(screen.getByRole('button', { name: /Run/ }));
  expect(screen.getByRole('alert').textContent).toContain('Somebody else has answered');
  const done = code({ content: { kind: 'code', language: 'sql', text: SQL }, outcome: 'ok' });
  await rerender({ item: done, approval: { ...asked(), verdict: 'approve', by: 'ana' }, wire });
  expect(screen.queryByRole('alert')).toBeNull();
  expect(screen.getByRole('button', { name: /approved by ana/ })).toBeTruthy();
});

test('an edit opens an editor and sends only what is different', async () => {
  const wire = stage();
  render(CodeCard, { item: code(), approval: asked(), wire });
  await userEvent.click(screen.getByRole('button', { name: /Edit/ }));
  const run = screen.getByRole('button', { name: 'Run the edit' });
  expect(run).toHaveProperty('disabled', true);
  // Before the editor's chunk is there, and where it cannot be, a plain field does the work.
  const field = await screen.findByRole('textbox', { name: 'SQL to edit' });
  await userEvent.type(field, ' LIMIT 5');
  await userEvent.click(run);
  expect(wire.resolved).toEqual([
    ['a_1', { verdict: 'edit', code: `${SQL} LIMIT 5`, digest: 'sha256:9' }],
  ]);
});

test('nobody may answer through a read-only link', async () => {
  const wire = stage({ readonly: true });
  render(CodeCard, { item: code(), approval: asked({ remembers: 'x' }), wire });
  expect(screen.queryByRole('button', { name: /Run/ })).toBeNull();
  expect(screen.queryByRole('checkbox')).toBeNull();
  gate().focus();
  await userEvent.keyboard('r');
  expect(wire.resolved).toEqual([]);
});

test('done code folds to a line and unfolds by click', async () => {
  const item = code({
    content: { kind: 'code', language: 'sql', text: SQL },
    outcome: 'ok',
    elapsed_ms: 34,
  });
  render(CodeCard, { item, wire: stage() });
  const line = screen.getByRole('button', { expanded: false });
  expect(line.textContent).toContain('34 ms');
  expect(screen.queryByRole('group', { name: 'SQL code' })).toBeNull();
  await userEvent.click(line);
  expect(screen.getByRole('group', { name: 'SQL code' }).textContent).toBe(SQL);
});

test('what the guard refused says what, why and what to do', async () => {
  const wire = stage();
  const item = code({
    content: { kind: 'code', language: 'sql', text: 'DROP TABLE x', source: 'shop' },
    outcome: 'failed',
    error: { code: 'guard_refused', message: 'Not run on shop.', hint: 'Ask for reading only.' },
    check: {
      type: 'check.finished',
      item: 'i_1',
      ok: false,
      findings: [{ code: 'kind', message: 'DROP changes the database.' }],
    },
  });
  const { container } = render(CodeCard, { item, wire });
  expect(container.textContent).toContain('Refused: DROP changes the database.');
  expect(container.textContent).toContain('Ask for reading only.');
  await userEvent.click(screen.getByRole('button', { name: 'Ask to do it another way' }));
  expect(wire.questions[0]).toContain('Not run on shop.');
});

test('characters that reorder what is approved are written out', async () => {
  const trojan = "SELECT 'a\u202e' --\u2066";
  const { container } = render(CodeCard, {
    item: code({ text: trojan }),
    approval: asked({ text: trojan }),
    wire: stage(),
  });
  expect(container.textContent).toContain('⟨U+202E⟩');
  expect(container.textContent).toContain('change the order of reading');
  await waitFor(() => expect(container.textContent).not.toContain('\u202e'));
});

test('code that failed asks how to go on, and a change of it runs again', async () => {
  const wire = stage();
  const item = code({
    content: { kind: 'code', language: 'sql', text: SQL, source: 'shop' },
    outcome: 'failed',
    error: { code: 'source_failed', message: 'No such table: orders.' },
  });
  const approval = asked({ subject: 'error', options: ['retry', 'edit', 'skip', 'reject'] });
  render(CodeCard, { item, approval, wire });
  expect(gate().textContent).toContain('This SQL failed on shop. Say how to go on.');
  expect(gate().textContent).toContain('No such table: orders.');
  await userEvent.click(screen.getByRole('button', { name: /Edit/ }));
  await userEvent.type(await screen.findByRole('textbox', { name: 'SQL to edit' }), '2');
  await userEvent.click(screen.getByRole('button', { name: 'Run the edit' }));
  expect(wire.resolved[0]?.[1]).toMatchObject({ verdict: 'edit', code: `${SQL}2` });
});
