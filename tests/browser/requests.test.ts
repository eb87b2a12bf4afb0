/** Requests, in a Chromium against a real agent with the real engine: as they happen, filtered, looked into, exported, forgotten. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fetch from 'node-fetch';
import type { Page } from 'playwright-core';
import { ask, endRig, startAndWait } from '../support/agent.js';
import { QUESTION, startHouse, type House } from './support/house.js';
import { openPage } from './support/page.js';
import { soon } from './support/soon.js';
import { frozen } from '../support/slow-engine.js';

jest.setTimeout(240_000);

let house: House;
beforeAll(async () => {
  house = await startHouse();
  const { id } = await house.profile('tiny');
  await startAndWait(house.client, id);
});
afterAll(() => endRig(house));
beforeEach(async () => {
  await house.client.updateSettings({ body: { captureRequests: false } });
  await house.client.deleteRequests();
});

const rows = (page: Page) => page.getByRole('listbox', { name: 'Requests' }).getByRole('option');
/** Resolves once so many are listed. */
const listed = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelectorAll('[role=listbox][aria-label=Requests] [role=option]').length === wanted, count);
const asked = (more: Record<string, unknown> = {}) => ask(house.agent.address, { model: 'tiny', ...QUESTION, max_tokens: 8, ...more });
/** A request that fails: there is no such model. */
const refused = async (model: string): Promise<void> => {
  await fetch(`${house.agent.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'a-stranger/1' },
    body: JSON.stringify({ model, ...QUESTION }),
  });
};

test('by mouse: requests appear as they happen, are filtered, looked into, exported, summed up and forgotten', async () => {
  await house.client.updateSettings({ body: { captureRequests: true } });
  const { page, shot, requests, expectNoErrors } = await openPage(house, '/requests');
  await page.getByText('No request yet').waitFor();
  await shot('requests-empty');
  requests.length = 0;
  await asked();
  await rows(page).first().getByText('OK').waitFor();
  await refused('no-such-model');
  await page.getByText(/(Error|Refused) 404/).waitFor();
  // They came by the stream: nothing was asked for.
  expect(requests).toEqual([]);
  await soon(() => rows(page).count()).toBe(2);

  await rows(page).filter({ hasText: 'tiny' }).click();
  const detail = page.getByRole('complementary', { name: 'Request' });
  await detail.getByText('The capital of France is Paris.').waitFor();
  await detail.getByText('"What is the capital of France?"').waitFor();
  await detail.getByText(/Generation/).waitFor();
  await detail.getByText('tiny', { exact: true }).first().waitFor();
  await shot('requests-detail');
  await detail.getByRole('button', { name: 'Close request' }).click();
  await soon(() => detail.count()).toBe(0);

  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'OK', exact: true }).click();
  await page.getByText('no-such-model').waitFor({ state: 'detached' });
  // The filter holds for what comes, too.
  await refused('another-model');
  await asked({ max_tokens: 3 });
  await listed(page, 2);
  await page.getByRole('button', { name: 'Clear Filters' }).click();
  await listed(page, 4);
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: '404', exact: true }).click();
  await listed(page, 2);
  await page.getByRole('combobox', { name: 'Time' }).click();
  await page.getByRole('option', { name: 'From… to…' }).click();
  await page.getByLabel('To', { exact: true }).fill('2020-01-01T00:00');
  await listed(page, 0);
  await page.getByLabel('To', { exact: true }).fill('2220-01-01T00:00');
  await page.getByLabel('From', { exact: true }).fill('2020-01-01T00:00');
  await listed(page, 2);
  await page.getByRole('button', { name: 'Clear Filters' }).click();
  await listed(page, 4);
  await page.getByRole('searchbox', { name: 'Search requests' }).fill('ANOTHER');
  await listed(page, 1);

  const exported = async (kind: string): Promise<string> => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: kind }).click();
    return readFileSync(await (await coming).path(), 'utf8');
  };
  // What is exported is what is shown.
  const csv = (await exported('CSV')).trim().split('\n');
  expect(csv).toHaveLength(2);
  expect(csv[1]).toContain('another-model');
  await page.getByRole('button', { name: 'Clear search' }).click();
  await listed(page, 4);
  const lines = (await exported('JSON Lines')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome).filter((outcome) => outcome === 'ok')).toHaveLength(2);

  await page.getByRole('tab', { name: 'Summary' }).click();
  const table = page.getByRole('table');
  await table.getByRole('row', { name: /tiny/ }).waitFor();
  await soon(() => table.getByRole('row', { name: /^All/ }).getByRole('cell').first().textContent()).toBe('4');
  await page.getByRole('combobox', { name: 'Group' }).click();
  await page.getByRole('option', { name: 'By client' }).click();
  await table.getByRole('row', { name: /a-stranger/ }).waitFor();
  // It goes on while one looks.
  await refused('a-third');
  await page.waitForFunction(() => document.querySelector('tfoot td')?.textContent === '5');
  await shot('requests-summary');

  await page.getByRole('tab', { name: 'Requests' }).click();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await soon(() => rows(page).count()).toBe(5);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Forget All' }).click();
  await page.getByText('No request yet').waitFor();
  await soon(async () => (await house.client.requestsPage()).items).toEqual([]);
  expectNoErrors();
});

test('by keyboard alone: search, go through the list, look into one, forget all', async () => {
  await refused('first-model');
  await refused('second-model');
  await refused('third-model');
  const { page, expectNoErrors } = await openPage(house, '/requests');
  await page.getByText('third-model').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('-model');
  const list = page.getByRole('listbox', { name: 'Requests' });
  const focusIs = (test: string) => page.evaluate((selector) => document.activeElement?.matches(selector) === true, test);
  for (let i = 0; i < 30 && !(await focusIs('[role=listbox][aria-label=Requests]')); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  const detail = page.getByRole('complementary', { name: 'Request' });
  await detail.getByText('third-model', { exact: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await detail.getByText('second-model', { exact: true }).waitFor();
  // A new one on top does not change which one is looked at, and the focus stays.
  await refused('newest-model');
  await page.getByText('newest-model').waitFor();
  await soon(() => list.locator('[aria-selected=true]').textContent()).toContain('second-model');
  await detail.getByText('second-model', { exact: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await detail.getByText('first-model', { exact: true }).waitFor();
  const toButton = async (name: string, key: string): Promise<void> => {
    for (let i = 0; i < 40 && (await page.evaluate(() => document.activeElement?.textContent)) !== name; i++)
      await page.keyboard.press(key);
  };
  await toButton('Clear', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('No request').waitFor();
  await soon(async () => (await house.client.requestsPage()).items).toEqual([]);
  expectNoErrors();
});

test('a request under way is shown while it waits, and becomes what it was; a list that is read does not move', async () => {
  for (let i = 0; i < 40; i++) await refused(`model-${i}`);
  const { page, shot, expectNoErrors } = await openPage(house, '/requests', { height: 500 });
  await page.getByText('model-39').waitFor();
  let answer: Promise<unknown> | undefined;
  await frozen(house.client, async () => {
    answer = asked();
    await page.getByText('Under way').waitFor();
    await shot('requests-under-way');
  });
  await answer;
  await page.getByText('Under way').waitFor({ state: 'detached' });
  await rows(page).first().getByText('OK').waitFor();

  const list = page.getByRole('listbox', { name: 'Requests' });
  await list.evaluate((element) => (element.scrollTop = 400));
  await page.getByText('model-20').waitFor();
  const top = async () => (await page.getByText('model-20').boundingBox())?.y;
  const before = await top();
  await refused('unseen-one');
  await refused('unseen-two');
  await page.getByRole('button', { name: '2 new requests' }).waitFor();
  await soon(() => top()).toBe(before);
  await page.getByRole('button', { name: '2 new requests' }).click();
  await page.getByText('unseen-two').waitFor();
  expectNoErrors();
});

test('hundreds are fetched a page at a time, while one scrolls', async () => {
  for (let i = 0; i < 240; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => refused(`many-${i + k}`)));
  const { page, expectNoErrors } = await openPage(house, '/requests');
  const list = page.getByRole('listbox', { name: 'Requests' });
  await rows(page).first().waitFor();
  await soon(() => rows(page).count()).toBeLessThan(60);
  await list.focus();
  await page.waitForFunction(() => {
    const box = document.querySelector('[role=listbox][aria-label=Requests]');
    if (box) box.scrollTop = box.scrollHeight;
    return document.querySelector('[role=option]')?.getAttribute('aria-setsize') === '240';
  });
  expectNoErrors();
});

test('the place in a long list is kept while the page is out of sight and while hundreds come; filters are kept over other pages', async () => {
  const many = async (name: string, count: number): Promise<void> => {
    for (let i = 0; i < count; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => refused(`${name}-${i + k}`)));
  };
  await many('many', 240);
  const { page, expectNoErrors } = await openPage(house, '/requests', { height: 500 });
  const list = page.getByRole('listbox', { name: 'Requests' });
  await list.waitFor();
  await page.waitForFunction(() => {
    const box = document.querySelector('[role=listbox][aria-label=Requests]')!;
    box.scrollTop = 6000;
    return box.scrollTop === 6000;
  });
  const seen = () =>
    list.evaluate((box) => {
      const { top } = box.getBoundingClientRect();
      return [...box.querySelectorAll('[role=option]')].find((row) => row.getBoundingClientRect().top >= top)?.textContent;
    });
  await page.waitForFunction(() => document.querySelectorAll('[role=listbox][aria-label=Requests] [role=option]').length > 10);
  const before = await seen();
  const look = (state: string) =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { value: now, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await look('hidden');
  await refused('while-hidden');
  // More than one page of them: the list is fetched down to what was shown.
  await many('hidden', 140);
  const fetched = page.waitForResponse((answer) => /\/api\/requests\?.*limit=/.test(answer.url()));
  await look('visible');
  await (await fetched).finished();
  await page.getByRole('button', { name: '141 new requests' }).waitFor();
  await soon(() => seen()).toBe(before);
  await many('burst', 560);
  await page.getByRole('button', { name: '701 new requests' }).waitFor();
  await soon(() => seen()).toBe(before);
  await page.getByRole('button', { name: '701 new requests' }).click();
  await rows(page).first().getByText('burst-').waitFor();

  await page.getByRole('searchbox', { name: 'Search requests' }).fill('while-hidden');
  await listed(page, 1);
  await page.getByRole('link', { name: 'Servers', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  await page.goBack();
  await listed(page, 1);
  await page.getByRole('button', { name: 'Clear Filters' }).click();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  await asked();
  await asked({ max_tokens: 2 });
  await refused('no-such-model-with-a-name-that-is-so-long-that-no-column-can-hold-it-whole');
  const { page, axe, shot, expectNoErrors } = await openPage(house, '/requests', { theme });
  await rows(page).nth(2).waitFor();
  await axe();
  await rows(page).nth(1).click();
  await page.getByText('Prompt and answer were not kept').waitFor();
  await axe();
  await shot(`requests-${theme}`);
  await page.getByRole('tab', { name: 'Summary' }).click();
  await page.getByRole('table').waitFor();
  await axe();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.getByRole('alertdialog').waitFor();
  await axe();
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 640, height: 560 });
  await page.getByRole('tab', { name: 'Requests' }).click();
  await rows(page).nth(2).waitFor();
  await axe();
  await shot(`requests-narrow-${theme}`);
  expectNoErrors();
});
