/** Settings, in a Chromium against a real agent: each one changed, refused, taken back; where a value comes from; memory, network, the end. */
import { jest } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { readFileSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { SETTING_KEYS } from '@mlx-manager/shared';
import { endRig, newFolder, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { enginesDir, installedEngine, tinyModel } from '../support/engines.js';
import { MOD, openPage, pageFolder } from './support/page.js';

jest.setTimeout(120_000);

const WITH_SETTINGS = ['general', 'models', 'engines', 'network', 'routing', 'logs', 'menu-bar', 'about'];
const SECTIONS = [...WITH_SETTINGS, 'keys', 'providers', 'prompts'];

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

/** The row of a setting, or of another thing of the page. */
const row = (page: Page, id: string): Locator => page.locator(`[data-place="${id}"]`);
const back = (page: Page, id: string): Locator => row(page, id).getByRole('button', { name: /^Back to default/ });
/** Waits until the agent has it: the page says it at once, an event later. */
async function has(key: (typeof SETTING_KEYS)[number], value: unknown): Promise<void> {
  for (const end = Date.now() + 10_000; ; await new Promise((wake) => setTimeout(wake, 20))) {
    const now = (await rig.client.getSettings())[key];
    if (JSON.stringify(now) === JSON.stringify(value)) return;
    if (Date.now() > end) throw new Error(`${key} is ${JSON.stringify(now)}, not ${JSON.stringify(value)}`);
  }
}

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
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  }
  await axe();
  expectNoErrors();
});

test('by mouse: switched, chosen, typed, listed; at the agent at once, and back to the default', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/models');
  // A switch.
  await row(page, 'onDemand').getByRole('switch').click();
  await has('onDemand', false);
  await row(page, 'onDemand').getByText('Changed.').waitFor();
  await back(page, 'onDemand').click();
  await has('onDemand', true);
  await row(page, 'onDemand').getByText('Default: On.').waitFor();
  expect(await back(page, 'onDemand').count()).toBe(0);

  // A number: saved on leaving the field.
  await row(page, 'maxDownloads').getByRole('textbox').fill('3');
  await row(page, 'downloadConnections').getByRole('textbox').click();
  await has('maxDownloads', 3);
  await row(page, 'maxDownloads').getByText('Changed.').waitFor();
  await back(page, 'maxDownloads').click();
  await has('maxDownloads', 2);
  expect(await row(page, 'maxDownloads').getByRole('textbox').inputValue()).toBe('2');

  // A number that may be none.
  await row(page, 'maxMemoryGb').getByRole('textbox').fill('1.5');
  await row(page, 'maxMemoryGb').getByRole('textbox').press('Enter');
  await has('maxMemoryGb', 1.5);
  await page.getByText(/of 1.5 GB/).waitFor();
  await row(page, 'maxMemoryGb').getByRole('textbox').fill('');
  await row(page, 'maxMemoryGb').getByRole('textbox').press('Enter');
  await has('maxMemoryGb', null);

  // A list.
  const folders = row(page, 'modelFolders');
  await folders.getByRole('textbox').fill('/srv/models');
  await folders.getByRole('button', { name: 'Add' }).click();
  await folders.getByRole('button', { name: 'Remove /srv/models' }).waitFor();
  await has('modelFolders', [join(rig.folder, 'models'), '/srv/models']);
  await folders.getByRole('textbox').fill('/srv/models');
  await folders.getByText('It is in the list already.').waitFor();
  await folders.getByRole('textbox').fill('models');
  await folders.getByText(/absolute path/).last().waitFor();
  expect(await folders.getByRole('button', { name: 'Add' }).isDisabled()).toBe(true);
  await folders.getByRole('textbox').press('Escape');
  await folders.getByRole('button', { name: 'Remove /srv/models' }).click();
  await has('modelFolders', [join(rig.folder, 'models')]);

  // One of a few.
  await page.getByRole('link', { name: 'General' }).click();
  await row(page, 'chatTitles').getByRole('combobox').click();
  await page.getByRole('option', { name: 'First words of the chat' }).click();
  await has('chatTitles', 'first_words');

  // One of many, found by typing.
  await rig.client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')] } });
  await rig.client.createProfile({ body: { name: 'Other', modelPath: tinyModel } });
  const { id } = await rig.client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } });
  await row(page, 'defaultProfileId').getByRole('combobox').fill('tin');
  await page.getByRole('option', { name: /^Tiny/ }).click();
  await has('defaultProfileId', id);
  await back(page, 'defaultProfileId').click();
  await has('defaultProfileId', null);
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
  await has('requestRetentionDays', 7);
  await row(page, 'requestRetentionDays').getByText('Changed.').waitFor();
  // The stop before is the way back; behind it the focus is in the field again.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await has('requestRetentionDays', 30);
  await page.waitForFunction(() => (document.activeElement as HTMLInputElement | null)?.value === '30');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'switch');
  await page.keyboard.press('Space');
  await has('captureRequests', true);

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
  expect(await row(page, 'hfEndpoint').getByRole('textbox').inputValue()).toBe('http://127.0.0.1:9');
  expectNoErrors();
});

