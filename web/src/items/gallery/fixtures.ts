/** Every kind of item in every state that it can be seen in. */
import type {
  ApprovalSeen,
  InputRequested,
  ItemSeen,
  QuestionAsked,
  RunSeen,
} from '../../generated/protocol';
import type { Refusing } from './wire';
import {
  HOSTILE_COLUMNS,
  MONTH_COLUMNS,
  MONTHS,
  ORDER_COLUMNS,
  orders,
  WIDE_COLUMNS,
} from './shop';

export interface Sight {
  name: string;
  item?: ItemSeen;
  approval?: ApprovalSeen;
  made?: ItemSeen[];
  before?: ItemSeen;
  run?: RunSeen;
  question?: QuestionAsked;
  input?: InputRequested;
  refuse?: Refusing;
  readonly?: boolean;
}

export interface Wing {
  name: string;
  sights: Sight[];
}

const SQL = `SELECT strftime('%Y-%m-01', ordered_at) AS month,
       count(*) AS orders,
       sum(amount) AS revenue -- in euros
FROM orders
WHERE ordered_at >= '2024-01-01' AND ordered_at < '2025-01-01'
GROUP BY 1
ORDER BY 1`;

const PYTHON = `import pandas as pd

def growth(frame: pd.DataFrame) -> pd.Series:
    """Share by which each month grew."""
    return frame["orders"].pct_change().fillna(0.0)

print(growth(orders).round(3).to_string())  # 12 lines`;

let last = 0;
const id = (kind: string) => `i_${kind}_${(last += 1)}`;
const now = new Date().toISOString();

function item(kind: ItemSeen['kind'], more: Partial<ItemSeen>): ItemSeen {
  return {
    item: id(kind),
    kind,
    at: now,
    outcome: more.content ? 'ok' : undefined,
    ...more,
  } as ItemSeen;
}

function approval(
  more: Partial<ApprovalSeen['request']>,
  settled: Partial<ApprovalSeen> = {},
): ApprovalSeen {
  return {
    request: {
      type: 'approval.requested',
      approval: id('approval'),
      item: 'i_x',
      subject: 'sql',
      options: ['approve', 'edit', 'feedback', 'reject'],
      digest: 'sha256:1',
      ...more,
    },
    ...settled,
  };
}

const months = item('table', {
  content: {
    kind: 'table',
    columns: MONTH_COLUMNS,
    row_count: 12,
    result: 'res_months',
    title: 'Orders per month',
  },
  elapsed_ms: 34,
});

const steps = [
  { text: 'Count the orders of 2024 by month', status: 'done' as const },
  { text: 'Check for months without orders', status: 'skipped' as const },
  { text: 'Draw the counts as a line', status: 'active' as const },
  { text: 'Say which month was best' },
];

