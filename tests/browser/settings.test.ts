/** Settings, in a Chromium against a real agent: each one shown, changed, refused, taken back, found; where a value comes from; an agent that is away. */
import { jest } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SETTING_KEYS } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { MOD, openPage, pageFolder } from './support/page.js';
import { back, has, row } from './support/settings.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

const WITH_SETTINGS = ['general', 'models', 'engines', 'network', 'routing', 'logs', 'menu-bar', 'about'];
const SECTIONS = [...WITH_SETTINGS, 'keys', 'providers', 'prompts'];

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

test('every setting is shown in one section, explained, in both themes and narrow, without a violation', async () => {
  const seen: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    const { page, axe, shot, expectNoErrors } = await openPage(rig, '/settings', { theme, width: 1180, height: 800 });
    for (const section of SECTIONS) {
      await page.locator(`nav[aria-label=Settings] a[href="/settings/${section}"]`).click();
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      if (WITH_SETTINGS.includes(section)) await page.locator('[data-place]').first().waitFor();
      if (theme === 'light') {
        const places = await page.locator('[data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? ''));
        seen.push(...places.filter((place) => (SETTING_KEYS as string[]).includes(place)));
      }
      await shot(`settings-${section}-${theme}`);
      await axe();
    }
    expectNoErrors();
  }
  expect(seen.toSorted()).toEqual([...SETTING_KEYS].sort());

  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/settings/models', { width: 720, height: 600 });
  for (const section of WITH_SETTINGS) {
    await page.goto(`${rig.agent.address}/settings/${section}`);
    await page.locator('[data-place]').first().waitFor();
    await shot(`settings-${section}-narrow`);
    // Nothing is cut off at the side.
    await soon(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  }
  await axe();
  expectNoErrors();
}, 300_000);

test('by mouse: switched, chosen, typed, listed; at the agent at once, and back to the default', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/models');
  // A switch.
  await row(page, 'onDemand').getByRole('switch').click();
  await has(rig, 'onDemand', false);
  await row(page, 'onDemand').getByText('Changed.').waitFor();
  await back(page, 'onDemand').click();
  await has(rig, 'onDemand', true);
  await row(page, 'onDemand').getByText('Default: On.').waitFor();
  await soon(() => back(page, 'onDemand').count()).toBe(0);

  // A number: saved on leaving the field.
  await row(page, 'maxDownloads').getByRole('textbox').fill('3');
  await row(page, 'downloadConnections').getByRole('textbox').click();
  await has(rig, 'maxDownloads', 3);
  await row(page, 'maxDownloads').getByText('Changed.').waitFor();
  await back(page, 'maxDownloads').click();
  await has(rig, 'maxDownloads', 2);
  await soon(() => row(page, 'maxDownloads').getByRole('textbox').inputValue()).toBe('2');

  // A number that may be none.
  await row(page, 'maxMemoryGb').getByRole('textbox').fill('1.5');
  await row(page, 'maxMemoryGb').getByRole('textbox').press('Enter');
  await has(rig, 'maxMemoryGb', 1.5);
  await page.getByText(/of 1.5 GB/).waitFor();
  await row(page, 'maxMemoryGb').getByRole('textbox').fill('');
  await row(page, 'maxMemoryGb').getByRole('textbox').press('Enter');
  await has(rig, 'maxMemoryGb', null);

  // A list.
  const folders = row(page, 'modelFolders');
  await folders.getByRole('textbox').fill('/srv/models');
  await folders.getByRole('button', { name: 'Add' }).click();
  await folders.getByRole('button', { name: 'Remove /srv/models' }).waitFor();
  await has(rig, 'modelFolders', [join(rig.folder, 'models'), '/srv/models']);
  await folders.getByRole('textbox').fill('/srv/models');
  await folders.getByText('It is in the list already.').waitFor();
  await folders.getByRole('textbox').fill('models');
  await folders
    .getByText(/absolute path/)
    .last()
    .waitFor();
  await soon(() => folders.getByRole('button', { name: 'Add' }).isDisabled()).toBe(true);
  await folders.getByRole('textbox').press('Escape');
  await folders.getByRole('button', { name: 'Remove /srv/models' }).click();
  await has(rig, 'modelFolders', [join(rig.folder, 'models')]);

  // One of a few.
  await page.getByRole('link', { name: 'General' }).click();
  await row(page, 'chatTitles').getByRole('combobox').click();
  await page.getByRole('option', { name: 'First words of the chat' }).click();
  await has(rig, 'chatTitles', 'first_words');

  // One of many, found by typing.
  await rig.client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')] } });
  await rig.client.createProfile({ body: { name: 'Other', modelPath: tinyModel } });
  const { id } = await rig.client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } });
  await row(page, 'defaultProfileId').getByRole('combobox').fill('tin');
  await page.getByRole('option', { name: /^Tiny/ }).click();
  await has(rig, 'defaultProfileId', id);
  await back(page, 'defaultProfileId').click();
  await has(rig, 'defaultProfileId', null);
  expectNoErrors();
});

