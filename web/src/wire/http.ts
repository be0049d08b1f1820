/** Reads and uploads over HTTP, beside the wire. */
import type { Caller, DataPolicy, RefusalCode } from '../generated/protocol';
import type { ExportFormat, ResultPage, ResultQuery } from '../items/props';
import type { Catalogue } from './catalogue';
import { RefusedError } from './refused';

export interface Me {
  /** Missing while nobody has said who is asking. */
  caller?: Caller | null;
  server: string;
  auth: 'none' | 'token';
}

export interface SourceSeen {
  name: string;
  dialect: string;
  title?: string;
  kind?: string;
  tables?: string[];
  /** This caller brought it. */
  own?: boolean;
  /** What it can do beyond running SQL; missing while it cannot be reached. */
  abilities?: { cancel?: boolean; estimate?: boolean; stream?: boolean } | null;
  /** Why it cannot be asked now. */
  problem?: string | null;
}

export interface ModelSeen {
  name: string;
  title?: string;
  default?: boolean;
  /** Whose connection it is asked over; missing for what is a part of the server. */
  profile?: string | null;
  /** Questions to it leave this server. */
  outside?: boolean;
  /** How much of the data it may be shown unless a session says otherwise. */
  data?: DataPolicy | null;
}

export interface Uploaded {
  upload: string;
  name: string;
  size: number;
  source?: string;
  tables?: string[];
  notes?: string[];
}

export interface FileSeen {
  name: string;
  size: number;
  mime?: string;
  path?: string;
}

/** The server's HTTP side, at `base`. */
export class Http {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base.replace(/\/$/, '');
  }

  url(path: string): string {
    return this.#base + path;
  }

  /** How Python would be locked in, before there is one. */
  ready(): Promise<{ isolation?: string; environment?: string }> {
    return this.get('/health/ready');
  }

  me(): Promise<Me> {
    return this.get('/api/v1/me');
  }

  async login(token: string): Promise<void> {
    await this.send('POST', '/api/v1/login', { token });
  }

  async logout(): Promise<void> {
    await this.send('POST', '/api/v1/logout', {});
  }

  async sources(): Promise<SourceSeen[]> {
    return (await this.get<{ items: SourceSeen[] }>('/api/v1/sources')).items;
  }

  catalogue(source: string, refresh = false): Promise<Catalogue> {
    const path = `/api/v1/sources/${encodeURIComponent(source)}/catalogue`;
    return this.get(refresh ? `${path}?refresh=true` : path);
  }

  async examples(source: string): Promise<string[]> {
    const path = `/api/v1/sources/${encodeURIComponent(source)}/examples`;
    return (await this.get<{ items: string[] }>(path)).items;
  }

  /** The models, and the most of the data that one outside may be told. */
  models(): Promise<{ items: ModelSeen[]; data_most?: DataPolicy }> {
    return this.get('/api/v1/models');
  }

  async files(session: string): Promise<FileSeen[]> {
    const path = `/api/v1/sessions/${encodeURIComponent(session)}/files`;
    return (await this.get<{ items: FileSeen[] }>(path)).items;
  }

  fileUrl(session: string, path: string): string {
    const parts = path.split('/').map(encodeURIComponent).join('/');
    return this.url(`/api/v1/sessions/${encodeURIComponent(session)}/files/${parts}`);
  }

  notebookUrl(session: string): string {
    return this.url(`/api/v1/sessions/${encodeURIComponent(session)}/notebook`);
  }

  resultPage(result: string, query: ResultQuery): Promise<ResultPage> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') asked.set(name, String(value));
    }
    return this.get(`/api/v1/results/${encodeURIComponent(result)}?${asked}`);
  }

  exportUrl(result: string, format: ExportFormat): string {
    return this.url(`/api/v1/results/${encodeURIComponent(result)}.${format}`);
  }

  async get<T>(path: string): Promise<T> {
    return read<T>(await reached(this.url(path), {}));
  }

  /** A text, and the version that the server gives it. */
  async file(path: string): Promise<{ text: string; version: string }> {
    const answer = await reached(this.url(path), {});
    if (!answer.ok) return read(answer);
    const tag = answer.headers.get('ETag') ?? '';
    return { text: await answer.text(), version: tag.replace(/^(?:W\/)?"|"$/g, '') };
  }

  /** Send a text that is no JSON, such as a file of YAML. */
  async text<T>(
    method: 'POST' | 'PUT',
    path: string,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const plain = { 'Content-Type': 'text/plain; charset=utf-8', ...headers };
    return read<T>(await reached(this.url(path), { method, headers: plain, body }));
  }

  async send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: unknown): Promise<T> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await reached(this.url(path), {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...json,
    });
    return read<T>(answer);
  }
}

/** Fetch as the one who is logged in. What a browser says of a network that is away is no sentence. */
async function reached(url: string, how: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...how, credentials: 'include' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Error('The server cannot be reached now. Try again in a moment.', { cause: error });
  }
}

async function read<T>(answer: Response): Promise<T> {
  let body: unknown;
  try {
    body = await answer.json();
  } catch {
    body = undefined;
  }
  if (answer.ok) return body as T;
  throw refusalOf(answer.status, answer.statusText, body);
}

/** A refusal from what the server said with its status, in words also where it said nothing. */
export function refusalOf(status: number, text: string, body: unknown): RefusedError {
  const said = (body ?? {}) as { code?: RefusalCode; detail?: string };
  return new RefusedError({
    ...said,
    code: said.code ?? (status === 401 ? 'unauthenticated' : 'internal'),
    detail: said.detail ?? `The server answered ${status} ${text}`.trim(),
  });
}
