/** API keys in the settings, in a Chromium against a real agent: made, used, changed, revoked. */
import { jest } from '@jest/globals';
import fetch from 'node-fetch';
import type { Page } from 'playwright-core';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

const row = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

/** Asks for a model that is not there, as a program with a key. */
const ask = (secret: string) =>
  fetch(`${rig.agent.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'zed/1.2', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: 'no-such-model', messages: [{ role: 'user', content: 'Hi' }] }),
  });

test('by mouse: a key is made, its secret shown once, used, changed, revoked', async () => {
  const { page, shot, expectNoErrors } = await openPage(rig, '/settings/providers', { expected: /409/ });
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'API keys' }).click();
  await page.getByText('No key yet').waitFor();
  await shot('keys-empty');
  await page.getByRole('button', { name: 'New Key' }).click();
  const editor = page.getByRole('dialog', { name: 'New API key' });
  // Nothing is wrong before something was tried.
  await soon(() => editor.getByText('Must be').count()).toBe(0);
  await editor.getByRole('button', { name: 'Make Key' }).click();
  await editor.getByText('Must be filled in.').waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  await editor.getByRole('textbox', { name: 'Name' }).fill('laptop');
  await editor.getByText('Must be filled in.').waitFor({ state: 'detached' });
  await editor.getByRole('textbox', { name: 'Requests a minute' }).fill('many');
  await editor.getByText('Must be a number.').waitFor();
  await editor.getByRole('textbox', { name: 'Requests a minute' }).fill('60');
  await editor.getByRole('textbox', { name: 'Tokens a minute' }).fill('100,000');
  await editor
    .getByRole('combobox', { name: 'Models' })
    .or(editor.getByRole('textbox', { name: 'Models' }))
    .fill('no-such*, qwen*,');
  await editor.getByRole('button', { name: 'Remove model qwen*' }).click();
  await editor.getByRole('combobox', { name: 'Expires' }).click();
  await page.getByRole('option', { name: 'In 30 days' }).click();
  await editor.getByRole('combobox', { name: 'Priority' }).click();
  await page.getByRole('option', { name: /Batch/ }).click();
  await shot('keys-editor');
  await editor.getByRole('button', { name: 'Make Key' }).click();

  const secret = page.getByRole('alertdialog', { name: 'The key laptop is made' });
  const text = (await secret.getByRole('group', { name: 'API key' }).textContent()) ?? '';
  expect(text).toMatch(/^mlxm_.{30,}$/);
  await shot('keys-secret');
  // It does not close by accident.
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  await secret.getByRole('button', { name: 'Done' }).click();
  await secret.getByText('tick the box above').waitFor();
  await secret.getByRole('button', { name: 'Copy Key' }).click();
  await secret.getByRole('button', { name: 'Copied' }).first().waitFor();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  await secret.getByRole('checkbox').click();
  await secret.getByRole('button', { name: 'Done' }).click();
  await secret.waitFor({ state: 'detached' });
  await soon(() => page.content()).not.toContain(text);

  const laptop = row(page, 'laptop');
  await laptop.getByText(`${text.slice(0, 12)}…`).waitFor();
  await laptop.getByText('60 requests/min, 100k tokens/min').waitFor();
  await laptop.getByText('no-such*').waitFor();
  await laptop.getByText('expires in 4 weeks').waitFor();
  await laptop.getByText('never', { exact: true }).waitFor();
  await soon(async () => (await ask(text)).status).toBe(404);
  await laptop.getByText('1 request, 0 tokens').waitFor();
  await laptop.getByText('just now').waitFor();

  // A name that is taken: what was typed stays, and nothing is lost by closing.
  await rig.client.createKey({ body: { name: 'server' } });
  await row(page, 'server').waitFor();
  await laptop.getByRole('button', { name: 'Edit laptop' }).click();
  const change = page.getByRole('dialog', { name: 'Edit laptop' });
  await change.getByRole('textbox', { name: 'Name' }).fill('server');
  await change.getByRole('button', { name: 'Save' }).click();
  await change.getByRole('alert').getByText('There is an API key named server already.').waitFor();
  await soon(() => change.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('server');
  await page.keyboard.press('Escape');
  const question = page.getByRole('alertdialog', { name: 'Discard what you changed?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'detached' });
  // Going back asks too.
  await page.evaluate(() => window.history.back());
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'detached' });
  expect(new URL(page.url()).pathname).toBe('/settings/keys');
  await change.getByRole('textbox', { name: 'Name' }).fill('work laptop');
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await row(page, 'work laptop').waitFor();
  await soon(async () => (await rig.client.listKeys()).find(({ name }) => name === 'work laptop')).toMatchObject({
    requestsPerMinute: 60,
    models: ['no-such*'],
    priority: 'batch',
  });

  await page.getByRole('button', { name: 'Revoke work laptop' }).click();
  const revoke = page.getByRole('alertdialog', { name: 'Revoke work laptop?' });
  await revoke.getByText('It was last used just now by zed/1.2, for the model no-such-model.').waitFor();
  await revoke.getByRole('button', { name: 'Revoke' }).click();
  await revoke.waitFor({ state: 'detached' });
  await soon(async () => (await ask(text)).status).toBe(401);
  await page.getByText('1 revoked key').waitFor();
  await soon(() => row(page, 'work laptop').isVisible()).toBe(false);
  await page.getByText('1 revoked key').click();
  await row(page, 'work laptop').getByText('revoked just now').waitFor();
  await soon(() => page.getByRole('button', { name: 'Edit work laptop' }).count()).toBe(0);
  await shot('keys-list');
  expectNoErrors();
});

test('by keyboard alone: made, copied, changed, revoked', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/keys');
  await page.getByText('No key yet').waitFor();
  const tabTo = async (name: string): Promise<void> => {
    for (let i = 0; i < 60 && (await focused(page)) !== name; i++) await page.keyboard.press('Tab');
    await soon(() => focused(page)).toBe(name);
  };
  await tabTo('New Key');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('ci');
  await page.keyboard.press('Tab');
  await page.keyboard.type('5');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  // A word is added by Enter, and the last one taken back by Backspace; Enter in an empty field saves.
  await page.keyboard.type('a');
  await page.keyboard.press('Enter');
  await page.keyboard.type('b');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove model b' }).waitFor();
  await page.keyboard.press('Backspace');
  await page.getByRole('button', { name: 'Remove model b' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  const secret = page.getByRole('alertdialog', { name: 'The key ci is made' });
  await secret.waitFor();
  await page.keyboard.press('Escape');
  await secret.getByText('tick the box above').waitFor();
  await tabTo('Copy API key');
  await page.keyboard.press('Enter');
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('mlxm_'));
  await secret.getByRole('checkbox').focus();
  await page.keyboard.press('Space');
  await tabTo('Done');
  await page.keyboard.press('Enter');
  await secret.waitFor({ state: 'detached' });
  await soon(async () => (await rig.client.listKeys())[0]).toMatchObject({ name: 'ci', requestsPerMinute: 5, models: ['a'] });

  await row(page, 'ci').waitFor();
  await tabTo('Edit ci');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Edit ci' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.press('End');
  await page.keyboard.type('-2');
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog', { name: 'Discard what you changed?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await row(page, 'ci-2').waitFor();
  await tabTo('Revoke ci-2');
  await page.keyboard.press('Enter');
  await page.getByText('It was never used.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('1 revoked key').waitFor();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('many keys, long names, limits of all kinds; axe finds nothing, %s', async (theme) => {
  const long = 'A key with a name so long that no row of the list can show it whole, whatever one';
  await rig.client.createKey({
    body: { name: long.slice(0, 80), models: Array.from({ length: 30 }, (_, i) => `a-model-of-a-long-name-${i}`) },
  });
  for (let i = 0; i < 40; i++)
    await rig.client.createKey({
      body: { name: `key ${i}`, requestsPerMinute: i + 1, ...(i % 2 === 0 && { priority: 'batch' as const }) },
    });
  const gone = await rig.client.createKey({ body: { name: 'gone' } });
  await rig.client.revokeKey({ params: { id: gone.key.id } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/settings/keys', { theme, width: 1180, height: 800 });
  await row(page, 'key 39').waitFor();
  await axe();
  await shot(`keys-many-${theme}`);
  await page.getByRole('searchbox', { name: 'Search keys' }).fill('no row of the list');
  await row(page, 'key 39').waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 720, height: 600 });
  await shot(`keys-narrow-${theme}`);
  await page.getByRole('searchbox', { name: 'Search keys' }).fill('nothing like this');
  await page.getByText('No key fits').waitFor();
  await page.getByRole('button', { name: 'New Key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make Key' }).click();
  await page.getByText('Must be filled in.').waitFor();
  await axe();
  await shot(`keys-editor-narrow-${theme}`);
  await page.getByRole('textbox', { name: 'Name' }).fill('new');
  await page.getByRole('button', { name: 'Make Key' }).click();
  await page.getByRole('alertdialog').waitFor();
  await axe();
  await shot(`keys-secret-${theme}`);
  expectNoErrors();
});
