import { createContext } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';
import type { Prefs } from '../state/prefs.svelte';

export const TABS = ['Data', 'Python', 'Files', 'Session'] as const;

/** Which columns stand where: beside the conversation, or as a sheet over it when there is no room. */
export class Layout {
  readonly #prefs: Prefs;
  readonly #roomForInspector = new MediaQuery('width >= 1100px', true);
  readonly #roomForSessions = new MediaQuery('width >= 720px', true);
  /** The sheet that is open over the conversation, if any. */
  sheet = $state<'sessions' | 'inspector' | undefined>(undefined);
  /** The window that is open over the page, if any. */
  window = $state<'sources' | 'models' | undefined>(undefined);
  /** What the inspector shows, beside the conversation and as a sheet over it. */
  tab = $state<(typeof TABS)[number]>('Data');
  palette = $state(false);
  keys = $state(false);
  /** Grows when something wants the question box to take the keyboard. */
  focusBox = $state(0);
  /** Texts about sources that were begun and not kept, by source and paper. */
  readonly begun = new Map<string, string>();
  /** Text that something wants to stand in the question box. */
  draft = $state<string | undefined>(undefined);

  constructor(prefs: Prefs) {
    this.#prefs = prefs;
  }

  get sessionsFit(): boolean {
    return this.#roomForSessions.current;
  }

  get inspectorFits(): boolean {
    return this.#roomForInspector.current;
  }

  get sessionsBeside(): boolean {
    return this.sessionsFit && this.#prefs.get('sessions');
  }

  get inspectorBeside(): boolean {
    return this.inspectorFits && this.#prefs.get('inspector');
  }

  toggle(column: 'sessions' | 'inspector'): void {
    const fits = column === 'sessions' ? this.sessionsFit : this.inspectorFits;
    if (fits) this.#prefs.set(column, !this.#prefs.get(column));
    else this.sheet = this.sheet === column ? undefined : column;
  }

  write(text: string): void {
    this.draft = text;
    this.focusBox += 1;
  }
}

export const [useLayout, provideLayout] = createContext<Layout>();
