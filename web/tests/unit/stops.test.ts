import { describe, expect, test } from 'vitest';
import type { AnyRecord, Screen } from '../../src/generated/protocol';
import { runState, stopsOf } from '../../src/app/run/stops';
import { Views } from '../../src/app/run/views';
import { emptyScreen, fold } from '../../src/state/fold';
import { told } from './story';

/** The state of the only run, and its stops as words: kind, state, and the line after. */
function drawn(screen: Screen): [string, ...string[]] {
  const [view] = new Views().of(screen);
  if (!view) throw new Error('there is no run');
  const state = runState(view);
  return [state, ...stopsOf(view, state).map((one) => `${one.item.kind} ${one.state} ${one.line}`)];
}

const at = '2026-11-22T10:00:00Z';
const record = (seq: number, event: object) => ({ seq, at, ...event }) as AnyRecord;
const START = [
  record(1, { type: 'session.created', session: 's', owner: 'l', by: 'l' }),
  record(2, { type: 'run.started', run: 'r1', text: 'Q?', by: 'l' }),
];
const ITEM = record(3, { type: 'item.started', run: 'r1', item: 'i1', kind: 'code' });
const end = (outcome: string) => record(9, { type: 'run.finished', run: 'r1', outcome });

describe('a run on its wire', () => {
  test('moves while it works, and is solid when it is done', async () => {
    const records = await told('Orders?', 'none');
    const whole = fold(emptyScreen('s'), records);
    expect(drawn(fold(emptyScreen('s'), records.slice(0, -1)))).toEqual([
      'working',
      'plan done solid',
      'code done solid',
      'table done solid',
      'chart done solid',
      'answer done moving',
    ]);
    expect(drawn(whole)).toEqual([
      'done',
      'plan done solid',
      'code done solid',
      'table done solid',
      'chart done solid',
      'answer done solid',
    ]);
  });

  test('has a gap where a gate waits', () => {
    const asked = record(4, {
      type: 'approval.requested',
      run: 'r1',
      approval: 'a1',
      item: 'i1',
      subject: 'sql',
    });
    expect(drawn(fold(emptyScreen('s'), [...START, ITEM, asked]))).toEqual([
      'waiting',
      'code waiting gap',
    ]);
  });

  test('is broken when it failed and dotted when it was stopped', () => {
    expect(drawn(fold(emptyScreen('s'), [...START, ITEM, end('failed')]))).toEqual([
      'failed',
      'code stopped broken',
    ]);
    expect(drawn(fold(emptyScreen('s'), [...START, ITEM, end('cancelled')]))).toEqual([
      'stopped',
      'code stopped dotted',
    ]);
  });

  test('does not show a thought that says nothing', () => {
    const thought = record(3, { type: 'item.started', run: 'r1', item: 't1', kind: 'thought' });
    expect(drawn(fold(emptyScreen('s'), [...START, thought]))).toEqual(['working']);
  });
});

describe('the parts of a session', () => {
  test('are the same objects as before where nothing changed', () => {
    const views = new Views();
    const first = fold(emptyScreen('s'), [...START, ITEM, end('answered')]);
    const [before] = views.of(first);
    const more = record(10, { type: 'run.started', run: 'r2', text: 'More?', by: 'l' });
    const [after, fresh] = views.of(fold(first, [more]));
    expect(after).toBe(before);
    expect(fresh?.key).toBe('r2');
  });

  test('put one’s own code between the runs where it was written', () => {
    const own = (seq: number, item: string, when: string) =>
      ({ seq, at: when, type: 'item.started', item, kind: 'code' }) as AnyRecord;
    const later = { ...START[1], seq: 6, at: '2026-11-22T12:00:00Z', run: 'r2' } as AnyRecord;
    const screen = fold(emptyScreen('s'), [
      ...START,
      own(4, 'x', '2026-11-22T11:00:00Z'),
      later,
      own(7, 'y', '2026-11-22T13:00:00Z'),
    ]);
    expect(new Views().of(screen).map((view) => view.run?.run ?? view.items[0]?.item)).toEqual([
      'r1',
      'x',
      'r2',
      'y',
    ]);
  });
});
