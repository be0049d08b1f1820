// What is kept beside the sessions: connections, files. Each server has rooms of its own, so that what
// a test changes, no other sees.

const KINDS = [
  {
    kind: 'postgres',
    config: {
      type: 'object',
      required: ['database', 'user'],
      properties: {
        host: { type: 'string', default: 'localhost' },
        port: { type: 'integer', default: 5432, minimum: 1, maximum: 65_535 },
        database: { type: 'string' },
        user: { type: 'string' },
        password: {
          anyOf: [{ type: 'string' }, { type: 'null' }],
          default: null,
          format: 'password',
        },
        tls: { enum: ['disable', 'prefer', 'require'], default: 'prefer' },
      },
    },
  },
  {
    kind: 'sqlite',
    config: {
      type: 'object',
      required: ['path'],
      properties: { path: { type: 'string', description: 'The file, as the server sees it.' } },
    },
  },
];

const PROVIDERS = [
  {
    kind: 'openai',
    title: 'OpenAI-compatible',
    config: {
      type: 'object',
      properties: {
        base_url: { type: 'string', default: '' },
        api_key: {
          anyOf: [{ type: 'string' }, { type: 'null' }],
          default: null,
          format: 'password',
        },
        model: { type: 'string', default: '' },
        models: { type: 'array', items: { type: 'string' }, default: [] },
        data: {
          anyOf: [{ enum: ['none', 'schema', 'samples', 'results'] }, { type: 'null' }],
          default: null,
        },
        temperature: {
          anyOf: [{ type: 'number', minimum: 0, maximum: 2 }, { type: 'null' }],
          default: null,
        },
        prices: { type: 'object', default: {} },
      },
    },
  },
];

const HOME = { kind: 'ipykernel', own: false };

const no = (status, code, detail) => ({ status, body: { code, detail } });

export class Rooms {
  connections = new Map();
  takenBack = new Set();
  providers = new Map();
  said = new Map();
  home = HOME;
  uploads = [{ name: 'towns', source: 'uploads', size: 5120 }];
  files = [{ name: 'report.csv', path: 'artifacts/report.csv', size: 18_240, mime: 'text/csv' }];
  /** Everything that was sent, so that a test can see what the page gave away. */
  sent = [];

  /** Answer a request that is not a plain read: `{status, body}`, or nothing when it is not ours. */
  answer({ method, path, query, body, text, logs }) {
    if (method !== 'GET') this.sent.push({ method, path, body });
    if (path === '/api/v1/sources/kinds') return { status: 200, body: { items: KINDS } };
    if (path === '/api/v1/sources' && method === 'POST') {
      const { password, ...config } = body.config;
      const kept = { name: body.name, kind: body.kind, config };
      this.connections.set(body.name, kept);
      return { status: 201, body: kept };
    }
    if (path === '/api/v1/audit') {
      const records = logs.get(query.get('session'))?.records ?? [];
      return { status: 200, body: { items: decided(records).reverse() } };
    }
    if (path === '/api/v1/grants') return { status: 200, body: { items: this.always(logs) } };
    const grant = /^\/api\/v1\/grants\/(.+)$/.exec(path);
    if (grant) {
      this.takenBack.add(grant[1]);
      return { status: 204 };
    }
    if (path.startsWith('/api/v1/models/')) return this.model(method, path.slice(15), body);
    const stated = /^\/api\/v1\/sources\/([^/]+)\/(meaning|privacy)(.*)$/.exec(path);
    if (stated) return this.state(method, `${stated[1]} ${stated[2]}`, stated[3], text);
    if (path === '/api/v1/uploads' && method === 'GET') {
      return { status: 200, body: { items: this.uploads } };
    }
    if (/^\/api\/v1\/sessions\/[^/]+\/kernel$/.test(path)) return this.live(method, body);
    const files = /^\/api\/v1\/sessions\/([^/]+)\/files(?:\/(.+))?$/.exec(path);
    if (files) return this.file(method, files[2]);
    if (path.startsWith('/api/v1/uploads/')) {
      this.uploads = [];
      return { status: 204 };
    }
    const test = /^\/api\/v1\/sources(?:\/([^/]+))?\/test$/.exec(path);
    if (test) {
      const config = test[1] ? this.connections.get(test[1])?.config : body.config;
      return { status: 200, body: tried(config) };
    }
    const one = /^\/api\/v1\/sources\/([^/]+)(\/connection)?$/.exec(path);
    if (one && method === 'DELETE') {
      return this.connections.delete(one[1])
        ? { status: 204 }
        : no(404, 'unknown_source', 'There is no such source.');
    }
    if (one?.[2]) return { status: 200, body: this.connections.get(one[1]) };
    return undefined;
  }

  /** What is stated is a text; one that speaks of what is not there is wrong. */
  state(method, paper, rest, text) {
    if (rest === '/check') return { status: 200, body: looked(text) };
    if (rest === '.yaml' && method === 'GET') {
      return { status: 200, text: this.said.get(paper) ?? 'tables: []\n' };
    }
    if (rest === '.yaml') this.said.set(paper, text);
    if (method === 'DELETE') {
      this.said.delete(paper);
      return { status: 204 };
    }
    const kept = this.said.has(paper);
    const tables = kept ? [{ name: 'orders', title: 'Orders' }] : [];
    const body = { source: paper, version: kept ? '2' : '', kept, meaning: { tables } };
    return { status: 200, body };
  }

  /** Where Python lives: one home for all sessions will do. */
  live(method, body) {
    if (method === 'PUT' && body.kind === 'jupyter_server' && !body.url) {
      return no(400, 'bad_message', "Say where the Jupyter server is: 'url'.");
    }
    if (method === 'PUT') this.home = { kind: body.kind, url: body.url, own: true };
    if (method === 'DELETE') this.home = HOME;
    return method === 'DELETE' ? { status: 204 } : { status: 200, body: this.home };
  }

