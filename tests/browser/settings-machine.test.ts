/** What the settings do besides settings: the hub token, groups, sharing, a shortcut, login, engines, about. In a Chromium against a real agent. */
import { jest } from '@jest/globals';
import { readFileSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endRig, newFolder, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { enginesDir, installedEngine, tinyModel } from '../support/engines.js';
import { openPage, pageFolder } from './support/page.js';
import { back, has, row } from './support/settings.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

test('the hub token is set, replaced and forgotten, and never shown', async () => {
  const { page, requests, shot, expectNoErrors } = await openPage(rig, '/settings/models?at=hfToken');
  const token = row(page, 'hfToken');
  const field = token.getByLabel('Hub token', { exact: true });
  await token.getByText('No token is set').waitFor();
  await soon(() => field.getAttribute('type')).toBe('password');
  await field.fill('two words');
  await token.getByText(/one word without spaces/).waitFor();
  await soon(() => token.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await field.fill('hf_first');
  await token.getByRole('button', { name: 'Save' }).click();
  await token.getByText('A token is set').waitFor();
  await soon(() => field.inputValue()).toBe('');
  const kept = () => readFileSync(join(rig.env.MLX_MANAGER_HOME ?? '', 'secrets', 'hf_token'), 'utf8').trim();
  expect(kept()).toBe('hf_first');
  await field.fill('hf_second');
  await field.press('Enter');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[data-place=hfToken] input')?.value === '');
  expect(kept()).toBe('hf_second');
  await page.reload();
  await token.getByText('A token is set').waitFor();
  await soon(() => page.content()).not.toContain('hf_second');
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
  await soon(() => rig.client.listPoolGroups()).toMatchObject([
    { name: 'big ones', mode: 'one_at_a_time', exclusive: false, profileIds: [profiles[0]?.id, profiles[1]?.id] },
  ]);

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
  const sure = page.getByRole('alertdialog', { name: 'Delete alone?' });
  await sure.getByRole('button', { name: 'Delete' }).click();
  // While the question is there the list behind it is hidden from roles: it would count as gone.
  await sure.waitFor({ state: 'detached' });
  await list.getByText('alone', { exact: true }).waitFor({ state: 'detached' });
  await soon(async () => (await rig.client.listPoolGroups()).map(({ name }) => name)).toEqual(['others']);
  expectNoErrors();
});

test('a group that others change meanwhile: only what was changed here is saved; deleted, it is made anew', async () => {
  await rig.client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')] } });
  const ids: number[] = [];
  for (const name of ['Large', 'Larger', 'Small']) ids.push((await rig.client.createProfile({ body: { name, modelPath: tinyModel } })).id);
  const [large = 0, larger = 0, small = 0] = ids;
  const group = await rig.client.createPoolGroup({
    body: { name: 'big', mode: 'together', exclusive: false, profileIds: [large, larger] },
  });
  const { page, errors } = await openPage(rig, '/settings/models?at=groups', { expected: /404/ });
  await page.getByRole('button', { name: 'Edit big' }).click();
  const editor = page.getByRole('dialog', { name: 'Group big' });
  await editor.getByRole('checkbox', { name: /^Small / }).click();
  await rig.client.updatePoolGroup({ params: { id: group.id }, body: { mode: 'one_at_a_time', profileIds: [larger] } });
  await rig.client.deleteProfile({ params: { id: larger } });
  await editor.getByRole('checkbox', { name: /^Larger / }).waitFor({ state: 'detached' });
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  await soon(() => rig.client.listPoolGroups()).toMatchObject([{ mode: 'one_at_a_time', profileIds: [small] }]);

  // Another window renames it: who comes back to this one sees it.
  await rig.client.updatePoolGroup({ params: { id: group.id }, body: { name: 'theirs' } });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByRole('button', { name: 'Edit theirs' }).click();
  const again = page.getByRole('dialog', { name: 'Group theirs' });
  await again.getByRole('checkbox', { name: 'Exclusive' }).click();
  await rig.client.deletePoolGroup({ params: { id: group.id } });
  await again.getByRole('button', { name: 'Save' }).click();
  await again.getByText('It was deleted elsewhere meanwhile.').waitFor();
  await again.getByRole('button', { name: 'Save' }).click();
  await again.waitFor({ state: 'detached' });
  await soon(() => rig.client.listPoolGroups()).toMatchObject([{ name: 'theirs', exclusive: true, profileIds: [small] }]);
  expect(errors).toEqual([]);
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
  await has(rig, 'listenHost', '127.0.0.1');
  await listenTo.getByRole('combobox').click();
  await page.getByRole('option', { name: /^Everyone in the network/ }).click();
  await dialog.getByRole('button', { name: 'Require Keys and Share' }).click();
  await has(rig, 'listenHost', '0.0.0.0');
  await has(rig, 'requireApiKey', true);
  await row(page, 'requireApiKey').getByRole('switch', { checked: true }).waitFor();
  const { sharedUrls } = await rig.client.agentStatus();
  for (const url of sharedUrls) await listenTo.getByText(url).waitFor();

  await row(page, 'requireApiKey').getByRole('switch').click();
  await page.getByRole('alertdialog', { name: 'Stop sharing too?' }).getByRole('button', { name: 'Stop Sharing' }).click();
  await has(rig, 'requireApiKey', false);
  await has(rig, 'listenHost', '127.0.0.1');
  await listenTo.getByText('This Mac alone').waitFor();

  // An address that is none of this machine: the agent says so.
  await row(page, 'requireApiKey').getByRole('switch').click();
  await has(rig, 'requireApiKey', true);
  await listenTo.getByRole('combobox').click();
  await page.getByRole('option', { name: /^One address/ }).click();
  const host = listenTo.getByRole('textbox', { name: 'Address to listen on' });
  await host.fill('my host');
  await listenTo
    .getByText(/without port/)
    .last()
    .waitFor();
  await host.fill('192.0.2.1');
  await host.press('Enter');
  await listenTo.getByText(/The agent cannot listen on 192\.0\.2\.1/).waitFor();
  await soon(() => host.inputValue()).toBe('192.0.2.1');
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
  await has(rig, 'quickChatShortcut', 'Alt+Shift+Space');
  await shot('settings-shortcut');
  // Esc leaves it.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await shortcut.getByRole('button', { name: /Space/ }).waitFor();
  await back(page, 'quickChatShortcut').click();
  await has(rig, 'quickChatShortcut', null);
  expectNoErrors();
});

test('starting at login: said why not where it cannot be; switched where it can', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/general');
  if (process.platform !== 'darwin') {
    await row(page, 'login')
      .getByText(/Only macOS can do this/)
      .waitFor();
    await page.waitForFunction(() => document.querySelector('[data-place=login] [role=switch]')?.hasAttribute('data-disabled'));
  }
  expectNoErrors();
  await endRig(rig);

  // A Mac's launchd, as the page sees it.
  let installed = false;
  const status = () => ({
    installed,
    loaded: installed,
    running: false,
    pid: null,
    label: 'x',
    plistPath: '/x/agent.plist',
    lastExitCode: null,
  });
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
    },
  });
  const mac = await openPage(rig, '/servers');
  await mac.page.route('**/api/system/info', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), platform: 'darwin' } });
  });
  // The page's first answers come in its own text.
  await mac.page.route('**/settings/general', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace(/\\"platform\\":\\"\w+\\"/, '\\"platform\\":\\"darwin\\"');
    await route.fulfill({ response: answer, body });
  });
  await mac.page.goto(`${rig.agent.address}/settings/general`);
  const login = row(mac.page, 'login').getByRole('switch');
  await login.click();
  await row(mac.page, 'login').getByText('It begins at the next login.', { exact: false }).waitFor();
  expect(installed).toBe(true);
  await login.click();
  await mac.page.waitForFunction(
    () => document.querySelector('[data-place=login] [role=switch]')?.getAttribute('aria-checked') === 'false',
  );
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
  await soon(async () => (await card.getByRole('log').textContent())?.split('\n').length).toBeGreaterThan(1);
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
  await soon(async () => (await rig.client.getEngine({ params: { engineId: 'mlx-lm' } })).state).toBe('missing');
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
