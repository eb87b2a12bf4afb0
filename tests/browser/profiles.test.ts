/** Profiles, in a Chromium against a real agent: the list, the editor with its command, import and export, by mouse and by keyboard alone. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { createLaunchd } from '../../menubar-agent/src/system/index.js';
import { endRig, newFolder, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { freePort, installedEngine, tinyModel } from '../support/engines.js';
import { standInLaunchctl } from '../support/launchctl/index.js';
import { startHouse } from './support/house.js';
import { MOD, openPage as open, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(300_000);
/** Loading the model, on a busy machine. */
const LOAD = { timeout: 180_000 };

/** A busy machine needs longer than a page may wait elsewhere. */
const openPage: typeof open = async (...args) => {
  const opened = await open(...args);
  opened.page.setDefaultTimeout(30_000);
  return opened;
};

let rig: Rig;
afterEach(() => endRig(rig));

/** An agent that may use the tiny model, and has no engine: nothing here starts. */
async function still(): Promise<Rig> {
  const folder = newFolder();
  rig = await startAgent({ ...pageFolder(), folder, env: { MLX_MANAGER_ENGINES_DIR: join(folder, 'engines') } });
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  return rig;
}
const names = async (): Promise<string[]> => (await rig.client.listProfiles()).map(({ name }) => name).sort();
const rowOf = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const commandOf = (page: Page) => page.getByRole('group', { name: 'command', exact: true });
const menuOf = async (page: Page, name: string, item: string): Promise<void> => {
  await page.getByRole('button', { name: `More for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
};
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    const labelled = at?.getAttribute('aria-labelledby');
    const words = labelled ? document.getElementById(labelled.split(' ')[0] ?? '')?.textContent : null;
    return at?.getAttribute('aria-label') ?? words ?? at?.textContent ?? '';
  });
async function tabTo(page: Page, name: RegExp, back = false): Promise<void> {
  for (let i = 0; i < 120 && !name.test(await focused(page)); i++) await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  await soon(() => focused(page)).toMatch(name);
}

test('by mouse: created from a model with the command before one’s eyes, changed, duplicated, made default, deleted', async () => {
  await still();
  const { page, shot, expectNoErrors } = await openPage(rig, '/profiles', { width: 1180, height: 800 });
  await page.getByText('No profile yet').waitFor();
  await shot('profiles-empty');
  await page.getByRole('link', { name: 'New Profile' }).first().click();
  await page.getByText('Choose a model to see what is run.').waitFor();
  await page.getByRole('combobox', { name: /^Model/ }).fill('tiny');
  await page.getByRole('option', { name: /tiny-qwen3/ }).click();
  // What follows from the model, and the command that comes of it.
  await soon(() => page.getByRole('textbox', { name: /^Name/ }).inputValue()).toBe('tiny-qwen3');
  await commandOf(page)
    .getByText(/mlx_lm\.server --model/)
    .waitFor();
  await page.getByText('MLX LM is not installed: this is where it will be.').waitFor();
  await page.getByRole('textbox', { name: /^Temperature/ }).fill('0.25');
  await commandOf(page)
    .getByText(/--temp 0\.25/)
    .waitFor();
  await page.getByRole('textbox', { name: /^Top P/ }).fill('7');
  await page.getByText('Must be at most 1.').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Correct the marked fields first.').waitFor();
  await soon(() => names()).toEqual([]);
  await page.getByRole('button', { name: 'Reset Top P to default' }).click();
  await page.getByText('Must be at most 1.').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Copy command' }).click();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain('--temp 0.25');
  await shot('profiles-new');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'tiny-qwen3', level: 1 }).waitFor();
  const [made] = await rig.client.listProfiles();
  expect(made).toMatchObject({ name: 'tiny-qwen3', modelPath: tinyModel, sampling: { temperature: 0.25 } });
  expect(new URL(page.url()).pathname).toBe(`/profiles/${made?.id}`);

  // Only what was changed is sent; the switch is back at its default by its own button.
  await page.getByRole('switch', { name: /^Pinned/ }).click();
  await page.getByRole('button', { name: 'Reset Pinned to default' }).click();
  await page.getByRole('textbox', { name: /^Aliases/ }).fill('gpt-4o, second');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('tiny-qwen3 is saved.').first().waitFor();
  await page.getByText('unsaved', { exact: true }).waitFor({ state: 'detached' });
  await soon(async () => (await rig.client.listProfiles())[0]).toMatchObject({ aliases: ['gpt-4o', 'second'], pinned: false });

  await page.getByRole('link', { name: 'All Profiles' }).click();
  await menuOf(page, 'tiny-qwen3', 'Make Default');
  await rowOf(page, 'tiny-qwen3').getByText('default', { exact: true }).waitFor();
  await soon(async () => (await rig.client.getSettings()).defaultProfileId).toBe(made?.id);
  await menuOf(page, 'tiny-qwen3', 'No Longer Default');
  await rowOf(page, 'tiny-qwen3').getByText('default', { exact: true }).waitFor({ state: 'detached' });
  await menuOf(page, 'tiny-qwen3', 'Copy Model Name');
  await page.getByText('“tiny-qwen3” is copied.').waitFor();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe('tiny-qwen3');
  await menuOf(page, 'tiny-qwen3', 'Copy Base URL');
  await page.getByText(`${rig.agent.address}/v1 is copied.`).waitFor();
  await menuOf(page, 'tiny-qwen3', 'Duplicate');
  await page.getByRole('heading', { name: 'tiny-qwen3 2', level: 1 }).waitFor();
  // The same name and port twice are said as they are typed.
  await page.getByRole('textbox', { name: /^Name/ }).fill('TINY-qwen3');
  await page.getByText('There is a profile named tiny-qwen3 already.').first().waitFor();
  await page.getByRole('textbox', { name: /^Port/ }).fill(String(made?.port));
  await page.getByText('The port belongs to tiny-qwen3. Choose another one.').waitFor();
  // A link asks before it loses what was typed.
  await page.getByRole('link', { name: 'All Profiles' }).click();
  const leave = page.getByRole('alertdialog', { name: 'Leave without saving?' });
  await leave.getByRole('button', { name: 'Cancel' }).click();
  await leave.waitFor({ state: 'detached' });
  await soon(() => page.getByRole('textbox', { name: /^Name/ }).inputValue()).toBe('TINY-qwen3');
  // So does the browser's own way back.
  await page.goBack();
  await leave.getByRole('button', { name: 'Leave' }).click();
  await rowOf(page, 'tiny-qwen3 2').waitFor();
  await menuOf(page, 'tiny-qwen3 2', 'Delete…');
  const sure = page.getByRole('alertdialog', { name: 'Delete tiny-qwen3 2?' });
  await shot('profiles-delete');
  await sure.getByRole('button', { name: 'Delete' }).click();
  // While the question is there the rows behind it are hidden from roles.
  await sure.waitFor({ state: 'detached' });
  await rowOf(page, 'tiny-qwen3 2').waitFor({ state: 'detached' });
  await soon(() => names()).toEqual(['tiny-qwen3']);
  for (const [item, path] of [
    ['Show Logs', 'logs'],
    ['Connect a Client', 'connect'],
  ] as const) {
    await menuOf(page, 'tiny-qwen3', item);
    await page.waitForURL(`**/${path}?profile=${made?.id}`);
    await page.goBack();
    await rowOf(page, 'tiny-qwen3').waitFor();
  }
  expectNoErrors();
});

test('by keyboard alone: create, edit, save, delete', async () => {
  await still();
  const { page, expectNoErrors } = await openPage(rig, '/profiles');
  await page.getByText('No profile yet').waitFor();
  await tabTo(page, /^New Profile$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'New Profile', level: 1 }).waitFor();
  await tabTo(page, /^Model$/);
  await page.keyboard.type('tiny');
  await page.getByRole('option', { name: /tiny-qwen3/ }).waitFor();
  await page.keyboard.press('Enter');
  await commandOf(page)
    .getByText(/--model/)
    .waitFor();
  await page.keyboard.press(`${MOD}+s`);
  await page.getByRole('heading', { name: 'tiny-qwen3', level: 1 }).waitFor();
  await soon(() => names()).toEqual(['tiny-qwen3']);

  // A group is reached by its button; its first field has the focus then.
  await tabTo(page, /^Limits$/);
  await page.keyboard.press('Enter');
  await page.keyboard.type('3');
  await page.getByRole('switch', { name: /^Pinned/ }).waitFor();
  await tabTo(page, /^Pinned/);
  await page.keyboard.press('Space');
  await page.keyboard.press(`${MOD}+s`);
  await page.getByText('tiny-qwen3 is saved.').first().waitFor();
  await soon(async () => (await rig.client.listProfiles())[0]).toMatchObject({ maxConcurrency: 3, pinned: true });

  // A shortcut asks too; Esc stays.
  await tabTo(page, /^Unload When Idle/);
  await page.keyboard.type('5');
  await page.keyboard.press(`${MOD}+1`);
  await page.getByRole('alertdialog', { name: 'Leave without saving?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  expect(new URL(page.url()).pathname).toMatch(/^\/profiles\/\d+$/);
  await page.keyboard.press(`${MOD}+s`);
  await page.getByText('unsaved', { exact: true }).waitFor({ state: 'detached' });

  // The focus goes along: to the row on the way back, to the heading on the way in.
  await tabTo(page, /^All Profiles$/, true);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor();
  const at = () => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);
  await soon(at).toBe('A tiny-qwen3');
  await page.keyboard.press('Enter');
  await soon(at).toBe('H1 tiny-qwen3');
  await tabTo(page, /^More for tiny-qwen3$/);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog', { name: 'Delete tiny-qwen3?' }).waitFor();
  await tabTo(page, /^Delete$/);
  await page.keyboard.press('Enter');
  await page.getByText('No profile yet').waitFor();
  await soon(() => names()).toEqual([]);
  // Its row is gone.
  await soon(at).toBe('H1 Profiles');
  expectNoErrors();
});

test('what runs: started, shown, not deleted; a change counts at the restart; the drawer has its command', async () => {
  const house = await startHouse();
  rig = house;
  const profile = await house.profile('tiny', { exposePort: true, port: await freePort() });
  const { page, shot, expectNoErrors } = await openPage(house, '/profiles');
  await page.getByRole('button', { name: 'Start tiny', exact: true }).click();
  await rowOf(page, 'tiny').getByText('Running', { exact: true }).waitFor(LOAD);
  await shot('profiles-running');
  await menuOf(page, 'tiny', 'Delete…');
  const dialog = page.getByRole('alertdialog', { name: 'tiny is running' });
  await dialog.getByText('A running profile cannot be deleted.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'tiny', exact: true }).click();
  await page.getByRole('textbox', { name: /^Temperature/ }).fill('0.75');
  await page.getByText('It is running. Changes count at its next start.').waitFor();
  await page.getByText('The running server was started with another command.', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Save and Restart' }).click();
  await page.getByText('tiny is saved.').waitFor();
  const argv = async (): Promise<string> => {
    const { pid } = await house.client.getServer({ params: { profileId: profile.id } });
    const { running } = await house.client.profileCommand({ params: { id: profile.id } });
    if (process.platform === 'linux' && pid !== null && running !== null) {
      const spawned = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      expect(spawned).toEqual([running.file, ...running.args]);
    }
    return running?.shell ?? '';
  };
  await page
    .getByText(/^(Loading|Stopping)$/)
    .first()
    .waitFor();
  await page
    .locator('header')
    .getByText(/^(Running|Failed)$/)
    .waitFor(LOAD);
  await soon(() => house.client.getServer({ params: { profileId: profile.id } })).toMatchObject({ state: 'healthy', failure: null });
  await soon(() => argv()).toContain('--temp 0.75');

  await page.goto(`${house.agent.address}/servers/${profile.id}`);
  const drawer = page.getByRole('dialog', { name: 'tiny' });
  await commandOf(page)
    .getByText(/--temp 0\.75/)
    .waitFor();
  await soon(() => commandOf(page).textContent()).toBe(await argv());
  await drawer.getByRole('tab', { name: 'Arguments' }).click();
  await drawer
    .getByRole('group', { name: 'arguments' })
    .getByText(/^--temp 0\.75$/m)
    .waitFor();
  await drawer.getByRole('group', { name: 'arguments' }).scrollIntoViewIfNeeded();
  await shot('profiles-drawer');
  await drawer.getByRole('link', { name: 'Edit Profile' }).click();
  await page.getByRole('heading', { name: 'tiny', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'All Profiles' }).click();
  await page.getByRole('button', { name: 'Stop tiny', exact: true }).click();
  await rowOf(page, 'tiny').getByText('Stopped', { exact: true }).waitFor(LOAD);
  expectNoErrors();
});

test('another surface changes the profile, or deletes it: what was typed stays, and that is said', async () => {
  await still();
  const profile = await rig.client.createProfile({ body: { name: 'Shared', modelPath: tinyModel } });
  const { page, shot, expectNoErrors } = await openPage(rig, `/profiles/${profile.id}`);
  await page.getByRole('textbox', { name: /^Description/ }).fill('typed here');
  await rig.client.updateProfile({ params: { id: profile.id }, body: { pinned: true, aliases: ['elsewhere'] } });
  await page.getByText(/changed elsewhere/).waitFor();
  await shot('profiles-elsewhere');
  await soon(() => page.getByRole('textbox', { name: /^Description/ }).inputValue()).toBe('typed here');
  await soon(() => page.getByRole('textbox', { name: /^Aliases/ }).inputValue()).toBe('elsewhere');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Shared is saved.').waitFor();
  await soon(() => rig.client.getProfile({ params: { id: profile.id } })).toMatchObject({
    pinned: true,
    aliases: ['elsewhere'],
    description: 'typed here',
  });

  await page.getByRole('textbox', { name: /^Description/ }).fill('typed again');
  await rig.client.updateProfile({ params: { id: profile.id }, body: { description: 'theirs' } });
  await page.getByText(/changed elsewhere/).waitFor();
  await page.getByRole('button', { name: 'Load It Anew' }).click();
  await soon(() => page.getByRole('textbox', { name: /^Description/ }).inputValue()).toBe('theirs');

  await page.getByRole('textbox', { name: /^Description/ }).fill('last words');
  await rig.client.deleteProfile({ params: { id: profile.id } });
  await page.getByText(/was deleted elsewhere/).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  // The first save's word may still stand there.
  await page.getByText(/was deleted elsewhere/).waitFor({ state: 'detached' });
  await soon(() => rig.client.listProfiles()).toMatchObject([{ name: 'Shared', description: 'last words' }]);
  expectNoErrors();
});

test('the agent goes while one types: the command says that it is old, and is told anew when the agent is back', async () => {
  await still();
  const { id } = await rig.client.createProfile({ body: { name: 'Own', modelPath: tinyModel } });
  const { page, errors } = await openPage(rig, `/profiles/${id}`, { expected: /ERR_|Failed to load/ });
  await commandOf(page).waitFor();
  await rig.stop();
  await page.getByRole('textbox', { name: /^Temperature/ }).fill('0.25');
  const panel = page.getByRole('region', { name: 'Command', exact: true });
  await panel.getByText('what you typed since is not in it').waitFor();
  await panel.getByText(`The agent does not answer at ${rig.agent.address}.`).waitFor();
  const env = { MLX_MANAGER_ENGINES_DIR: join(rig.folder, 'engines') };
  rig = await startAgent({ ...pageFolder(), folder: rig.folder, port: rig.agent.port, env });
  await commandOf(page)
    .getByText(/--temp 0\.25/)
    .waitFor();
  await panel.getByText('What a start runs, without a shell.').waitFor();
  expect(errors).toEqual([]);
});

test('who deletes a profile is told what else loses it', async () => {
  await still();
  const { id } = await rig.client.createProfile({ body: { name: 'Main', modelPath: tinyModel } });
  await rig.client.updateSettings({ body: { defaultProfileId: id } });
  await rig.client.createRule({ body: { name: 'Long ones', target: { profileId: id, providerId: null, model: null } } });
  const { page, expectNoErrors } = await openPage(rig, '/profiles');
  await menuOf(page, 'Main', 'Delete…');
  const sure = page.getByRole('alertdialog', { name: 'Delete Main?' });
  await sure.getByText(/It is the default profile: there is none then\. 1 routing rule would lead nowhere .*: Long ones\.$/).waitFor();
  await sure.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No profile yet').waitFor();
  await soon(async () => (await rig.client.getSettings()).defaultProfileId).toBeNull();
  expectNoErrors();
});

test('exported, read back, refused in words; names and ports taken here are changed, and that is said', async () => {
  await still();
  await rig.client.createProfile({ body: { name: 'First', modelPath: 'org/one', trustRemoteCode: true } });
  await rig.client.createProfile({ body: { name: 'Second', modelPath: 'org/two' } });
  const { page, shot, expectNoErrors } = await openPage(rig, '/profiles');
  const downloaded = async (click: () => Promise<void>): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent('download'), click()]);
    return readFileSync(await download.path(), 'utf8');
  };
  await page.getByRole('checkbox', { name: 'Select First' }).click();
  const one = await downloaded(() => page.getByRole('button', { name: 'Export Selected' }).click());
  expect(JSON.parse(one)).toMatchObject({ format: 'mlx-manager.profiles', profiles: [{ name: 'First', model_path: 'org/one' }] });
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const all = await downloaded(() => page.getByRole('menuitem', { name: 'All (2)' }).click());
  expect((JSON.parse(all) as { profiles: unknown[] }).profiles).toHaveLength(2);

  const folder = newFolder();
  try {
    const good = join(folder, 'good.json');
    const bad = join(folder, 'bad.json');
    await writeFile(good, one);
    await writeFile(bad, one.replace(/"port": \d+/, '"port": 80'));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Import profiles' });
    await dialog.getByRole('textbox', { name: 'Text of an export' }).fill('no json');
    await dialog.getByText(/This is no JSON/).waitFor();
    await dialog.getByRole('textbox', { name: 'Text of an export' }).fill('{"name":"x"}');
    await dialog.getByText(/no export of profiles/).waitFor();
    await soon(() => dialog.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('File to import').setInputFiles(bad);
    await dialog.getByText('First, port: Must be at least 1024.').waitFor();
    await shot('profiles-import-bad');
    await dialog.getByLabel('File to import').setInputFiles(good);
    await dialog.getByRole('button', { name: 'Import 1 profile' }).click();
    const done = page.getByRole('dialog', { name: '1 profile imported' });
    await done.getByText('"First" is called "First 2" here: the name is taken.').waitFor();
    await done.getByText(/may not run its model’s own code/).waitFor();
    await shot('profiles-imported');
    await done.getByRole('button', { name: 'Done' }).click();
    await rowOf(page, 'First 2').waitFor();
    // A file dropped on the list opens the same.
    const data = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
      return transfer;
    }, all);
    await page.getByRole('region', { name: 'Profiles' }).dispatchEvent('drop', { dataTransfer: data });
    await page.getByText('dropped.json').waitFor();
    await page.getByRole('button', { name: 'Import 2 profiles' }).click();
    await page.getByRole('dialog', { name: '2 profiles imported' }).getByRole('button', { name: 'Done' }).click();
    await soon(() => names()).toEqual(['First', 'First 2', 'First 3', 'Second', 'Second 2']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expectNoErrors();
});

test('an address of a profile that is not there says so; login has a reason where there is none', async () => {
  await still();
  const { id } = await rig.client.createProfile({ body: { name: 'Here', modelPath: tinyModel } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/profiles/999', { expected: /501|launchd/ });
  await page.getByText('There is no such profile').waitFor();
  await axe();
  await page.getByRole('link', { name: 'All Profiles' }).click();
  await menuOf(page, 'Here', 'Start at Login…');
  const dialog = page.getByRole('dialog', { name: 'Start Here at login' });
  if (process.platform === 'darwin') await dialog.getByRole('switch', { name: 'Start at Login' }).waitFor();
  else await dialog.getByText(/a feature of macOS/).waitFor();
  await axe();
  await shot('profiles-login');
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await page.goto(`${rig.agent.address}/profiles/new?model=${encodeURIComponent(tinyModel)}`);
  await page.getByRole('textbox', { name: /^Name/ }).waitFor();
  await soon(() => page.getByRole('textbox', { name: /^Name/ }).inputValue()).toBe('tiny-qwen3');
  expect(id).toBeGreaterThan(0);
  expectNoErrors();
});

test('a failed save keeps what was typed: a port that a program has', async () => {
  await still();
  const { id, port } = await rig.client.createProfile({ body: { name: 'Ported', modelPath: tinyModel } });
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const taken = (server.address() as { port: number }).port;
  try {
    const { page, expectNoErrors } = await openPage(rig, `/profiles/${id}`, { expected: /409/ });
    await page.getByRole('switch', { name: /^Expose Own Port/ }).click();
    await page.getByRole('textbox', { name: /^Port/ }).fill(String(taken));
    // It is said as it is typed, at the field and with the command.
    await page.getByText(`Port ${taken} is in use by`).first().waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForFunction(() => document.activeElement?.closest('[data-field="port"]') !== null);
    await soon(() => page.getByRole('textbox', { name: /^Port/ }).inputValue()).toBe(String(taken));
    await soon(async () => (await rig.client.getProfile({ params: { id } })).port).toBe(port);
    await page.getByRole('textbox', { name: /^Port/ }).fill(String(await freePort()));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Ported is saved.').waitFor();
    await soon(async () => (await rig.client.getProfile({ params: { id } })).exposePort).toBe(true);
    expectNoErrors();
  } finally {
    await new Promise((done) => server.close(done));
  }
});

test('start at login, by a stand-in of launchctl: on, seen in the list, off', async () => {
  await installedEngine('mlx-lm');
  const folder = newFolder();
  const standIn = standInLaunchctl(folder);
  const launchd = createLaunchd({
    ...{ platform: 'darwin', agentsFolder: join(folder, 'LaunchAgents'), uid: 501, launchctl: standIn.file },
    ...{ pauseMs: 1, patienceMs: 60_000 },
  });
  rig = await startAgent({ ...pageFolder(), folder, launchd });
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  const { id } = await rig.client.createProfile({ body: { name: 'Daily', modelPath: tinyModel } });
  const { page, shot, expectNoErrors } = await openPage(rig, '/profiles');
  await menuOf(page, 'Daily', 'Start at Login…');
  const dialog = page.getByRole('dialog', { name: 'Start Daily at login' });
  await dialog.getByText('Not installed').waitFor();
  await dialog.getByRole('switch', { name: 'Start at Login' }).click();
  await dialog.getByText(/^(Installed|Running)/).waitFor({ timeout: 90_000 });
  await page.waitForFunction(() => document.querySelector('[role="switch"]:not([data-disabled])[aria-checked="true"]') !== null);
  await shot('profiles-login-on');
  await soon(() => rig.client.getProfile({ params: { id } })).toMatchObject({ launchdInstalled: true, autoStart: true });
  await dialog.getByRole('switch', { name: 'Start at Login' }).click();
  await dialog.getByText('Not installed').waitFor({ timeout: 90_000 });
  await page.waitForFunction(() => document.querySelector('[role="switch"]:not([data-disabled])[aria-checked="false"]') !== null);
  await soon(() => rig.client.getProfile({ params: { id } })).toMatchObject({ launchdInstalled: false, autoStart: false });
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, long names and narrow windows included, %s', async (theme) => {
  await still();
  const long = 'A profile with a name so long that no row can show it whole, whatever one does to it';
  const { id } = await rig.client.createProfile({
    body: {
      name: long.slice(0, 80),
      modelPath: 'mlx-community/a-model-whose-name-does-not-end-before-the-edge-of-the-row-is-reached-4bit',
      ...{ pinned: true, autoStart: true, contextLength: 4096, queueSize: 5, exposePort: true, trustRemoteCode: true },
      extraArgs: ['--log-level', 'DEBUG'],
    },
  });
  await rig.client.createProfile({ body: { name: 'Short', modelPath: tinyModel } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/profiles', { theme, width: 1180, height: 800 });
  await rowOf(page, 'Short').waitFor();
  await axe();
  await shot(`profiles-list-${theme}`);
  await page.setViewportSize({ width: 720, height: 600 });
  await axe();
  await shot(`profiles-list-narrow-${theme}`);
  await page.getByRole('link', { name: long.slice(0, 80), exact: true }).click();
  await commandOf(page).waitFor();
  await axe();
  await shot(`profiles-editor-narrow-${theme}`);
  await page.setViewportSize({ width: 1180, height: 800 });
  await page.getByRole('textbox', { name: /^Name/ }).fill('Short');
  await page.getByText('There is a profile named Short already.').waitFor();
  await axe();
  await shot(`profiles-editor-${theme}`);
  for (const [i, group] of ['Limits', 'Sampling', 'Advanced'].entries()) {
    await page.getByRole('button', { name: group, exact: true }).click();
    await shot(`profiles-editor-${theme}-${i}`);
  }
  expect(id).toBeGreaterThan(0);
  expectNoErrors();
});

test('a thousand profiles: drawn in parts, scrolled, found by typing', async () => {
  await still();
  const profiles = Array.from({ length: 1000 }, (_, i) => ({ name: `Profile ${String(i).padStart(4, '0')}`, modelPath: `org/model-${i}` }));
  for (let at = 0; at < profiles.length; at += 250) {
    const bundle = { format: 'mlx-manager.profiles' as const, version: 1 as const, exportedAt: new Date().toISOString() };
    await rig.client.importProfiles({ body: { ...bundle, profiles: profiles.slice(at, at + 250) as never } });
  }
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/profiles');
  await rowOf(page, 'Profile 0000').waitFor();
  await soon(() => page.getByRole('group', { name: /^Profile \d/ }).count()).toBeLessThan(60);
  const list = page.getByRole('region', { name: 'Profiles' });
  await list.evaluate(async (box) => {
    for (let i = 0; i < 60; i++) {
      box.scrollTop += 900;
      await new Promise(requestAnimationFrame);
    }
    box.scrollTop = box.scrollHeight;
  });
  await rowOf(page, 'Profile 0999').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('model-742');
  await rowOf(page, 'Profile 0742').waitFor();
  await soon(() => page.getByRole('group', { name: /^Profile \d/ }).count()).toBe(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Profile 0742', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'All Profiles' }).click();
  await soon(() => page.getByRole('searchbox').inputValue()).toBe('model-742');
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByText('No such profile').waitFor();
  await axe();
  await shot('profiles-none-found');
  expectNoErrors();
});

test('started from the editor without room, it asks before another model is unloaded', async () => {
  await installedEngine('mlx-lm');
  const house = await startHouse();
  rig = house;
  const first = await house.profile('first');
  const second = await house.profile('second');
  await startAndWait(house.client, first.id);
  const { leasedGb } = await house.client.getPool();
  await house.client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.2 } });
  const { page, expectNoErrors } = await openPage(house, `/profiles/${second.id}`, { expected: /503/ });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const dialog = page.getByRole('alertdialog', { name: /Unload other models for second/ });
  await dialog.getByRole('button', { name: 'Unload and Start' }).click();
  await page.locator('header').getByText('Running', { exact: true }).waitFor(LOAD);
  expectNoErrors();
});
