/** The first run: from nothing to an answer, by clicks alone and by keyboard alone. */
import { jest } from '@jest/globals';
import { symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { newFolder } from '../support/agent.js';
import { enginesDir, installedEngine } from '../support/engines.js';
import { openPage } from './support/page.js';
import { SLOW, startModels, TINY, type ModelsRig } from './support/models.js';
import { soon } from './support/soon.js';

jest.setTimeout(300_000);

let rig: ModelsRig;
const temporary: string[] = [];
afterEach(async () => {
  await rig.end();
  await Promise.all(temporary.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A folder of engines without any, with the tool that installs them and what it fetched before. */
function ownEngines(): string {
  const folder = newEngines();
  symlinkSync(join(enginesDir(), '.uv'), join(folder, '.uv'));
  return folder;
}

/** A folder of engines without any. */
function newEngines(): string {
  const folder = newFolder();
  temporary.push(folder);
  return folder;
}

const ready = (page: Page) => page.getByRole('textbox', { name: /^Question to/ }).waitFor({ timeout: 200_000 });
const answered = async (page: Page): Promise<void> => {
  await page.getByLabel('Answer').getByText('Paris').waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Open Chat' }).waitFor();
};

test('by clicks alone, with an engine to install', async () => {
  await installedEngine('mlx-lm');
  rig = await startModels({ env: { MLX_MANAGER_ENGINES_DIR: ownEngines() } });
  const { page, shot, axe, expectNoErrors } = await openPage(rig, '/');
  await page.waitForURL('**/welcome');
  await page.getByRole('radio').first().waitFor();
  await shot('welcome-begin');
  await page.getByRole('button', { name: /^Install / }).click();
  await page.getByRole('progressbar', { name: /^Installation/ }).waitFor();
  await page.getByText('tiny-qwen3', { exact: false }).first().click();
  await page.getByRole('button', { name: 'Download and Start' }).click();
  await page.getByText(/is here\.$/).waitFor({ timeout: 60_000 });
  await shot('welcome-installing');
  await ready(page);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await answered(page);
  await axe();
  await shot('welcome-answer');
  await page.getByRole('link', { name: 'Open Chat' }).click();
  await page.waitForURL(/\/chat\/.+/);
  await soon(async () => (await rig.client.listChats()).length).toBe(1);
  expectNoErrors();
});

test('by keyboard alone', async () => {
  await installedEngine('mlx-lm');
  rig = await startModels();
  const { page, expectNoErrors } = await openPage(rig, '/');
  await page.waitForURL('**/welcome');
  await page.getByRole('radio').first().waitFor();
  /** Tab goes on until something of that name has the focus. */
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate(() => {
        const at = document.activeElement;
        return `${at?.getAttribute('role') ?? ''} ${at?.getAttribute('aria-label') ?? ''} ${at?.textContent ?? ''}`;
      });
      if (name.test(text)) return;
    }
    throw new Error(`Tab never came to ${name.source}`);
  };
  await tabTo(/^radio/);
  // Arrows go from model to model.
  const checked = (): Promise<string> => page.locator('label:has([role=radio][aria-checked=true])').innerText();
  for (let i = 0; i < 6 && !(await checked()).includes('tiny-qwen3'); i++) await page.keyboard.press('ArrowDown');
  await soon(() => checked()).toContain('tiny-qwen3');
  await tabTo(/Download and Start/);
  await page.keyboard.press('Enter');
  await ready(page);
  const toQuestion = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  if (!toQuestion.startsWith('Question to')) await tabTo(/Question to/);
  await page.keyboard.press('Enter');
  await answered(page);
  await tabTo(/Open Chat/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/chat\/.+/);
  expectNoErrors();
});

test('it can be returned to until it is done, and from the settings ever after', async () => {
  await installedEngine('mlx-lm');
  rig = await startModels();
  const { page, axe, expectNoErrors } = await openPage(rig, '/logs');
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Get Started' });
  const pages = page.getByRole('navigation', { name: 'Pages' }).getByRole('list');
  await link.waitFor();
  const before = await pages.boundingBox();
  await axe();
  await link.click();
  await page.getByRole('radio').first().waitFor();
  await rig.download(TINY);
  await link.waitFor({ state: 'detached' });
  expect(await pages.boundingBox()).toEqual(before);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('link', { name: 'About', exact: true }).click();
  await page.getByRole('main').getByRole('link', { name: 'Get Started' }).click();
  await page.getByRole('heading', { level: 1, name: 'Welcome' }).waitFor();
  expectNoErrors();
});

test('what was begun is found again after a reload, and a model on this Mac needs no hub', async () => {
  await installedEngine('mlx-lm');
  rig = await startModels();
  const end = rig.hub.fault({ at: 'cdn', throttle: 200_000 });
  await rig.client.downloadModel({ body: { modelId: SLOW } });
  const { page, expectNoErrors } = await openPage(rig, '/welcome', { expected: /502/ });
  await page.getByRole('progressbar', { name: `Download of ${SLOW}` }).waitFor();
  await page.reload();
  await page.getByRole('progressbar', { name: `Download of ${SLOW}` }).waitFor();
  await page.getByRole('button', { name: 'Choose Another' }).click();
  await page.getByRole('radiogroup', { name: 'Model' }).waitFor();
  end();
  await rig.download(TINY);
  await rig.hub.goOffline();
  await page.reload();
  await page.getByText('Some are on this Mac already.').waitFor();
  await page.getByRole('button', { name: 'Use This Model' }).click();
  await ready(page);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await answered(page);
  expectNoErrors();
});

test('a model that is gone again after it arrived is no dead end', async () => {
  rig = await startModels({ env: { MLX_MANAGER_ENGINES_DIR: newEngines() } });
  const { page, expectNoErrors } = await openPage(rig, '/welcome');
  await page.getByText('tiny-qwen3-4bit').first().click();
  await page.getByRole('button', { name: 'Download and Start' }).click();
  await page.getByText(/is here\.$/).waitFor({ timeout: 60_000 });
  await rig.client.deleteModel({ params: { modelId: TINY } });
  await page.getByText(/has arrived\.$/).waitFor();
  await page.getByRole('button', { name: 'Choose Another' }).click();
  await page.getByRole('radiogroup', { name: 'Model' }).waitFor();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, with and without the hub, %s', async (theme) => {
  rig = await startModels();
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/welcome', { theme, expected: /502/ });
  await page.getByRole('radio').first().waitFor();
  await axe();
  await shot(`welcome-${theme}`);
  await rig.hub.goOffline();
  await page.reload();
  await page.getByText(/cannot be reached/).waitFor();
  await axe();
  await shot(`welcome-hub-away-${theme}`);
  expectNoErrors();
});
