import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnyRecord, Inbox, Screen } from '../../src/generated/protocol';
import { emptyScreen, fold } from '../../src/state/fold';
import { foldInbox } from '../../src/state/inbox';
import { REST, told } from './story';

/** Make every later change of a screen that was shown an error. */
function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

let story: AnyRecord[];

beforeAll(async () => {
  story = await told();
});

describe('the fold of a log', () => {
  test('is the same whole, record by record and in batches, and changes nothing shown', () => {
    for (const records of [story, REST]) {
      const whole = fold(emptyScreen('s1'), records);
      for (const size of [1, 3, 17]) {
        let screen = frozen(emptyScreen('s1'));
        for (let at = 0; at < records.length; at += size) {
          screen = frozen(fold(screen, records.slice(at, at + size)));
        }
        expect(screen).toEqual(whole);
      }
    }
  });

  test('goes on from a snapshot as from the log', () => {
    const half = Math.floor(story.length / 2);
    const snapshot = JSON.parse(
      JSON.stringify(fold(emptyScreen('s1'), story.slice(0, half))),
    ) as Screen;
    expect(fold(snapshot, story.slice(half))).toEqual(fold(emptyScreen('s1'), story));
  });

  test('ends with a finished run, its items complete and without their pieces', () => {
    const screen = fold(emptyScreen('s1'), story);
    expect(screen.activity).toBeUndefined();
    expect(screen.runs?.[0]).toMatchObject({ run: 'r1', outcome: 'answered', elapsed_ms: 5230 });
    for (const item of Object.values(screen.items ?? {})) {
      expect(item).toMatchObject({ outcome: 'ok', content: { kind: item.kind } });
      expect(item).not.toHaveProperty('text');
      expect(item).not.toHaveProperty('rows');
    }
    expect(screen.grants).toHaveLength(2);
  });

  test('waits while an approval is open, works otherwise', () => {
    const asked = story.findIndex((record) => record.type === 'approval.requested');
    expect(fold(emptyScreen('s1'), story.slice(0, asked)).activity).toBe('working');
    expect(fold(emptyScreen('s1'), story.slice(0, asked + 1)).activity).toBe('waiting');
    expect(fold(emptyScreen('s1'), story.slice(0, asked + 2)).activity).toBe('working');
  });

  test('shares what a batch does not touch', () => {
    const before = fold(emptyScreen('s1'), story.slice(0, -1));
    const after = fold(before, story.slice(-1));
    expect(after.items).toBe(before.items);
    expect(after.runs?.[0]).not.toBe(before.runs?.[0]);
  });

  test('leaves alone what it does not know', () => {
    const before = fold(emptyScreen('s1'), story);
    const strange = { seq: 999, at: 'later', type: 'moon.rose' } as unknown as AnyRecord;
    expect(fold(before, [strange])).toEqual(before);
  });
});

describe('the fold of an inbox', () => {
  const news = [
    { type: 'session.created', session: 's1', owner: 'l', by: 'l', name: 'A', mode: 'full' },
    { type: 'session.updated', session: 's1', by: 'l', activity: 'waiting' },
    { type: 'approval.requested', approval: 'a1', item: 'i1', subject: 'sql', session: 's1' },
    { type: 'approval.resolved', approval: 'a1', verdict: 'approve', session: 's1' },
    { type: 'session.updated', session: 's1', by: 'l', activity: 'idle', name: 'B' },
    { type: 'session.deleted', session: 's1', by: 'l' },
  ].map((event, at) => ({ seq: at + 1, at: `t${at}`, ...event }) as AnyRecord);

  test('knows what waits', () => {
    const inbox = foldInbox({ session: 'inbox:l' }, news.slice(0, 3));
    expect(inbox.sessions?.s1).toMatchObject({ activity: 'waiting', mode: 'full' });
    expect(Object.keys(inbox.approvals ?? {})).toEqual(['a1']);
  });

  test('forgets what was answered, and keeps what was deleted until it is purged', () => {
    let inbox: Inbox = { session: 'inbox:l' };
    for (const record of news) inbox = frozen(foldInbox(inbox, [record]));
    expect(inbox).toEqual({
      session: 'inbox:l',
      sessions: {
        s1: {
          session: 's1',
          name: 'B',
          mode: 'full',
          status: 'deleted',
          created_at: 't0',
          updated_at: 't5',
        },
      },
    });
  });
});

// Written by the server's own fold: both must say the same of the same log.
const GOLDEN = join(import.meta.dirname, '../../../tests/golden/screens');
describe.skipIf(!existsSync(GOLDEN))('the server’s golden screens', () => {
  const files = existsSync(GOLDEN)
    ? readdirSync(GOLDEN).filter((name) => name.endsWith('.json'))
    : [];
  test.each(files)('%s', (file) => {
    const golden = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as {
      session: string;
      records: AnyRecord[];
      screen: Screen | Inbox;
    };
    const { session, records } = golden;
    const folded = session.startsWith('inbox:')
      ? foldInbox({ session }, records)
      : fold(emptyScreen(session), records);
    expect(folded).toEqual(golden.screen);
  });
});
