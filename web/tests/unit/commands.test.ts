import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClosedError } from '../../src/wire/refused';
import { Wire } from '../../src/wire/wire';
import { FakeServer, settle } from './server';

let server: FakeServer;
let wire: Wire;

async function connected(): Promise<void> {
  wire = new Wire({ open: () => server.opener, random: () => 0.5 });
  await settle();
  server.last.welcome();
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
});

afterEach(() => {
  wire.close();
  vi.useRealTimers();
});

describe('commands', () => {
  test('carry an id and a key, and resolve with their result', async () => {
    await connected();
    const wish = wire.send({ type: 'run.start', session: 's1', text: 'Orders?' });
    const said = server.last.asked('run.start')[0];
    expect(said).toMatchObject({ session: 's1', text: 'Orders?', key: expect.any(String) });
    server.last.hear({ type: 'reply', id: said?.id ?? '', result: { run: 'r1', upto: 3 } });
    await expect(wish).resolves.toEqual({ run: 'r1', upto: 3 });
  });

  test('are said again under the same key on the next connection', async () => {
    await connected();
    const wish = wire.send({ type: 'run.start', session: 's1', text: 'Orders?' });
    const first = server.last.asked('run.start')[0];
    server.last.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    server.last.welcome();
    const second = server.last.asked('run.start')[0];
    expect(second).toEqual(first);
    server.last.hear({ type: 'reply', id: second?.id ?? '', result: { run: 'r1', upto: 3 } });
    await expect(wish).resolves.toEqual({ run: 'r1', upto: 3 });
  });

  test('said while offline go out with the next connection', async () => {
    await connected();
    server.last.drop(1006);
    wire.send({ type: 'run.start', session: 's1', text: 'Orders?' }).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.last.asked('run.start')).toEqual([]);
    server.last.welcome();
    expect(server.last.asked('run.start')).toHaveLength(1);
  });

  test('that are refused reject with code and advice', async () => {
    await connected();
    const wish = wire.send({ type: 'run.start', session: 's1', text: 'Orders?' });
    const id = server.last.asked('run.start')[0]?.id ?? '';
    server.last.hear({
      type: 'refusal',
      id,
      code: 'run_active',
      detail: 'r0 goes on',
      advice: 'retry',
    });
    await expect(wish).rejects.toMatchObject({
      code: 'run_active',
      advice: 'retry',
      message: 'r0 goes on',
    });
  });

  test('that came too fast are said again after the time that the server names', async () => {
    await connected();
    const wish = wire.send({ type: 'run.cancel', session: 's1', run: 'r1' });
    const id = server.last.asked('run.cancel')[0]?.id ?? '';
    server.last.hear({
      type: 'refusal',
      id,
      code: 'rate_limited',
      detail: 'slower',
      advice: 'retry',
      retry_after: 0.5,
    });
    await vi.advanceTimersByTimeAsync(600);
    expect(server.last.asked('run.cancel')).toHaveLength(2);
    server.last.hear({ type: 'reply', id, result: { upto: 1 } });
    await expect(wish).resolves.toEqual({ upto: 1 });
  });

  test('that are too large are refused here, because they would close the wire', async () => {
    await connected();
    const text = 'x'.repeat(5000);
    await expect(wire.send({ type: 'run.start', session: 's1', text })).rejects.toMatchObject({
      code: 'frame_too_large',
    });
    expect(server.last.asked('run.start')).toEqual([]);
  });

  test('reject when the wire closes for good', async () => {
    await connected();
    const wish = wire.send({ type: 'run.cancel', session: 's1', run: 'r1' });
    server.last.drop(4403, 'not yours');
    await expect(wish).rejects.toBeInstanceOf(ClosedError);
    await expect(
      wire.send({ type: 'run.cancel', session: 's1', run: 'r1' }),
    ).rejects.toBeInstanceOf(ClosedError);
  });
});
