/**
 * The gallery of items in a real browser, built and served as the page is, under a policy at least as
 * strict: what is hostile stays text, nothing leaves the page, and large tables stay quick.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page, Request } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './axe';
import { launch, Tab } from './chromium';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // Inline styles are let in by attribute only: a style sheet of an editor's or a chart's is not.
  "style-src-elem 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ');

let folder: string;
let server: PreviewServer;
let browser: Browser;
let base: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gallery-'));
  const input = join(ROOT, 'gallery.html');
  await build({
    root: ROOT,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rolldownOptions: { input } },
  });
  server = await preview({
    root: ROOT,
    logLevel: 'error',
    build: { outDir: folder },
    preview: {
      host: '127.0.0.1',
      port: 0,
      proxy: {},
      headers: { 'Content-Security-Policy': POLICY },
    },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The gallery has no port.');
  base = `http://127.0.0.1:${address.port}/gallery.html`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Visit {
  tab: Tab;
  page: Page;
  foreign: string[];
  dialogs: string[];
}

async function visit(wing: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  const foreign: string[] = [];
  const dialogs: string[] = [];
  const home = new URL(base).origin;
  const note = (request: Request) => {
    // What the policy has stopped never left the browser, although it is told of.
    if (request.failure()?.errorText === 'csp') return;
    if (!request.url().startsWith(home) && !/^(?:data|blob):/.test(request.url()))
      foreign.push(request.url());
  };
  context.on('requestfinished', note);
  context.on('requestfailed', note);
  const tab = await Tab.open(context, `${base}?wing=${wing}&theme=light`);
  tab.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await tab.page.locator('article').first().waitFor();
  return { tab, page: tab.page, foreign, dialogs };
}

/** Said by the browser about the frame that holds hostile HTML: that it did nothing. */
const FRAME = /about:srcdoc|evil\.example\/x\.png|style-src-elem/;

const WINGS = ['plan', 'code', 'table', 'chart', 'output', 'answer', 'other'];

test.each(WINGS)(
  '%s: nothing acts, nothing leaves, axe finds nothing, and a phone is wide enough',
  async (wing) => {
    const { tab, page, foreign, dialogs } = await visit(wing);
    if (wing === 'chart') await page.locator('svg .mark-line').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await tab.violations()).toEqual([]);
    await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'));
    expect(await violations(page, { colours: true })).toEqual([]);
    await page.setViewportSize({ width: 360, height: 900 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
    expect(foreign).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(await page.evaluate(() => (window as { owned?: number }).owned)).toBeUndefined();
    const expected = wing === 'output' ? FRAME : /^$/;
    expect(tab.problems.filter((problem) => !expected.test(problem))).toEqual([]);
    await page.context().close();
  },
);

test('every kind of display is shown as what it is', async () => {
  const { page, tab, foreign } = await visit('output');
  const shown = page.locator('.display');
  for (const what of [
    'img[src^="data:image/svg+xml"]',
    'button[aria-expanded]',
    '.markdown li, .markdown strong, .markdown p',
    'math',
    'iframe[sandbox=""]',
    'svg .mark-bar, svg .mark-line, svg .mark-rect, svg [class*=mark]',
    '.figure .main-svg .barlayer path',
  ]) {
    await shown.locator(what).first().waitFor();
  }
  expect(await page.getByText('does not draw the kind “choroplethmap”').count()).toBe(1);
  expect(foreign).toEqual([]);
  await tab.shot('displays');
  await page.context().close();
});

test('the sanitiser holds against what gets past a parser', async () => {
  const { page } = await visit('answer');
  const answer = page.locator('article', { hasText: 'Hostile' }).locator('.item');
  expect(await answer.locator('script, svg, img, [onload], [onerror], [style]').count()).toBe(0);
  const links = await answer.locator('a').evaluateAll((all) => all.map((a) => a.outerHTML));
  expect(links).toEqual([
    '<a href="https://evil.example/p.png" rel="noopener noreferrer" target="_blank">pixel (not loaded)</a>',
  ]);
  expect(await answer.textContent()).toContain('⟨U+202E⟩gnp.exe');
  await page.context().close();
});

test('an edit opens a real editor, shows the difference, and is sent', async () => {
  const { page, tab } = await visit('code');
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  const card = page.locator('article', { hasText: 'At a gate' }).first();
  await card.locator('[data-approval]').focus();
  await page.keyboard.press('e');
  const editor = card.locator('.cm-content');
  await editor.waitFor();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' desc');
  await card.locator('.cm-changedText').first().waitFor();
  expect(await card.locator('.cm-deletedChunk').count()).toBe(1);
  // Letters typed into the editor are text, not answers.
  await page.keyboard.type(' -- rx');
  expect(await tab.violations()).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => said.join(' ')).toContain('gallery: resolve');
  expect(tab.problems).toEqual([]);
  await page.context().close();
});

test('a hundred thousand rows scroll with a few dozen in the page', async () => {
  const { page } = await visit('table');
  const table = page.locator('article', { hasText: '100,000 rows' }).first();
  await table.locator('td[data-row="5"]').first().waitFor();
  // What a frame costs is what it puts into the page: a step of some rows brings those rows and no others,
  // wherever in the table it is.
  const added = await table.locator('.scroll').evaluate(async (box) => {
    const frame = () => new Promise((go) => requestAnimationFrame(go));
    const most: number[] = [];
    let rows = 0;
    const watcher = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) if (node instanceof HTMLTableRowElement) rows += 1;
      }
    });
    watcher.observe(box, { childList: true, subtree: true });
    for (let step = 0; step < 60; step += 1) {
      rows = 0;
      box.scrollTop += 97;
      await frame();
      await frame();
      most.push(rows);
    }
    watcher.disconnect();
    return Math.max(...most);
  });
  expect(added).toBeLessThan(30);
  expect(await table.locator('tbody tr').count()).toBeLessThan(60);
  await table.locator('.scroll').evaluate((box) => (box.scrollTop = box.scrollHeight));
  const last = table.locator('td[data-row="99999"][data-column="0"]');
  await expect.poll(() => last.textContent(), { timeout: 30_000 }).toBe('100000');
  await page.context().close();
});

test('the keyboard reaches every cell, also those that are not there yet', async () => {
  const { page } = await visit('table');
  const table = page.locator('article', { hasText: '100,000 rows' }).first();
  await table.locator('td[data-row="5"]').first().waitFor();
  const grid = table.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+End');
  const active = async () => {
    const id = await grid.getAttribute('aria-activedescendant');
    return page.evaluate(
      (cell) => document.getElementById(cell ?? '')?.getAttribute('data-row'),
      id,
    );
  };
  await expect.poll(active).toBe('99999');
  await page.keyboard.press('Control+Home');
  await expect.poll(active).toBe('0');
  await page.context().close();
});

test('a chart becomes another kind, follows the theme, and is saved', async () => {
  const { page } = await visit('chart');
  const chart = page.locator('article', { hasText: 'Line from a result' }).first();
  const line = chart.locator('svg .mark-line path').first();
  await line.waitFor();
  const light = await line.getAttribute('stroke');
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'));
  await expect.poll(() => line.getAttribute('stroke')).not.toBe(light);
  await chart.getByRole('button', { name: 'Bars' }).click();
  await chart.locator('svg .mark-rect path').nth(11).waitFor();
  await chart.getByRole('button', { name: 'Save the chart' }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Save as PNG' }).click();
  expect((await saving).suggestedFilename()).toBe('Orders per month 2024.png');
  await page.context().close();
});
