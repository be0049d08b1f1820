// A run as the real engine tells it: plan, SQL, table, chart, answer, with gates where the mode asks.

export const SQL = `SELECT strftime('%Y-%m', o.ordered_at) AS month,
       COUNT(*) AS orders,
       ROUND(SUM(i.quantity * i.unit_price), 2) AS revenue
FROM orders AS o
JOIN order_items AS i ON i.order_id = o.id
WHERE o.ordered_at >= '2025-01-01' AND o.ordered_at < '2026-01-01'
GROUP BY 1
ORDER BY 1`;

export const COLUMNS = [
  { name: 'month', type: 'text' },
  { name: 'orders', type: 'integer' },
  { name: 'revenue', type: 'decimal' },
];

export const ROWS = Array.from({ length: 12 }, (_, at) => [
  `2025-${String(at + 1).padStart(2, '0')}`,
  2400 + Math.round(600 * Math.sin(at / 2)) + at * 40,
  String((181_000 + 42_000 * Math.sin(at / 2) + at * 3100).toFixed(2)),
]);

const ANSWER = `**31,812 orders** came in during 2025, with a peak of 3,120 in April.

Revenue follows the orders: it is highest in spring and lowest in autumn.

| half | orders | revenue |
|---|---:|---:|
| first | 17,204 | 1,402,118.20 |
| second | 14,608 | 1,190,440.75 |

`;

/** Play a run in a log; \`gate\` waits for an answer and resolves with it. */
export async function play({ log, run, text, mode, pause, gate }) {
  const tell = (event) => log.append({ run, ...event });
  const id = (name) => `${name}_${run}`;
  const spelled = async (item, whole, step = 6) => {
    for (let at = 0; at < whole.length; at += step) {
      tell({ type: 'item.delta', item, text: whole.slice(at, at + step) });
      await pause(8);
    }
  };

  await pause(120);
  tell({ type: 'round.started', round: 1 });

  const plan = id('plan');
  const steps = [
    'Count orders and revenue by month in 2025',
    'Show them as a line',
    'Say what stands out',
  ];
  tell({ type: 'item.started', item: plan, kind: 'plan' });
  await pause(150);
  const planned = (status) => ({
    kind: 'plan',
    steps: steps.map((step, at) => ({ text: step, ...(status[at] ? { status: status[at] } : {}) })),
    reading: [
      { role: 'measure', text: 'number of orders', choices: ['revenue', 'average order value'] },
      { role: 'time', text: '2025', choices: ['2024', 'all years'] },
      { role: 'grouping', text: 'by month', choices: ['by quarter', 'by week'] },
    ],
  });
  tell({ type: 'item.completed', item: plan, content: planned([]) });
  if (mode === 'full' || mode === 'plan_only') {
    const answer = await gate({
      item: plan,
      subject: 'plan',
      options: ['approve', 'edit', 'reject', 'feedback'],
    });
    if (answer.verdict === 'reject')
      return tell({ type: 'run.finished', outcome: 'rejected', elapsed_ms: 900 });
  }
  tell({ type: 'item.completed', item: plan, content: planned(['active']) });

  const code = id('sql');
  tell({ type: 'item.started', item: code, kind: 'code', language: 'sql', source: 'shop' });
  await spelled(code, SQL);
  tell({ type: 'check.finished', item: code, ok: true, text: SQL, sql: `${SQL}\nLIMIT 10000` });
  let sql = SQL;
  if (mode === 'full') {
    const answer = await gate({
      item: code,
      subject: 'sql',
      options: ['approve', 'edit', 'reject', 'feedback'],
      text: SQL,
      digest: 'd1',
      estimate: { rows: 100_214, bytes: 18_400_000 },
      remembers: 'Reading SQL on shop runs without asking, in this session.',
    });
    if (answer.verdict === 'reject')
      return tell({ type: 'run.finished', outcome: 'rejected', elapsed_ms: 4100 });
    sql = answer.code ?? SQL;
  }
  const content = { kind: 'code', language: 'sql', text: sql, source: 'shop' };
  const table = id('table');
  tell({ type: 'item.started', item: table, kind: 'table', of: code, columns: COLUMNS });
  tell({ type: 'item.delta', item: table, rows: ROWS });
  await pause(200);
  tell({ type: 'item.completed', item: code, content, elapsed_ms: 34 });
  const rows = { kind: 'table', columns: COLUMNS, row_count: ROWS.length, result: `r_${run}` };
  tell({ type: 'item.completed', item: table, content: rows, elapsed_ms: 40 });
  tell({ type: 'item.completed', item: plan, content: planned(['done', 'active']) });

  if (/fail/i.test(text)) {
    const error = {
      code: 'source_failed',
      message: 'no such column: o.total',
      hint: 'Did you mean o.total_amount?',
    };
    tell({ type: 'item.started', item: id('bad'), kind: 'code', language: 'sql', source: 'shop' });
    tell({
      type: 'item.completed',
      item: id('bad'),
      content: { ...content, text: 'SELECT SUM(o.total) FROM orders AS o' },
      outcome: 'failed',
      error,
    });
    return tell({ type: 'run.finished', outcome: 'failed', error, elapsed_ms: 3000 });
  }

  const chart = id('chart');
  tell({ type: 'item.started', item: chart, kind: 'chart', of: table });
  tell({
    type: 'item.completed',
    item: chart,
    content: {
      kind: 'chart',
      title: 'Orders per month, 2025',
      result: `r_${run}`,
      spec: {
        mark: { type: 'line', point: true },
        data: { values: ROWS.map(([month, orders]) => ({ month, orders })) },
        encoding: {
          x: { field: 'month', type: 'temporal', title: null },
          y: { field: 'orders', type: 'quantitative', title: 'orders' },
        },
      },
    },
    elapsed_ms: 3,
  });
  tell({ type: 'item.completed', item: plan, content: planned(['done', 'done', 'active']) });

  const said = id('answer');
  tell({ type: 'item.started', item: said, kind: 'answer' });
  await spelled(said, ANSWER.repeat(/long/i.test(text) ? 40 : 1), 9);
  const suggestions = ['Orders by region in 2025', 'Which products sold best in April?'];
  tell({
    type: 'item.completed',
    item: said,
    content: { kind: 'answer', text: ANSWER, sources: [table, chart], suggestions },
  });
  tell({ type: 'item.completed', item: plan, content: planned(['done', 'done', 'done']) });
  tell({ type: 'usage.counted', model: 'builtin', input_tokens: 1204, output_tokens: 318 });
  tell({
    type: 'run.finished',
    outcome: 'answered',
    elapsed_ms: 5230,
    usage: { input_tokens: 1204, output_tokens: 318 },
  });
}