test('a value that cannot be: told at the field, kept while one looks elsewhere, never sent', async () => {
  const { page, requests, expectNoErrors } = await openPage(rig, '/settings/models');
  const field = row(page, 'maxMemoryPercent').getByRole('textbox');
  await field.fill('101');
  await row(page, 'maxMemoryPercent').getByText('Must be at most 100.').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await field.press('Enter');
  await page.getByRole('link', { name: 'General' }).click();
  await row(page, 'theme').waitFor();
  await page.getByRole('link', { name: 'Models & memory' }).click();
  expect(await row(page, 'maxMemoryPercent').getByRole('textbox').inputValue()).toBe('101');
  await row(page, 'maxMemoryPercent').getByText('Must be at most 100.').waitFor();
  expect(requests.filter((one) => one.startsWith('PATCH'))).toEqual([]);
  // Meanwhile it is changed elsewhere: what is typed stays, and it is told.
  await row(page, 'maxMemoryPercent').getByRole('textbox').fill('70');
  await rig.client.updateSettings({ body: { maxMemoryPercent: 60 } });
  await row(page, 'maxMemoryPercent').getByText(/Meanwhile it was set to 60 %/).waitFor();
  await row(page, 'maxMemoryPercent').getByRole('textbox').press('Escape');
  expect(await row(page, 'maxMemoryPercent').getByRole('textbox').inputValue()).toBe('60');
  expectNoErrors();
});

test('what the agent refuses is told at the field, and what was typed stays', async () => {
  const { page, shot, axe, errors } = await openPage(rig, '/settings/engines', { expected: /400|409/ });
  const python = row(page, 'enginePython');
  await python.getByRole('textbox').fill('/nonsense/python3');
  await python.getByRole('textbox').press('Enter');
  await python.getByText(/The Python at \/nonsense\/python3 cannot be used/).waitFor();
  expect(await python.getByRole('textbox').inputValue()).toBe('/nonsense/python3');
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
  expect(await row(page, 'ollamaEnabled').getByRole('switch').getAttribute('aria-checked')).toBe('false');
  await new Promise((resolve) => other.close(resolve));
  await row(page, 'ollamaEnabled').getByRole('switch').click();
  await page.getByText(`Listens on port ${taken}`).waitFor();
  await page.getByText(`OLLAMA_HOST=http://127.0.0.1:${taken}`).waitFor();
  await row(page, 'ollamaEnabled').getByRole('switch').click();
  await page.getByText(`Off. Port ${taken} is free.`).waitFor();
  expect(errors).toEqual([]);
});

test('a value of the environment says so; what is set here stands over it', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/models');
  const endpoint = row(page, 'hfEndpoint');
  await endpoint.getByText('From HF_ENDPOINT; the default is https://huggingface.co.').waitFor();
  expect(await back(page, 'hfEndpoint').count()).toBe(0);
  await row(page, 'huggingfaceCachePath').getByText(/^From HF_HUB_CACHE/).waitFor();
  await endpoint.getByRole('textbox').fill('https://mirror.example');
  await endpoint.getByRole('textbox').press('Enter');
  await has('hfEndpoint', 'https://mirror.example');
  await endpoint.getByText('Changed.').waitFor();
  await back(page, 'hfEndpoint').click();
  await has('hfEndpoint', 'http://127.0.0.1:9');
  await endpoint.getByText(/From HF_ENDPOINT/).waitFor();
  expectNoErrors();
});

