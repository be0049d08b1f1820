/** Which session the address names: `/s/<id>`. */
export class Route {
  session = $state<string | undefined>(undefined);

  constructor() {
    this.#read();
    window.addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => this.#clicked(event));
  }

  href(session: string | undefined): string {
    return session === undefined ? '/' : `/s/${encodeURIComponent(session)}`;
  }

  go(session: string | undefined): void {
    const href = this.href(session);
    if (location.pathname !== href) history.pushState(null, '', href);
    this.#read();
  }

  // Our own links change the page in place; a click that wants a new tab still gets one.
  #clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !PLACE.test(link.pathname)) return;
    event.preventDefault();
    const found = PLACE.exec(link.pathname)?.[1];
    this.go(found === undefined ? undefined : decodeURIComponent(found));
  }

  #read(): void {
    const found = PLACE.exec(location.pathname)?.[1];
    this.session = found === undefined ? undefined : decodeURIComponent(found);
  }
}

const PLACE = /^\/(?:s\/([^/]+)\/?)?$/;
