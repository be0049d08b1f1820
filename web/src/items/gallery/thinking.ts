/** Plans and answers. */
import { approval, item, type Wing } from './sights';

const steps = [
  { text: 'Count the orders of 2024 by month', status: 'done' as const },
  { text: 'Check for months without orders', status: 'skipped' as const },
  { text: 'Draw the counts as a line', status: 'active' as const },
  { text: 'Say which month was best' },
];

export const plans: Wing = {
  name: 'Plan',
  sights: [
    {
      name: 'With a reading',
      item: item('plan', {
        content: {
          kind: 'plan',
          steps,
          reading: [
            {
              role: 'measure',
              text: 'number of orders',
              choices: ['number of orders', 'revenue', 'customers'],
            },
            {
              role: 'time',
              text: 'last year (2024)',
              choices: ['last year (2024)', 'last 12 months'],
            },
            { role: 'grouping', text: 'month', choices: ['month', 'week', 'quarter'] },
            { role: 'table', text: 'orders' },
          ],
        },
      }),
    },
    {
      name: 'Changed',
      before: item('plan', {
        content: {
          kind: 'plan',
          steps: [{ text: 'Count the orders' }, { text: 'Draw a pie' }, { text: 'Say it' }],
        },
      }),
      item: item('plan', {
        content: {
          kind: 'plan',
          steps: [{ text: 'Count the orders' }, { text: 'Draw a line' }, { text: 'Say it' }],
        },
      }),
    },
    {
      name: 'At a gate',
      item: item('plan', {
        content: {
          kind: 'plan',
          steps: steps.map(({ text }) => ({ text })),
          reading: [{ role: 'measure', text: 'number of orders', choices: ['revenue'] }],
        },
      }),
      approval: approval({ subject: 'plan', options: ['approve', 'edit', 'feedback', 'reject'] }),
    },
    { name: 'Streaming', item: item('plan', { text: 'Count the orders\nDraw them' }) },
  ],
};

export const answers: Wing = {
  name: 'Answer',
  sights: [
    {
      name: 'Whole',
      item: item('answer', {
        content: {
          kind: 'answer',
          text: 'The shop took **39,888 orders in 2024**, 8 % more than the year before. December was the best month with 4,688 orders; February was the weakest.\n\n- The rise begins in *October*.\n- [x] Months without orders: none.\n\n| Quarter | Orders |\n| --- | ---: |\n| Q1 | 8,437 |\n| Q4 | 12,199 |\n\nSee [the docs](https://example.org) or `orders.ordered_at`.\n\n```sql\nSELECT count(*) FROM orders\n```',
          sources: ['i_table', 'i_code'],
          suggestions: [
            'Which regions grew most?',
            'Compare this with 2023',
            'Show the revenue of the same months',
          ],
        },
      }),
    },
    {
      name: 'Streaming',
      item: item('answer', { text: 'The shop took **39,888 orders in 2024**, 8 % mo' }),
    },
    {
      name: 'Hostile',
      item: item('answer', {
        content: {
          kind: 'answer',
          text: 'Look <script>alert(1)</script> here. [click](javascript:alert(1)) and ![pixel](https://evil.example/p.png) <svg onload=alert(1)> <a href="javascript:alert(1)">x</a> \u202Egnp.exe',
        },
      }),
    },
    {
      name: 'At a gate',
      item: item('answer', { content: { kind: 'answer', text: 'It was **December**.' } }),
      approval: approval({ subject: 'answer', options: ['approve', 'edit', 'feedback', 'reject'] }),
    },
  ],
};
