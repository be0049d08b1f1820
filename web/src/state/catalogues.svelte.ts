import { SvelteMap } from 'svelte/reactivity';
import type { Catalogue } from '../wire/catalogue';
import type { Http } from '../wire/http';

/** What is known of the sources' tables. Asking for what is not known yet begins to read it. */
export class Catalogues {
  readonly #http: Http;
  readonly #known = new SvelteMap<string, Catalogue>();
  readonly #reading = new Set<string>();

  constructor(http: Http) {
    this.#http = http;
  }

  of(source: string): Catalogue | undefined {
    const found = this.#known.get(source);
    if (!found) void this.read(source);
    return found;
  }

  async read(source: string, refresh = false): Promise<void> {
    if (this.#reading.has(source)) return;
    this.#reading.add(source);
    try {
      this.#known.set(source, await this.#http.catalogue(source, refresh));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#known.set(source, { source, tables: [], problem });
    } finally {
      this.#reading.delete(source);
    }
  }
}
