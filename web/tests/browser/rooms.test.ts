// What is set up once and then used, beside sources: models, what is remembered, Python, files.
import { describe, expect, test } from 'vitest';
import { Room } from './room';

const room = new Room();
const { button, field, says, everywhere } = room;

describe('models', () => {
  test('come from a provider, whose key is written and never read', async () => {
    await room.page.getByTitle('Model', { exact: true }).selectOption({ label: 'Other models …' });
    await says('A part of this server: nothing leaves it.');
    await button('Add a provider').click();
    await field('Name').fill('house');
    await field('Address').fill('http://models.example/v1');
    await room.page.getByLabel('Key', { exact: true }).fill('sk-wrong');
    await button('Test').click();
    await says('The key is not known there.');
    await room.page.getByLabel('Key', { exact: true }).fill('sk-right');
    await button('List its models').click();
    await button('small-1').click();
    expect(await room.page.getByRole('textbox', { name: 'Model', exact: true }).inputValue()).toBe(
      'small-1',
    );
    await button('Test').click();
    await says('The model small-1 answered in 420 ms. It has 2 models.');
    await room.page.getByLabel('It may see').selectOption('samples');
    await room.page.getByText('More settings').click();
    await field('Temperature').fill('3');
    await button(/^Add$/).click();
    await says('Temperature must be at most 2.');
    await field('Temperature').fill('0.2');
    await everywhere('models-form');
    await button(/^Add$/).click();
    await says('Outside of this server. It sees names and some sample values.');
    await says(/key kept/);
    await everywhere('models');
    const { config } = room.server.rooms.sent.at(-1)?.body as { config: object };
    expect(config).toEqual({
      base_url: 'http://models.example/v1',
      api_key: 'sk-right',
      model: 'small-1',
      data: 'samples',
      temperature: 0.2,
      models: [],
    });
    await button('Change house').click();
    expect(await room.page.getByLabel('Key', { exact: true }).inputValue()).toBe('');
    await button('Back').click();
    await button('Use small-1 (house)').click();
    await expect
      .poll(() => room.page.getByTitle('Model', { exact: true }).inputValue())
      .toBe('house/small-1');
    await room.page.getByTitle('Model', { exact: true }).selectOption('builtin');
    await room.page.getByTitle('Model', { exact: true }).selectOption({ label: 'Other models …' });
    await button('Remove house').click();
    await room.page.getByRole('button', { name: 'Remove', exact: true }).click();
    await button('Remove house').waitFor({ state: 'detached' });
    await room.page.keyboard.press('Escape');
  });
});

describe('a reading', () => {
  test('is changed by a click on a chip, and asked again', async () => {
    await room.page.getByLabel('What it asks you about').selectOption('none');
    await button('How many orders per month last year? Plot it').click();
    await room.page.locator('section[data-state="done"]').waitFor();
    await button('by month').click();
    await room.page.getByRole('menuitem', { name: 'by quarter' }).click();
    const again = 'Use “by quarter” instead of “by month”.';
    await room.page
      .getByRole('region', { name: again })
      .locator('[role=graphics-document]')
      .waitFor();
    // Only the last reading can become another.
    expect(await room.page.getByRole('button', { name: 'by month', exact: true }).count()).toBe(1);
    await button('Leave out “2025”').click();
    await room.page.locator('section[data-state="done"]').nth(2).waitFor();
    await button('number of orders').click();
    await room.page.getByRole('menuitem', { name: 'Something else' }).click();
    await field('Instead of “number of orders”').fill('number of customers');
    expect(await room.tab.violations('.chips')).toEqual([]);
    await room.tab.shot('chips-light');
    await room.page.keyboard.press('Enter');
    await room.page.locator('section[data-state="done"]').nth(3).waitFor();
  });
});

