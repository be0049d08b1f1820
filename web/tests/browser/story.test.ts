// The main job, with the real server: ask, watch, approve, see, come back.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launch, Tab } from './chromium';
import { Server } from './server';

const QUESTION = 'How many orders per month last year? Plot it';

let browser: Browser;
let server: Server;
let context: BrowserContext;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  tab = await Tab.open(context, server.url);
  ({ page } = tab);
  await live(page);
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await tab.failed(task.name);
  await context.close();
  expect(tab.problems).toEqual([]);
});

const live = (of: Page) => of.locator('header').getByText('Live', { exact: true }).waitFor();
const state = (of: Page, name: string) =>
  of.locator(`section[data-state="${name}"]`).last().waitFor();
const button = (of: Page, name: string | RegExp) => of.getByRole('button', { name }).first();

async function ask(text: string, mode: string): Promise<void> {
  await page.getByLabel('What it asks you about').selectOption(mode);
  await page.getByRole('textbox', { name: 'Question' }).fill(text);
  await page.keyboard.press('Enter');
}

describe('the story', () => {
  test('ask, edit at the gate, see table and chart, take them away', async () => {
    await ask(QUESTION, 'full');
    await page.getByText('This plan will be followed.').waitFor();
    expect(await tab.violations()).toEqual([]);
    await button(page, /^Go on/).click();

    await page.getByText(/This SQL will run on/).waitFor();
    await button(page, /^Edit/).click();
    const editor = page.locator('.cm-content').first();
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('\nLIMIT 6');
    expect(await tab.violations()).toEqual([]);
    await tab.shot('story-edit');
    await button(page, /^Run the edit/).click();
    await page.getByText('This answer will be given.').waitFor();
    await button(page, /^Accept/).click();

    await state(page, 'done');
    await page
      .getByText(/^6 rows/)
      .first()
      .waitFor();
    await page.locator('[role=graphics-document]').first().waitFor();
    expect(await tab.violations()).toEqual([]);
    await tab.shot('story-light');
    expect(await tab.violationsInTheDark(undefined, 'story-dark')).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await tab.violations()).toEqual([]);
    await tab.shot('story-narrow');
    await page.setViewportSize({ width: 1440, height: 900 });

    await button(page, /^Export/).click();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /Excel|XLSX/i }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/\.xlsx$/);
  });

  test('kill -9 while a gate waits; it is answered from another tab afterwards', async () => {
    await ask(QUESTION, 'plan_only');
    await page.getByText('This plan will be followed.').waitFor();
    const other = await Tab.open(context, page.url());
    await other.page.getByText('This plan will be followed.').waitFor();

    await server.kill();
    await page.getByText('Reconnecting, nothing is lost').waitFor();
    await tab.shot('story-offline');
    await server.again();
    await live(page);
    await live(other.page);
    await other.page.getByText('This plan will be followed.').waitFor();
    await button(other.page, /^Go on/).click();
    await state(page, 'done');
    await state(other.page, 'done');
    expect(await page.getByText('This plan will be followed.').count()).toBe(0);
    expect(other.problems).toEqual([]);
  });

  test('a reload in the middle goes on where it was', async () => {
    await ask(QUESTION, 'plan_only');
    await page.getByText('This plan will be followed.').waitFor();
    await page.reload();
    await page.getByText(/Continued, /).waitFor();
    await button(page, /^Go on/).click();
    await state(page, 'done');
  });

  test('with the keyboard alone', async () => {
    await page.getByLabel('What it asks you about').selectOption('full');
    await page.locator('body').press('/');
    await page.keyboard.type(QUESTION);
    await page.keyboard.press('Enter');
    const gates = [
      'This plan will be followed.',
      /This SQL will run on/,
      'This answer will be given.',
    ];
    for (const gate of gates) {
      await page.getByText(gate).waitFor();
      await page.keyboard.press(gate === 'This plan will be followed.' ? 'Escape' : 'g');
      await page.keyboard.press('r');
    }
    await state(page, 'done');
  });

  test('one’s own Python runs, and its variables can be seen', async () => {
    await page
      .getByRole('textbox', { name: 'Question' })
      .fill('/python answer = 6 * 7; print(answer)');
    await page.keyboard.press('Enter');
    await page.getByText('42', { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: 'Python' }).click();
    await page.getByRole('row', { name: /answer/ }).waitFor();
    await page.getByText(/^Level \d of 4/).waitFor();
    expect(await tab.violations()).toEqual([]);
    // A kernel that dies takes its variables with it; its cells bring them back.
    await page.getByRole('textbox', { name: 'Question' }).fill('/python import os; os._exit(3)');
    await page.keyboard.press('Enter');
    await button(page, /^Run (it|them) again/).click();
    await page.getByRole('row', { name: /answer/ }).waitFor();
  });

  test('Python asks for a secret and shows formulas and figures', async () => {
    const code = [
      'from getpass import getpass; from IPython.display import display, Math',
      'print("letters:", len(getpass("PIN")))',
      'display(Math(r"\\sum_i x_i"))',
      'figure = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 3]}], "layout": {}}',
      'display({"application/vnd.plotly.v1+json": figure}, raw=True)',
    ];
    await page.getByRole('textbox', { name: 'Question' }).fill(`/python ${code.join('\n')}`);
    await page.keyboard.press('Enter');
    await page.getByLabel(/The code asks for a secret/).fill('1234');
    await page.keyboard.press('Enter');
    await page.getByText('letters: 4').first().waitFor();
    await page.locator('math').waitFor();
    await page.locator('.main-svg .barlayer path').first().waitFor();
    expect(await page.content()).not.toContain('1234');
  });

  test('a database that cannot be reached is said to be so, in words', async () => {
    await button(page, 'See and connect sources').click();
    await button(page, 'Connect a database').click();
    await page.getByRole('textbox', { name: 'Host' }).fill('127.0.0.1');
    await page.getByRole('textbox', { name: 'Port' }).fill('1');
    await page.getByRole('textbox', { name: 'Database' }).fill('sales');
    await page.getByRole('textbox', { name: 'User' }).fill('reader');
    await button(page, 'Test').click();
    await page.locator('.verdict.bad').waitFor();
    expect(await page.locator('.verdict.bad').textContent()).toMatch(/127\.0\.0\.1|reach|answer/i);
    expect(await tab.violations('dialog[open]')).toEqual([]);
  });

  test('an uploaded file can be asked about', async () => {
    const lines = [
      'city,people',
      ...Array.from({ length: 20 }, (_, at) => `Town ${at},${at * 100}`),
    ];
    await page.locator('.box input[type=file]').setInputFiles({
      name: 'towns.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(lines.join('\n')),
    });
    await page
      .getByRole('list', { name: 'Files for this question' })
      .getByText('towns.csv')
      .waitFor();
    await page.getByText('towns', { exact: true }).first().waitFor();
    await ask('How many towns are there?', 'none');
    await state(page, 'done');
    await page.locator('section').getByText('20', { exact: true }).first().waitFor();
  });
});

describe('without WebSockets', () => {
  test('the same page works over plain HTTP', async () => {
    await context.addInitScript('delete window.WebSocket');
    await page.goto(server.url);
    await live(page);
    await ask(QUESTION, 'plan_only');
    await page.getByText('This plan will be followed.').waitFor();
    await button(page, /^Go on/).click();
    await state(page, 'done');
  });
});
