import type { Mode } from '../generated/protocol';

export type Theme = 'system' | 'light' | 'dark';

interface Kept {
  theme: Theme;
  sessions: boolean;
  inspector: boolean;
  source: string;
  model: string;
  mode: Mode;
  notify: boolean;
}

const NAME = 'askwire.prefs';
const FIRST: Kept = {
  theme: 'system',
  sessions: true,
  inspector: true,
  source: '',
  model: '',
  mode: 'review_first',
  notify: false,
};

/** What this person likes, on this machine. */
export class Prefs {
  #kept = $state<Kept>({ ...FIRST, ...read() });

  get<K extends keyof Kept>(name: K): Kept[K] {
    return this.#kept[name];
  }

  set<K extends keyof Kept>(name: K, value: Kept[K]): void {
    this.#kept[name] = value;
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#kept));
    } catch {
      // Forbidden or full: it holds until the page is closed.
    }
  }
}

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}
