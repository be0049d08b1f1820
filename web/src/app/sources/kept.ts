/** What rules keep back of the data, in words. */
import type { Checked, KeptBack, Problem } from '../../wire/stated';
import { count } from '../words';

export interface KeptOfTable {
  table: string;
  /** Nobody sees anything of it. */
  hidden: boolean;
  says: string[];
}

function said({ what, column = '', instead = '' }: KeptBack): string {
  switch (what) {
    case 'table':
      return 'not seen at all';
    case 'column':
      return `${column} is not seen`;
    case 'mask':
      return `${column} is shown as ${instead}`;
    case 'rows':
      return `only rows where ${instead}`;
    case 'values':
      return `no values of ${column} in lists and to models`;
  }
}

/** Table by table, hidden ones first. */
export function keptByTable(kept: readonly KeptBack[]): KeptOfTable[] {
  const tables = new Map<string, KeptOfTable>();
  for (const one of kept) {
    const of = tables.get(one.table) ?? { table: one.table, hidden: false, says: [] };
    of.hidden ||= one.what === 'table';
    of.says.push(said(one));
    tables.set(one.table, of);
  }
  const all = [...tables.values()];
  return [...all.filter((one) => one.hidden), ...all.filter((one) => !one.hidden)];
}

/** All of it in a sentence. */
export function keptInShort({ kept_back = [], samples = true, tables = 0 }: Checked): string {
  const of = (what: KeptBack['what']) => kept_back.filter((one) => one.what === what).length;
  const parts = [
    of('table') && `${of('table')} of ${count(tables, 'table')} hidden`,
    of('column') && `${count(of('column'), 'column')} hidden`,
    of('mask') && `${count(of('mask'), 'column')} masked`,
    of('rows') && `some rows of ${count(of('rows'), 'table')} hidden`,
    !samples && 'no values in lists and to models',
    of('values') && `values of ${count(of('values'), 'column')} not listed`,
  ].filter(Boolean);
  return parts.length ? parts.join(', ') : 'Nothing is kept back.';
}

export const severityOf = ({ severity }: Problem): 'error' | 'warning' => severity ?? 'error';
