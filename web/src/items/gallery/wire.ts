/** Actions that do nothing but say so, for looking at components without a server. */
import type { ItemActions } from '../props';
import { results } from './shop';

export interface Refusing {
  code: string;
  detail: string;
  advice: string;
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

export function galleryWire(refuse?: Refusing, readonly = false): ItemActions {
  const act = async (...said: unknown[]) => {
    await wait(120);
    console.info('gallery:', ...said);
    if (refuse) throw refuse;
  };
  return {
    resolve: (approval, answer) => act('resolve', approval, answer),
    answer: (question, answers) => act('answer', question, answers),
    input: (input) => act('input', input),
    ask: (text) => act('ask', text),
    change: (text) => act('change', text),
    newestReading: 'i_reading',
    async resultPage(result, query) {
      await wait(30);
      const read = results().get(result);
      if (!read) {
        throw {
          code: 'unknown_result',
          detail: 'The rows of this table are not kept any more.',
          advice: 'fix',
        };
      }
      return read(query);
    },
    exportUrl: (result, format) => `/api/v1/results/${result}.${format}`,
    reveal: (item) => void console.info('gallery: reveal', item),
    readonly,
    caller: 'local',
    find: (item) =>
      item === 'i_table'
        ? {
            item,
            kind: 'table',
            content: { kind: 'table', columns: [], row_count: 12, title: 'Orders per month' },
          }
        : { item, kind: 'code', content: { kind: 'code', language: 'sql', text: 'SELECT 1' } },
  };
}
