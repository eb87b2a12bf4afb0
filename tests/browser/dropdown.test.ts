/** The dropdown, in a Chromium against a real agent with the real engine: the daily gestures, by mouse and by keyboard alone. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { endRig, startAgent, startAndWait } from '../support/agent.js';
import { startHub } from '../support/hub/index.js';
import { startHouse, type House } from './support/house.js';
import { MOD, openPage, pageFolder, type OpenOptions } from './support/page.js';
import { soon } from './support/soon.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(240_000);
/** Loading the model. */
const LOAD = { timeout: 120_000 };
const SIZE = { width: 360, height: 520 };
const QUESTION = 'What is the capital of France?';

let house: House;
beforeEach(async () => {
  house = await startHouse();
});
afterEach(() => endRig(house));

const open = (options: OpenOptions = {}) => openPage(house, '/dropdown', { ...SIZE, ...options });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

test('by mouse: a profile is found and started, asked, and stopped', async () => {
  await house.profile('tiny one');
  await house.profile('other');
  const { page, shot, expectNoErrors } = await open();
  await page.getByText('Nothing runs.').waitFor();
  await page.getByText(/free of/).waitFor();
  await shot('dropdown-idle');
  await page.getByRole('combobox', { name: 'Find a profile to start' }).fill('one');
  await soon(() => page.getByRole('option').count()).toBe(1);
  await page.getByRole('option', { name: /tiny one/ }).click();
  const running = page.getByRole('region', { name: 'Running' });
  await running.getByText('Loading').waitFor();
  await running.getByRole('listitem').getByText('Running', { exact: true }).waitFor(LOAD);

  await page.getByRole('textbox', { name: 'Ask a model' }).fill(QUESTION);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByRole('region', { name: 'Answer' }).getByText('Paris').waitFor(LOAD);
  await page.getByText('Answered by tiny one').waitFor(LOAD);
  await shot('dropdown-answer');
  // The agent keeps it as a chat; the window goes on with it.
  const [hit] = await house.client.listChats();
  await soon(() => page.getByRole('link', { name: 'Open in Window' }).getAttribute('href')).toBe(`/chat/${hit?.chat.id}`);
  await page.getByRole('button', { name: 'Close the answer' }).click();
  await soon(() => page.getByRole('region', { name: 'Answer' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Stop tiny one' }).click();
  await page.getByText('Nothing runs.').waitFor(LOAD);
  expectNoErrors();
});

test('by keyboard alone: arrows, Enter, Esc and /', async () => {
  const profile = await house.profile('tiny');
  await house.profile('zeta');
  const { page, expectNoErrors } = await open();
  // The search has the focus from the start; Enter starts the first one.
  await page.getByRole('option', { name: /^tiny/ }).waitFor();
  await soon(() => focused(page)).toBe('Find a profile to start');
  await page.keyboard.press('ArrowDown');
  await soon(() => page.getByRole('option', { selected: true }).textContent()).toContain('zeta');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.type('tin');
  await page.keyboard.press('Escape');
  await soon(() => page.getByRole('combobox', { name: 'Find a profile to start' }).inputValue()).toBe('');
  await page.keyboard.type('tiny');
  await page.keyboard.press('Enter');
  const running = page.getByRole('region', { name: 'Running' });
  await running.getByRole('listitem').getByText('Running', { exact: true }).waitFor(LOAD);

  await page.keyboard.press(`${MOD}+k`);
  await soon(() => focused(page)).toBe('Ask a model');
  await page.keyboard.type(QUESTION);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Answer' }).getByText('Paris').waitFor(LOAD);
  await page.getByText('Answered by tiny').waitFor(LOAD);
  // The next question goes on in the same chat.
  await page.keyboard.type('And of Japan?');
  await page.keyboard.press('Enter');
  await page.getByText('And of Japan?').waitFor();
  await page.getByText('Answered by tiny').waitFor(LOAD);
  const chats = await house.client.listChats();
  expect(chats.map(({ chat }) => chat.messageCount)).toEqual([4]);
  await page.keyboard.press('Escape');
  await soon(() => page.getByRole('region', { name: 'Answer' }).count()).toBe(0);

  await page.keyboard.press('ArrowUp');
  await soon(() => focused(page)).toBe('Find a profile to start');
  await page.keyboard.press('ArrowUp');
  await soon(() => focused(page)).toContain('tiny');
  await page.keyboard.press('/');
  await soon(() => focused(page)).toBe('Find a profile to start');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await soon(() => focused(page)).toBe('Stop tiny');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing runs.').waitFor(LOAD);
  await soon(() => house.client.listServers()).toEqual([]);
  expect(profile.id).toBeGreaterThan(0);
  // The row is gone with its button: the arrows go on from what took its place.
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Find a profile to start');
  expectNoErrors();
});

test('its links open one tab of the window; Esc clears, then says that it is done; Cmd+L and Cmd+, open their pages', async () => {
  const { page, expectNoErrors } = await open();
  const at = () => page.evaluate(() => location.pathname + location.hash);
  const first = page.waitForEvent('popup');
  await page.getByRole('link', { name: 'Settings' }).click();
  const tab = await first;
  await tab.waitForURL('**/settings');
  await page.bringToFront();
  await page.getByRole('link', { name: 'Open the window' }).click();
  await tab.waitForURL('**/servers');
  for (const [keys, path] of [
    ['l', 'logs'],
    [',', 'settings'],
  ] as const) {
    await page.bringToFront();
    await page.keyboard.press(`${MOD}+${keys}`);
    await tab.waitForURL(`**/${path}`);
  }
  expect(page.context().pages()).toHaveLength(2);

  // What the shell sees of an Esc: that the page was at #away.
  await page.bringToFront();
  await page.evaluate(() => {
    const seen: string[] = [];
    const replace = history.replaceState.bind(history);
    history.replaceState = (state, title, url) => {
      seen.push(String(url));
      replace(state, title, url);
    };
    Object.assign(globalThis, { seen });
  });
  const seen = () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.splice(0));
  const search = page.getByRole('combobox', { name: 'Find a profile to start' });
  await search.fill('text');
  await page.keyboard.press('Escape');
  expect([await search.inputValue(), await seen()]).toEqual(['', []]);
  await page.keyboard.press('Escape');
  await soon(() => seen()).toEqual(['/dropdown#away', '/dropdown']);
  await soon(() => focused(page)).toBe('Find a profile to start');
  const line = page.getByRole('textbox', { name: 'Ask a model' });
  await line.fill('text');
  await page.keyboard.press('Escape');
  expect([await line.inputValue(), await seen()]).toEqual(['', []]);
  await page.keyboard.press('Escape');
  await soon(() => seen()).toEqual(['/dropdown#away', '/dropdown']);
  await soon(() => at()).toBe('/dropdown');
  expectNoErrors();
});

test('a long answer can be stopped; one that nobody can give says what to do, and the question comes back', async () => {
  const { id } = await house.profile('tiny');
  const { page, expectNoErrors } = await open({ expected: /40\d|50\d/ });
  await house.client.updateSettings({ body: { onDemand: false } });
  const line = page.getByRole('textbox', { name: 'Ask a model' });
  await line.fill(QUESTION);
  await line.press('Enter');
  await page.getByRole('region', { name: 'Ask' }).getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Close the answer' }).click();
  await soon(() => focused(page)).toBe('Ask a model');
  await house.client.updateSettings({ body: { onDemand: true } });
  await startAndWait(house.client, id);
  await house.client.updateProfile({ params: { id }, body: { sampling: { temperature: 5 } } });
  const stop = page.getByRole('button', { name: 'Stop the answer' });
  await slowly(house.client, async () => {
    await line.fill('Tell me a story without an end.');
    await line.press('Enter');
    await stop.click();
  });
  await stop.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Ask', exact: true }).waitFor();
  await soon(() => house.client.listRuns()).toEqual([]);
  expectNoErrors();
});

test('a question that no model takes comes back, and leaves no empty chat', async () => {
  const rig = await startAgent(pageFolder());
  try {
    const { page, expectNoErrors } = await openPage(rig, '/dropdown', { ...SIZE, expected: /40\d/ });
    const line = page.getByRole('textbox', { name: 'Ask a model' });
    for (let i = 0; i < 2; i++) {
      await line.fill(QUESTION);
      await line.press('Enter');
      await page.getByText('It could not be asked').waitFor();
      await page.waitForFunction(
        (question) => document.querySelector<HTMLInputElement>('[aria-label="Ask a model"]')?.value === question,
        QUESTION,
      );
      await page.getByRole('button', { name: 'Close the answer' }).click();
      await soon(() => focused(page)).toBe('Ask a model');
    }
    await soon(() => rig.client.listChats()).toEqual([]);
    expectNoErrors();
  } finally {
    await endRig(rig);
  }
});

test.each(['light', 'dark'] as const)('many profiles, a failed server, downloads with progress; axe finds nothing, %s', async (theme) => {
  const hub = await startHub({
    models: [
      {
        id: 'org/A-model-with-a-rather-long-name-8bit',
        files: { 'config.json': '{}', 'model.safetensors': { size: 150_000_000, seed: 'a' } },
      },
    ],
  });
  const mine = await startHouse({ hubUrl: hub.url });
  try {
    hub.fault({ at: 'cdn', throttle: 1_000_000 });
    const good = await mine.profile('Everyday');
    const bad = await mine.profile('Broken', { extraArgs: ['--no-such-option'] });
    for (let i = 0; i < 60; i++) await mine.profile(`Profile ${i}`);
    await startAndWait(mine.client, good.id);
    const { page, axe, shot, expectNoErrors } = await openPage(mine, '/dropdown', { ...SIZE, theme });
    await mine.client.startServer({ params: { profileId: bad.id } });
    await page.getByRole('button', { name: 'Dismiss Broken' }).waitFor(LOAD);
    // All of why, and what to do: nothing of it is cut off.
    const why = (await mine.client.getServer({ params: { profileId: bad.id } })).failure;
    const told = page.getByRole('listitem').filter({ hasText: 'Broken' }).getByText(`${why?.message} ${why?.action}`);
    await told.waitFor();
    await soon(() => told.evaluate((all) => [...all.children].every((one) => getComputedStyle(one).whiteSpace === 'normal'))).toBe(true);
    await mine.client.downloadModel({ body: { modelId: 'org/A-model-with-a-rather-long-name-8bit' } });
    const downloads = page.getByRole('region', { name: 'Downloads' });
    await downloads.getByText(/\d %.*MB\/s/).waitFor();
    await axe();
    await shot(`dropdown-${theme}`);
    await downloads.scrollIntoViewIfNeeded();
    await shot(`dropdown-downloads-${theme}`);
    await downloads.getByRole('button', { name: /^Pause/ }).click();
    await downloads.getByText(/Paused/).waitFor();
    await downloads.getByRole('button', { name: /^Resume/ }).click();
    await downloads.getByRole('button', { name: /^Pause/ }).waitFor();
    await downloads.getByRole('button', { name: /^Cancel/ }).click();
    await downloads.waitFor({ state: 'detached' });
    hub.fault({ at: 'hub', path: /model\.safetensors$/, status: 403, headers: { 'x-error-code': 'GatedRepo' } });
    const { taskId } = await mine.client.downloadModel({ body: { modelId: 'org/A-model-with-a-rather-long-name-8bit' } });
    await downloads.getByRole('button', { name: /^Dismiss/ }).waitFor();
    const { error } = await mine.client.getDownload({ params: { taskId } });
    await downloads.getByText(`${error?.message} ${error?.action}`).waitFor();
    await axe();
    await shot(`dropdown-failed-${theme}`);
    await page.getByRole('textbox', { name: 'Ask a model' }).fill(QUESTION);
    await page.keyboard.press('Enter');
    await page.getByText(/Answered by/).waitFor(LOAD);
    await axe();
    await shot(`dropdown-answer-${theme}`);
    expectNoErrors();
  } finally {
    await endRig(mine);
    await hub.stop();
  }
});

test('its scripts are at most 150 kB, compressed', () => {
  const folder = pageFolder().pageFolder ?? resolve(import.meta.dirname, '../../menubar-agent/dist/ui');
  const html = readFileSync(join(folder, 'dropdown.html'), 'utf8');
  const files = [...html.matchAll(/(?<=[" ])\/[\w./-]+\.js(?=[" ])/g)].map(([file]) => file);
  const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);
  expect(files.length).toBeGreaterThan(2);
  expect(size).toBeLessThanOrEqual(150_000);
});
