import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnyRecord, AnyState } from '../../src/generated/protocol';
import type { RefusedError } from '../../src/wire/refused';
import { Wire } from '../../src/wire/wire';
import { FakeServer, settle, word } from './server';

class Notes {
  readonly snapshots: AnyState[] = [];
  readonly records: AnyRecord[] = [];
  readonly refusals: RefusedError[] = [];
  batches = 0;

  snapshot(state: AnyState): void {
    this.snapshots.push(state);
  }

  refused(error: RefusedError): void {
    this.refusals.push(error);
  }

  get follower() {
    return {
      snapshot: (state: AnyState) => this.snapshot(state),
      records: (records: AnyRecord[]) => {
        this.batches += 1;
        this.records.push(...records);
      },
      refused: (error: RefusedError) => this.refused(error),
    };
  }

  get seqs(): number[] {
    return this.records.map((record) => record.seq);
  }
}

let server: FakeServer;
let wire: Wire;
let frames: (() => void)[];

function frame(): void {
  for (const flush of frames.splice(0)) flush();
}

async function connected(): Promise<void> {
  wire = new Wire({
    open: () => server.opener,
    frame: (flush) => frames.push(flush),
    random: () => 0.5,
  });
  await settle();
  server.last.welcome();
}

async function following(notes: Notes, upto = 10): Promise<void> {
  await connected();
  wire.follow('s1', notes.follower);
  server.last.grantFollow(upto);
  server.last.snapshot('s1', upto);
  frame();
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  frames = [];
});

afterEach(() => {
  wire.close();
  vi.useRealTimers();
});

describe('opening', () => {
  test('says hello first and is live when welcomed', async () => {
    await connected();
    expect(server.last.said[0]).toMatchObject({ type: 'hello', client: 'web' });
    expect(wire.state.value).toEqual({ name: 'live' });
    expect(wire.caller.value).toEqual({ id: 'local', name: 'local' });
  });

  test('answers pings', async () => {
    await connected();
    server.last.hear({ type: 'ping', id: 'p1' });
    expect(server.last.said.at(-1)).toEqual({ type: 'pong', id: 'p1' });
  });

  test('gives up a connection that never opens', async () => {
    server.mute = true;
    wire = new Wire({ open: () => server.opener, random: () => 1 });
    await settle();
    expect(wire.state.value.name).toBe('connecting');
    await vi.advanceTimersByTimeAsync(10_100);
    expect(wire.state.value.name).toBe('offline');
  });
});

describe('following', () => {
  test('starts with a snapshot and goes on with pages', async () => {
    const notes = new Notes();
    await following(notes);
    expect(notes.snapshots).toEqual([{ session: 's1' }]);
    server.last.page('s1', 10, [word(11, 'a'), word(12, 'b')]);
    frame();
    expect(notes.records).toEqual([{ ...word(12, 'ab') }]);
    expect(wire.standing('s1')).toEqual({ epoch: 'e1', upto: 12 });
  });

  test('is replaying until the place where the log stood is reached', async () => {
    await connected();
    const notes = new Notes();
    wire.follow('s1', notes.follower);
    expect(wire.state.value.name).toBe('replaying');
    server.last.snapshot('s1', 10);
    server.last.grantFollow(12);
    expect(wire.state.value.name).toBe('replaying');
    server.last.page('s1', 10, [word(11, 'a'), word(12, 'b')]);
    expect(wire.state.value.name).toBe('live');
  });

  test('skips an old page', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.page('s1', 8, [word(9, 'x'), word(10, 'y')]);
    frame();
    expect(notes.records).toEqual([]);
    expect(server.last.asked('session.follow')).toHaveLength(1);
  });

  test('follows again, once, from its own position when a page is missing', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.page('s1', 11, [word(12, 'b')]);
    server.last.page('s1', 12, [word(13, 'c')]);
    expect(server.last.asked('session.follow')).toHaveLength(2);
    expect(server.last.said.at(-1)).toMatchObject({ session: 's1', epoch: 'e1', after: 10 });
    server.last.grantFollow(13);
    server.last.page('s1', 10, [word(11, 'a', 'i0'), word(12, 'b', 'i1'), word(13, 'c', 'i2')]);
    frame();
    expect(notes.seqs).toEqual([11, 12, 13]);
  });

  test('follows again when the page is of another epoch, and takes the snapshot', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.page('s1', 10, [word(11, 'a')], 'e2');
    expect(server.last.asked('session.follow')).toHaveLength(2);
    server.last.grantFollow(3, 'e2', false);
    server.last.snapshot('s1', 3, 'e2');
    server.last.page('s1', 3, [word(4, 'd')], 'e2');
    frame();
    expect(notes.snapshots).toHaveLength(2);
    expect(notes.seqs).toEqual([4]);
  });

  test('a snapshot outdates what waited for its frame', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.page('s1', 10, [word(11, 'a')]);
    server.last.snapshot('s1', 20);
    frame();
    expect(notes.records).toEqual([]);
    expect(notes.snapshots).toHaveLength(2);
  });

  test('hands on all pages of a frame at once', async () => {
    const notes = new Notes();
    await following(notes);
    for (let seq = 11; seq <= 40; seq += 1) server.last.page('s1', seq - 1, [word(seq, 'x')]);
    frame();
    expect(notes.batches).toBe(1);
    expect(notes.records).toEqual([word(40, 'x'.repeat(30))]);
  });

  test('keeps events of types that it does not know', async () => {
    const notes = new Notes();
    await following(notes);
    const strange = { seq: 11, at: '', type: 'moon.rose', brightness: 3 } as unknown as AnyRecord;
    server.last.page('s1', 10, [strange]);
    frame();
    expect(notes.records).toEqual([strange]);
  });

  test('moves on over a page whose records were compacted away', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.hear({
      type: 'page',
      session: 's1',
      epoch: 'e1',
      after: 10,
      upto: 50,
      records: [],
    });
    server.last.page('s1', 50, [word(51, 'a')]);
    frame();
    expect(notes.seqs).toEqual([51]);
  });

  test('says when a session cannot be followed', async () => {
    await connected();
    const notes = new Notes();
    wire.follow('s9', notes.follower);
    const id = server.last.asked('session.follow').at(-1);
    server.last.hear({
      type: 'refusal',
      id: id?.type === 'session.follow' ? id.id : '',
      code: 'unknown_session',
      detail: 'there is no session s9',
      advice: 'fix',
    });
    expect(notes.refusals[0]?.code).toBe('unknown_session');
    expect(wire.state.value.name).toBe('live');
  });

  test('hears no more after leaving', async () => {
    await connected();
    const notes = new Notes();
    const leave = wire.follow('s1', notes.follower);
    server.last.snapshot('s1', 10);
    leave();
    frame();
    expect(notes.snapshots).toEqual([]);
    expect(server.last.said.at(-1)).toMatchObject({ type: 'session.unfollow', session: 's1' });
  });

  test('keeps messages of types that it does not know', async () => {
    await connected();
    server.last.hear({ type: 'weather', rain: true });
    expect(wire.unknown.value).toEqual([{ type: 'weather', rain: true }]);
  });
});