test('the hub token is set, replaced and forgotten, and never shown', async () => {
  const { page, requests, shot, expectNoErrors } = await openPage(rig, '/settings/models?at=hfToken');
  const token = row(page, 'hfToken');
  const field = token.getByLabel('Hub token', { exact: true });
  await token.getByText('No token is set').waitFor();
  expect(await field.getAttribute('type')).toBe('password');
  await field.fill('two words');
  await token.getByText(/one word without spaces/).waitFor();
  expect(await token.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await field.fill('hf_first');
  await token.getByRole('button', { name: 'Save' }).click();
  await token.getByText('A token is set').waitFor();
  expect(await field.inputValue()).toBe('');
  const kept = () => readFileSync(join(rig.env.MLX_MANAGER_HOME ?? '', 'secrets', 'hf_token'), 'utf8').trim();
  expect(kept()).toBe('hf_first');
  await field.fill('hf_second');
  await field.press('Enter');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[data-place=hfToken] input')?.value === '');
  expect(kept()).toBe('hf_second');
  await page.reload();
  await token.getByText('A token is set').waitFor();
  expect(await page.content()).not.toContain('hf_second');
  await shot('settings-token');
  await token.getByRole('button', { name: 'Forget…' }).click();
  await page.getByRole('alertdialog', { name: 'Forget the hub token?' }).getByRole('button', { name: 'Forget' }).click();
  await token.getByText('No token is set').waitFor();
  expect(kept).toThrow();
  expect(requests.join()).not.toContain('hf_');
  expectNoErrors();
});

test('groups of profiles: made, changed, deleted', async () => {
  await rig.client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')] } });
  const profiles = [];
  for (const name of ['Large', 'Larger', 'Small']) profiles.push(await rig.client.createProfile({ body: { name, modelPath: tinyModel } }));
  const { page, shot, axe, expectNoErrors } = await openPage(rig, '/settings/models?at=groups', { expected: /409/ });
  await page.getByText(/^No groups\./).waitFor();
  await page.getByRole('button', { name: 'New Group' }).click();
  const dialog = page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('Must be filled in.').waitFor();
  await dialog.getByLabel('Name').fill('big ones');
  await dialog.getByRole('checkbox', { name: /^Large / }).click();
  await dialog.getByRole('checkbox', { name: /^Larger / }).click();
  await dialog.getByText('No two of them are loaded at once.').waitFor();
  await axe();
  await shot('settings-group');
  // Closing asks, as something was typed.
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog', { name: 'Discard what you changed?' }).getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  const list = page.getByRole('list', { name: 'Groups' });
  await list.getByText('2 profiles: Large, Larger').waitFor();
  expect(await rig.client.listPoolGroups()).toMatchObject([{ name: 'big ones', mode: 'one_at_a_time', exclusive: false, profileIds: [profiles[0]?.id, profiles[1]?.id] }]);

  await list.getByRole('button', { name: 'Edit big ones' }).click();
  const editor = page.getByRole('dialog', { name: 'Group big ones' });
  await editor.getByRole('checkbox', { name: 'Exclusive' }).click();
  await editor.getByRole('checkbox', { name: /^Large / }).click();
  // Somebody took the name meanwhile: the agent says so, and nothing that was typed is lost.
  await rig.client.createPoolGroup({ body: { name: 'others', mode: 'together', exclusive: false, profileIds: [] } });
  await editor.getByLabel('Name').fill('others');
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByText('There is a group named others already.').waitFor();
  await editor.getByLabel('Name').fill('alone');
  await editor.getByRole('button', { name: 'Save' }).click();
  await list.getByText('alone', { exact: true }).waitFor();
  await list.getByText(/While one of them is, no other profile is loaded/).waitFor();

  await list.getByRole('button', { name: 'Delete alone' }).click();
  await page.getByRole('alertdialog', { name: 'Delete alone?' }).getByRole('button', { name: 'Delete' }).click();
  await list.getByText('alone', { exact: true }).waitFor({ state: 'detached' });
  expect((await rig.client.listPoolGroups()).map(({ name }) => name)).toEqual(['others']);
  expectNoErrors();
});

test('sharing asks for keys, and no keys ends the sharing', async () => {
  const { page, shot, axe, expectNoErrors } = await openPage(rig, '/settings/network', { expected: /409/ });
  const listenTo = row(page, 'listenHost');
  await listenTo.getByRole('combobox').click();
  await page.getByRole('option', { name: /^Everyone in the network/ }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Require keys and share?' });
  await shot('settings-share');
  await axe();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await has('listenHost', '127.0.0.1');
  await listenTo.getByRole('combobox').click();
  await page.getByRole('option', { name: /^Everyone in the network/ }).click();
  await dialog.getByRole('button', { name: 'Require Keys and Share' }).click();
  await has('listenHost', '0.0.0.0');
  await has('requireApiKey', true);
  await row(page, 'requireApiKey').getByRole('switch', { checked: true }).waitFor();
  const { sharedUrls } = await rig.client.agentStatus();
  for (const url of sharedUrls) await listenTo.getByText(url).waitFor();

  await row(page, 'requireApiKey').getByRole('switch').click();
  await page.getByRole('alertdialog', { name: 'Stop sharing too?' }).getByRole('button', { name: 'Stop Sharing' }).click();
  await has('requireApiKey', false);
  await has('listenHost', '127.0.0.1');
  await listenTo.getByText('This Mac alone').waitFor();

  // An address that is none of this machine: the agent says so.
  await row(page, 'requireApiKey').getByRole('switch').click();
  await has('requireApiKey', true);
  await listenTo.getByRole('combobox').click();
  await page.getByRole('option', { name: /^One address/ }).click();
  const host = listenTo.getByRole('textbox', { name: 'Address to listen on' });
  await host.fill('my host');
  await listenTo.getByText(/without port/).last().waitFor();
  await host.fill('192.0.2.1');
  await host.press('Enter');
  await listenTo.getByText(/The agent cannot listen on 192\.0\.2\.1/).waitFor();
  expect(await host.inputValue()).toBe('192.0.2.1');
  await host.fill('127.0.0.1');
  await host.press('Enter');
  await host.waitFor({ state: 'detached' });
  expectNoErrors();
});

test('a shortcut is recorded by its keys', async () => {
  const { page, shot, expectNoErrors } = await openPage(rig, '/settings/menu-bar');
  const shortcut = row(page, 'quickChatShortcut');
  await shortcut.getByRole('button', { name: 'Record Shortcut' }).focus();
  await page.keyboard.press('Enter');
  await shortcut.getByText('Press the keys now.', { exact: false }).waitFor();
  await page.keyboard.down('Alt');
  await shortcut.getByRole('button', { name: /Alt|⌥/ }).waitFor();
  await page.keyboard.up('Alt');
  // A key that typing uses is none.
  await page.keyboard.press('k');
  await shortcut.getByText('Press Command, Control or Option together with another key.').waitFor();
  await page.keyboard.press('Alt+Shift+Space');
  await has('quickChatShortcut', 'Alt+Shift+Space');
  await shot('settings-shortcut');
  // Esc leaves it.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await shortcut.getByRole('button', { name: /Space/ }).waitFor();
  await back(page, 'quickChatShortcut').click();
  await has('quickChatShortcut', null);
  expectNoErrors();
});

test('starting at login: said why not where it cannot be; switched where it can', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/general');
  if (process.platform !== 'darwin') {
    await row(page, 'login').getByText(/Only macOS can do this/).waitFor();
    await page.waitForFunction(() => document.querySelector('[data-place=login] [role=switch]')?.hasAttribute('data-disabled'));
  }
  expectNoErrors();
  await rig.stop();

  // A Mac's launchd, as the page sees it.
  let installed = false;
  const status = () => ({ installed, loaded: installed, running: false, pid: null, label: 'x', plistPath: '/x/agent.plist', lastExitCode: null });
  rig = await startAgent({
    ...pageFolder(),
    folder: newFolder(),
    launchd: {
      install: (job: { label: string }) => {
        installed = true;
        return Promise.resolve({ plistPath: '/x/agent.plist', label: job.label });
      },
      uninstall: () => {
        installed = false;
        return Promise.resolve();
      },
      status: () => Promise.resolve(status()),
      list: () => Promise.resolve([]),
      kickstart: () => Promise.resolve(),
      bootout: () => Promise.resolve(),
    } as never,
  });
  const mac = await openPage(rig, '/servers');
  await mac.page.route('**/api/system/info', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), platform: 'darwin' } });
  });
  await mac.page.goto(`${rig.agent.address}/settings/general`);
  const login = row(mac.page, 'login').getByRole('switch');
  await login.click();
  await row(mac.page, 'login').getByText('It begins at the next login.', { exact: false }).waitFor();
  expect(installed).toBe(true);
  await login.click();
  await mac.page.waitForFunction(() => document.querySelector('[data-place=login] [role=switch]')?.getAttribute('aria-checked') === 'false');
  expect(installed).toBe(false);
  mac.expectNoErrors();
});

