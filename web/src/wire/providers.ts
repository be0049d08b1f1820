/** Providers of models: how to reach them, tried and kept. Keys go in, and never out. */
import type { ErrorInfo } from '../generated/protocol';
import type { Http } from './http';
import type { Schema } from './schema';

type Config = Record<string, unknown>;

export interface ProviderKind {
  kind: string;
  title: string;
  config: Schema;
}

export interface Provider {
  name: string;
  kind: string;
  config: Config;
  has_key?: boolean;
  /** Of the server's environment: it can be neither changed nor removed here. */
  found?: boolean;
}

export interface ProviderTested {
  ok: boolean;
  models?: number;
  model?: string | null;
  /** Until the first word, where one was asked for. */
  answered_ms?: number | null;
  error?: ErrorInfo | null;
}

const ROOM = '/api/v1/models';
const at = (name: string, rest = '') => `${ROOM}/profiles/${encodeURIComponent(name)}${rest}`;

export async function kindsOfProviders(http: Http): Promise<ProviderKind[]> {
  return (await http.get<{ items: ProviderKind[] }>(`${ROOM}/kinds`)).items;
}

export async function providers(http: Http): Promise<Provider[]> {
  return (await http.get<{ items: Provider[] }>(`${ROOM}/profiles`)).items;
}

/** Keep a provider. Without a key, one that was kept stays, if kind and address do. */
export function keepProvider(http: Http, name: string, kind: string, config: Config) {
  return http.send<Provider>('POST', `${ROOM}/profiles`, { name, kind, config });
}

/** Try what stands in the form; as a change of `name` with its key, if that goes where it went. */
export function tryProvider(
  http: Http,
  kind: string,
  config: Config,
  name?: string,
): Promise<ProviderTested> {
  return http.send('POST', `${ROOM}/test`, { kind, config, ...(name ? { name } : {}) });
}

export function tryKeptProvider(http: Http, name: string): Promise<ProviderTested> {
  return http.send('POST', at(name, '/test'), undefined);
}

/** Which models there are, by what stands in a form. */
export async function modelsAt(http: Http, kind: string, config: Config): Promise<string[]> {
  const asked = { kind, config };
  return (await http.send<{ items: string[] }>('POST', `${ROOM}/available`, asked)).items;
}

export async function modelsOf(http: Http, name: string): Promise<string[]> {
  return (await http.get<{ items: string[] }>(at(name, '/available'))).items;
}

export async function removeProvider(http: Http, name: string): Promise<void> {
  await http.send('DELETE', at(name), undefined);
}