const plans: Wing = {
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

const code: Wing = {
  name: 'Code',
  sights: [
    {
      name: 'Done, folded',
      item: item('code', {
        content: { kind: 'code', language: 'sql', text: SQL, source: 'shop' },
        elapsed_ms: 34,
      }),
      made: [months],
    },
    {
      name: 'Running',
      item: item('code', {
        language: 'python',
        text: PYTHON,
        at: new Date(Date.now() - 7000).toISOString(),
      }),
    },
    {
      name: 'At a gate',
      item: item('code', {
        content: {
          kind: 'code',
          language: 'sql',
          text: SQL,
          source: 'shop',
          explanation: 'Counts the orders of each month of 2024.',
        },
        outcome: undefined as never,
        check: {
          type: 'check.finished',
          item: 'i_x',
          ok: true,
          findings: [
            { code: 'limit_added', message: 'At most 10,000 rows are read.', severity: 'info' },
          ],
          sql: `${SQL}\nLIMIT 10000`,
        },
      }),
      approval: approval({
        text: SQL,
        estimate: { rows: 12, bytes: 4_200_000 },
        remembers: 'reading SQL on shop',
        expires_at: new Date(Date.now() + 9 * 60_000).toISOString(),
        reason: 'This session asks before every SQL.',
      }),
    },
    {
      name: 'Edit refused by the server',
      refuse: {
        code: 'edit_refused',
        detail: 'The edit was not taken: DELETE changes data, and this source is read-only.',
        advice: 'fix',
      },
      item: item('code', { language: 'sql', source: 'shop', text: 'SELECT count(*) FROM orders' }),
      approval: approval({ text: 'SELECT count(*) FROM orders' }),
    },
    {
      name: 'Approved by somebody else',
      item: item('code', {
        content: { kind: 'code', language: 'python', text: PYTHON },
        elapsed_ms: 1240,
        outcome: 'interrupted',
      }),
      approval: approval({ subject: 'python' }, { verdict: 'edit', by: 'ana' }),
    },
    {
      name: 'Refused by the guard',
      item: item('code', {
        content: {
          kind: 'code',
          language: 'sql',
          text: 'DROP TABLE customers; SELECT 1',
          source: 'shop',
        },
        outcome: 'failed',
        error: {
          code: 'guard_refused',
          message: 'The guard did not let this run on shop.',
          hint: 'Ask for something that only reads.',
        },
        check: {
          type: 'check.finished',
          item: 'i_x',
          ok: false,
          findings: [
            {
              code: 'statement_kind',
              message: 'DROP TABLE changes the database; only reading is allowed.',
            },
            {
              code: 'many_statements',
              message: 'There are two statements; one at a time may run.',
            },
          ],
        },
      }),
    },
    {
      name: 'Hidden characters',
      item: item('code', {
        language: 'sql',
        source: 'shop',
        text: "SELECT * FROM users WHERE role = 'user\u202E ⁦-- admin⁩'",
      }),
      approval: approval({ text: "SELECT * FROM users WHERE role = 'user\u202E ⁦-- admin⁩'" }),
      readonly: true,
    },
  ],
};

const tables: Wing = {
  name: 'Table',
  sights: [
    { name: 'Small', item: months },
    {
      name: '100,000 rows',
      item: item('table', {
        content: {
          kind: 'table',
          columns: ORDER_COLUMNS,
          row_count: 100_000,
          result: 'res_orders',
          truncated: true,
          title: 'Orders',
        },
      }),
    },
    { name: 'Rows still coming', item: item('table', { columns: ORDER_COLUMNS, rows: orders(6) }) },
    {
      name: 'No rows',
      item: item('table', {
        content: { kind: 'table', columns: ORDER_COLUMNS, row_count: 0, result: 'res_none' },
      }),
    },
    {
      name: '10,000 columns',
      item: item('table', {
        content: { kind: 'table', columns: WIDE_COLUMNS, row_count: 40, result: 'res_wide' },
      }),
    },
    {
      name: 'Hostile',
      item: item('table', {
        content: { kind: 'table', columns: HOSTILE_COLUMNS, row_count: 4, result: 'res_hostile' },
      }),
    },
    {
      name: 'Rows gone',
      item: item('table', {
        content: { kind: 'table', columns: ORDER_COLUMNS, row_count: 12, result: 'res_gone' },
      }),
    },
  ],
};

const encoding = {
  x: { field: 'month', type: 'temporal', title: null },
  y: { field: 'orders', type: 'quantitative' },
};
const regions = ['North', 'South', 'East', 'West'].flatMap((region, i) =>
  MONTHS.map((row, m) => ({
    month: row[0] as string,
    region,
    orders: Math.round(((row[1] as number) / 4) * (1 + Math.sin(i + m / 2) / 4)),
  })),
);

const charts: Wing = {
  name: 'Chart',
  sights: [
    {
      name: 'Line from a result',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Orders per month, 2024',
          result: 'res_months',
          spec: { mark: 'line', encoding },
        },
      }),
    },
    {
      name: 'Bars, inline, by region',
      item: item('chart', {
        content: {
          kind: 'chart',
          spec: {
            mark: 'bar',
            data: { values: regions },
            encoding: {
              ...encoding,
              x: { field: 'month', type: 'ordinal', timeUnit: 'yearmonth' },
              color: { field: 'region', type: 'nominal' },
            },
          },
        },
      }),
    },
    {
      name: 'Lying bars',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Orders by region',
          spec: {
            mark: 'bar',
            data: { values: regions.slice(0, 48) },
            encoding: {
              y: { field: 'region', type: 'nominal', sort: '-x', title: null },
              x: { aggregate: 'sum', field: 'orders', type: 'quantitative' },
            },
          },
        },
      }),
    },
    {
      name: 'Asks for foreign data',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Trap',
          spec: { data: { url: 'https://evil.example/rows.json' }, mark: 'bar', encoding },
        },
      }),
    },
    {
      name: 'Hostile expression',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Expression',
          result: 'res_months',
          spec: {
            mark: 'point',
            transform: [{ calculate: "constructor.constructor('window.owned=1')()", as: 'x' }],
            encoding: { ...encoding, y: { field: 'x', type: 'quantitative' } },
          },
        },
      }),
    },
    {
      name: 'Nonsense',
      item: item('chart', {
        content: {
          kind: 'chart',
          title: 'Nonsense',
          spec: { mark: 'cloud', encoding: { x: 3 } as never },
        },
      }),
    },
  ],
};

