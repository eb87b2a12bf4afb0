/**
 * Takes the pictures of the README: `npm run pictures -- window`. The real page, a real agent, real engines; behind the models' names is the tiny
 * model of the tests, and the hub is a stand-in. Run by jest, which knows how to load the agent's sources.
 */
import { jest } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { ask, endRig, startAgent, type Rig } from '../../support/agent.js';
import { startHub, type StandInHub } from '../../support/hub/index.js';
import { furnish } from '../../raycast/picture/furnish.js';
import { COMING, FACTS, hubModels, quantizedTinyModel } from '../../raycast/picture/models.js';
import { answers, composer } from '../support/chat.js';
import { openPage, pageFolder, type OpenOptions } from '../support/page.js';

jest.setTimeout(900_000);

const PICTURES = join(resolve(import.meta.dirname, '../../..'), 'docs/pictures');
const WINDOW = { width: 1180, height: 600, scale: 1.5 };
const DROPDOWN = { width: 380, height: 560, scale: 2 };
/** Figures are drawn over two minutes. */
const HISTORY_MS = 100_000;

let rig: Rig;
let hub: StandInHub;
let busy: AbortController;
let work: Promise<unknown>;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'window-pictures-')));
  hub = await startHub({ models: hubModels(await quantizedTinyModel(folder)) });
  rig = await startAgent({ ...pageFolder(), hubUrl: hub.url, folder });
  await rig.client.updateSettings({ body: { chatTitles: 'first_words', maxMemoryGb: 16 } });
  await furnish({ client: rig.client });
  busy = new AbortController();
  work = keepBusy(busy.signal);
});
afterAll(async () => {
  busy.abort();
  await work;
  await endRig(rig);
  await hub.stop();
});

/** Somebody asks the models, with pauses, so that the figures say something. */
async function keepBusy(signal: AbortSignal): Promise<void> {
  const one = async (model: string, pause: number): Promise<void> => {
    for (let i = 0; !signal.aborted; i++) {
      const content = ['Tell me a joke.', 'Write a short poem.', 'What is the capital of Japan?'][i % 3];
      await ask(rig.agent.address, { model, temperature: 1, max_tokens: 300, messages: [{ role: 'user', content }] }, signal);
      await sleep(pause * (1 + (i % 4)), undefined, { signal });
    }
  };
  await Promise.allSettled([one('qwen3-4b', 900), one('qwen3-14b', 2500)]);
}

/** Opens a page, brings it to where it should be seen, and takes its picture. */
async function take(name: string, path: string, options: OpenOptions, prepare: (page: Page) => Promise<unknown>): Promise<void> {
  const { page, expectNoErrors } = await openPage(rig, path, options);
  await prepare(page);
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.fonts.ready);
  await sleep(500);
  const file = join(PICTURES, `${name}.png`);
  await page.screenshot({ path: file });
  expectNoErrors();
  const { size } = statSync(file);
  process.stdout.write(`${name}.png: ${(size / 1000).toFixed(0)} kB\n`);
  expect(size).toBeLessThan(300_000);
}

test('servers', () =>
  take('servers', '/servers', WINDOW, async (page) => {
    await page.getByRole('group', { name: 'qwen3-14b' }).getByText('Running', { exact: true }).waitFor();
    await sleep(HISTORY_MS);
  }));

test('chat', () =>
  take('chat', '/chat', WINDOW, async (page) => {
    await page.getByRole('link', { name: /Python Add Function/ }).click();
    await page.getByText('def add').first().waitFor();
    await composer(page).fill('Give me a person as JSON.');
    await page.keyboard.press('Enter');
    await answers(page).nth(1).waitFor();
    await answers(page).nth(1).getByText('"name"').first().waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached', timeout: 120_000 });
  }));

test('dark', () =>
  take('dark', `/models/${encodeURIComponent(FACTS)}`, { ...WINDOW, theme: 'dark' }, (page) =>
    page.getByText('A stand-in for this model').first().waitFor(),
  ));

/** A download in its middle, so slow that it is still there when its picture is taken. */
async function beginDownload(): Promise<string> {
  hub.fault({ path: /model\.safetensors/, throttle: 1.5e6 });
  const { taskId } = await rig.client.downloadModel({ body: { modelId: COMING } });
  for await (const task of rig.client.watchDownload(taskId)) if (task.progress >= 35) break;
  return taskId;
}

test('models and dropdown', async () => {
  const taskId = await beginDownload();
  await take('models', '/models', WINDOW, (page) =>
    page
      .getByText(/Qwen3-8B-4bit/)
      .first()
      .waitFor(),
  );
  await rig.client.pauseDownload({ params: { taskId } });
  await take('dropdown', '/dropdown', DROPDOWN, async (page) => {
    await page.getByRole('region', { name: 'Downloads' }).waitFor();
    await rig.client.resumeDownload({ params: { taskId } });
    await page.getByText(/MB\/s/).waitFor({ timeout: 60_000 });
    await page
      .getByText(/\d tok\/s/)
      .first()
      .waitFor({ timeout: 60_000 });
  });
});
