/** What sources are called and can do, in words. */
import type { SourceSeen } from '../../wire/http';
import type { CatalogueChange } from '../../wire/catalogue';
import type { Words } from '../form/fields';
import { count } from '../words';

const KINDS: Record<string, string> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL or MariaDB',
  sqlite: 'SQLite',
  duckdb: 'DuckDB',
};

export function kindSays(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** What nearly everybody fills in. */
export const FIRST = ['host', 'port', 'database', 'user', 'password', 'tls', 'path'] as const;

/** The parts that say to whom a password goes, and how safely: it is kept for no other way. */
export const WAY = ['host', 'port', 'user', 'tls', 'authority'] as const;

export const WORDS: Words = {
  host: { wide: 4 },
  port: { wide: 2 },
  database: { wide: 3 },
  user: { wide: 3 },
  tls: {
    help: 'Whether what goes over the network is encrypted, and how sure one must be of the other end.',
    choices: {
      disable: 'never',
      prefer: 'if the server offers it',
      require: 'always',
      'verify-full': 'always, and the server must prove its name',
    },
  },
  authority: {
    label: 'Certificate authority',
    help: 'The certificates that the server’s own is checked with, as PEM text. Empty for the usual ones.',
    long: true,
  },
  path: { label: 'File or folder', help: 'As the server sees it.' },
};

const PLACES: Record<string, string> = {
  sqlite: 'file',
  files: 'files of the server',
  uploads: 'your uploads',
  connection: 'connection',
};

export function placeSays({ kind, dialect }: SourceSeen): string {
  const place = kind === undefined ? '' : (PLACES[kind] ?? kind);
  return [kindSays(dialect), place].filter(Boolean).join(' · ');
}

/** What it can do beyond running SQL, and what follows from it. */
export function abilitiesOf({ abilities }: SourceSeen): { has: boolean; says: string }[] {
  if (!abilities) return [];
  const { cancel = true, estimate = false, stream = true } = abilities;
  return [
    { has: cancel, says: cancel ? 'A query can be stopped' : 'A query cannot be stopped' },
    {
      has: estimate,
      says: estimate ? 'Says what a query would cost' : 'Cannot say what a query would cost',
    },
    { has: stream, says: stream ? 'Rows come as they are read' : 'Rows come all at once' },
  ];
}

/** One thing that became different, as a sentence without its full stop. */
export function changeSays({ what, table, column, was, now }: CatalogueChange): string {
  const place = column ? `${table}.${column}` : table;
  switch (what) {
    case 'table_added':
      return `${table} is new`;
    case 'table_removed':
      return `${table} is gone`;
    case 'column_added':
      return `${place} is new`;
    case 'column_removed':
      return `${place} is gone`;
    case 'column_changed':
      return `${place} was ${was || 'something else'}, is now ${now || 'something else'}`;
    case 'keys_changed':
      return `The keys of ${table} were ${was || 'none'}, are now ${now || 'none'}`;
  }
}

export function stateSays(source: SourceSeen): string {
  if (source.problem) return 'Cannot be asked now';
  const tables = source.tables?.length;
  return tables === undefined ? 'Ready' : `Ready · ${count(tables, 'table')}`;
}