  file(method, path) {
    if (path === undefined && method === 'POST') {
      this.files.push({ name: 'notes.csv', path: 'data/notes.csv', size: 12, mime: 'text/csv' });
    }
    if (path === undefined) return { status: 200, body: { items: this.files } };
    if (method === 'DELETE') {
      this.files = this.files.filter((one) => one.path !== path);
      return { status: 204 };
    }
    return { status: 200, body: { city: 'Bern', people: 134_000 } };
  }

  model(method, path, body) {
    if (path === 'kinds') return { status: 200, body: { items: PROVIDERS } };
    if (path === 'profiles' && method === 'GET') {
      return { status: 200, body: { items: [...this.providers.values()] } };
    }
    if (path === 'profiles') {
      const { api_key, ...config } = body.config;
      const has_key = api_key !== undefined || (this.providers.get(body.name)?.has_key ?? false);
      const kept = { name: body.name, kind: body.kind, config, has_key };
      this.providers.set(body.name, kept);
      return { status: 201, body: kept };
    }
    if (path.endsWith('available')) return { status: 200, body: { items: ['small-1', 'large-1'] } };
    if (path.endsWith('test')) {
      const error = { code: 'model_refused', message: 'The key is not known there.' };
      const ok = path !== 'test' || body.config.api_key === 'sk-right';
      return {
        status: 200,
        body: ok ? { ok, models: 2, model: 'small-1', answered_ms: 420 } : { ok, error },
      };
    }
    this.providers.delete(path.split('/')[1]);
    return { status: 204 };
  }

  /** What was allowed for always, in any session. */
  always(logs) {
    return [...logs.values()]
      .filter((log) => !log.session.startsWith('inbox:'))
      .flatMap((log) => log.records.map((record) => ({ ...record, session: log.session })))
      .filter((record) => record.type === 'approval.resolved' && record.remember === 'always')
      .map(({ approval, session, at }) => ({
        id: `g_${approval}`,
        subject: 'sql',
        scope: 'shop',
        session,
        approval,
        at,
      }))
      .filter((one) => !this.takenBack.has(one.id));
  }

  /** The connections as the list of sources shows them. */
  sources() {
    return [...this.connections.values()].map(({ name, kind }) => ({
      name,
      title: name,
      dialect: kind,
      kind: 'connection',
      tables: ['orders'],
      abilities: { cancel: true, estimate: kind === 'postgres', stream: true },
    }));
  }
}

function decided(records) {
  const of = new Map();
  for (const record of records) {
    if (record.type === 'approval.requested') of.set(record.approval, record.subject);
  }
  return records
    .filter((record) => /^approval\.(resolved|revoked)$/.test(record.type))
    .map(({ type, approval, verdict, by, at, text, remember }) => ({
      what: type === 'approval.revoked' ? 'revoked' : 'verdict',
      subject: of.get(approval),
      scope: 'shop',
      verdict,
      by,
      at,
      remark: text,
      remember,
    }));
}

/** What is wrong with a text, and what it would keep back. */
function looked(text) {
  const line = text.split('\n').findIndex((one) => one.includes('ordrs')) + 1;
  const problem = {
    where: 'tables[0].name',
    line,
    message: 'There is no table “ordrs”.',
    hint: 'Did you mean orders?',
  };
  const kept_back = text.includes('mask')
    ? [
        { what: 'table', table: 'regions' },
        { what: 'mask', table: 'orders', column: 'note', instead: "'***'" },
      ]
    : [];
  return { items: line ? [problem] : [], kept_back, samples: true, tables: 4 };
}

function tried(config) {
  if (config?.host !== 'nowhere') return { ok: true, tables: 2000 };
  const error = {
    code: 'source_down',
    message: 'No server answers at nowhere:5432.',
    hint: 'Is the host right, and does its firewall let us in?',
  };
  return { ok: false, error };
}

/** A warehouse: more tables than anybody scrolls through. */
export function warehouse(size = 2000) {
  return {
    source: 'warehouse',
    dialect: 'postgres',
    version: '7',
    changes: [
      { what: 'table_added', table: 'sales.orders_0007' },
      {
        what: 'column_changed',
        table: 'sales.orders_0001',
        column: 'total',
        was: 'text',
        now: 'numeric',
      },
    ],
    meaning: {
      tables: [
        {
          name: 'sales.orders_0001',
          title: 'Orders of the first shop',
          description: 'One row for each order that was paid.',
          synonyms: ['purchases'],
          columns: [
            { name: 'status', title: 'Order status', values: [{ value: 'P', means: ['paid'] }] },
          ],
        },
      ],
      metrics: [
        {
          type: 'simple',
          name: 'revenue',
          title: 'Revenue',
          description: 'What was paid, without tax.',
          unit: 'EUR',
          table: 'sales.orders_0001',
          aggregate: 'sum',
          expression: 'total',
          where: "status = 'P'",
        },
      ],
    },
    tables: Array.from({ length: size }, (_, at) => ({
      name: `orders_${String(at + 1).padStart(4, '0')}`,
      schema: 'sales',
      rows: at * 37,
      columns: [
        { name: 'id', type: 'integer', native: 'bigint', primary: true, nullable: false },
        { name: 'status', type: 'text', native: 'text', samples: ['P', 'C'], distinct: 2 },
        { name: 'total', type: 'decimal', native: 'numeric(12,2)' },
        ...Array.from({ length: 9 }, (_, n) => ({ name: `note_${n}`, type: 'text' })),
      ],
    })),
  };
}
