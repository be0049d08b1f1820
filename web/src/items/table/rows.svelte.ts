/**
 * The rows of one table, a window at a time.
 *
 * Rows live in plain maps and never in `$state`: proxied, sorting 100,000 of them takes seconds
 * instead of milliseconds. Only `version` is reactive; whoever draws reads it and then the rows.
 */
import type { Cell, Column } from '../../generated/protocol';
import type { ResultPage, ResultQuery } from '../props';
import { refusedWords, type RefusedWords } from '../refused';
import { cellOrder, cellRaw, typeOf } from './cells';

export type Read = (query: ResultQuery) => Promise<ResultPage>;

export interface Order {
  sort?: string;
  descending?: boolean;
  search?: string;
}

export const PAGE = 200;
/** Pages kept; the ones longest not looked at go first. */
const KEPT = 60;

/** Read rows that are all here already, as the server would. NULLs stand last in either direction. */
export function readLocally(columns: Column[], rows: Cell[][]): Read {
  let order = '';
  let ordered = rows;
  return (query) => {
    const asked = JSON.stringify([query.sort, query.descending, query.search]);
    if (asked !== order) {
      order = asked;
      ordered = arrange(columns, rows, query);
    }
    return Promise.resolve({
      columns,
      offset: query.offset,
      rows: ordered.slice(query.offset, query.offset + query.limit),
      row_count: rows.length,
      matching: ordered.length,
      truncated: false,
    });
  };
}

function arrange(columns: Column[], rows: Cell[][], { sort, descending, search }: Order): Cell[][] {
  const wanted = search?.trim().toLowerCase() ?? '';
  const found =
    wanted === ''
      ? rows
      : rows.filter((row) => row.some((cell) => cellRaw(cell).toLowerCase().includes(wanted)));
  const at = columns.findIndex((column) => column.name === sort);
  if (at < 0) return found;
  const sign = descending ? -1 : 1;
  const compare = cellOrder(typeOf(columns[at]));
  const full = found.filter((row) => (row[at] ?? null) !== null);
  const empty = found.filter((row) => (row[at] ?? null) === null);
  // `at` is in every row that was kept as full.
  full.sort((a, b) => sign * compare(a[at] as Cell, b[at] as Cell));
  return [...full, ...empty];
}

export class Rows {
  /** Goes up when rows arrive or the order changes. */
  version = $state(0);
  /** How many rows the search leaves. */
  matching = $state(0);
  failed = $state<RefusedWords | undefined>(undefined);
  #pages = new Map<number, Cell[][]>();
  #coming = new Set<number>();
  #read: Read;
  #order: Order = {};
  #local = false;
  /** Counts orders; an answer to an earlier one is thrown away. */
  #generation = 0;
  /** The order that the kept pages are in. */
  #arranged = 0;
  #columns: Column[];
  readonly #total: number;

  constructor(columns: Column[], total: number, read: Read) {
    this.#columns = columns;
    this.#total = total;
    this.matching = total;
    this.#read = read;
  }

  get order(): Order {
    return this.#order;
  }

  /** Some rows have come. */
  get holds(): boolean {
    return this.version > 0;
  }

  row(index: number): Cell[] | undefined {
    const page = Math.floor(index / PAGE);
    const rows = this.#pages.get(page);
    return rows?.[index - page * PAGE];
  }

  /** See that the rows from `first` to `last` come, if they are not here. */
  async want(first: number, last: number): Promise<void> {
    const from = Math.max(0, Math.floor(first / PAGE));
    const to = Math.floor(Math.max(first, Math.min(last, this.matching - 1)) / PAGE);
    const missing: number[] = [];
    for (let page = from; page <= to; page += 1) {
      if (this.#pages.has(page)) this.#touch(page);
      else if (!this.#coming.has(page)) missing.push(page);
    }
    await Promise.all(missing.map((page) => this.#fetch(page)));
  }

  async reorder(order: Order): Promise<void> {
    this.#order = order;
    this.#generation += 1;
    this.#coming.clear();
    // The old rows stay on the screen until the new ones are there: nothing blinks.
    await this.#fetch(0);
  }

  async retry(): Promise<void> {
    this.failed = undefined;
    await this.#fetch(0);
  }

  /** Every row in the present order, a page at a time; for copying and for whole statistics. */
  async all(most: number): Promise<Cell[][]> {
    const rows: Cell[][] = [];
    while (rows.length < Math.min(most, this.matching)) {
      const limit = Math.min(5000, most - rows.length);
      const page = await this.#read({ ...this.#query(), offset: rows.length, limit });
      if (page.rows.length === 0) break;
      rows.push(...page.rows);
    }
    return rows;
  }

  /** The rows that are here, in order, without asking for more. */
  loaded(): Cell[][] {
    const pages = [...this.#pages.entries()].sort(([a], [b]) => a - b);
    return pages.flatMap(([, rows]) => rows);
  }

  #query(): Order {
    const { sort, descending, search } = this.#order;
    return {
      ...(sort === undefined ? {} : { sort, descending: descending === true }),
      ...(search ? { search } : {}),
    };
  }

  async #fetch(page: number): Promise<void> {
    const generation = this.#generation;
    this.#coming.add(page);
    try {
      const got = await this.#read({ ...this.#query(), offset: page * PAGE, limit: PAGE });
      if (generation !== this.#generation) return;
      this.#keep(page, got, generation);
    } catch (error) {
      if (generation === this.#generation) this.failed = refusedWords(error);
    } finally {
      if (generation === this.#generation) this.#coming.delete(page);
    }
  }

  #keep(page: number, got: ResultPage, generation: number): void {
    if (this.#arranged !== generation) {
      this.#pages = new Map();
      this.#arranged = generation;
    }
    this.failed = undefined;
    this.#pages.set(page, got.rows);
    // A result that fits in a page is sorted and searched here: no question per keystroke.
    const asKept = this.#order.sort === undefined && !this.#order.search;
    const whole = page === 0 && got.rows.length === this.#total;
    if (asKept && whole && !this.#local) {
      this.#read = readLocally(this.#columns, got.rows);
      this.#local = true;
    }
    this.matching = got.matching;
    while (this.#pages.size > KEPT) {
      const oldest = this.#pages.keys().next().value;
      if (oldest === undefined) break;
      this.#pages.delete(oldest);
    }
    this.version += 1;
  }

  #touch(page: number): void {
    const rows = this.#pages.get(page);
    if (!rows) return;
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }
}
