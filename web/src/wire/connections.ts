/** Databases as sources: what must be known to reach one, tried and kept. */
import type { ErrorInfo } from '../generated/protocol';
import type { Schema } from './schema';
import type { Http } from './http';

export type Config = Record<string, unknown>;

export interface ConnectionKind {
  kind: string;
  title?: string;
  config: Schema;
}

/** A connection as it is kept: never with its password. */
export interface Connection {
  name: string;
  kind: string;
  config: Config;
}

export interface Tested {
  ok: boolean;
  tables?: number;
  error?: ErrorInfo | null;
}

const at = (name: string, rest = '') => `/api/v1/sources/${encodeURIComponent(name)}${rest}`;

export async function kindsOfConnections(http: Http): Promise<ConnectionKind[]> {
  return (await http.get<{ items: ConnectionKind[] }>('/api/v1/sources/kinds')).items;
}

export function connectionOf(http: Http, name: string): Promise<Connection> {
  return http.get(at(name, '/connection'));
}

/** Keep a connection. Without a password, one that was kept stays, if it goes where it went. */
export function keepConnection(http: Http, connection: Connection): Promise<Connection> {
  return http.send('POST', '/api/v1/sources', connection);
}

/**
 * Try what stands in the form; nothing is kept. As a change of `name`, the password that is kept is tried
 * with it, if it goes where it went.
 */
export function tryConnection(
  http: Http,
  kind: string,
  config: Config,
  name?: string,
): Promise<Tested> {
  return http.send('POST', '/api/v1/sources/test', { kind, config, ...(name ? { name } : {}) });
}

/** Try a connection as it is kept, with its password. */
export function tryKept(http: Http, name: string): Promise<Tested> {
  return http.send('POST', at(name, '/test'), undefined);
}

export async function removeConnection(http: Http, name: string): Promise<void> {
  await http.send('DELETE', at(name), undefined);
}
