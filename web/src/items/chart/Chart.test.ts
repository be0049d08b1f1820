import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ChartContent, ItemSeen } from '../../generated/protocol';
import { stage } from '../stage';
import Chart from './Chart.svelte';
import { ChartProblem, type Spec } from './specs';

// Vega itself is looked at in a real browser; here it is what was drawn that matters.
const drawn = vi.hoisted(() => ({ specs: [] as unknown[], fail: '' }));
vi.mock('./vega', () => ({
  draw: (place: HTMLElement, spec: Spec) => {
    if (drawn.fail) return Promise.reject(new ChartProblem('It holds a mistake.', drawn.fail));
    drawn.specs.push(spec);
    place.append('drawn');
    return Promise.resolve({
      resize() {},
      svg: () => Promise.resolve('<svg/>'),
      png: () => Promise.resolve('data:'),
      end() {},
    });
  },
}));

beforeEach(() => {
  drawn.specs = [];
  drawn.fail = '';
});

const ENCODING = {
  x: { field: 'month', type: 'temporal' },
  y: { field: 'n', type: 'quantitative' },
};
const chart = (more: Partial<ChartContent>): ItemSeen => ({
  item: 'i_1',
  kind: 'chart',
  outcome: 'ok',
  content: { kind: 'chart', spec: { mark: 'line', encoding: ENCODING }, ...more },
});

const kept = () =>
  stage({
    columns: [
      { name: 'month', type: 'date' },
      { name: 'n', type: 'int64' },
    ],
    rows: [
      ['2024-01-01', '12'],
      ['2024-02-01', '9'],
    ],
  });

test('rows of a result are bound as numbers and local days', async () => {
  render(Chart, { item: chart({ result: 'res_1', title: 'Orders' }), wire: kept() });
  await waitFor(() => expect(drawn.specs).toHaveLength(1));
  expect((drawn.specs[0] as { data: unknown }).data).toEqual({
    values: [
      { month: new Date(2024, 0, 1).getTime(), n: 12 },
      { month: new Date(2024, 1, 1).getTime(), n: 9 },
    ],
  });
  const picture = screen.getByRole('img');
  expect(picture.getAttribute('aria-label')).toBe('Orders. N by month, 2 points.');
});

test('the kind can be changed, and the data seen', async () => {
  render(Chart, { item: chart({ result: 'res_1' }), wire: kept() });
  await userEvent.click(await screen.findByRole('button', { name: 'Bars' }));
  await waitFor(() => expect((drawn.specs.at(-1) as Spec).mark).toBe('bar'));
  expect(screen.getByRole('button', { name: 'Bars' }).getAttribute('aria-pressed')).toBe('true');
  await userEvent.click(screen.getByRole('button', { name: 'See the data' }));
  expect(await screen.findByRole('grid')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'See the data' }));
  expect(screen.queryByRole('grid')).toBeNull();
});

const BAD: [string, Partial<ChartContent>, string][] = [
  [
    'foreign data',
    { spec: { data: { url: 'https://evil.example' }, mark: 'bar' } },
    'another place',
  ],
  ['no data', { spec: { mark: 'bar', encoding: ENCODING } }, 'without data'],
  ['no rows', { spec: { data: { values: [] }, mark: 'bar' } }, 'no rows'],
  ['no spec', { spec: 7 as never }, 'no description'],
];
for (const [name, content, words] of BAD) {
  test(`a chart with ${name} is a sentence`, async () => {
    const { container } = render(Chart, { item: chart(content), wire: stage() });
    await waitFor(() => expect(container.textContent).toContain('This chart cannot be drawn.'));
    expect(container.textContent).toContain(words);
    expect(drawn.specs).toHaveLength(0);
  });
}

test('a mistake in the spec leaves the data to be seen', async () => {
  drawn.fail = 'Illegal callee';
  const { container } = render(Chart, { item: chart({ result: 'res_1' }), wire: kept() });
  await waitFor(() => expect(container.textContent).toContain('It holds a mistake.'));
  await userEvent.click(screen.getByRole('button', { name: 'See the data' }));
  expect(await screen.findByRole('grid')).toBeTruthy();
});

test('rows that are gone are told', async () => {
  const wire = stage({
    refusal: { code: 'unknown_result', message: 'The rows are gone.', advice: 'fix' },
  });
  const { container } = render(Chart, { item: chart({ result: 'res_1' }), wire });
  await waitFor(() => expect(container.textContent).toContain('The rows are gone.'));
});