const ESC = '\u001b';
const long = Array.from(
  { length: 900 },
  (_, i) => `epoch ${i + 1}/900  loss ${(2 / (i + 1)).toFixed(5)}`,
).join('\n');
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="60" onload="alert(1)"><rect width="220" height="60" fill="#dde"/><text x="12" y="36">an SVG picture</text></svg>';

const outputs: Wing = {
  name: 'Output',
  sights: [
    {
      name: 'Live, with colours',
      item: item('output', {
        stdout: `${ESC}[1mLoading${ESC}[0m orders.csv\n${ESC}[32m✔ 100,000 rows${ESC}[0m in ${ESC}[33m0.4 s${ESC}[0m\n${ESC}[31;1mwarning:${ESC}[0m 3 rows skipped\n${ESC}[38;5;208m256 colours${ESC}[0m ${ESC}[38;2;90;120;255mtrue colour${ESC}[0m ${ESC}[7minverse${ESC}[0m\n 10%|█         |\r 50%|█████     |\r100%|██████████| done`,
        stderr: 'UserWarning: the index is not unique\n',
      }),
    },
    {
      name: 'Long, folded',
      item: item('output', {
        content: { kind: 'output', stdout: long, truncated: true },
        outcome: 'failed',
        elapsed_ms: 61_000,
      }),
    },
    {
      name: 'Done, folded',
      item: item('output', { content: { kind: 'output', stdout: 'a\nb\nc\n' }, elapsed_ms: 12 }),
    },
    {
      name: 'Displays',
      item: item('output', {
        content: {
          kind: 'output',
          displays: [
            { mime: 'image/svg+xml', data: svg },
            {
              mime: 'application/json',
              data: {
                rows: 12,
                months: ['2024-01', '2024-02'],
                nested: { deep: { er: null } },
                'a<b>': true,
              },
            },
            {
              mime: 'text/markdown',
              data: '**12 months**, *4,688* at most <img src=x onerror=alert(1)>',
            },
            { mime: 'text/latex', data: '\\sum_{i=1}^{n} x_i' },
            {
              mime: 'text/html',
              data:
                '<h3>A table</h3><table border="1"><tr><th>month</th><th>orders</th></tr><tr><td>2024-01</td><td>2,811</td></tr></table><script>parent.owned=1</' +
                'script><img src="https://evil.example/x.png">',
            },
            {
              mime: 'application/vnd.vegalite.v5+json',
              data: {
                mark: 'area',
                data: {
                  values: MONTHS.map((row) => ({ month: row[0] ?? null, orders: row[1] ?? null })),
                },
                encoding,
              },
            },
            { mime: 'application/x-unknown', data: 'x' },
          ],
        },
      }),
    },
  ],
};

