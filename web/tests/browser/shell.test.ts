// The page before a server that plays a story and can be made to fail: everything that a real one
// does rarely. The same story with the real server is in story.test.ts.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serve, type Fake } from '../fake/server.mjs';
import { inboxOf, screenOf } from '../fake/folds';
import { launch, Tab } from './chromium';

const QUESTION = 'How many orders per month last year? Plot it';

let browser: Browser;
let server: Fake;
let context: BrowserContext;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  server = await serve({
    pace: 0.1,
    fold: (session, records) =>
      session.startsWith('inbox:') ? inboxOf(session, records) : screenOf(session, records),
  });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  tab = await Tab.open(context, server.url);
  ({ page } = tab);
  await page.locator('header').getByText('Live', { exact: true }).waitFor();
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await tab.failed(task.name);
  await context.close();
  server.stop();
  expect(tab.problems).toEqual([]);
});

const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
const click = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
const box = () => page.getByRole('textbox', { name: /^(Question|Say what)/ });

const asks = (mode: string) => page.getByLabel('What it asks you about').selectOption(mode);

async function asked(mode = 'full'): Promise<void> {
  await asks(mode);
  await page.getByRole('button', { name: QUESTION, exact: true }).click();
}

async function done(): Promise<void> {
  await page.locator('section[data-state="done"]').waitFor();
}

