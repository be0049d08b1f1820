// One page and one fake server for all the tests of a file; each leaves the page as it found it.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { inboxOf, screenOf } from '../fake/folds';
import { serve, type Fake } from '../fake/server.mjs';
import { launch, Tab } from './chromium';

/** Where the tests of a file are, from its first test on. */
export class Room {
  server!: Fake;
  tab!: Tab;
  #browser: Browser | undefined;

  constructor() {
    beforeAll(() => this.#open());
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') {
        await this.tab.failed(task.name);
        // What one test left open must not be the next one's failure.
        await this.page.reload();
      }
      expect(this.tab.problems.splice(0)).toEqual([]);
    });
    afterAll(async () => {
      await this.#browser?.close();
      this.server?.stop();
    });
  }

  get page(): Page {
    return this.tab.page;
  }

  async #open(): Promise<void> {
    this.#browser = await launch();
    this.server = await serve({
      pace: 0.1,
      fold: (session, records) =>
        session.startsWith('inbox:') ? inboxOf(session, records) : screenOf(session, records),
    });
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 } });
    this.tab = await Tab.open(context, this.server.url);
    await this.page.locator('header').getByText('Live', { exact: true }).waitFor();
  }

  readonly button = (name: string | RegExp): Locator =>
    this.page.getByRole('button', { name }).first();

  readonly field = (name: string): Locator => this.page.getByRole('textbox', { name });

  readonly says = (text: string | RegExp): Promise<void> =>
    this.page.getByText(text).first().waitFor();

  /** Look at it as people do: in the dark, on a phone; axe finds nothing anywhere. */
  readonly everywhere = async (name: string, onPhone?: () => Promise<void>): Promise<void> => {
    const { page, tab } = this;
    // The conversation beside it has tests of its own, and axe takes its time over long ones.
    const here = 'dialog[open], aside';
    expect(await tab.violations(here)).toEqual([]);
    await tab.shot(`${name}-light`);
    expect(await tab.violationsInTheDark(here, `${name}-dark`)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await onPhone?.();
    await tab.shot(`${name}-narrow`);
    if (onPhone) await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
  };
}
