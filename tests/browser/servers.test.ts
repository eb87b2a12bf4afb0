/** Servers, in a Chromium against a real agent with the real engine: starting, watching, stopping, what failed and why. */
import { jest } from '@jest/globals';
import { ask, endRig, startAndWait } from '../support/agent.js';
import { QUESTION, startHouse, type House } from './support/house.js';
import { openPage } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(240_000);
/** Loading the model. */
const LOAD = { timeout: 120_000 };

let house: House;
beforeEach(async () => {
  house = await startHouse();
});
afterEach(() => endRig(house));

test('by mouse: found by typing, started, watched, looked into, restarted, stopped', async () => {
  const profile = await house.profile('tiny one', { exposePort: true, sampling: { temperature: 0.5 } });
  await house.profile('other');
  const { page, shot, expectNoErrors, requests } = await openPage(house, '/servers');
  await page.getByText('Nothing runs').waitFor();
  await shot('servers-empty');

  await page.getByRole('combobox', { name: 'Profile to start' }).fill('one');
  await soon(() => page.getByRole('option').count()).toBe(1);
  await page.getByRole('option', { name: /tiny one/ }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const tile = page.getByRole('group', { name: 'tiny one' });
  await tile.getByText('Loading').waitFor();
  await tile.getByText('Running', { exact: true }).waitFor(LOAD);
  // It runs: the picker offers it no longer.
  await page.getByRole('combobox', { name: 'Profile to start' }).fill('one');
  await page.getByText('No such profile').waitFor();
  await page.keyboard.press('Escape');

  requests.length = 0;
  await ask(house.agent.address, { model: 'tiny one', ...QUESTION, max_tokens: 8 });
  const figure = (name: string) => tile.locator('div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).last();
  await figure('Memory')
    .getByText(/\d [MG]B/)
    .waitFor();
  await figure('CPU').getByText(/\d %/).waitFor();
  await figure('Tokens')
    .getByText(/^[1-9]/)
    .waitFor();
  await figure('Requests').getByText('none').waitFor();
  await figure('Uptime').getByText(/\d s/).waitFor();
  // The lines are drawn from events: nothing was asked for.
  await page.waitForFunction(() => document.querySelectorAll('polyline').length >= 3);
  expect(requests).toEqual([]);
  await shot('servers-running');

  await tile.getByRole('button', { name: 'Details of tiny one' }).click();
  const drawer = page.getByRole('dialog', { name: 'tiny one' });
  const server = await house.client.getServer({ params: { profileId: profile.id } });
  await drawer.getByText(String(server.pid), { exact: true }).waitFor();
  await drawer.getByText(`http://127.0.0.1:${profile.port}/v1`).waitFor();
  await drawer.getByText(`${house.agent.address}/v1`).waitFor();
  await drawer.getByText('temperature 0.5').waitFor();
  await drawer.getByRole('button', { name: 'Check Now' }).click();
  await drawer.getByText(/the model is loaded/).waitFor();
  await drawer.getByRole('button', { name: 'Copy process id' }).click();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(String(server.pid));
  await shot('servers-details');
  for (const name of ['Logs', 'Chat', 'Connect']) {
    await soon(() => drawer.getByRole('link', { name }).getAttribute('href')).toBe(`/${name.toLowerCase()}?profile=${profile.id}`);
  }
  await drawer.getByRole('button', { name: 'Close' }).click();
  await drawer.waitFor({ state: 'detached' });
  expect(new URL(page.url()).pathname).toBe('/servers');

  await tile.getByRole('button', { name: 'Restart tiny one' }).click();
  await tile.getByText(/Loading|Stopping/).waitFor();
  await tile.getByText('Running', { exact: true }).waitFor(LOAD);
  await soon(async () => (await house.client.getServer({ params: { profileId: profile.id } })).pid).not.toBe(server.pid);
  await tile.getByRole('button', { name: 'Stop tiny one' }).click();
  await page.getByText('Nothing runs').waitFor(LOAD);
  expectNoErrors();
});

test('by keyboard alone: start, details, stop; focus and scroll stay where they are while figures come', async () => {
  const profile = await house.profile('tiny');
  const { page, expectNoErrors } = await openPage(house, '/servers', { height: 420 });
  await page.getByText('Nothing runs').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('tin');
  await page.getByRole('option', { name: /tiny/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.textContent === 'Start');
  await page.keyboard.press('Enter');
  const tile = page.getByRole('group', { name: 'tiny', exact: true });
  await tile.getByText('Running', { exact: true }).waitFor(LOAD);

  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
  const tabTo = async (name: string): Promise<void> => {
    for (let i = 0; i < 40 && (await focused()) !== name; i++) await page.keyboard.press('Tab');
    await soon(() => focused()).toBe(name);
  };
  await tabTo('Details of tiny');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'tiny' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await soon(() => focused()).toBe('Details of tiny');

  // Another one comes, and sorts before it; figures change some times.
  const body = page.getByRole('region', { name: 'Servers' });
  await house.profile('bad', { extraArgs: ['--no-such-option'] });
  const bad = (await house.client.listProfiles()).find(({ name }) => name === 'bad');
  await house.client.startServer({ params: { profileId: bad?.id ?? 0 } });
  await page.getByRole('group', { name: 'bad', exact: true }).getByText('Failed').waitFor(LOAD);
  await soon(() => focused()).toBe('Details of tiny');
  await body.evaluate((element) => (element.scrollTop = 60));
  const before = await body.evaluate((element) => element.scrollTop);
  expect(before).toBeGreaterThan(0);
  await ask(house.agent.address, { model: 'tiny', ...QUESTION, max_tokens: 8 });
  await tile
    .getByText(/^[1-9]\d*$/)
    .first()
    .waitFor();
  await soon(() => focused()).toBe('Details of tiny');
  await soon(() => body.evaluate((element) => element.scrollTop)).toBe(before);

  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await soon(() => focused()).toBe('Stop tiny');
  await page.keyboard.press('Enter');
  await tile.waitFor({ state: 'detached', ...LOAD });
  await soon(async () => (await house.client.listServers()).map(({ profileId }) => profileId)).not.toContain(profile.id);
  expectNoErrors();
});

test.each(['light', 'dark'] as const)(
  'a failed server says why, what to do, and the end of its log; axe finds nothing, %s',
  async (theme) => {
    const bad = await house.profile('bad', { extraArgs: ['--no-such-option'] });
    const good = await house.profile('A profile with a name so long that no tile can show it whole, whatever one does');
    await startAndWait(house.client, good.id);
    const { page, axe, shot, expectNoErrors } = await openPage(house, '/servers', { theme });
    await house.client.startServer({ params: { profileId: bad.id } });
    const tile = page.getByRole('group', { name: 'bad', exact: true });
    await tile.getByText('Failed', { exact: true }).waitFor(LOAD);
    const { failure } = await house.client.getServer({ params: { profileId: bad.id } });
    await tile.getByText(failure?.message ?? 'none').waitFor();
    await tile.getByText(failure?.action ?? 'none').waitFor();
    await tile
      .getByText(/no-such-option/)
      .last()
      .waitFor();
    await page.getByText(/MB|GB/).first().waitFor();
    await axe();
    await shot(`servers-failed-${theme}`);
    await tile.getByRole('button', { name: 'Details of bad' }).click();
    await page.getByRole('dialog').waitFor();
    await axe();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 640, height: 600 });
    await axe();
    await shot(`servers-narrow-${theme}`);
    await tile.getByRole('button', { name: 'Dismiss bad' }).click();
    await tile.waitFor({ state: 'detached' });
    expectNoErrors();
  },
);

test('without room the page asks before it unloads another model', async () => {
  const first = await house.profile('first');
  await house.profile('second');
  await startAndWait(house.client, first.id);
  // Room for what is loaded, and no more.
  const { leasedGb } = await house.client.getPool();
  await house.client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.2 } });
  const { page, shot, expectNoErrors } = await openPage(house, '/servers', { expected: /503/ });
  await page.getByRole('combobox', { name: 'Profile to start' }).fill('second');
  await page.getByRole('option', { name: /second/ }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const dialog = page.getByRole('alertdialog', { name: /Unload other models for second/ });
  await dialog.waitFor();
  await shot('servers-no-room');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await soon(() => page.getByRole('group', { name: 'second' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await dialog.getByRole('button', { name: 'Unload and Start' }).click();
  await page.getByRole('group', { name: 'second' }).getByText('Running', { exact: true }).waitFor(LOAD);
  await page.getByRole('group', { name: 'first', exact: true }).waitFor({ state: 'detached' });
  expectNoErrors();
});