describe('asking', () => {
  test('shows a whole run, from example to answer', async () => {
    await asked('none');
    await done();
    await says(/came in during 2025/);
    expect(await page.locator('section[data-state]').getAttribute('aria-label')).toBe(QUESTION);
    expect(page.url()).toMatch(/\/s\/s_\d+$/);
    await page.getByRole('link', { name: /^How many orders/ }).waitFor();
    expect(await tab.violations()).toEqual([]);
  });

  test('stops at each gate, says so in the tab, and goes on when it is answered', async () => {
    await asked();
    await says('This plan will be followed.');
    await page.waitForFunction(() => document.title.startsWith('(1) Waiting for you'));
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-waiting.svg');
    expect(await tab.violations()).toEqual([]);
    await click(/^Go on/);
    await says(/This SQL will run/);
    expect(await tab.violations()).toEqual([]);
    await click(/^Run/);
    await done();
    await page.waitForFunction(() => !document.title.startsWith('('));
  });

  test('can be done with the keyboard alone', async () => {
    await asks('full');
    await page.keyboard.press('/');
    await page.keyboard.type('Orders?');
    await page.keyboard.press('Enter');
    await says('This plan will be followed.');
    // Out of the question box, to what waits, and yes.
    await page.keyboard.press('Escape');
    await page.keyboard.press('r');
    await says(/This SQL will run/);
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await done();
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowUp');
    expect(await box().inputValue()).toBe('Orders?');
  });

  test('is told to a screen reader when it waits and when it is done, not at every word', async () => {
    const said: string[] = [];
    await page.exposeFunction('said', (text: string) => said.push(text));
    await page.evaluate(() => {
      for (const region of document.querySelectorAll('.hidden-text[role]')) {
        new MutationObserver(() => {
          (window as unknown as { said(text: string): void }).said(region.textContent ?? '');
        }).observe(region, { childList: true, characterData: true, subtree: true });
      }
    });
    await asks('plan_only');
    await page.getByRole('button', { name: QUESTION, exact: true }).click();
    await says('This plan will be followed.');
    await click(/^Go on/);
    await done();
    await expect
      .poll(() => said.join(' | '))
      .toMatch(/^Waiting for you: the plan \| Done · 5\.2 s/);
    expect(said.length).toBeLessThanOrEqual(3);
  });

  test('leaves a reader who has scrolled up in peace', async () => {
    await asked('none');
    await done();
    await page.mouse.move(700, 300);
    await page.mouse.wheel(0, -5000);
    await page.getByRole('button', { name: /new$|To the end/ }).waitFor();
    const place = () =>
      page
        .locator('.scroll')
        .first()
        .evaluate((node) => node.scrollTop);
    const before = await place();
    const session = page.url().split('/').at(-1) ?? '';
    const text = 'Somebody else asks';
    server.logs.get(session)?.append({ type: 'run.started', run: 'r_else', text, by: 'ann' });
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await place()).toBe(before);
    await click(/new$/);
    expect(await place()).toBeGreaterThan(before);
    await page.getByRole('button', { name: /new$|To the end/ }).waitFor({ state: 'detached' });
  });

  test('begins near the end of a long session, and the earlier is a click away', async () => {
    await asked('none');
    await done();
    const session = page.url().split('/').at(-1) ?? '';
    for (let n = 1; n < 70; n += 1) {
      const run = `r_more_${n}`;
      server.logs.get(session)?.append({ type: 'run.started', run, text: `And ${n}?`, by: 'ann' });
      const usage = { input_tokens: 0, output_tokens: 0 };
      server.logs
        .get(session)
        ?.append({ type: 'run.finished', run, outcome: 'answered', usage, elapsed_ms: 5 });
    }
    await page.reload();
    await page.getByRole('region', { name: 'And 69?' }).waitFor();
    const runs = page.locator('section[data-state]');
    expect(await runs.count()).toBe(30);
    expect(await tab.violations('main')).toEqual([]);
    await click('Show 40 earlier');
    await expect.poll(() => runs.count()).toBe(70);
    await page.getByRole('button', { name: /^Show .* earlier/ }).waitFor({ state: 'detached' });
  });

  test('is stopped by Stop', async () => {
    await asked();
    await says('This plan will be followed.');
    await click('Stop');
    await page.locator('section[data-state="stopped"]').waitFor();
    await page
      .locator('section')
      .getByText(/^Stopped/)
      .waitFor();
  });

  test('gives the text back when it is refused', async () => {
    server.control.refuse = {
      'run.start': { code: 'overloaded_disk', detail: 'The disk is full.', advice: 'stop' },
    };
    await box().fill('Orders?');
    await page.keyboard.press('Enter');
    await says('The disk is full.');
    expect(await box().inputValue()).toBe('Orders?');
  });

  test('knows commands by a slash', async () => {
    await box().fill('/mo');
    await page
      .getByRole('listbox', { name: 'Commands' })
      .getByText(/asks about the plan/)
      .waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('What it asks you about').inputValue()).toBe('plan_only');
    expect(await box().inputValue()).toBe('');
  });

  test('takes a file that is dropped anywhere', async () => {
    const files = await page.evaluateHandle(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['a,b\n1,2'], 'sales.csv', { type: 'text/csv' }));
      return dropped;
    });
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: files });
    await says('Drop files to ask about them');
    await page.dispatchEvent('main', 'drop', { dataTransfer: files });
    await page
      .getByRole('list', { name: 'Files for this question' })
      .getByText('sales.csv')
      .waitFor();
  });
});

describe('the connection', () => {
  test('comes back by itself, and nothing is missing', async () => {
    // Slow enough that it is cut in the middle, whatever else the machine does.
    server.control.pace = 2;
    await asked('none');
    await page.locator('section[data-state="working"]').waitFor();
    server.cut();
    server.control.pace = 0.1;
    await done();
    const records = [...server.logs.values()].at(-1)?.records ?? [];
    await page.waitForFunction(
      (upto) =>
        Object.entries(sessionStorage).some(
          ([name, kept]) =>
            name.startsWith('askwire.standing.s_') &&
            (JSON.parse(kept) as { upto: number }).upto === upto,
        ),
      records.length,
    );
  });

  test('says that it is gone, and sends what was asked when it is back', async () => {
    await asks('full');
    await context.setOffline(true);
    server.cut();
    await says('Reconnecting, nothing is lost');
    await box().fill('Orders?');
    await page.keyboard.press('Enter');
    await context.setOffline(false);
    await says('This plan will be followed.');
    expect(await tab.violations()).toEqual([]);
  });

  test('tells after a reload what was missed', async () => {
    await asked();
    await says('This plan will be followed.');
    const session = page.url().split('/').at(-1) ?? '';
    await page.goto('about:blank');
    server.logs.get(session)?.append({ type: 'kernel.started', isolation: 'bwrap' });
    await page.goBack();
    await says('Continued, 1 event replayed');
    await says('This plan will be followed.');
    await page.reload();
    await says('Continued, nothing was missed');
  });

  test('asks who it is after 4401', async () => {
    server.closeAll(4401, 'who are you');
    await page.getByLabel('Token').waitFor();
    expect(await tab.violations()).toEqual([]);
  });

  test('stays closed, with a reason, after 4403', async () => {
    server.closeAll(4403, 'not yours');
    await says(/Not connected: not yours/);
  });
});

