/** What a source holds, what it means, and what became different, as the server tells it. */

export interface CatalogueColumn {
  name: string;
  type: string;
  /** The type in the source's own words. */
  native?: string;
  nullable?: boolean;
  primary?: boolean;
  comment?: string;
  distinct?: number | null;
  /** Some values, most frequent first. */
  samples?: string[];
}

export interface CatalogueKey {
  columns: string[];
  to_table: string;
  to_columns: string[];
  /** Not declared in the source: seen in the values. */
  inferred?: boolean;
}

export interface CatalogueTable {
  name: string;
  columns: CatalogueColumn[];
  schema?: string;
  view?: boolean;
  /** An estimate; null where it is not known. */
  rows?: number | null;
  comment?: string;
  foreign_keys?: CatalogueKey[];
}

export interface CatalogueChange {
  what:
    | 'table_added'
    | 'table_removed'
    | 'column_added'
    | 'column_removed'
    | 'column_changed'
    | 'keys_changed';
  table: string;
  column?: string | null;
  was?: string | null;
  now?: string | null;
}

export interface ValueMeaning {
  value: string | number | boolean;
  means: string[];
}

export interface ColumnMeaning {
  name: string;
  title?: string;
  description?: string;
  synonyms?: string[];
  values?: ValueMeaning[];
  unit?: string;
}

export interface TableMeaning {
  name: string;
  title?: string;
  description?: string;
  synonyms?: string[];
  time_column?: string;
  default_filter?: string;
  columns?: ColumnMeaning[];
}

export interface JoinMeaning {
  table: string;
  columns: string[];
  to_table: string;
  to_columns: string[];
  words?: string[];
  description?: string;
}

export interface SegmentMeaning {
  name: string;
  title?: string;
  description?: string;
  synonyms?: string[];
  table: string;
  where: string;
}

/** A metric of any type; which fields it has is said by `type`. */
export interface MetricMeaning {
  type: 'simple' | 'ratio' | 'derived' | 'cumulative';
  name: string;
  title?: string;
  description?: string;
  synonyms?: string[];
  unit?: string;
  table?: string;
  aggregate?: string;
  expression?: string;
  where?: string;
  time_column?: string;
  numerator?: string;
  denominator?: string;
  metric?: string;
  period?: string | null;
  window?: number | null;
}

export interface Meaning {
  tables?: TableMeaning[];
  joins?: JoinMeaning[];
  metrics?: MetricMeaning[];
  segments?: SegmentMeaning[];
}

export interface Catalogue {
  source: string;
  tables: CatalogueTable[];
  version?: string;
  changes?: CatalogueChange[];
  meaning?: Meaning | null;
  /** Why it could not be read. */
  problem?: string;
}

/** How a table is named where one asks about it. */
export function tableName(table: CatalogueTable): string {
  return table.schema ? `${table.schema}.${table.name}` : table.name;
}
