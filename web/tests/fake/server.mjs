// A small server that speaks the wire and plays one story. For looking at the page, and for tests of
// the page that need a server which does on command what a real one does rarely.
//
//   node tests/fake/server.mjs [PORT] [PACE]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accept } from './frames.mjs';
import { Rooms } from './rooms.mjs';
import { CALLER, read } from './shop.mjs';
import { COLUMNS, play } from './story.mjs';

const PAGE = join(dirname(fileURLToPath(import.meta.url)), '../../../gateway/page');
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const INBOX = `inbox:${CALLER.id}`;

class Log {
  records = [];
  epoch = 'e_1';
  watchers = new Set();

  constructor(session) {
    this.session = session;
  }

  append(event) {
    const record = { seq: this.records.length + 1, at: new Date().toISOString(), ...event };
    this.records.push(record);
    for (const watch of this.watchers) watch(record);
    return record.seq;
  }

  page(after) {
    const { session, epoch, records } = this;
    return {
      type: 'page',
      session,
      epoch,
      after,
      upto: records.length,
      records: records.slice(after),
    };
  }
}

export async function serve({ port = 0, pace = 1, fold }) {
  const logs = new Map();
  const sessions = new Map();
  const gates = new Map();
  const stopped = new Set();
  const sockets = new Set();
  const done = new Map();
  let count = 0;
  const rooms = new Rooms();
  const control = {
    deaf: false,
    refuse: undefined,
    catalogue: undefined,
    slow: false,
    evicted: false,
    /** How long the story takes its time, against the usual. */
    pace,
  };

  const logOf = (session) => {
    if (!logs.has(session)) logs.set(session, new Log(session));
    return logs.get(session);
  };
  const inbox = logOf(INBOX);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms * control.pace));

  const rules = {
    'session.create'(command) {
      const session = command.session ?? `s_${++count}`;
      const { name = '', source, mode, model } = command;
      const fields = { session, owner: CALLER.id, by: CALLER.id, name, source, mode, model };
      const event = { type: 'session.created', ...JSON.parse(JSON.stringify(fields)) };
      sessions.set(session, { mode });
      inbox.append(event);
      return { session, epoch: 'e_1', upto: logOf(session).append(event) };
    },
    'session.update'({ session, id, key, type, ...change }) {
      if (change.mode) sessions.get(session).mode = change.mode;
      const event = { type: 'session.updated', session, by: CALLER.id, ...change };
      inbox.append(event);
      return { upto: logOf(session).append(event) };
    },
    'session.archive': ({ session }) => away(session, 'session.archived'),
    'session.delete': ({ session }) => away(session, 'session.deleted'),
    'run.start'({ session, text, key, options }) {
      const log = logOf(session);
      const run = `r_${++count}`;
      const upto = log.append({ type: 'run.started', run, text, by: CALLER.id, key });
      activity(session, 'working');
      const mode = options?.mode ?? sessions.get(session)?.mode ?? 'none';
      const gate = (asked) => {
        const approval = `a_${++count}`;
        const event = { type: 'approval.requested', run, approval, ...asked };
        log.append(event);
        inbox.append({ ...event, session });
        activity(session, 'waiting');
        return new Promise((resolve) => gates.set(approval, { resolve, session, run }));
      };
      const guarded = { append: (event) => (stopped.has(run) ? 0 : log.append(event)) };
      void play({ log: guarded, run, text, mode, pause, gate }).then(() =>
        activity(session, 'idle'),
      );
      return { run, upto };
    },
    'run.steer': ({ session, run, text }) => ({
      upto: logOf(session).append({ type: 'run.steered', run, text, by: CALLER.id }),
    }),
    'run.cancel'({ session, run }) {
      for (const [approval, gate] of gates) {
        if (gate.run === run) settle(approval, { verdict: 'cancelled' });
      }
      const upto = logOf(session).append({
        type: 'run.finished',
        run,
        outcome: 'cancelled',
        elapsed_ms: 800,
      });
      stopped.add(run);
      activity(session, 'idle');
      return { upto };
    },
    'approval.revoke': ({ session, approval }) => ({
      upto: logOf(session).append({ type: 'approval.revoked', approval, by: CALLER.id }),
    }),
    'approval.resolve'({ session, approval, verdict, text, code, remember }) {
      const gate = gates.get(approval);
      if (!gate)
        throw { code: 'approval_settled', detail: 'It has been answered.', advice: 'stop' };
      const upto = settle(approval, { verdict, text, by: CALLER.id, remember });
      activity(session, 'working');
      gate.resolve({ verdict, text, code });
      return { upto };
    },
    'kernel.restore': ({ session }) => ({
      item: 'i_restored',
      upto: logOf(session).records.length,
    }),
    'kernel.inspect': () => ({
      ...(control.evicted ? { state: 'none', cells: 3 } : { state: 'idle' }),
      isolation: 'L4: bubblewrap namespaces, own uid',
      environment: 'its own: pandas 3.1.1',
      variables: [{ name: 'rate', type: 'float', preview: '0.19' }],
      dataframes: [{ name: 'df', rows: 12, columns: COLUMNS }],
      imports: ['pandas'],
    }),
  };

  function settle(approval, answer) {
    const { session, run } = gates.get(approval);
    gates.delete(approval);
    const event = JSON.parse(
      JSON.stringify({ type: 'approval.resolved', run, approval, ...answer }),
    );
    inbox.append({ ...event, session });
    return logOf(session).append(event);
  }

  function away(session, type) {
    const event = { type, session, by: CALLER.id };
    inbox.append(event);
    return { upto: logOf(session).append(event) };
  }

  function activity(session, doing) {
    inbox.append({ type: 'session.updated', session, by: CALLER.id, activity: doing });
  }

  function answer(command) {
    const rule = rules[command.type];
    const no = { type: 'refusal', id: command.id, advice: 'stop' };
    if (control.refuse?.[command.type]) return { ...no, ...control.refuse[command.type] };
    if (!rule) return { ...no, code: 'not_offered', detail: `${command.type} is not played here.` };
    const known = command.key && done.get(command.key);
    if (known) return { ...known, id: command.id };
    try {
      const reply = { type: 'reply', id: command.id, result: rule(command) };
      if (command.key) done.set(command.key, reply);
      return reply;
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      return { ...no, ...refusal };
    }
  }

  function attach(request, socket) {
    const leaving = new Map();
    const say = (message) => link.say(JSON.stringify(message));
    const follow = ({ id, session, after, epoch }) => {
      const log = logs.get(session);
      if (!log) {
        say({
          type: 'refusal',
          id,
          code: 'unknown_session',
          detail: `There is no session ${session}.`,
          advice: 'fix',
        });
        return;
      }
      leaving.get(session)?.();
      const whole = typeof after !== 'number' || epoch !== log.epoch;
      let position = whole ? log.records.length : after;
      say({
        type: 'reply',
        id,
        result: { epoch: log.epoch, recovered: !whole, upto: log.records.length },
      });
      if (whole) {
        const state = fold(session, log.records);
        say({ type: 'snapshot', session, epoch: log.epoch, upto: position, state });
      }
      let planned = false;
      const flush = () => {
        planned = false;
        if (log.records.length <= position) return;
        const page = log.page(position);
        position = page.upto;
        say(page);
      };
      const watch = () => {
        if (!planned) setImmediate(flush);
        planned = true;
      };
      flush();
      log.watchers.add(watch);
      leaving.set(session, () => log.watchers.delete(watch));
    };
    const link = accept(request, socket, {
      heard(text) {
        const message = JSON.parse(text);
        if (message.type === 'hello') {
          const limits = {
            frame_bytes: 1 << 20,
            commands_per_second: 50,
            sessions_per_socket: 256,
            text_chars: 1e5,
            upload_bytes: 1e9,
          };
          say({
            type: 'welcome',
            id: message.id,
            caller: CALLER,
            server: 'fake/0',
            heartbeat: 20,
            limits,
          });
        } else if (message.type === 'ping') say({ type: 'pong' });
        else if (message.type === 'session.follow') follow(message);
        else if (message.type === 'session.unfollow') leaving.get(message.session)?.();
        else if (message.type !== 'pong') say(answer(message));
      },
      over() {
        sockets.delete(link);
        for (const leave of leaving.values()) leave();
      },
    });
    sockets.add(link);
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://fake');
    if (pathname === '/api/v1/uploads' && request.method === 'POST' && control.slow) {
      // Reads what comes and never answers: time to see how far it is, and to stop it.
      request.resume();
      return;
    }
    if (pathname === '/api/v1/uploads' && request.method === 'POST') {
      request.resume();
      const items = [
        {
          upload: 'u_1',
          name: 'sales.csv',
          size: 5_120,
          source: 'shop',
          tables: ['sales'],
          notes: [],
        },
      ];
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ items }));
      return;
    }
    const asked = { method: request.method, path: pathname, query: searchParams };
    const text = await textOf(request);
    const mine = rooms.answer({ ...asked, text, body: parsed(text), logs });
    if (mine) {
      const { status, body, text: plain } = mine;
      response.writeHead(status, { 'Content-Type': plain ? 'text/plain' : 'application/json' });
      response.end(plain ?? (body === undefined ? undefined : JSON.stringify(body)));
      return;
    }
    const found =
      (pathname.endsWith('/catalogue') && control.catalogue) || read(pathname, searchParams, rooms);
    if (found) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(found));
      return;
    }
    const file = /^\/(s\/[^/]+)?$/.test(pathname)
      ? 'index.html'
      : normalize(pathname).replace(/^[./]+/, '');
    try {
      const body = await readFile(join(PAGE, file));
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': CSP }).end(body);
    } catch {
      response.writeHead(404, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({ code: 'not_found', detail: `There is nothing at ${pathname}.` }),
      );
    }
  });
  server.on('upgrade', (request, socket) => {
    if (control.deaf) socket.destroy();
    else attach(request, socket);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    control,
    logs,
    rooms,
    cut: () => [...sockets].forEach((link) => link.cut()),
    closeAll: (code, reason) => [...sockets].forEach((link) => link.close(code, reason)),
    stop() {
      for (const link of sockets) link.cut();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function textOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { fold } = await import('./fold.mjs');
  const [port = '8801', pace = '1'] = process.argv.slice(2);
  const { url } = await serve({ port: Number(port), pace: Number(pace), fold });
  process.stdout.write(`${url}\n`);
}