describe('two tabs', () => {
  test('see the same, and one takes the other’s gate down', async () => {
    await asked();
    await says('This plan will be followed.');
    const other = await Tab.open(context, page.url());
    await other.page.getByRole('button', { name: /^Go on/ }).click();
    await says(/This SQL will run/);
    await click(/^Run/);
    await other.page.locator('section[data-state="done"]').waitFor();
    expect(other.problems).toEqual([]);
  });
});

describe('sessions', () => {
  test('are renamed, archived, deleted and brought back', async () => {
    await asked('none');
    await done();
    const row = page.getByRole('navigation', { name: 'Sessions' });
    await row.getByRole('link', { name: /How many/ }).dblclick();
    await page.getByLabel('Name of the session').fill('Orders by month');
    await page.keyboard.press('Enter');
    await row.getByRole('link', { name: /Orders by month/ }).waitFor();
    await page.getByRole('button', { name: 'More for Orders by month' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await row.getByRole('link', { name: /Orders by month/ }).waitFor({ state: 'detached' });
    await click('Undo');
    await row.getByRole('link', { name: /Orders by month/ }).click();
    await page.getByRole('button', { name: 'More for Orders by month' }).click();
    await page.getByRole('menuitem', { name: 'Archive' }).click();
    await says('This session is archived. It can be read.');
    expect(await box().isDisabled()).toBe(true);
    expect(await tab.violations()).toEqual([]);
    await click('Bring it back');
    await row.getByRole('link', { name: /Orders by month/ }).waitFor();
  });

  test('that do not exist are named as such', async () => {
    await page.goto(`${server.url}/s/s_none`);
    await says('This session cannot be shown');
    await page.getByRole('link', { name: 'Ask a new question' }).click();
    await says('What do you want to know?');
  });
});

describe('finding things', () => {
  test('by palette, keys list and inspector', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Find sessions/ }).fill('orders');
    await page.getByRole('option', { name: /^orders/ }).waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    expect(await box().inputValue()).toBe('/sql SELECT * FROM orders LIMIT 100');
    await box().fill('');
    await page.keyboard.press('Tab');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await asked('none');
    await done();
    for (const name of ['Python', 'Files', 'Session']) {
      await page.getByRole('tab', { name }).click();
      expect(await tab.violations()).toEqual([]);
    }
  });
});

describe('a phone', () => {
  test('keeps everything within reach', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await asked();
    await says('This plan will be followed.');
    await click('Show sessions');
    await page.getByRole('dialog', { name: 'Sessions' }).waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await click('Show inspector');
    await page.getByRole('dialog', { name: 'Inspector' }).waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await click(/^Go on/);
    await says(/This SQL will run/);
    await click(/^Run/);
    await done();
    expect(await tab.violations()).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);
  });
});

describe('the eyes', () => {
  test('see enough contrast in light and in the dark', async () => {
    expect(await tab.violationsInTheDark(undefined, 'empty-dark')).toEqual([]);
    await asked('none');
    await done();
    await page
      .locator('.vega-embed svg, .vega-embed canvas, [role=graphics-document]')
      .first()
      .waitFor();
    expect(await tab.violations()).toEqual([]);
    await tab.shot('done-light');
    expect(await tab.violationsInTheDark(undefined, 'done-dark')).toEqual([]);
  });

  test('see text at 200 % without losing any of it', async () => {
    await page.setViewportSize({ width: 720, height: 450 });
    await asked();
    await says('This plan will be followed.');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(720);
  });
});