const answers: Wing = {
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

const TRACE = `${ESC}[31mTraceback (most recent call last)${ESC}[39m:\n  File ${ESC}[32m"<cell 3>"${ESC}[39m, line ${ESC}[32m4${ESC}[39m, in <module>\n    growth(orders)\n${ESC}[31mKeyError${ESC}[39m: 'orders'`;
const ran: RunSeen = {
  run: 'r_1',
  text: 'How fast do orders grow?',
  by: 'local',
  outcome: 'failed',
};

const others: Wing = {
  name: 'Other items',
  sights: [
    {
      name: 'Thought',
      item: item('thought', {
        text: 'The question asks for months, so the date must be cut to its month first.',
      }),
    },
    {
      name: 'Thought, done',
      item: item('thought', {
        content: {
          kind: 'thought',
          text: 'The question asks for months, so the date must be cut to its month first.',
        },
      }),
    },
    {
      name: 'Error',
      run: ran,
      item: item('error', {
        content: { kind: 'error', name: 'KeyError', message: "'orders'", traceback: TRACE },
        outcome: 'failed',
        error: {
          code: 'python_failed',
          message: 'KeyError',
          hint: 'The frame has no column “orders”. It has: month, n.',
        },
      }),
    },
    {
      name: 'Error at a gate',
      item: item('error', {
        content: {
          kind: 'error',
          name: 'TimeoutError',
          message: 'The query took longer than 30 s and was stopped.',
        },
      }),
      approval: approval({
        subject: 'error',
        options: ['retry', 'edit', 'skip', 'feedback', 'reject'],
      }),
    },
    {
      name: 'Tool',
      item: item('tool', {
        content: {
          kind: 'tool',
          name: 'weather.lookup',
          arguments: { city: 'Wien', days: 3 },
          result: { days: [{ max: 12 }] },
        },
        elapsed_ms: 410,
      }),
    },
    {
      name: 'Tool at a gate',
      item: item('tool', {
        name: 'mail.send',
        arguments: { to: 'team@example.org', subject: 'Report' },
      }),
      approval: approval({
        subject: 'tool',
        options: ['approve', 'reject'],
        remembers: 'the tool mail.send',
      }),
    },
    {
      name: 'Picture',
      item: item('image', {
        content: { kind: 'image', mime: 'image/svg+xml', data: svg, title: 'Orders by weekday' },
      }),
    },
    {
      name: 'Damaged picture',
      item: item('image', { content: { kind: 'image', mime: 'image/png', data: '<script>' } }),
    },
    {
      name: 'File',
      item: item('artifact', {
        content: {
          kind: 'artifact',
          name: 'orders-2024.xlsx',
          mime: 'application/x',
          size: 482_133,
          url: '/api/v1/files/f_1',
        },
      }),
    },
    { name: 'Something new', item: item('hologram' as never, { text: 'x' }) },
    {
      name: 'Question',
      question: {
        type: 'question.asked',
        question: 'q_1',
        prompts: [
          {
            title: 'Which year do you mean?',
            text: 'The data holds three.',
            options: ['2022', '2023', '2024'],
          },
        ],
      },
    },
    {
      name: 'Question with parts',
      question: {
        type: 'question.asked',
        question: 'q_2',
        prompts: [
          { title: 'Which regions?', options: ['North', 'South', 'East'], multiple: true },
          { title: 'What should the file be called?' },
        ],
      },
    },
    {
      name: 'Input',
      input: { type: 'input.requested', input: 'in_1', prompt: 'How many months? ' },
    },
    {
      name: 'Password',
      input: {
        type: 'input.requested',
        input: 'in_2',
        prompt: 'Database password: ',
        password: true,
      },
    },
    {
      name: 'Settled elsewhere',
      item: item('chart', { content: { kind: 'chart', spec: { mark: 'bar' } } }),
      approval: approval(
        { subject: 'sql' },
        { verdict: 'reject', by: 'ana', text: 'Not on the live database, please.' },
      ),
    },
  ],
};

export const WINGS: Wing[] = [plans, code, tables, charts, outputs, answers, others];
