import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from './axe';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

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
    await tab.page.goto(url);
    return tab;
  }

  /** What axe finds, as lines that name the rule and the place. */
  async violations(within?: string): Promise<string[]> {
    return new AxeBuilder(this.page).violations(within);
  }

  async shot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }
}