test('engines: installed with the installer’s lines, looked into, kept while in use, removed', async () => {
  await installedEngine('mlx-lm');
  await endRig(rig);
  // A folder without engines, with the tool that installs them and what it fetched before.
  const engines = newFolder();
  symlinkSync(join(enginesDir(), '.uv'), join(engines, '.uv'));
  rig = await startAgent({ ...pageFolder(), env: { MLX_MANAGER_ENGINES_DIR: engines } });
  await rig.client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')] } });
  const { id } = await rig.client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } });
  const { page, shot, axe, expectNoErrors } = await openPage(rig, '/settings/engines');
  const card = page.getByRole('group', { name: 'MLX LM', exact: true });
  await card.getByText('Not installed').waitFor();
  await card.getByText('Installer’s output').click();
  await card.getByRole('log').getByText('Nothing was installed since the agent began.').waitFor();
  await card.getByRole('button', { name: /^Install / }).click();
  await card.getByRole('progressbar').waitFor();
  await card.getByText('Installing', { exact: true }).waitFor();
  await shot('settings-engine-installing');
  await card.getByText('Installed', { exact: true }).waitFor({ timeout: 200_000 });
  expect((await card.getByRole('log').textContent())?.split('\n').length).toBeGreaterThan(1);
  await card.getByText('Details').click();
  await card.getByText(join(engines, 'mlx-lm')).first().waitFor();
  await axe();
  await shot('settings-engine-installed');

  await startAndWait(rig.client, id);
  await card.getByRole('button', { name: 'Remove MLX LM' }).click();
  const refusal = page.getByRole('dialog', { name: 'MLX LM is in use' });
  await refusal.getByText('It runs Tiny. Stop this server first.').waitFor();
  await shot('settings-engine-in-use');
  await rig.client.stopServer({ params: { profileId: id } });
  // It is told at once: nothing runs on it any longer.
  const question = page.getByRole('alertdialog', { name: 'Remove MLX LM?' });
  await question.getByText(/1 profile cannot be started until it is installed again: Tiny\./).waitFor();
  await axe();
  await question.getByRole('button', { name: 'Remove', exact: true }).click();
  await card.getByText('Not installed').waitFor({ timeout: 60_000 });
  expect((await rig.client.getEngine({ params: { engineId: 'mlx-lm' } })).state).toBe('missing');
  expectNoErrors();
  await rm(engines, { recursive: true, force: true });
}, 300_000);