test('by keyboard alone: from anywhere, by search, through a section', async () => {
  const { page, shot, axe, expectNoErrors } = await openPage(rig, '/servers');
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  await page.keyboard.press(`${MOD}+,`);
  await page.getByRole('heading', { level: 2, name: 'General' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('retention');
  await page.getByText('2 settings found').waitFor();
  await axe();
  await shot('settings-search');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings/logs*');
  // It is marked, and the focus is in its field.
  await page.locator('[data-place=requestRetentionDays][data-marked]').waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === 'requestRetentionDays');
  await shot('settings-marked');
  await page.keyboard.press(`${MOD}+a`);
  await page.keyboard.type('7');
  await page.keyboard.press('Enter');
  await has(rig, 'requestRetentionDays', 7);
  await row(page, 'requestRetentionDays').getByText('Changed.').waitFor();
  // The stop before is the way back; behind it the focus is in the field again.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await has(rig, 'requestRetentionDays', 30);
  await page.waitForFunction(() => (document.activeElement as HTMLInputElement | null)?.value === '30');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'switch');
  await page.keyboard.press('Space');
  await has(rig, 'captureRequests', true);

  // Enter in the search goes to the first; a word that nothing is about says so.
  await page.keyboard.press('/');
  await page.keyboard.type('xylophone');
  await page.getByText('No setting is about “xylophone”').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.type('hf_endpoint');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings/models*');
  await page.waitForFunction(() => (document.activeElement as HTMLInputElement | null)?.value.startsWith('http'));
  // Esc takes back what is typed.
  await page.keyboard.type('x');
  await page.keyboard.press('Escape');
  await soon(() => row(page, 'hfEndpoint').getByRole('textbox').inputValue()).toBe('http://127.0.0.1:9');
  expectNoErrors();
});

test('a value that cannot be: told at the field, kept while one looks elsewhere, never sent', async () => {
  const { page, requests, expectNoErrors } = await openPage(rig, '/settings/models');
  const field = row(page, 'maxMemoryPercent').getByRole('textbox');
  await field.fill('101');
  await row(page, 'maxMemoryPercent').getByText('Must be at most 100.').waitFor();
  await soon(() => field.getAttribute('aria-invalid')).toBe('true');
  await field.press('Enter');
  await page.getByRole('link', { name: 'General' }).click();
  await row(page, 'theme').waitFor();
  await page.getByRole('link', { name: 'Models & memory' }).click();
  await soon(() => row(page, 'maxMemoryPercent').getByRole('textbox').inputValue()).toBe('101');
  await row(page, 'maxMemoryPercent').getByText('Must be at most 100.').waitFor();
  expect(requests.filter((one) => one.startsWith('PATCH'))).toEqual([]);
  // Meanwhile it is changed elsewhere: what is typed stays, and it is told.
  await row(page, 'maxMemoryPercent').getByRole('textbox').fill('70');
  await rig.client.updateSettings({ body: { maxMemoryPercent: 60 } });
  await row(page, 'maxMemoryPercent')
    .getByText(/Meanwhile it was set to 60 %/)
    .waitFor();
  await row(page, 'maxMemoryPercent').getByRole('textbox').press('Escape');
  await soon(() => row(page, 'maxMemoryPercent').getByRole('textbox').inputValue()).toBe('60');
  expectNoErrors();
});

test('what the agent refuses is told at the field, and what was typed stays', async () => {
  const { page, shot, axe, errors } = await openPage(rig, '/settings/engines', { expected: /400|409/ });
  const python = row(page, 'enginePython');
  await python.getByRole('textbox').fill('/nonsense/python3');
  await python.getByRole('textbox').press('Enter');
  await python.getByText(/The Python at \/nonsense\/python3 cannot be used/).waitFor();
  await soon(() => python.getByRole('textbox').inputValue()).toBe('/nonsense/python3');
  await python.scrollIntoViewIfNeeded();
  await shot('settings-refused');
  await axe();

  // A port that another program has.
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const taken = (other.address() as AddressInfo).port;
  await page.getByRole('link', { name: 'Network & access' }).click();
  await row(page, 'ollamaPort').getByRole('textbox').fill(String(taken));
  await row(page, 'ollamaPort').getByRole('textbox').press('Enter');
  await page.getByText(`Off. Port ${taken} is taken, perhaps by Ollama itself.`).waitFor();
  await row(page, 'ollamaEnabled').getByRole('switch').click();
  await row(page, 'ollamaEnabled').getByText(`Port ${taken} for Ollama’s clients is taken`).waitFor();
  await soon(() => row(page, 'ollamaEnabled').getByRole('switch').getAttribute('aria-checked')).toBe('false');
  await new Promise((resolve) => other.close(resolve));
  await row(page, 'ollamaEnabled').getByRole('switch').click();
  await page.getByText(`Listens on port ${taken}`).waitFor();
  await page.getByText(`OLLAMA_HOST=http://127.0.0.1:${taken}`).waitFor();
  await row(page, 'ollamaEnabled').getByRole('switch').click();
  await page.getByText(`Off. Port ${taken} is free.`).waitFor();
  expect(errors).toEqual([]);
});

