/** The window's frame: signing in, getting around, themes, an agent that goes and comes back, and quiet when nothing changes. */
import { jest } from '@jest/globals';
import fetch from 'node-fetch';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { MOD, openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(60_000);
const PAGES = ['Models', 'Servers', 'Requests', 'Profiles', 'Logs', 'Chat', 'Connect', 'Settings'];

let rig: Rig;
let hub: StandInHub;
beforeAll(async () => {
  hub = await startHub({ models: [{ id: 'org/one', files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': 'x' } }] });
  rig = await startAgent({ ...pageFolder(), hubUrl: hub.url });
});
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

describe('signing in', () => {
  test('the one-time link leads into the window', async () => {
    const { page, expectNoErrors } = await openPage(rig, '/', { signedIn: false, expected: /401/ });
    const { url } = await rig.client.createLink();
    await page.goto(url);
    // Nothing is here: the first run.
    await page.waitForURL('**/welcome');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    expectNoErrors();
  });

  test('without a session the page says how to get one, and nothing of the machine; it goes on once the browser is signed in', async () => {
    const { page, axe, shot, errors } = await openPage(rig, '/servers', { signedIn: false, expected: /401/ });
    await page.getByText('Sign this browser in').waitFor();
    await soon(() => page.getByText('npx mlx-manager open').count()).toBe(1);
    await page.getByText(/in the folder of MLX Manager/).waitFor();
    await soon(() => page.getByRole('navigation').count()).toBe(0);
    await axe();
    await shot('sign-in');
    const { url } = await rig.client.createLink();
    const other = await page.context().newPage();
    await other.goto(url);
    await other.waitForURL('**/welcome');
    await other.close();
    // Seen again, it asks again by itself.
    await page.bringToFront();
    await page.getByRole('heading', { name: 'Servers' }).waitFor();
    expect(errors).toEqual([]);
  });
});

test('in the Mac app it names the menu of the icon, and no command', async () => {
  const own = await startAgent(pageFolder());
  const userAgent =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Electron/44.0.0 Safari/537.36';
  try {
    const stranger = await openPage(own, '/servers', { signedIn: false, expected: /401/, userAgent });
    await stranger.page.getByText(/choose Open MLX Manager in the menu of the icon/).waitFor();
    await soon(() => stranger.page.getByText(/npx/).count()).toBe(0);
    const { page, axe, errors } = await openPage(own, '/settings/about', { expected: /ERR_|503/, userAgent });
    await page.getByText(/To start it again, choose Start the Agent in the menu of the icon/).waitFor();
    await own.stop();
    await page.getByText('The agent does not answer.').waitFor();
    await page.getByText('Choose Start the Agent in the menu of the icon; this page goes on by itself.').waitFor();
    await soon(() => page.getByText(/npx/).count()).toBe(0);
    await axe();
    expect(errors).toEqual([]);
  } finally {
    await endRig(own);
  }
});

describe('getting around', () => {
  test('by mouse', async () => {
    const { page, expectNoErrors } = await openPage(rig, '/servers');
    for (const name of PAGES) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/${name.toLowerCase()}`);
      await soon(() => page.title()).toContain('MLX Manager');
    }
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    expectNoErrors();
  });

  test('by keyboard alone: the list of pages, numbers, and the logs from anywhere', async () => {
    const { page, expectNoErrors } = await openPage(rig, '/servers');
    await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
    await page.keyboard.press('Tab');
    await expect(page.evaluate(() => document.activeElement?.textContent)).resolves.toBe('Skip to the page');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
    await page.keyboard.press(`${MOD}+8`);
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.keyboard.press(`${MOD}+l`);
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    expectNoErrors();
  });

  test('the logs are one shortcut away from a drawer and a dialog too; what is not saved there is asked about first', async () => {
    const { id } = await rig.client.createRule({ body: { name: 'to be tested' } });
    const { page, expectNoErrors } = await openPage(rig, '/settings/routing');
    const search = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    await page.getByRole('button', { name: 'Test…' }).click();
    await page.getByRole('dialog', { name: 'Test the rules' }).waitFor();
    await page.keyboard.press(`${MOD}+l`);
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await soon(search).toMatch(/Search/);

    // What was typed into a form that is not asked about stays where it is.
    await page.goto(`${rig.agent.address}/settings/routing`);
    await page.getByRole('button', { name: 'Test…' }).click();
    await page.getByRole('dialog', { name: 'Test the rules' }).getByRole('textbox').first().pressSequentially('half a question');
    await page.keyboard.press(`${MOD}+l`);
    await page.getByRole('dialog', { name: 'Test the rules' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings/routing');

    await page.goto(`${rig.agent.address}/settings/prompts`);
    await page.getByRole('button', { name: 'New Persona' }).click();
    const name = page.getByRole('dialog', { name: 'New persona' }).getByRole('textbox', { name: 'Name' });
    await name.fill('Half a poet');
    await page.keyboard.press(`${MOD}+l`);
    const discard = page.getByRole('alertdialog', { name: 'Discard what you changed?' });
    await discard.waitFor();
    // Pressed again it asks the same.
    await page.keyboard.press(`${MOD}+l`);
    await page.keyboard.press('Escape');
    await discard.waitFor({ state: 'detached' });
    await soon(() => name.inputValue()).toBe('Half a poet');
    await page.keyboard.press(`${MOD}+l`);
    await discard.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await soon(search).toMatch(/Search/);
    await rig.client.deleteRule({ params: { id } });
    expectNoErrors();
  });

  test('an address that does not exist is told so by the agent, and one below a page is the page', async () => {
    await soon(async () => (await fetch(`${rig.agent.address}/nonsense`)).status).toBe(401);
    const { page } = await openPage(rig, '/settings/anything');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  });
});

test('the theme is the system’s until one is chosen, and the choice stays', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/servers', { theme: 'dark' });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  await soon(() => ground()).toBe('rgb(28, 28, 30)');
  await page.getByRole('button', { name: /Theme/ }).click();
  await page.getByRole('menuitem', { name: 'Light' }).click();
  await soon(() => ground()).toBe('rgb(245, 245, 247)');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  await soon(() => ground()).toBe('rgb(245, 245, 247)');
  expectNoErrors();
});

test('an agent that goes away is told, and the page goes on by itself when it is back', async () => {
  let own = await startAgent(pageFolder());
  const { folder } = own;
  await own.client.createProfile({ body: { name: 'there before', modelPath: 'org/model' } });
  try {
    const { page, shot, axe, errors } = await openPage(own, '/profiles', {
      expected: /ERR_|503/,
    });
    await page.getByText('there before').first().waitFor();
    await page.keyboard.press(`${MOD}+2`);
    await page.getByRole('combobox', { name: 'Profile to start' }).waitFor();
    await page.keyboard.press(`${MOD}+4`);
    await page.getByText('there before').first().waitFor();
    const { port } = own.agent;
    await own.stop();
    await page.getByText('The agent does not answer.').waitFor();
    await soon(() => page.getByText('there before').first().isVisible()).toBe(true);
    await axe();
    await shot('offline');
    // What fails now says where the agent was looked for, and covers nothing that helps.
    await page.keyboard.press(`${MOD}+2`);
    await page.getByRole('combobox', { name: 'Profile to start' }).fill('there');
    await page.getByRole('option', { name: /there before/ }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const notice = page.getByRole('region', { name: 'Notices' });
    await notice.getByText(`The agent does not answer at ${own.agent.address}.`).waitFor();
    for (const width of [1120, 720, 380]) {
      await page.setViewportSize({ width, height: 600 });
      await page.getByRole('button', { name: 'Try Now' }).click({ trial: true });
      await page.getByRole('button', { name: 'Copy the command' }).click({ trial: true });
      await notice.getByRole('button', { name: 'Close notice' }).click({ trial: true });
    }
    await shot('offline-notice');
    await page.setViewportSize({ width: 1120, height: 720 });
    // A page that was never opened, whose script is still at the agent: it comes once the agent is back.
    await page.keyboard.press(`${MOD}+7`);
    await page.waitForURL('**/connect');
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    own = await startAgent({ ...pageFolder(), folder, port });
    await page.getByText('The agent does not answer.').waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
    // What changes from now on is seen.
    await page.keyboard.press(`${MOD}+4`);
    await own.client.createProfile({ body: { name: 'after the return', modelPath: 'org/model' } });
    await page.getByText('after the return').first().waitFor();
    expect(errors).toEqual([]);
  } finally {
    await endRig(own);
  }
});

test('a chat that was opened while the agent was away is there once the agent is back', async () => {
  let own = await startAgent(pageFolder());
  try {
    const first = await own.client.createChat({ body: { title: 'The first' } });
    await own.client.createChat({ body: { title: 'The second' } });
    const { page, errors } = await openPage(own, `/chat/${first.id}`, { expected: /ERR_|503/ });
    await page.getByRole('heading', { level: 1, name: 'The first' }).waitFor();
    const link = page.getByRole('link', { name: /The second/ });
    await link.waitFor();
    await own.stop();
    await page.getByText('The agent does not answer.').waitFor();
    await link.click();
    await page.getByRole('main').getByText(`The agent does not answer at ${own.agent.address}.`).waitFor();
    own = await startAgent({ ...pageFolder(), folder: own.folder, port: own.agent.port });
    await page.getByRole('heading', { level: 1, name: 'The second' }).waitFor();
    await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
    expect(errors).toEqual([]);
  } finally {
    await endRig(own);
  }
});

test('a session that ends asks for another one, and what was typed on the page and in its dialogs stays', async () => {
  let own = await startAgent(pageFolder());
  try {
    const { page, shot, axe, errors } = await openPage(own, '/settings/prompts', { expected: /ERR_|401|503/ });
    await page.getByRole('button', { name: 'New Persona' }).click();
    const name = page.getByRole('dialog', { name: 'New persona' }).getByRole('textbox', { name: 'Name' });
    await name.fill('Half a poet');
    await page.context().clearCookies();
    await own.stop();
    own = await startAgent({ ...pageFolder(), folder: own.folder, port: own.agent.port });
    const again = page.getByRole('alertdialog', { name: 'Sign this browser in again' });
    await again.getByText('npx mlx-manager open').waitFor();
    await axe({ within: '[role="alertdialog"]' });
    await shot('sign-in-again');
    const other = await page.context().newPage();
    await other.goto((await own.client.createLink()).url);
    await other.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.bringToFront();
    await again.waitFor({ state: 'detached' });
    await soon(() => name.inputValue()).toBe('Half a poet');
    await page.getByRole('textbox', { name: 'System prompt' }).fill('Rhyme.');
    await page.getByRole('button', { name: 'Add Persona' }).click();
    await page.getByRole('button', { name: 'Edit Half a poet' }).waitFor();
    expect(errors).toEqual([]);
  } finally {
    await endRig(own);
  }
});

test('an address without a page says so, and leads on', async () => {
  const { page, axe, expectNoErrors } = await openPage(rig, '/no/such/page', { expected: /404/ });
  await page.getByText('There is no such page').waitFor();
  await axe();
  await page.getByRole('link', { name: 'Profiles', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Profiles' }).waitFor();
  expectNoErrors();
});

test('no request is made while nothing changes', async () => {
  const { page, requests, quiet, expectNoErrors } = await openPage(rig, '/models');
  for (const name of ['Servers', 'Profiles', 'Models']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }
  // The stream is asked for anew once, without what the pages before wanted to hear.
  for (let tries = 1; ; tries++) {
    await quiet(2000);
    const before = requests.length;
    await new Promise((wake) => setTimeout(wake, 2500));
    if (requests.length === before) break;
    expect([tries, requests.slice(before)]).toEqual([1, [expect.stringMatching(/^GET \/api\/events/)]]);
  }
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing on any page, %s', async (theme) => {
  const { page, axe, shot, quiet, expectNoErrors } = await openPage(rig, '/welcome', { theme });
  for (const name of PAGES) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await quiet();
    await axe();
    await shot(`shell-${name.toLowerCase()}-${theme}`);
  }
  await page.setViewportSize({ width: 600, height: 500 });
  await axe();
  await shot(`shell-narrow-${theme}`);
  const dropdown = await openPage(rig, '/dropdown', { theme, width: 380, height: 560 });
  await dropdown.page.getByRole('main').waitFor();
  await dropdown.quiet();
  await dropdown.axe();
  await dropdown.shot(`shell-dropdown-${theme}`);
  expectNoErrors();
  dropdown.expectNoErrors();
});
