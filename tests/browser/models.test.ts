/** Models: finding, fetching, using and deleting them, by mouse and by keyboard alone. */
import { jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { installedEngine } from '../support/engines.js';
import { openPage } from './support/page.js';
import { GATED, HUGE, manyModels, SLOW, startModels, TINY, TINY_8BIT, VISION, type ModelsRig } from './support/models.js';
import { soon } from './support/soon.js';

jest.setTimeout(180_000);

let rig: ModelsRig;
const start = async (options?: Parameters<typeof startModels>[0]): Promise<ModelsRig> => (rig = await startModels(options));
afterEach(() => rig.end());

const nameOf = (modelId: string): string => modelId.split('/')[1]!;
const tile = (page: Page, modelId: string) => page.getByRole('listitem').filter({ has: page.locator(`[data-row="${modelId}"]`) });
const names = (page: Page): Promise<(string | null)[]> =>
  page
    .locator('[data-row]')
    .evaluateAll((links) =>
      links.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map((link) => link.getAttribute('data-row')),
    );
const focused = (page: Page): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-row') ?? null);
const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
/** Presses Tab until a name has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, name: string, keys: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const seen: string[] = [];
  while (seen.at(-1) !== name && seen.length < 40) {
    await page.keyboard.press(keys);
    seen.push(await focusedName(page));
  }
  expect(seen.at(-1)).toBe(name);
}

describe('what is found', () => {
  test('recommended for this Mac, then the hub; each model once, with badges and whether it fits', async () => {
    await start();
    const { page, shot, expectNoErrors } = await openPage(rig, '/models');
    await page.getByRole('heading', { name: 'Recommended for This Mac' }).waitFor();
    await tile(page, VISION).waitFor();
    // One of each kind, the largest quantization that fits.
    await soon(async () => (await names(page))[0]).toBe(TINY_8BIT);
    expect(new Set(await names(page)).size).toBe(6);
    await soon(() => tile(page, HUGE).innerText()).toContain('Too large');
    await soon(() => tile(page, GATED).innerText()).toContain('gated');
    await soon(() => tile(page, VISION).innerText()).toContain('Vision and text');
    await page.getByRole('meter').first().waitFor();
    // Narrow, there is no meter: words say it, and the filters stand in one line.
    await page.setViewportSize({ width: 760, height: 560 });
    await page.getByRole('meter').first().waitFor({ state: 'hidden' });
    await tile(page, VISION)
      .getByText(/^Fits · needs /)
      .waitFor();
    await soon(() => tile(page, HUGE).innerText()).toMatch(/Too large · needs 600 GB/);
    for (const width of [720, 760, 800, 1000]) {
      await page.setViewportSize({ width, height: 560 });
      const tops = await page
        .locator('[role=switch]:visible, [role=combobox]:visible, button:has-text("More…"):visible')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, height }) => Math.round((top + height / 2) / 4)));
      expect([width, tops.length, new Set(tops).size]).toEqual([width, 5, 1]);
    }
    await shot('models-narrow');
    expectNoErrors();
  });

  test('search and filters by mouse; the search stays on top while the list scrolls, and scrolling brings the next page', async () => {
    await start({ models: manyModels(90) });
    const { page, requests, expectNoErrors } = await openPage(rig, '/models');
    await tile(page, TINY_8BIT).waitFor();
    await page.getByRole('switch', { name: 'Only models that fit this Mac' }).click();
    await tile(page, HUGE).waitFor({ state: 'detached' });
    await page.getByRole('switch', { name: 'Only models that fit this Mac' }).click();
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'Vision' }).click();
    await tile(page, TINY).waitFor({ state: 'detached' });
    await soon(() => names(page)).toEqual([VISION]);
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'All kinds' }).click();
    await page.getByRole('button', { name: 'More…' }).click();
    const dialog = page.getByRole('dialog', { name: 'More filters' });
    await dialog.getByLabel('Publisher').fill('pages');
    await dialog.getByLabel('Largest size').fill('none');
    await page.keyboard.press('Enter');
    await dialog.getByText('Type a number above 0, or leave it empty.').waitFor();
    await dialog.getByLabel('Largest size').fill('0.5');
    await page.keyboard.press('Enter');
    await page.getByText('No model fits these filters').waitFor();
    await page.getByRole('button', { name: 'More (2)…' }).click();
    await dialog.getByLabel('Largest size').fill('2');
    await dialog.getByLabel('Architecture').fill('llama');
    await page.keyboard.press('Enter');
    await tile(page, 'pages/model-000').waitFor();
    await soon(() => requests).toEqual(
      expect.arrayContaining([expect.stringMatching(/author=pages.*architecture=llama|architecture=llama.*author=pages/)]),
    );
    await page.getByRole('button', { name: 'More (3)…' }).click();
    await dialog.getByRole('button', { name: 'Clear' }).click();
    await tile(page, TINY).waitFor();
    const search = page.getByRole('searchbox');
    await search.fill('model-');
    await tile(page, 'pages/model-000').waitFor();
    const before = await search.boundingBox();
    const list = page.getByRole('region', { name: 'Models on the hub' });
    await list.hover();
    for (let i = 0; i < 40 && !(await tile(page, 'pages/model-089').isVisible()); i++) {
      await page.mouse.wheel(0, 900);
      await page.waitForTimeout(50);
    }
    await tile(page, 'pages/model-089').waitFor();
    await soon(() => search.boundingBox()).toEqual(before);
    expect(requests.filter((one) => one.includes('cursor=')).length).toBeGreaterThanOrEqual(2);
    await search.fill('nobody has this');
    await page.getByText('No model is called “nobody has this”').waitFor();
    expectNoErrors();
  });

  test('the hub is away: said, with what to do; what is here goes on, and it is found again', async () => {
    await start();
    await rig.download(TINY);
    await rig.hub.goOffline();
    const { page, expectNoErrors, axe, quiet } = await openPage(rig, '/models', { expected: /502/ });
    await page.getByText(/cannot be reached/).waitFor();
    await axe();
    await page.getByRole('tab', { name: 'Downloaded (1)' }).click();
    await tile(page, TINY).waitFor();
    await page.getByRole('tab', { name: 'Discover' }).click();
    // Looked at anew, it is asked anew.
    await quiet();
    await page.getByText(/cannot be reached/).waitFor();
    await rig.hub.goOnline();
    await page.getByRole('button', { name: 'Try Again' }).click();
    await tile(page, HUGE).waitFor();
    expectNoErrors();
  });
});

describe('a download', () => {
  test('by mouse: its tile goes to the top, it alone has a bar; paused, resumed, cancelled', async () => {
    await start({ models: manyModels(40) });
    rig.hub.fault({ at: 'cdn', throttle: 300_000 });
    const { page, shot, expectNoErrors } = await openPage(rig, '/models');
    await page.getByRole('searchbox').fill('-');
    await tile(page, SLOW).waitFor();
    await soon(async () => (await names(page))[0]).not.toBe(SLOW);
    await page.getByRole('button', { name: `Download ${nameOf(SLOW)}`, exact: true }).click();
    await page.getByRole('button', { name: `Pause the download of ${nameOf(SLOW)}` }).waitFor();
    await soon(async () => (await names(page))[0]).toBe(SLOW);
    await soon(() => page.getByRole('progressbar').count()).toBe(1);
    await tile(page, SLOW)
      .getByText(/ of 6\.00 MB/)
      .waitFor();
    await shot('models-downloading');
    await page.getByRole('button', { name: `Pause the download of ${nameOf(SLOW)}` }).click();
    await tile(page, SLOW).getByText('Paused').waitFor();
    await page.getByRole('button', { name: `Resume the download of ${nameOf(SLOW)}` }).click();
    await page.getByRole('button', { name: `Pause the download of ${nameOf(SLOW)}` }).waitFor();
    await page.getByRole('button', { name: `Cancel the download of ${nameOf(SLOW)}` }).click();
    await page.getByRole('button', { name: /^(Finish )?Download slow-4bit$/ }).waitFor();
    await soon(() => page.getByRole('progressbar').count()).toBe(0);
    expectNoErrors();
  });

  test('one that fails says why on its tile, and is tried again', async () => {
    await start();
    const end = rig.hub.fault({
      at: 'hub',
      path: /api\/models\/mlx-community\/tiny-vl/,
      status: 404,
      headers: { 'x-error-code': 'RepoNotFound' },
    });
    const { page, expectNoErrors } = await openPage(rig, '/models', { expected: /404/ });
    await page.getByRole('button', { name: `Download ${nameOf(VISION)}`, exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/tiny-vl/)
      .first()
      .waitFor();
    end();
    const again = page.getByRole('button', { name: new RegExp(`^(Retry the download of|Download) ${nameOf(VISION)}$`) });
    await again.click();
    await tile(page, VISION)
      .getByRole('button', { name: `Use ${nameOf(VISION)}` })
      .waitFor();
    expectNoErrors();
  });

  test('a gated model says what it wants, on its page and when it is asked for', async () => {
    await start();
    const { page, expectNoErrors, axe } = await openPage(rig, `/models/${encodeURIComponent(GATED)}`, { expected: /40[13]/ });
    await page.getByText('This model is gated.').waitFor();
    await axe();
    await page.getByRole('button', { name: `Download ${nameOf(GATED)}` }).click();
    await page
      .getByText(/wants you to accept terms first/)
      .last()
      .waitFor();
    expectNoErrors();
  });
});

test('by keyboard alone: found, looked at, downloaded, used, deleted', async () => {
  await installedEngine('mlx-lm');
  await start();
  const { page, shot, expectNoErrors } = await openPage(rig, '/models');
  await tile(page, TINY).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('tiny-qwen3-4bit');
  await tile(page, TINY_8BIT).waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowDown');
  await soon(() => focused(page)).toBe(TINY);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: nameOf(TINY) }).waitFor();
  // The focus came along; there is no search here.
  await soon(() => focusedName(page)).toBe(nameOf(TINY));
  await page.keyboard.press('/');
  await expect(focusedName(page)).resolves.toBe(nameOf(TINY));
  await tabTo(page, 'All Models');
  await page.keyboard.press('Enter');
  // As it was left.
  await soon(() => focused(page)).toBe(TINY);
  await soon(() => page.getByRole('searchbox').inputValue()).toBe('tiny-qwen3-4bit');
  await page.keyboard.press('Enter');
  await soon(() => focusedName(page)).toBe(nameOf(TINY));
  await page.goBack();
  await soon(() => focused(page)).toBe(TINY);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Use ${nameOf(TINY)}` }).waitFor();
  await soon(() => focused(page)).toBe(TINY);
  await tabTo(page, `Use ${nameOf(TINY)}`);
  await page.keyboard.press('Enter');
  const chat = page.getByRole('link', { name: `Chat with ${nameOf(TINY)}` });
  await chat.waitFor({ timeout: 90_000 });
  await shot('models-running');
  const [server] = await rig.client.listServers();
  await soon(() => chat.getAttribute('href')).toBe(`/chat?profile=${server?.profileId}`);
  await soon(() => page.getByRole('link', { name: 'Running' }).getAttribute('href')).toBe(`/servers/${server?.profileId}`);
  // Why it cannot be deleted is said where one wants to.
  await tabTo(page, `Delete ${nameOf(TINY)}`);
  await page.keyboard.press('Enter');
  await page.getByText(/runs it\. Stop that first/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tabTo(page, `Stop ${nameOf(TINY)}`, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await soon(() => rig.client.listServers()).toEqual([]);

  await tabTo(page, 'Discover', 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await tabTo(page, `Delete ${nameOf(TINY)}`);
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await shot('models-delete');
  // The harmless answer has the focus.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText(/are free again/).waitFor();
  await soon(() => rig.client.listLocalModels()).toEqual([]);
  expectNoErrors();
});

test('a model’s page: badges, memory by context, the card without anything of strangers, files, other quantizations', async () => {
  await start();
  const { page, shot, axe, expectNoErrors } = await openPage(rig, `/models/${encodeURIComponent(TINY)}`);
  await page.getByText('A model that knows').waitFor();
  await soon(() => page.locator('main img, main script').count()).toBe(0);
  await soon(() => page.getByText('[picture: a picture]').count()).toBe(1);
  await soon(() => page.getByRole('link', { name: 'a page' }).getAttribute('rel')).toBe('noreferrer');
  await soon(() => page.getByRole('link', { name: 'its files' }).getAttribute('href')).toBe(
    `${rig.hub.url}/${TINY}/blob/main/model.safetensors`,
  );
  await page.getByRole('list', { name: 'Files' }).getByText('model.safetensors', { exact: true }).waitFor();
  await page.getByText(/^Fits: needs about/).waitFor();
  const range = page.getByRole('slider', { name: 'Context' });
  const before = await page.getByRole('img', { name: /^Memory/ }).getAttribute('aria-label');
  await range.focus();
  await page.keyboard.press('Home');
  await soon(() => range.getAttribute('aria-valuetext')).toBe('2,048 tokens');
  await soon(() => page.getByRole('img', { name: /^Memory/ }).getAttribute('aria-label')).not.toBe(before);
  await shot('model-page');
  await axe();
  await page.getByRole('link', { name: nameOf(TINY_8BIT) }).click();
  await page.getByRole('heading', { level: 1, name: nameOf(TINY_8BIT) }).waitFor();
  expectNoErrors();
});

test('a revision is fetched by its name, and one of several is deleted', async () => {
  await start();
  await rig.download(TINY);
  const first = rig.hub.commitOf(TINY);
  await rig.hub.pushCommit(TINY, { 'notes.txt': 'newer' });
  const second = rig.hub.commitOf(TINY);
  const { page, expectNoErrors } = await openPage(rig, `/models/${encodeURIComponent(TINY)}`, { expected: /404/ });
  const menu = async (item: string): Promise<void> => {
    await page.getByRole('button', { name: `More for ${nameOf(TINY)}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await menu('Download Revision…');
  await page.getByLabel('Revision', { exact: true }).fill('no-such-branch');
  await page.keyboard.press('Enter');
  // That is known only once the hub is asked; the model that is here stays in use.
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: `Use ${nameOf(TINY)}` }).waitFor();
  await page.getByRole('button', { name: `Dismiss the failed download of ${nameOf(TINY)}` }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await menu('Download Revision…');
  await page.getByLabel('Revision', { exact: true }).fill(second);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const here = async (): Promise<readonly string[]> => (await rig.client.listLocalModels())[0]?.revisions ?? [];
  await soon(async () => [...(await here())].sort()).toEqual([first, second].sort());
  await soon(async () => {
    await page.getByRole('button', { name: `More for ${nameOf(TINY)}` }).click();
    const count = await page.getByRole('menuitem', { name: /^Delete Revision/ }).count();
    await page.keyboard.press('Escape');
    return count;
  }).toBe(2);
  await menu(`Delete Revision ${first.slice(0, 7)}`);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText(`Revision ${first.slice(0, 7)} of ${nameOf(TINY)} is deleted.`).waitFor();
  await soon(here).toEqual([second]);
  expectNoErrors();
});

test('a card that no parser bears does not take its page with it', async () => {
  const card = `# Card\n\n${'> '.repeat(5000)}deep`;
  await start({ models: [{ id: 'bad/card-4bit', files: { 'config.json': '{"model_type":"llama"}', 'README.md': card } }] });
  const { page, expectNoErrors } = await openPage(rig, `/models/${encodeURIComponent('bad/card-4bit')}`);
  await page.getByText(/> deep$/).waitFor();
  await page.getByRole('heading', { level: 1, name: 'card-4bit' }).waitFor();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  await start();
  await rig.download(TINY);
  rig.hub.fault({ at: 'cdn', throttle: 300_000 });
  await rig.client.downloadModel({ body: { modelId: SLOW } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/models', { theme });
  await tile(page, HUGE).waitFor();
  await axe();
  await shot(`models-${theme}`);
  await page.getByRole('tab', { name: /Downloaded/ }).click();
  await tile(page, TINY).waitFor();
  await axe();
  await shot(`models-downloaded-${theme}`);
  await page.getByRole('link', { name: nameOf(TINY) }).click();
  await page.getByText('A model that knows').waitFor();
  await axe();
  await shot(`model-page-${theme}`);
  await page.setViewportSize({ width: 640, height: 560 });
  await shot(`model-page-narrow-${theme}`);
  expectNoErrors();
});