test('about: facts, a link that signs in, diagnostics without secrets; measured requests are forgotten', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/about');
  const { version, baseUrl, home, pid } = await rig.client.agentStatus();
  for (const fact of [version, baseUrl, home, String(pid)]) await page.getByText(fact, { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Copy Sign-in Link' }).click();
  await page.getByText('The link is copied.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/open\?code=/);
  const other = await openPage(rig, '/', { signedIn: false, expected: /401/ });
  await other.page.goto(link);
  await other.page.getByRole('navigation', { name: 'Pages' }).waitFor();

  await page.getByRole('button', { name: 'Show Diagnostics' }).click();
  await page.getByRole('button', { name: 'Copy diagnostics' }).click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain(`MLX Manager ${version}`);
  expect(text).toContain('hf_endpoint');
  for (const secret of [rig.agent.token, rig.folder, '127.0.0.1']) expect(text).not.toContain(secret);

  await page.getByRole('link', { name: 'Logs & measuring' }).click();
  await row(page, 'forget').getByRole('button').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Forget All' }).click();
  await page.getByText('All measured requests are forgotten.').waitFor();
  expectNoErrors();
});

test('the theme is chosen here too', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings');
  await row(page, 'theme').getByRole('combobox').click();
  await page.getByRole('option', { name: 'Dark' }).click();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
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
  expect(await field.inputValue()).toBe('4');
  await shot('settings-offline');
  // It is back, on the same port: Enter sends what was typed.
  rig = await startAgent({ ...pageFolder(), folder: rig.folder, port: rig.agent.port });
  await page.getByText('The agent does not answer.').waitFor({ state: 'detached' });
  await field.press('Enter');
  await has('maxDownloads', 4);
  expect(errors).toEqual([]);
});