describe('coming back', () => {
  test('follows from its position after a lost connection', async () => {
    const notes = new Notes();
    await following(notes);
    server.last.page('s1', 10, [word(11, 'a')]);
    server.last.drop(1006);
    expect(wire.state.value).toMatchObject({ name: 'offline' });
    await vi.advanceTimersByTimeAsync(300);
    server.last.welcome();
    expect(server.connections).toHaveLength(2);
    expect(server.last.asked('session.follow')).toMatchObject([
      { session: 's1', epoch: 'e1', after: 11 },
    ]);
  });

  test('waits longer with each failure and forgets it after the first good message', async () => {
    await connected();
    server.reachable = false;
    server.last.drop(1006);
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const state = wire.state.value;
      if (state.name === 'offline') {
        const wait = state.retryAt - Date.now();
        waits.push(wait);
        await vi.advanceTimersByTimeAsync(wait);
      }
    }
    expect(waits).toEqual([125, 250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
    server.reachable = true;
    await vi.advanceTimersByTimeAsync(7500);
    server.last.welcome();
    server.last.drop(1006);
    expect(wire.state.value).toMatchObject({ retryAt: Date.now() + 7500 });
    await vi.advanceTimersByTimeAsync(7500);
    server.last.welcome();
    server.last.hear({ type: 'reply', id: 'nobody' });
    server.last.drop(1006);
    expect(wire.state.value).toMatchObject({ retryAt: Date.now() + 125 });
  });

  test('tries at once when nudged', async () => {
    await connected();
    server.last.drop(1006);
    wire.nudge();
    await settle();
    server.last.welcome();
    expect(wire.state.value.name).toBe('live');
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.connections).toHaveLength(2);
  });

  test('drops a connection that is silent for 2.25 heartbeats', async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(44_000);
    expect(wire.state.value.name).toBe('live');
    server.last.hear({ type: 'ping' });
    await vi.advanceTimersByTimeAsync(44_900);
    expect(wire.state.value.name).toBe('live');
    await vi.advanceTimersByTimeAsync(200);
    expect(wire.state.value.name).toBe('offline');
  });

  test('doubts a connection that a page finds when it is seen again', async () => {
    await connected();
    wire.nudge();
    expect(server.last.said.at(-1)).toEqual({ type: 'ping' });
    await vi.advanceTimersByTimeAsync(4_100);
    expect(wire.state.value.name).toBe('offline');
  });

  test.each([4400, 4403, 4408, 4413, 4429])('stays closed after %i', async (code) => {
    await connected();
    server.last.drop(code, 'because');
    expect(wire.state.value).toMatchObject({ name: 'closed', code, reason: 'because' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.connections).toHaveLength(1);
  });

  test.each([1011, 1012, 1013, 4508, 1006])('comes back after %i', async (code) => {
    await connected();
    server.last.drop(code);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(server.connections.length).toBeGreaterThan(1);
  });

  test('waits for a login after 4401 and still does what was asked', async () => {
    await connected();
    const wish = wire.send({ type: 'run.cancel', session: 's1', run: 'r1' });
    server.last.drop(4401, 'who are you');
    expect(wire.state.value).toMatchObject({ name: 'closed', code: 4401 });
    wire.reopen();
    await settle();
    server.last.welcome();
    const again = server.last.asked('run.cancel')[0];
    server.last.hear({ type: 'reply', id: again?.id ?? '', result: { upto: 4 } });
    await expect(wish).resolves.toEqual({ upto: 4 });
  });
});
