// What the fake server answers to reads: who is asking, one source, its rows.
import { COLUMNS, ROWS } from './story.mjs';

export const CALLER = { id: 'local', name: 'local', roles: ['admin'] };

const CATALOGUE = {
  source: 'shop',
  dialect: 'sqlite',
  tables: [
    {
      name: 'orders',
      rows: 100_214,
      columns: [
        { name: 'id', type: 'integer', primary: true },
        { name: 'customer_id', type: 'integer' },
        { name: 'ordered_at', type: 'timestamp' },
      ],
      foreign_keys: [{ columns: ['customer_id'], to_table: 'customers', to_columns: ['id'] }],
    },
    {
      name: 'customers',
      rows: 8_412,
      columns: [
        { name: 'id', type: 'integer', primary: true },
        { name: 'name', type: 'text' },
      ],
    },
    {
      name: 'products',
      rows: 320,
      columns: [
        { name: 'id', type: 'integer', primary: true },
        { name: 'title', type: 'text' },
        { name: 'price', type: 'decimal' },
      ],
    },
    {
      name: 'regions',
      rows: 12,
      columns: [
        { name: 'id', type: 'integer', primary: true },
        { name: 'name', type: 'text' },
      ],
    },
  ],
};
const EXAMPLES = [
  'How many orders per month last year? Plot it',
  'Which products bring the most revenue?',
  'Average order value by region',
];

/** What there is at a path, if anything. */
export function read(path, query, rooms) {
  if (path === '/api/v1/me') return { caller: CALLER, server: 'fake/0', auth: 'none' };
  if (path.startsWith('/health/'))
    return { status: 'ok', isolation: 'L4: bubblewrap namespaces, own uid' };
  if (path === '/api/v1/sources')
    return {
      items: [
        {
          name: 'shop',
          dialect: 'sqlite',
          title: 'Sample shop',
          kind: 'file',
          tables: ['orders', 'customers', 'products', 'regions'],
          abilities: { cancel: true, estimate: false, stream: true },
        },
        ...rooms.sources(),
      ],
    };
  if (path.endsWith('/catalogue')) return CATALOGUE;
  if (path.endsWith('/examples')) return { items: EXAMPLES };
  if (path === '/api/v1/models')
    return {
      items: [
        { name: 'builtin', title: 'Built in', default: true, outside: false },
        ...[...rooms.providers.values()].map(({ name, config }) => ({
          name: `${name}/${config.model}`,
          title: `${config.model} (${name})`,
          profile: name,
          outside: true,
          data: config.data ?? 'schema',
        })),
      ],
    };
  if (path.startsWith('/api/v1/results/')) {
    const offset = Number(query.get('offset') ?? 0);
    const rows = ROWS.slice(offset, offset + Number(query.get('limit') ?? 100));
    return {
      columns: COLUMNS,
      offset,
      rows,
      row_count: ROWS.length,
      matching: ROWS.length,
      truncated: false,
    };
  }
  return undefined;
}
