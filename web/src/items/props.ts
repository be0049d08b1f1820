/**
 * What an item component is given, and what it may ask for.
 *
 * The app shell finds the item; the component shows it. A component never reads the wire or a store
 * by itself, so that each can be shown and tested alone.
 */
import type {
  ApprovalSeen,
  Cell,
  Column,
  InputRequested,
  ItemSeen,
  QuestionAsked,
  Remember,
  RunSeen,
  Step,
  Verdict,
} from '../generated/protocol';

/** A person's answer to an approval. */
export interface Resolution {
  verdict: Verdict;
  text?: string;
  plan?: Step[];
  code?: string;
  remember?: Remember;
  digest?: string;
}

export interface ResultQuery {
  offset: number;
  limit: number;
  sort?: string;
  descending?: boolean;
  search?: string;
}

/** Some rows of a kept result, as `GET /api/v1/results/{result}` gives them. */
export interface ResultPage {
  columns: Column[];
  offset: number;
  rows: Cell[][];
  row_count: number;
  /** How many rows the search leaves. */
  matching: number;
  truncated: boolean;
}

export type ExportFormat = 'csv' | 'xlsx' | 'parquet' | 'json';

/** What could stand at a place in Python code, in place of `code[start:end]`. */
export interface Completions {
  matches: string[];
  start: number;
  end: number;
}

/** What a component may do. Each promise is rejected with a `RefusedError` when the server says no. */
export interface ItemActions {
  resolve(approval: string, answer: Resolution): Promise<void>;
  answer(question: string, answers: string[][]): Promise<void>;
  input(input: string, text: string): Promise<void>;
  /** Put this to the session as the next question ("ask to fix it"). */
  ask(text: string): Promise<void>;
  /** Say what should be different: to what waits or works if anything does, else as a question. */
  change(text: string): Promise<void>;
  /** The last plan that says how the question was read. */
  readonly newestReading: string | undefined;
  resultPage(result: string, query: ResultQuery): Promise<ResultPage>;
  exportUrl(result: string, format: ExportFormat): string;
  /** Somebody else answered while this person was about to: say so. */
  missed?(approval: string): void;
  /** Ask the session's Python what could stand at `cursor`, counted in characters. */
  complete?(code: string, cursor: number): Promise<Completions>;
  /** Bring another item into view: where an answer came from. */
  reveal(item: string): void;
  /** True while nothing may be changed: archived, offline for good, a read-only link. */
  readonly: boolean;
  /** Who is looking, so that "you" and "somebody else" can be told apart. */
  caller?: string;
  /** Another item of the session, for the name of a link to it. */
  find?(item: string): ItemSeen | undefined;
}

export interface ItemProps {
  item: ItemSeen;
  run?: RunSeen;
  /** The approval that belongs to this item, open or settled. */
  approval?: ApprovalSeen;
  /** The items that came out of this one (their `of` names it): a folded line tells of them. */
  made?: ItemSeen[];
  /** For a plan: the version before it, so that changes can be marked. */
  before?: ItemSeen;
  wire: ItemActions;
}

export interface QuestionProps {
  question: QuestionAsked;
  wire: ItemActions;
}

export interface InputProps {
  input: InputRequested;
  wire: ItemActions;
}
