// What is set up once and then used: sources, models, what is remembered. One page and one server for
// all of it; each test leaves the page as it found it.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { warehouse } from '../fake/rooms.mjs';
import { serve, type Fake } from '../fake/server.mjs';
import { inboxOf, screenOf } from '../fake/folds';
import { launch, Tab } from './chromium';

let browser: Browser;
let server: Fake;
let context: BrowserContext;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  browser = await launch();
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
  expect(tab.problems.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
});

const button = (name: string | RegExp) => page.getByRole('button', { name }).first();
const field = (name: string) => page.getByRole('textbox', { name });
const says = (text: string | RegExp) => page.getByText(text).first().waitFor();

/** Look at it as people do: in the dark, on a phone; axe finds nothing anywhere. */
async function everywhere(name: string, onPhone?: () => Promise<void>): Promise<void> {
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
}

describe('sources', () => {
  test('are connected by a form that is tried before it is kept', async () => {
    await button('See and connect sources').click();
    await says('A query can be stopped');
    await button('Connect a database').click();
    await button(/^Add$/).click();
    await says('A name is needed.');
    await says('Database is needed.');
    await field('Name').fill('warehouse');
    await field('Host').fill('nowhere');
    await field('Port').fill('many');
    await field('Database').fill('sales');
    await field('User').fill('reader');
    await page.getByLabel('Password (optional)').fill('open sesame');
    await button('Test').click();
    await says('Port must be a number.');
    await field('Port').fill('5432');
    await button('Test').click();
    await says('No server answers at nowhere:5432.');
    await says('Is the host right');
    await everywhere('sources-form');
    await field('Host').fill('db.example');
    await button('Test').click();
    await says('It answers. It has 2,000 tables.');
    await button(/^Add$/).click();
    await says('Says what a query would cost');
    expect(server.rooms.sent.at(-1)).toEqual({
      method: 'POST',
      path: '/api/v1/sources',
      body: {
        name: 'warehouse',
        kind: 'postgres',
        config: {
          host: 'db.example',
          port: 5432,
          database: 'sales',
          user: 'reader',
          password: 'open sesame',
          tls: 'prefer',
        },
      },
    });
    await everywhere('sources');
  });

  test('are changed without their password, and removed after a question', async () => {
    await button('Change warehouse').click();
    expect(await page.getByLabel('Password (optional)').inputValue()).toBe('');
    await field('User').fill('auditor');
    await button('Keep the change').click();
    await button('Test warehouse').click();
    await says('It answers.');
    const { config } = server.rooms.sent.at(-2)?.body as { config: object };
    expect(config).toMatchObject({ user: 'auditor' });
    expect(config).not.toHaveProperty('password');
    await button('Remove warehouse').click();
    await button('Keep it').click();
    await button('Remove warehouse').click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await button('Change warehouse').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
  });
});

describe('what data means', () => {
  test('is exported, and imported when nothing in it is wrong', async () => {
    await button('See and connect sources').click();
    await page.getByText('What its data means').click();
    await says('Nothing is said yet of what its data means.');
    const link = page.getByRole('link', { name: 'Export as YAML' });
    expect(await link.getAttribute('href')).toMatch(/sources\/shop\/meaning\.yaml$/);
    const bring = (text: string) =>
      page.locator('input[data-for=meaning]').setInputFiles({
        name: 'shop.yaml',
        mimeType: 'text/yaml',
        buffer: Buffer.from(text),
      });
    await bring('tables:\n- name: ordrs\n');
    await says('shop.yaml was not taken');
    await says('line 2, tables[0].name');
    await says(/Did you mean orders/);
    await everywhere('meaning');
    await bring('tables:\n- name: orders\n  title: Orders\n');
    await says('shop.yaml holds from now on');
    await says('1 table in words');
    await button('Forget it').click();
    await button(/^Forget$/).click();
    await says('Nothing is said yet of what its data means.');
    await button('Delete towns').click();
    await button('Delete for good').click();
    await button('Delete towns').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
  });
});

