/** Code and its output. */
import { approval, item, months, type Wing } from './sights';
import { encoding } from './showing';
import { MONTHS } from './shop';

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

export const code: Wing = {
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
        remembers: 'Run SQL on shop in this session without asking',
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

export const ESC = '\u001b';
const long = Array.from(
  { length: 900 },
  (_, i) => `epoch ${i + 1}/900  loss ${(2 / (i + 1)).toFixed(5)}`,
).join('\n');
export const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="60" onload="alert(1)"><rect width="220" height="60" fill="#dde"/><text x="12" y="36">an SVG picture</text></svg>';

export const outputs: Wing = {
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
            {
              mime: 'application/vnd.plotly.v1+json',
              data: {
                data: [
                  { type: 'bar', x: ['a', 'b'], y: [1, 3], name: '<img src=x onerror=owned=1>' },
                ],
                layout: {
                  title: { text: 'A figure' },
                  images: [{ source: 'https://evil.example/plotly.png' }],
                },
              },
            },
            {
              mime: 'application/vnd.plotly.v1+json',
              data: { data: [{ type: 'choroplethmap', geojson: 'https://evil.example/x.json' }] },
            },
            { mime: 'application/x-unknown', data: 'x' },
          ],
        },
      }),
    },
  ],
};