describe('what was decided', () => {
  test('is remembered where it was said, listed, and taken back', async () => {
    await button('New question').click();
    await room.page.getByLabel('What it asks you about').selectOption('full');
    await field('Question').fill('Orders again?');
    await room.page.keyboard.press('Enter');
    await button(/^Go on/).click();
    await room.page.getByRole('checkbox', { name: /without asking/ }).check();
    await room.page.getByLabel('Where it holds').selectOption('always');
    await says('It holds until you take it back');
    expect(await room.tab.violations('.gate')).toEqual([]);
    await room.tab.shot('remember-light');
    await button(/^Run/).click();
    await room.page.locator('section[data-state="done"]').waitFor();
    await room.page.getByRole('tab', { name: 'Session' }).click();
    await says(/without asking, in all my sessions/);
    await room.page.getByText('Decisions', { exact: true }).click();
    await says('You approved running this SQL, in all my sessions');
    await says('You approved the plan');
    await everywhere('session', async () => {
      await button('Show inspector').click();
      await room.page.getByRole('tab', { name: 'Session' }).click();
      await says(/in all my sessions/);
    });
    await room.page.getByRole('tab', { name: 'Session' }).click();
    await button(/^Take back/).click();
    await says('Nothing is remembered.');
  });

  test('by somebody else meanwhile is told, and what was written is not lost in silence', async () => {
    await field('Question').fill('Orders once more?');
    await room.page.keyboard.press('Enter');
    await says('This plan will be followed.');
    await button(/^Ask for a change/).click();
    await field('What should be different?').fill('By week, please');
    const session = room.page.url().split('/').at(-1) ?? '';
    const log = room.server.logs.get(session);
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
    await room.page.getByRole('tab', { name: 'Python' }).click();
    await says('It lives in a file tree, process list and network of its own');
    await says('Level 4 of 4: bubblewrap namespaces, own uid');
    await says('An environment of its own, apart from the server’s.');
    await room.page.getByRole('row', { name: /rate/ }).waitFor();
    await everywhere('python', async () => {
      await button('Show inspector').click();
      await room.page.getByRole('tab', { name: 'Python' }).click();
      await says('Level 4 of 4');
    });
    await says('On this server, as a notebook’s.');
    await button('Run it elsewhere').click();
    await room.page.getByLabel('Its next cell runs').selectOption('jupyter_server');
    await room.page.getByLabel('Address').fill('https://hub.example');
    await room.page.getByLabel('Token').fill('open sesame');
    expect(await room.tab.violations('aside')).toEqual([]);
    await button('Run it there').click();
    await says('On a Jupyter server: https://hub.example.');
    expect(room.server.rooms.sent.at(-1)?.body).toEqual({
      kind: 'jupyter_server',
      url: 'https://hub.example',
      token: 'open sesame',
    });
    await button('Where all sessions do').click();
    await says('On this server, as a notebook’s.');
    room.server.control.evicted = true;
    await room.page.getByRole('tab', { name: 'Data' }).click();
    await room.page.getByRole('tab', { name: 'Python' }).click();
    await says('3 cells of this session can be run again');
    expect(await room.tab.violations('aside')).toEqual([]);
    await button('Run them again').click();
    room.server.control.evicted = false;
  });
});

describe('files', () => {
  test('are added, looked at, saved and deleted', async () => {
    await room.page.getByRole('tab', { name: 'Files' }).click();
    await room.page.locator('input[data-for=workspace]').setInputFiles({
      name: 'notes.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a,b\n1,2\n'),
    });
    await button('Look at data/notes.csv').click();
    await says(/"city":"Bern"/);
    await everywhere('files', async () => {
      await button('Show inspector').click();
      await room.page.getByRole('tab', { name: 'Files' }).click();
      await button('Delete data/notes.csv').click();
      await says('Delete it for good?');
    });
    await room.page.getByRole('tab', { name: 'Files' }).click();
    await button('Delete data/notes.csv').click();
    await room.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await button('Look at data/notes.csv').waitFor({ state: 'detached' });
  });

  test('that are large say how far they are, and can be stopped or deleted', async () => {
    room.server.control.slow = true;
    const chosen = room.page.getByRole('list', { name: 'Files for this question' });
    const picker = room.page.locator('.box input[type=file]');
    const file = { name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.alloc(400_000, 'a') };
    await picker.setInputFiles(file);
    await chosen.getByRole('progressbar', { name: 'Uploading sales.csv' }).waitFor();
    await chosen.getByText(/being read|% of 400 kB/).waitFor();
    expect(await room.tab.violations('.box')).toEqual([]);
    await room.tab.shot('upload-light');
    await button('Stop uploading sales.csv').click();
    await chosen.waitFor({ state: 'detached' });
    room.server.control.slow = false;
    await picker.setInputFiles(file);
    await button('Leave out sales.csv').click();
    await button('Delete it').click();
    await says('Deleted: sales.csv');
    expect(room.server.rooms.sent.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/api/v1/uploads/sales',
    });
  });
});