test('back to default gives up what is typed, right or wrong; entries removed quickly are all gone', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/models');
  const field = row(page, 'maxDownloads').getByRole('textbox');
  for (const typed of ['abc', '7']) {
    await field.fill('5');
    await field.press('Enter');
    await has(rig, 'maxDownloads', 5);
    await back(page, 'maxDownloads').waitFor();
    await field.fill(typed);
    await back(page, 'maxDownloads').click();
    await back(page, 'maxDownloads').waitFor({ state: 'detached' });
    await soon(() => field.inputValue()).toBe('2');
    await soon(() => row(page, 'maxDownloads').getByText('Enter a whole number.').count()).toBe(0);
    await field.press('Tab');
    await has(rig, 'maxDownloads', 2);
  }
  await rig.client.updateSettings({ body: { allowedHosts: ['a.example', 'b.example', 'c.example'] } });
  await page.getByRole('link', { name: 'Network & access' }).click();
  await row(page, 'allowedHosts').getByRole('button', { name: 'Remove b.example' }).waitFor();
  await page.evaluate(() => {
    for (const name of ['a', 'b']) document.querySelector<HTMLElement>(`[aria-label="Remove ${name}.example"]`)?.click();
  });
  await has(rig, 'allowedHosts', ['c.example']);
  expectNoErrors();
});

test('a value of the environment says so; what is set here stands over it', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/models');
  const endpoint = row(page, 'hfEndpoint');
  await endpoint.getByText('From HF_ENDPOINT; the default is https://huggingface.co.').waitFor();
  await soon(() => back(page, 'hfEndpoint').count()).toBe(0);
  await row(page, 'huggingfaceCachePath')
    .getByText(/^From HF_HUB_CACHE/)
    .waitFor();
  await endpoint.getByRole('textbox').fill('https://mirror.example');
  await endpoint.getByRole('textbox').press('Enter');
  await has(rig, 'hfEndpoint', 'https://mirror.example');
  await endpoint.getByText('Changed.').waitFor();
  await back(page, 'hfEndpoint').click();
  await has(rig, 'hfEndpoint', 'http://127.0.0.1:9');
  await endpoint.getByText(/From HF_ENDPOINT/).waitFor();
  expectNoErrors();
});

test('the theme is chosen here too', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings');
  await row(page, 'theme').getByRole('combobox').click();
  await page.getByRole('option', { name: 'Dark' }).click();
  await soon(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await page.reload();
  await row(page, 'theme').getByText('Dark').waitFor();
  expectNoErrors();
});

test('the agent is stopped: what happens is said first; offline a change is refused in words, and kept', async () => {
  const { page, shot, axe, errors } = await openPage(rig, '/settings/about', { expected: /ERR_|Failed to load/ });
  await row(page, 'stop').getByRole('button', { name: 'Stop Agent…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Stop the agent?' });
  await dialog.getByText('No model runs.').waitFor();
  await axe();
  await shot('settings-stop');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: 'Models & memory' }).click();
  await row(page, 'maxDownloads').waitFor();
  await page.getByRole('link', { name: 'About' }).click();
  await row(page, 'stop').getByRole('button', { name: 'Stop Agent…' }).click();
  await dialog.getByRole('button', { name: 'Stop Agent' }).click();
  expect(await rig.agent.shutdownRequested).toEqual({ keepServers: false });
  await rig.stop();
  await page.getByText('The agent does not answer.').waitFor();

  await page.getByRole('link', { name: 'Models & memory' }).click();
  const field = row(page, 'maxDownloads').getByRole('textbox');
  await field.fill('4');
  await field.press('Enter');
  await row(page, 'maxDownloads').locator('[data-invalid] .text-bad, .text-bad').first().waitFor();
  await soon(() => field.inputValue()).toBe('4');
  await shot('settings-offline');
  // It is back, on the same port: Enter sends what was typed.
  rig = await startAgent({ ...pageFolder(), folder: rig.folder, port: rig.agent.port });
  await page.getByText('The agent does not answer.').waitFor({ state: 'detached' });
  await field.press('Enter');
  await has(rig, 'maxDownloads', 4);
  expect(errors).toEqual([]);
});
