import { describe, expect, test } from 'vitest';
import type { KeptBack } from '../../wire/stated';
import { keptByTable, keptInShort } from './kept';

const KEPT: KeptBack[] = [
  { what: 'rows', table: 'people', instead: "region = 'EU'" },
  { what: 'mask', table: 'people', column: 'mail', instead: "'***'" },
  { what: 'column', table: 'people', column: 'pin' },
  { what: 'values', table: 'orders', column: 'token' },
  { what: 'table', table: 'keys' },
];

describe('what is kept back', () => {
  test('is told table by table, hidden ones first', () => {
    expect(keptByTable(KEPT)).toEqual([
      { table: 'keys', hidden: true, says: ['not seen at all'] },
      {
        table: 'people',
        hidden: false,
        says: ["only rows where region = 'EU'", "mail is shown as '***'", 'pin is not seen'],
      },
      { table: 'orders', hidden: false, says: ['no values of token in lists and to models'] },
    ]);
  });

  test('is told in short', () => {
    expect(keptInShort({ items: [], kept_back: KEPT, tables: 7 })).toBe(
      '1 of 7 tables hidden, 1 column hidden, 1 column masked, some rows of 1 table hidden, ' +
        'values of 1 column not listed',
    );
    expect(keptInShort({ items: [] })).toBe('Nothing is kept back.');
    expect(keptInShort({ items: [], samples: false })).toBe('no values in lists and to models');
  });
});
