/** The texts that owners state about a source: what its data means, and what of it is kept back. */
import type { Meaning } from './catalogue';
import type { Http } from './http';

export type Paper = 'meaning' | 'privacy';

export interface Problem {
  where: string;
  message: string;
  hint?: string | null;
  line?: number | null;
  severity?: 'error' | 'warning' | null;
}

/** One thing that nobody who asks sees as it is. */
export interface KeptBack {
  what: 'table' | 'column' | 'mask' | 'rows' | 'values';
  table: string;
  column?: string;
  /** What stands in a masked column's place, or the condition that rows meet to be seen. */
  instead?: string;
}

export interface Stated {
  source: string;
  /** Names the text; empty when nothing was stated. */
  version?: string;
  /** A meaning was stated here, and did not come with the source. */
  kept?: boolean;
  meaning?: Meaning;
  problems?: Problem[];
}

/** All that is wrong with a text; of rules, also what they would keep back of the data as it is now. */
export interface Checked {
  items: Problem[];
  kept_back?: KeptBack[];
  /** Whether any values would stand in the catalogue. */
  samples?: boolean;
  tables?: number;
}

const at = (source: string, paper: Paper, rest = '') =>
  `/api/v1/sources/${encodeURIComponent(source)}/${paper}${rest}`;

export function statedOf(http: Http, source: string, paper: Paper): Promise<Stated> {
  return http.get(at(source, paper));
}

/** The text as it was stated, or one to begin with, and the version that a change takes the place of. */
export function textOf(http: Http, source: string, paper: Paper) {
  return http.file(at(source, paper, '.yaml'));
}

export function fileOf(http: Http, source: string, paper: Paper): string {
  return http.url(at(source, paper, '.yaml'));
}

/** Look a text over; nothing is kept. */
export function check(http: Http, source: string, paper: Paper, text: string): Promise<Checked> {
  return http.text('POST', at(source, paper, '/check'), text);
}

/** State a text in place of the version that was read; refused if somebody was quicker. */
export function put(
  http: Http,
  source: string,
  paper: Paper,
  text: string,
  version: string,
): Promise<Stated> {
  return http.text('PUT', at(source, paper, '.yaml'), text, { 'If-Match': `"${version}"` });
}

export async function withdraw(http: Http, source: string, paper: Paper): Promise<void> {
  await http.send('DELETE', at(source, paper), undefined);
}
