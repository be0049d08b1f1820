import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { ItemSeen, OutputContent } from '../../generated/protocol';
import { stage } from '../stage';
import { framed, pictureSource } from './media';
import Output from './Output.svelte';

const output = (more: Partial<OutputContent>): ItemSeen => ({
  item: 'i_1',
  kind: 'output',
  outcome: 'ok',
  content: { kind: 'output', ...more },
});
const wire = stage();

test('live output is shown as it comes, with its colours', async () => {
  const { container, rerender } = render(Output, {
    item: { item: 'i', kind: 'output', stdout: '\u001b[31mred' },
    wire,
  });
  expect(container.querySelector('.c1')?.textContent).toBe('red');
  await rerender({
    item: { item: 'i', kind: 'output', stdout: '\u001b[31mred\u001b[0m\n 10%\r100%', stderr: 'oh' },
    wire,
  });
  expect(screen.getByRole('group', { name: 'Printed output' }).textContent).toContain('100%');
  expect(screen.getByRole('group', { name: 'Errors and warnings' }).textContent).toContain('oh');
});

test('long output folds in the middle and opens on demand', async () => {
  const stdout = Array.from({ length: 500 }, (_, i) => `line ${i + 1}`).join('\n');
  render(Output, { item: { ...output({ stdout }), outcome: 'failed' }, wire });
  const printed = screen.getByRole('group', { name: 'Printed output' });
  expect(printed.textContent).not.toContain('line 250');
  await userEvent.click(screen.getByRole('button', { name: 'Show 480 lines in between' }));
  expect(printed.textContent).toContain('line 250');
});

test('done output of a run is a line until it is opened', async () => {
  render(Output, { item: { ...output({ stdout: 'a\nb\n' }), run: 'r_1' }, wire });
  const line = screen.getByRole('button', { expanded: false });
  expect(line.textContent).toContain('2 lines');
  await userEvent.click(line);
  expect(screen.getByRole('group', { name: 'Printed output' })).toBeTruthy();
});

test('done output of one’s own code stays open', () => {
  render(Output, { item: output({ stdout: 'a\nb\n' }), wire });
  expect(screen.getByRole('group', { name: 'Printed output' })).toBeTruthy();
});

test('HTML stands in a frame that can do nothing', async () => {
  const { container } = render(Output, {
    item: output({
      displays: [{ mime: 'text/html', data: '<script>parent.owned = 1</' + 'script>' }],
    }),
    wire,
  });
  const frame = await waitFor(() => {
    const found = container.querySelector('iframe');
    expect(found).not.toBeNull();
    return found;
  });
  expect(frame?.getAttribute('sandbox')).toBe('');
  expect(framed('<p>', true)).toContain("default-src 'none'");
});

test('pictures are data of known kinds or paths on this server', () => {
  expect(pictureSource('image/png', 'aGk=')).toBe('data:image/png;base64,aGk=');
  expect(pictureSource('image/svg+xml', '<svg onload="alert(1)"/>')).toMatch(
    /^data:image\/svg\+xml;charset=utf-8,%3Csvg/,
  );
  expect(pictureSource('image/png', '"><script>')).toBeUndefined();
  expect(pictureSource('text/html', 'aGk=')).toBeUndefined();
  expect(pictureSource('image/png', undefined, '/api/v1/files/x')).toBe('/api/v1/files/x');
  for (const url of [
    'https://evil.example/x',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
  ]) {
    expect(pictureSource('image/png', undefined, url)).toBeUndefined();
  }
});

test('JSON opens level by level, and keys are text', async () => {
  const { container } = render(Output, {
    item: output({
      displays: [{ mime: 'application/json', data: { '<b>': { deep: [1, null] } } }],
    }),
    wire,
  });
  const opener = await screen.findByRole('button', { name: /<b>/ });
  expect(container.textContent).not.toContain('deep');
  await userEvent.click(opener);
  expect(container.textContent).toContain('deep');
  expect(container.querySelector('b')).toBeNull();
});

test('a kind that is not known is named', async () => {
  const { container } = render(Output, {
    item: output({ displays: [{ mime: 'x/y', data: '<img>' }] }),
    wire,
  });
  await waitFor(() => expect(container.textContent).toContain('cannot show x/y'));
});

test('a line of a megabyte, printed markup and reversed text are all just text', () => {
  const stdout = `${'x'.repeat(1_000_000)}\n<img src=x onerror=alert(1)>\nabc\u202Edef`;
  const { container } = render(Output, { item: { item: 'i', kind: 'output', stdout }, wire });
  expect(container.textContent?.length).toBeLessThan(5000);
  expect(container.textContent).toContain('998,000 more characters');
  expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
  expect(container.textContent).toContain('⟨U+202E⟩');
  expect(container.querySelector('img')).toBeNull();
});
