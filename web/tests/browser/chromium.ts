import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { violations } from './axe';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
export const SHOTS = fileURLToPath(new URL('../../test-results/', import.meta.url));

function found(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  return chromium.executablePath();
}

/** How long anything is waited for: the machine may be busy with other things, and slow at its best. */
const PATIENCE = 30_000;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: found(),
    args: [
      // Tests often run as root in a container, where Chromium's own sandbox cannot be made.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A tab, and what went wrong in it: nothing may be said to the console that is an error. */
export class Tab {
  readonly page: Page;
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.problems.push(error.stack ?? error.message));
    page.on('console', (said) => {
      // The network's own words about a server that a test has taken away.
      if (said.type() === 'error' && !/net::ERR_|WebSocket connection/.test(said.text())) {
        this.problems.push(said.text());
      }
    });
  }

  static async open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    tab.page.setDefaultTimeout(PATIENCE);
    await tab.page.goto(url);
    return tab;
  }

  /** What axe finds, as lines that name the rule and the place. */
  violations(within?: string): Promise<string[]> {
    return violations(this.page, { within });
  }

  /** The same page in the dark: nothing but its colours is another, so nothing else is looked at. */
  async violationsInTheDark(within: string | undefined, shot: string): Promise<string[]> {
    await this.page.emulateMedia({ colorScheme: 'dark' });
    try {
      await this.shot(shot);
      return await violations(this.page, { within, colours: true });
    } finally {
      await this.page.emulateMedia({ colorScheme: 'light' });
    }
  }

  /** A picture for people, who ask for them with SHOTS=1: each takes a while. */
  async shot(name: string): Promise<void> {
    if (process.env.SHOTS) await this.picture(name);
  }

  async failed(name: string): Promise<void> {
    await this.picture(`failed-${name.replace(/\W+/g, '-')}`);
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }
}
