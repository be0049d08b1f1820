/** What a semantic layer says, in a line each. */
import {
  tableName,
  type Catalogue,
  type CatalogueTable,
  type MetricMeaning,
} from '../../../wire/catalogue';

const AGGREGATES: Record<string, string> = {
  sum: 'Sum of',
  avg: 'Average of',
  min: 'Smallest',
  max: 'Largest',
  median: 'Median of',
  count: 'Number of',
  count_distinct: 'Number of different',
};

export function metricSays(metric: MetricMeaning): string {
  switch (metric.type) {
    case 'simple': {
      const what = metric.expression || 'rows';
      const where = metric.where ? `, where ${metric.where}` : '';
      return `${AGGREGATES[metric.aggregate ?? ''] ?? metric.aggregate} ${what} in ${metric.table}${where}`;
    }
    case 'ratio':
      return `${metric.numerator} divided by ${metric.denominator}`;
    case 'derived':
      return metric.expression ?? '';
    case 'cumulative': {
      const { metric: of = '', period, window } = metric;
      if (window) return `${of}, added up over the last ${window} ${period}s`;
      return period
        ? `${of}, added up since the ${period} began`
        : `${of}, added up from the start`;
    }
  }
}

/** How a table's rows belong to others': declared, seen in the values, or said by people. */
export function joinsOf(catalogue: Catalogue, table: CatalogueTable): string[] {
  const name = tableName(table);
  const keys = (table.foreign_keys ?? []).map(
    (key) =>
      `${key.columns.join(', ')} → ${key.to_table}.${key.to_columns.join(', ')}` +
      (key.inferred ? ' (seen in the values)' : ''),
  );
  const said = (catalogue.meaning?.joins ?? [])
    .filter((join) => join.table === name)
    .map(
      (join) =>
        `${join.columns.join(', ')} → ${join.to_table}.${join.to_columns.join(', ')}` +
        (join.words?.length ? ` (${join.words.join(', ')})` : ''),
    );
  return [...new Set([...keys, ...said])];
}
