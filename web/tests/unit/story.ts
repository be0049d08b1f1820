import type { AnyRecord } from '../../src/generated/protocol';
import { play } from '../fake/story.mjs';

/** The records of a whole run in mode `full`, with every gate answered. */
export async function told(text = 'Orders?', mode = 'full'): Promise<AnyRecord[]> {
  const records: AnyRecord[] = [];
  const append = (event: object) => {
    const seq = records.length + 1;
    const at = `2026-11-22T10:00:${String(seq % 60).padStart(2, '0')}.000Z`;
    records.push({ seq, at, ...event } as AnyRecord);
    return seq;
  };
  append({
    type: 'session.created',
    session: 's1',
    owner: 'local',
    by: 'local',
    name: 'Orders',
    source: 'shop',
    mode,
  });
  append({ type: 'run.started', run: 'r1', text, by: 'local', key: 'k1' });
  let count = 0;
  await play({
    log: { append },
    run: 'r1',
    text,
    mode,
    pause: () => Promise.resolve(),
    gate: (asked: object) => {
      const approval = `a${++count}`;
      append({ type: 'approval.requested', run: 'r1', approval, ...asked });
      append({
        type: 'approval.resolved',
        run: 'r1',
        approval,
        verdict: 'approve',
        by: 'local',
        remember: 'session',
      });
      return Promise.resolve({ verdict: 'approve' });
    },
  });
  return records;
}

/** What the story does not tell: every other event, once. */
export const REST: AnyRecord[] = [
  { type: 'session.created', session: 's2', owner: 'local', by: 'local' },
  { type: 'run.queued', run: 'r2', text: 'Later?', by: 'ann', attachments: [{ name: 'a.csv' }] },
  { type: 'run.started', run: 'r3', text: 'Now?', by: 'ann', options: { max_rows: 5 } },
  { type: 'round.started', run: 'r3', round: 1 },
  { type: 'item.started', run: 'r3', item: 'o1', kind: 'output', of: 'c1' },
  { type: 'item.delta', run: 'r3', item: 'o1', stream: 'stdout', text: 'one\n' },
  { type: 'item.delta', run: 'r3', item: 'o1', stream: 'stderr', text: 'oh' },
  { type: 'item.delta', run: 'r3', item: 'o1', stream: 'stdout', text: 'two\n' },
  { type: 'item.delta', run: 'r3', item: 'o1', mime: 'image/png', data: 'AAAA' },
  { type: 'item.delta', run: 'r3', item: 'nobody', text: 'lost' },
  { type: 'kernel.started', isolation: 'bwrap' },
  { type: 'kernel.busy', run: 'r3', item: 'o1' },
  { type: 'input.requested', run: 'r3', input: 'in1', prompt: 'Name? ', item: 'o1' },
  { type: 'input.replied', run: 'r3', input: 'in1', by: 'ann' },
  { type: 'question.asked', run: 'r3', question: 'q1', prompts: [{ title: 'Which year?' }] },
  { type: 'run.steered', run: 'r3', text: 'only 2025', by: 'ann' },
  { type: 'artifact.created', run: 'r3', name: 'a.csv', mime: 'text/csv', size: 3, url: '/a' },
  { type: 'artifact.created', run: 'r3', name: 'a.csv', mime: 'text/csv', size: 9, url: '/a' },
  { type: 'usage.counted', run: 'r3', model: 'm', input_tokens: 10, output_tokens: 0, cost: 0.5 },
  { type: 'usage.counted', run: 'r3', model: 'm', input_tokens: 1, output_tokens: 2 },
  { type: 'item.started', run: 'r3', item: 't1', kind: 'table', columns: [{ name: 'n' }] },
  { type: 'item.delta', run: 'r3', item: 't1', rows: [[1], [2]] },
  { type: 'item.delta', run: 'r3', item: 't1', rows: [[3]] },
  { type: 'session.updated', session: 's2', by: 'ann', name: 'Named', mode: 'plan_only' },
  {
    type: 'session.updated',
    session: 's2',
    by: 'ann',
    name: '',
    mode: 'none',
    gates: { sql: 'ask' },
  },
  { type: 'approval.requested', run: 'r3', approval: 'b1', item: 'o1', subject: 'python' },
  { type: 'session.archived', session: 's2', by: 'ann' },
].map((event, at) => ({ seq: at + 1, at: `2026-11-22T11:00:${10 + at}Z`, ...event }) as AnyRecord);
