// Sources and what is said of them: connected, tried, described, kept back, found their way through.
import { describe, expect, test } from 'vitest';
import { warehouse } from '../fake/rooms.mjs';
import { Room } from './room';

const room = new Room();
const { button, field, says, everywhere } = room;

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
    await room.page.getByLabel('Password (optional)').fill('open sesame');
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
    expect(room.server.rooms.sent.at(-1)).toEqual({
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
    expect(await room.page.getByLabel('Password (optional)').inputValue()).toBe('');
    const password = room.page.getByLabel('Password (optional)');
    expect(await password.getAttribute('placeholder')).toBe('Kept. Leave empty to keep it.');
    await field('Database').fill('archive');
    await button('Test').click();
    await says('It answers. It has 2,000 tables.');
    // The server tries it with the password that it keeps, and knows when not to.
    expect(room.server.rooms.sent.at(-1)?.body).toMatchObject({ name: 'warehouse' });
    await field('User').fill('auditor');
    expect(await password.getAttribute('placeholder')).toMatch(/^Type it again/);
    await button('Keep the change').click();
    await button('Test warehouse').click();
    await says('It answers.');
    const { config } = room.server.rooms.sent.at(-2)?.body as { config: object };
    expect(config).toMatchObject({ user: 'auditor' });
    expect(config).not.toHaveProperty('password');
    await button('Remove warehouse').click();
    await button('Keep it').click();
    await button('Remove warehouse').click();
    await room.page.getByRole('button', { name: 'Remove', exact: true }).click();
    await button('Change warehouse').waitFor({ state: 'detached' });
    await room.page.keyboard.press('Escape');
  });
});

describe('what an owner states', () => {
  const write = async (text: string) => {
    await room.page.locator('.room .cm-content').click();
    await room.page.keyboard.press('Control+a');
    await room.page.keyboard.insertText(text);
  };

  test('of what data means is brought as a file, and kept when nothing in it is wrong', async () => {
    await button('See and connect sources').click();
    await button('What its data means: Sample shop').click();
    await says('Nothing is said yet of what its data means.');
    const link = room.page.getByRole('link', { name: 'Save as YAML' });
    expect(await link.getAttribute('href')).toMatch(/sources\/shop\/meaning\.yaml$/);
    const bring = (text: string) =>
      room.page.locator('input[data-for=meaning]').setInputFiles({
        name: 'shop.yaml',
        mimeType: 'text/yaml',
        buffer: Buffer.from(text),
      });
    await bring('tables:\n- name: ordrs\n');
    await says(/Did you mean orders/);
    expect(await button('Keep it').isDisabled()).toBe(true);
    await button('Line 2').click();
    await room.page.keyboard.press('End');
    await room.page.locator('.room .cm-error').waitFor();
    await bring('tables:\n- name: orders\n  title: Orders\n');
    await button('Keep it').click();
    await says('It holds from now on, in questions and in the guard.');
    await says('1 table in words');
    await button('Forget it').click();
    await button(/^Forget$/).click();
    await says('Nothing is said yet of what its data means.');
    await button('Back to the sources').click();
  });

  test('to be kept back is shown before it holds, and not lost with the window', async () => {
    await button('What is kept back: Sample shop').click();
    await says('Nothing is kept back.');
    await write('tables:\n- name: orders\n  columns: [{name: note, mask: "\'***\'"}]\n');
    await says('1 of 4 tables hidden, 1 column masked');
    await says("note is shown as '***'");
    await everywhere('privacy');
    await room.page.keyboard.press('Escape');
    await room.page.locator('.room').waitFor({ state: 'detached' });
    await button('See and connect sources').click();
    await button('What is kept back: Sample shop').click();
    await says("note is shown as '***'");
    await button('Keep it').click();
    await says('It holds from now on, for everybody who asks.');
    const { path, method } = room.server.rooms.sent.findLast((one) => one.method === 'PUT') ?? {};
    expect([method, path]).toEqual(['PUT', '/api/v1/sources/shop/privacy.yaml']);
    await button('Back to the sources').click();
  });
});

describe('files that were brought', () => {
  test('are deleted after a question', async () => {
    await button('Delete towns').click();
    await button('Delete for good').click();
    await button('Delete towns').waitFor({ state: 'detached' });
    await room.page.keyboard.press('Escape');
  });
});

describe('two thousand tables', () => {
  test('are found, walked through and read about, with a few dozen in the page', async () => {
    room.server.control.catalogue = warehouse();
    await button('Read the schema again').click();
    await says(/2,000 tables/);
    const tree = room.page.getByRole('tree');
    await room.page.getByRole('treeitem', { name: /sales\.orders_0001/ }).waitFor();
    expect(await room.page.getByRole('treeitem').count()).toBeLessThan(80);
    await tree.focus();
    await room.page.keyboard.press('End');
    await room.page.getByRole('treeitem', { name: /sales\.orders_2000/ }).waitFor();
    await room.page.keyboard.press('ArrowRight');
    await room.page.keyboard.press('End');
    await room.page.getByRole('treeitem', { name: /note_8/ }).waitFor({ state: 'attached' });
    expect(await room.page.getByRole('treeitem').count()).toBeLessThan(80);
    await room.page.getByRole('searchbox', { name: 'Find a table' }).fill('purchases');
    await room.page.getByRole('treeitem', { name: /orders_0001/ }).click();
    await says('One row for each order that was paid.');
    await room.page.getByRole('treeitem', { name: /^status/ }).click();
    await says('P = paid');
    await says('Order status');
    await room.page.getByText('2 changes').click();
    await says('sales.orders_0001.total was text, is now numeric');
    await room.page.getByRole('searchbox', { name: 'Find a table' }).fill('reven');
    await room.page.getByRole('treeitem', { name: /Revenue/ }).click();
    await says("Sum of total in sales.orders_0001, where status = 'P'");
    await everywhere('data', async () => {
      await button('Show inspector').click();
      await room.page.getByRole('treeitem', { name: /Revenue/ }).click();
      await says('What was paid, without tax.');
    });
    // A column that moves over is a new one; what was marked in it belonged to the old.
    await room.page.getByRole('treeitem', { name: /Revenue/ }).dblclick();
    expect(await field('Question').inputValue()).toBe('Revenue ');
    await field('Question').fill('');
    room.server.control.catalogue = undefined;
    await button('Read the schema again').click();
    await says(/4 tables/);
  });
});
