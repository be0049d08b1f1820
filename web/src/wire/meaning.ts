/** What people say that the data of a source means: read by all, stated by who owns the source. */
import type { Meaning } from './catalogue';
import type { Http } from './http';

export interface Problem {
  where: string;
  message: string;
  hint?: string | null;
  line?: number | null;
  severity?: 'error' | 'warning' | null;
}

export interface MeaningSeen {
  source: string;
  /** Empty when nothing was stated. */
  version?: string;
  /** It was stated here, and did not come with the source. */
  kept?: boolean;
  meaning: Meaning;
  problems?: Problem[];
}

const at = (source: string, rest: string) =>
  `/api/v1/sources/${encodeURIComponent(source)}/meaning${rest}`;

export function meaningOf(http: Http, source: string): Promise<MeaningSeen> {
  return http.get(at(source, ''));
}

export function meaningFile(http: Http, source: string): string {
  return http.url(at(source, '.yaml'));
}

/** All that is wrong with a text; nothing is kept. */
export async function checkMeaning(http: Http, source: string, text: string): Promise<Problem[]> {
  return (await http.text<{ items: Problem[] }>('POST', at(source, '/check'), text)).items;
}

/** State a meaning in place of the version that was read; refused if somebody was quicker. */
export function stateMeaning(
  http: Http,
  source: string,
  text: string,
  version: string,
): Promise<MeaningSeen> {
  const quoted: Record<string, string> = version ? { 'If-Match': `"${version}"` } : {};
  return http.text('PUT', at(source, '.yaml'), text, quoted);
}

export async function forgetMeaning(http: Http, source: string): Promise<void> {
  await http.send('DELETE', at(source, ''), undefined);
}