describe('two thousand tables', () => {
  test('are found, walked through and read about, with a few dozen in the page', async () => {
    server.control.catalogue = warehouse();
    await button('Read the schema again').click();
    await says(/2,000 tables/);
    const tree = page.getByRole('tree');
    await page.getByRole('treeitem', { name: /sales\.orders_0001/ }).waitFor();
    expect(await page.getByRole('treeitem').count()).toBeLessThan(80);
    await tree.focus();
    await page.keyboard.press('End');
    await page.getByRole('treeitem', { name: /sales\.orders_2000/ }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await page.getByRole('treeitem', { name: /note_8/ }).waitFor({ state: 'attached' });
    expect(await page.getByRole('treeitem').count()).toBeLessThan(80);
    await page.getByRole('searchbox', { name: 'Find a table' }).fill('purchases');
    await page.getByRole('treeitem', { name: /orders_0001/ }).click();
    await says('One row for each order that was paid.');
    await page.getByRole('treeitem', { name: /^status/ }).click();
    await says('P = paid');
    await says('Order status');
    await page.getByText('2 changes').click();
    await says('sales.orders_0001.total was text, is now numeric');
    await page.getByRole('searchbox', { name: 'Find a table' }).fill('reven');
    await page.getByRole('treeitem', { name: /Revenue/ }).click();
    await says("Sum of total in sales.orders_0001, where status = 'P'");
    await everywhere('data', async () => {
      await button('Show inspector').click();
      await page.getByRole('treeitem', { name: /Revenue/ }).click();
      await says('What was paid, without tax.');
    });
    // A column that moves over is a new one; what was marked in it belonged to the old.
    await page.getByRole('treeitem', { name: /Revenue/ }).dblclick();
    expect(await field('Question').inputValue()).toBe('Revenue ');
    await field('Question').fill('');
    server.control.catalogue = undefined;
    await button('Read the schema again').click();
    await says(/4 tables/);
  });
});

describe('models', () => {
  test('come from a provider, whose key is written and never read', async () => {
    await page.getByTitle('Model', { exact: true }).selectOption({ label: 'Other models …' });
    await says('A part of this server: nothing leaves it.');
    await button('Add a provider').click();
    await field('Name').fill('house');
    await field('Address').fill('http://models.example/v1');
    await page.getByLabel('Key', { exact: true }).fill('sk-wrong');
    await button('Test').click();
    await says('The key is not known there.');
    await page.getByLabel('Key', { exact: true }).fill('sk-right');
    await button('List its models').click();
    await button('small-1').click();
    expect(await page.getByRole('textbox', { name: 'Model', exact: true }).inputValue()).toBe(
      'small-1',
    );
    await button('Test').click();
    await says('The model small-1 answered in 420 ms. It has 2 models.');
    await page.getByLabel('It may see').selectOption('samples');
    await page.getByText('More settings').click();
    await field('Temperature').fill('3');
    await button(/^Add$/).click();
    await says('Temperature must be at most 2.');
    await field('Temperature').fill('0.2');
    await everywhere('models-form');
    await button(/^Add$/).click();
    await says('Outside of this server. It sees names and some sample values.');
    await says(/key kept/);
    await everywhere('models');
    const { config } = server.rooms.sent.at(-1)?.body as { config: object };
    expect(config).toEqual({
      base_url: 'http://models.example/v1',
      api_key: 'sk-right',
      model: 'small-1',
      data: 'samples',
      temperature: 0.2,
      models: [],
    });
    await button('Change house').click();
    expect(await page.getByLabel('Key', { exact: true }).inputValue()).toBe('');
    await button('Back').click();
    await button('Use small-1 (house)').click();
    await expect
      .poll(() => page.getByTitle('Model', { exact: true }).inputValue())
      .toBe('house/small-1');
    await page.getByTitle('Model', { exact: true }).selectOption('builtin');
    await page.getByTitle('Model', { exact: true }).selectOption({ label: 'Other models …' });
    await button('Remove house').click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await button('Remove house').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
  });
});

describe('a reading', () => {
  test('is changed by a click on a chip, and asked again', async () => {
    await page.getByLabel('What it asks you about').selectOption('none');
    await button('How many orders per month last year? Plot it').click();
    await page.locator('section[data-state="done"]').waitFor();
    await button('by month').click();
    await page.getByRole('menuitem', { name: 'by quarter' }).click();
    const again = 'Use “by quarter” instead of “by month”.';
    await page.getByRole('region', { name: again }).locator('[role=graphics-document]').waitFor();
    // Only the last reading can become another.
    expect(await page.getByRole('button', { name: 'by month', exact: true }).count()).toBe(1);
    await button('Leave out “2025”').click();
    await page.locator('section[data-state="done"]').nth(2).waitFor();
    await button('number of orders').click();
    await page.getByRole('menuitem', { name: 'Something else' }).click();
    await field('Instead of “number of orders”').fill('number of customers');
    expect(await tab.violations('.chips')).toEqual([]);
    await tab.shot('chips-light');
    await page.keyboard.press('Enter');
    await page.locator('section[data-state="done"]').nth(3).waitFor();
  });
});

describe('what was decided', () => {
  test('is remembered where it was said, listed, and taken back', async () => {
    await button('New question').click();
    await page.getByLabel('What it asks you about').selectOption('full');
    await field('Question').fill('Orders again?');
    await page.keyboard.press('Enter');
    await button(/^Go on/).click();
    await page.getByRole('checkbox', { name: /without asking/ }).check();
    await page.getByLabel('Where it holds').selectOption('always');
    await says('It holds until you take it back');
    expect(await tab.violations('.gate')).toEqual([]);
    await tab.shot('remember-light');
    await button(/^Run/).click();
    await page.locator('section[data-state="done"]').waitFor();
    await page.getByRole('tab', { name: 'Session' }).click();
    await says(/without asking, in all my sessions/);
    await page.getByText('Decisions', { exact: true }).click();
    await says('You approved running this SQL, in all my sessions');
    await says('You approved the plan');
    await everywhere('session', async () => {
      await button('Show inspector').click();
      await page.getByRole('tab', { name: 'Session' }).click();
      await says(/in all my sessions/);
    });
    await page.getByRole('tab', { name: 'Session' }).click();
    await button(/^Take back/).click();
    await says('Nothing is remembered.');
  });

  test('by somebody else meanwhile is told, and what was written is not lost in silence', async () => {
    await field('Question').fill('Orders once more?');
    await page.keyboard.press('Enter');
    await says('This plan will be followed.');
    await button(/^Ask for a change/).click();
    await field('What should be different?').fill('By week, please');
    const session = page.url().split('/').at(-1) ?? '';
    const log = server.logs.get(session);
    const asked = log?.records.findLast((record) => record.type === 'approval.requested');
    const { approval, run } = asked as { approval: string; run: string };
    log?.append({ type: 'approval.resolved', approval, run, verdict: 'reject', by: 'ann' });
    await says('ann answered this first. What you wrote was not sent.');
    await says('ann rejected this');
    await button('Stop').click();
  });
});

describe('Python', () => {
  test('says how it is locked in, what it holds, and gets back what it held', async () => {
    await page.getByRole('tab', { name: 'Python' }).click();
    await says('It lives in a file tree, process list and network of its own');
    await says('Level 4 of 4: bubblewrap namespaces, own uid');
    await says('Packages: its own: pandas 3.1.1');
    await page.getByRole('row', { name: /rate/ }).waitFor();
    await everywhere('python', async () => {
      await button('Show inspector').click();
      await page.getByRole('tab', { name: 'Python' }).click();
      await says('Level 4 of 4');
    });
    server.control.evicted = true;
    await page.getByRole('tab', { name: 'Python' }).click();
    await says('3 cells of this session can be run again');
    expect(await tab.violations('aside')).toEqual([]);
    await button('Run them again').click();
    server.control.evicted = false;
  });
});

describe('files', () => {
  test('are added, looked at, saved and deleted', async () => {
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.locator('input[data-for=workspace]').setInputFiles({
      name: 'notes.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a,b\n1,2\n'),
    });
    await button('Look at data/notes.csv').click();
    await says(/"city":"Bern"/);
    await everywhere('files', async () => {
      await button('Show inspector').click();
      await page.getByRole('tab', { name: 'Files' }).click();
      await button('Delete data/notes.csv').click();
      await says('Delete it for good?');
    });
    await page.getByRole('tab', { name: 'Files' }).click();
    await button('Delete data/notes.csv').click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await button('Look at data/notes.csv').waitFor({ state: 'detached' });
  });

  test('that are large say how far they are, and can be stopped or deleted', async () => {
    server.control.slow = true;
    const chosen = page.getByRole('list', { name: 'Files for this question' });
    const picker = page.locator('.box input[type=file]');
    const file = { name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.alloc(400_000, 'a') };
    await picker.setInputFiles(file);
    await chosen.getByRole('progressbar', { name: 'Uploading sales.csv' }).waitFor();
    await chosen.getByText(/being read|% of 400 kB/).waitFor();
    expect(await tab.violations('.box')).toEqual([]);
    await tab.shot('upload-light');
    await button('Stop uploading sales.csv').click();
    await chosen.waitFor({ state: 'detached' });
    server.control.slow = false;
    await picker.setInputFiles(file);
    await button('Leave out sales.csv').click();
    await button('Delete it').click();
    await says('Deleted: sales.csv');
    expect(server.rooms.sent.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/api/v1/uploads/sales',
    });
  });
});
