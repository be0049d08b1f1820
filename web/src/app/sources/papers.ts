/** What each text that owners state about a source is called, and what it does. */
import type { Paper, Stated } from '../../wire/stated';
import { count } from '../words';

export interface PaperWords {
  title: string;
  about: string;
  /** Before it is forgotten. */
  sure: string;
  holds: string;
}

export const PAPERS: Record<Paper, PaperWords> = {
  meaning: {
    title: 'What its data means',
    about: 'Names, values, joins and metrics in your words. Questions and the guard go by them.',
    sure: 'Forget what was said of this source? Export it first if you may want it back.',
    holds: 'It holds from now on, in questions and in the guard.',
  },
  privacy: {
    title: 'What is kept back',
    about:
      'Tables, columns, values and rows that nobody who asks gets to see: in answers, exports, samples and errors alike.',
    sure: 'Keep nothing back any more? Whoever may ask this source sees all of it then.',
    holds: 'It holds from now on, for everybody who asks.',
  },
};

/** What was said so far, in a line. */
export function meaningSays({ meaning = {} }: Stated): string {
  const { tables = [], metrics = [], segments = [], joins = [] } = meaning;
  const parts = [
    tables.length && `${count(tables.length, 'table')} in words`,
    metrics.length && count(metrics.length, 'metric'),
    segments.length && count(segments.length, 'segment'),
    joins.length && count(joins.length, 'join'),
  ].filter(Boolean);
  return parts.length ? parts.join(', ') : 'Nothing is said yet of what its data means.';
}
