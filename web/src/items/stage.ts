/** A stage for tests: actions that remember what was wished for, and may refuse it. */
import type { Cell, Column } from '../generated/protocol';
import type { ItemActions, Resolution, ResultQuery } from './props';
import { readLocally } from './table/rows.svelte';

export interface Stage extends ItemActions {
  resolved: [string, Resolution][];
  answered: [string, string[][]][];
  typed: [string, string][];
  questions: string[];
  changes: string[];
  overtaken: string[];
  revealed: string[];
  pages: ResultQuery[];
}

export interface Setting {
  /** What every wish is refused with. */
  refusal?: { code: string; message: string; advice: string };
  readonly?: boolean;
  columns?: Column[];
  rows?: Cell[][];
  find?: ItemActions['find'];
  newestReading?: string | undefined;
}

export function stage(setting: Setting = {}): Stage {
  const { refusal, readonly = false, columns = [], rows = [] } = setting;
  const read = readLocally(columns, rows);
  const take = (note: () => void): Promise<void> => {
    note();
    return refusal
      ? Promise.reject(Object.assign(new Error(refusal.message), refusal))
      : Promise.resolve();
  };
  const made: Stage = {
    resolved: [],
    answered: [],
    typed: [],
    questions: [],
    changes: [],
    overtaken: [],
    revealed: [],
    pages: [],
    resolve: (approval, answer) => take(() => made.resolved.push([approval, answer])),
    answer: (question, answers) => take(() => made.answered.push([question, answers])),
    input: (input, text) => take(() => made.typed.push([input, text])),
    ask: (text) => take(() => made.questions.push(text)),
    change: (text) => take(() => made.changes.push(text)),
    newestReading: 'newestReading' in setting ? setting.newestReading : 'i_1',
    async resultPage(_result, query) {
      made.pages.push(query);
      if (refusal) throw Object.assign(new Error(refusal.message), refusal);
      return read(query);
    },
    exportUrl: (result, format) => `/api/v1/results/${result}.${format}`,
    missed: (approval) => void made.overtaken.push(approval),
    reveal: (item) => void made.revealed.push(item),
    readonly,
    caller: 'me',
    ...(setting.find ? { find: setting.find } : {}),
  };
  return made;
}
