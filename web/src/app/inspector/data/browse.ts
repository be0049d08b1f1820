/** A catalogue as the lines of a tree: what is shown when some tables are open and a word is wanted. */
import {
  tableName,
  type Catalogue,
  type CatalogueColumn,
  type CatalogueTable,
  type MetricMeaning,
  type SegmentMeaning,
} from '../../../wire/catalogue';

export type Row =
  | { key: string; kind: 'group'; level: 1; open: boolean; says: string; size: number }
  | { key: string; kind: 'metric'; level: 2; metric: MetricMeaning }
  | { key: string; kind: 'segment'; level: 2; segment: SegmentMeaning }
  | { key: string; kind: 'table'; level: 1; open: boolean; table: CatalogueTable }
  | {
      key: string;
      kind: 'column';
      level: 2;
      table: CatalogueTable;
      column: CatalogueColumn;
    };

/** So few tables are all shown open. */
const FEW = 3;
export const MEASURES = 'metrics and segments';

export interface Wanted {
  /** What is looked for, in any case; everything when empty. */
  word: string;
  /** By table name: opened or closed by hand. */
  hands: Readonly<Record<string, boolean>>;
}

export function rowsOf(catalogue: Catalogue, { word, hands }: Wanted): Row[] {
  const wanted = word.trim().toLowerCase();
  const rows = measures(catalogue, wanted, hands);
  const standing = catalogue.tables.length <= FEW;
  for (const table of catalogue.tables) {
    const name = tableName(table);
    const named = has(name, wanted) || has(titleOf(catalogue, name), wanted);
    const found = wanted
      ? table.columns.filter(
          (column) =>
            has(column.name, wanted) || has(titleOf(catalogue, name, column.name), wanted),
        )
      : table.columns;
    if (!named && !found.length) continue;
    // Who looks for a column sees it at once; who looks for a table gets the table.
    const open = hands[name] ?? (wanted ? !named : standing);
    rows.push({ key: name, kind: 'table', level: 1, open, table });
    if (!open) continue;
    for (const column of named ? table.columns : found) {
      rows.push({ key: `${name}\n${column.name}`, kind: 'column', level: 2, table, column });
    }
  }
  return rows;
}

function measures(catalogue: Catalogue, wanted: string, hands: Wanted['hands']): Row[] {
  const metrics = (catalogue.meaning?.metrics ?? []).filter((one) => meets(one, wanted));
  const segments = (catalogue.meaning?.segments ?? []).filter((one) => meets(one, wanted));
  const size = metrics.length + segments.length;
  if (!size) return [];
  const open = hands[MEASURES] ?? (wanted !== '' || size <= 8);
  const rows: Row[] = [
    { key: MEASURES, kind: 'group', level: 1, open, says: 'Metrics and segments', size },
  ];
  if (!open) return rows;
  for (const metric of metrics) {
    rows.push({ key: `metric\n${metric.name}`, kind: 'metric', level: 2, metric });
  }
  for (const segment of segments) {
    rows.push({ key: `segment\n${segment.name}`, kind: 'segment', level: 2, segment });
  }
  return rows;
}

function meets(one: { name: string; title?: string; synonyms?: string[] }, wanted: string) {
  return [one.name, one.title ?? '', ...(one.synonyms ?? [])].some((text) => has(text, wanted));
}

function has(text: string, wanted: string): boolean {
  return text.toLowerCase().includes(wanted);
}

export function tableMeaning(catalogue: Catalogue, table: string) {
  return catalogue.meaning?.tables?.find((one) => one.name === table);
}

export function columnMeaning(catalogue: Catalogue, table: string, column: string) {
  return tableMeaning(catalogue, table)?.columns?.find((one) => one.name === column);
}

/** What somebody called it; empty when nobody did, so that a search for nothing finds all anyway. */
function titleOf(catalogue: Catalogue, table: string, column?: string): string {
  const said =
    column === undefined ? tableMeaning(catalogue, table) : columnMeaning(catalogue, table, column);
  return said ? [said.title ?? '', ...(said.synonyms ?? [])].join(' ') : '\n';
}
