/** Which session the address names: `#/s/<id>`. A fragment needs nothing of the server or a proxy. */
export class Route {
  session = $state<string | undefined>(undefined);

  constructor() {
    this.#read();
    window.addEventListener('hashchange', () => this.#read());
  }

  href(session: string): string {
    return `#/s/${encodeURIComponent(session)}`;
  }

  go(session: string | undefined): void {
    location.hash = session === undefined ? '#/' : this.href(session);
    this.#read();
  }

  #read(): void {
    const found = /^#\/s\/([^/?]+)/.exec(location.hash)?.[1];
    this.session = found === undefined ? undefined : decodeURIComponent(found);
  }
}
