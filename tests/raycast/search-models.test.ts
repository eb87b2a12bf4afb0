/** Search Models, as built, in the host: real agent, stand-in hub, real engine. */
import { jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { startAndWait } from '../support/agent.js';
import type { ModelSpec } from '../support/hub/index.js';
import { commonShortcut, type Screen } from './host/index.js';
import { withoutEngines } from './support/engines.js';
import { EMBEDDINGS, GATED, HUGE, SLOW, startModels, TINY, TINY_8BIT, VISION, type ModelsRig } from './support/models.js';

jest.setTimeout(120_000);

let rig: ModelsRig;
const start = async (options?: Parameters<typeof startModels>[0]): Promise<ModelsRig> => (rig = await startModels(options));
const temporary: string[] = [];
afterEach(async () => {
  await rig.end();
  await Promise.all(temporary.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A folder of engines without any, gone with the test. */
function ownEngines(): string {
  const folder = withoutEngines();
  temporary.push(folder);
  return folder;
}

const onHub = (modelId: string): string => `On-the-Hub ${modelId}`;
const here = (modelId: string): string => `On-This-Mac ${modelId}`;
const titles = (screen: Screen): string[] => screen.actions().map((action) => action.title);
const loaded = (screen: Screen): Promise<unknown> => screen.until(() => !screen.view().isLoading);
const words = (screen: Screen, id: string): string => (screen.row(id)?.accessories ?? []).join(' ');

/** Searches and waits for the row of a model on the hub, then selects it. */
async function find(screen: Screen, modelId: string): Promise<string> {
  await screen.search(modelId.split('/')[1] ?? modelId);
  const row = await screen.until(() => screen.row(onHub(modelId)) ?? screen.row(here(modelId)));
  await loaded(screen);
  await screen.select(row.id);
  return row.id;
}

describe('what is found', () => {
  const pages: readonly ModelSpec[] = Array.from({ length: 60 }, (_, i) => ({
    id: `pages/model-${String(i).padStart(2, '0')}`,
    files: { 'config.json': '{"model_type":"llama"}' },
    info: { downloads: 600 - i, usedStorage: 1e9 },
  }));

  test('the overview: recommended for this Mac, what is here, the hub; each model once, with size, downloads and badges', async () => {
    const { host, download } = await start();
    await download(TINY);
    const screen = await host.launch('search-models');
    await loaded(screen);
    const { sections } = screen.view();
    expect(sections.map(({ title, rows }) => [title, rows.map((row) => row.id.split(' ')[1])])).toEqual([
      ['Recommended for This Mac', [TINY_8BIT, SLOW]],
      ['On This Mac', [TINY]],
      ['On the Hub', [GATED, HUGE, VISION, EMBEDDINGS]],
    ]);
    expect(screen.row(onHub(HUGE))?.accessories).toEqual(['too large', '5k', '500 GB']);
    expect(screen.row(onHub(GATED))?.accessories).toEqual(expect.arrayContaining(['thinking', 'tools', 'gated', '6k']));
    expect(screen.row(onHub(VISION))?.accessories).toContain('vision');
    expect(screen.row(onHub(EMBEDDINGS))?.accessories).toContain('embeddings');
    // One does not chat with an embedding model.
    await screen.select(onHub(EMBEDDINGS));
    expect(titles(screen)[0]).toBe('Download and Start');
    expect(screen.frames.some((frame) => frame.empty)).toBe(false);
  });

  test('typing: each question replaces the one before, rows never go away meanwhile, and the agent is not asked for every letter’s answer', async () => {
    const { host, hub } = await start({ models: pages });
    const screen = await host.launch('search-models');
    await loaded(screen);
    const before = screen.frames.length;
    await screen.type('model-5');
    await screen.until(() => screen.rows().length === 10);
    await loaded(screen);
    expect(screen.rows().every((row) => row.title.startsWith('model-5'))).toBe(true);
    expect(screen.frames.slice(before).every((frame) => frame.rows > 0)).toBe(true);
    expect(hub.requests.filter((request) => request.query.get('search') === 'model-5')).not.toHaveLength(0);
    await screen.search('');
    await screen.until(() => screen.row(onHub(HUGE)));
  });

  test('pages: scrolling brings the next ones, once each, until the last', async () => {
    const { host, hub } = await start({ models: pages });
    const screen = await host.launch('search-models', { launchContext: { query: 'model' } });
    expect(screen.view().searchText).toBe('model');
    await screen.until(() => screen.rows().length === 25);
    await loaded(screen);
    expect(await screen.scrollToEnd()).toBe(true);
    await screen.until(() => screen.rows().length === 50);
    // A page that does not come is told, and can be asked for again.
    await loaded(screen);
    const heal = hub.fault({ path: /^\/api\/models$/, status: 500 });
    await screen.scrollToEnd();
    await screen.until(() => host.toast?.title === 'Could Not Load More Models', { timeout: 40_000 });
    heal();
    await loaded(screen);
    expect(screen.rows()).toHaveLength(50);
    await screen.scrollToEnd();
    await screen.until(() => screen.rows().length === 60);
    await loaded(screen);
    expect(await screen.scrollToEnd()).toBe(false);
    expect(new Set(screen.rows().map((row) => row.id)).size).toBe(60);
    // A new question begins at its first page.
    await screen.search('model-1');
    await screen.until(() => screen.rows().length === 10);
  });

  test('the dropdown: kinds, what fits, sorts; the choice is kept', async () => {
    const { host, again } = await start();
    const screen = await host.launch('search-models');
    await loaded(screen);
    const ids = (): string[] => screen.rows().map((row) => row.id.split(' ')[1] ?? '');
    const choose = async (title: string, expected: string[]): Promise<void> => {
      await screen.dropdown(title);
      await screen.until(() => ids().join() === expected.join(), { what: `${title}: ${expected.join()}` });
      await loaded(screen);
    };
    await choose('Vision', [VISION]);
    await choose('Embeddings', [EMBEDDINGS]);
    await choose('Smallest That Fit', [EMBEDDINGS, VISION, GATED, TINY, TINY_8BIT, SLOW]);
    await choose('Most Liked', [TINY, GATED, HUGE, SLOW, EMBEDDINGS, TINY_8BIT, VISION]);
    await choose('Image Editing', []);
    expect(screen.view().empty?.title).toBe('No Models Found');
    await screen.press('Search on Hugging Face');
    expect(host.opened).toEqual(['https://huggingface.co/models?library=mlx&search=']);
    const next = await (await again()).launch('search-models');
    expect(next.view().dropdown?.value).toBe('kind:image-edit');
    await loaded(next);
    await next.press('Show All Models');
    await next.until(() => next.row(onHub(HUGE)));
  });

  test('the detail: facts, badges, license, files, other quantizations, and whether it fits', async () => {
    const { host } = await start();
    const screen = await host.launch('search-models');
    await find(screen, TINY);
    await screen.press('Show Detail');
    await screen.until(() => screen.markdown().includes('Other Quantizations'));
    expect(screen.markdown()).toMatch(/!\[Fits now: needs about 307 MB of the .* free for models\.\]\(data:image\/svg\+xml;base64,/);
    expect(screen.markdown()).toContain('Weights 2.63 MB, KV cache 4.19 MB for a context of 4,096 tokens, overhead 300 MB.');
    expect(screen.markdown()).toContain(`[${TINY_8BIT}](https://huggingface.co/${TINY_8BIT}) · 5.00 MB`);
    expect(screen.markdown()).toContain('model.safetensors · 2.63 MB');
    const facts = Object.fromEntries((screen.view().detail?.metadata ?? []).map((one) => [one.title, one.text]));
    expect(facts).toMatchObject({
      Kind: 'Text',
      License: 'apache-2.0',
      Context: '4,096 tokens',
      Size: '2.63 MB',
      Downloads: '9k',
      Likes: '12',
    });
    expect(facts.Badges).toContain('tools');
    await find(screen, HUGE);
    await screen.until(() => screen.view().detail?.isLoading === false && screen.markdown().includes('huge-900b'));
    await screen.press('Hide Detail');
    expect(screen.view().detail).toBeUndefined();
  });
});

describe('rows of before', () => {
  test('stand in the first frame of the next launch, also while the hub does not answer', async () => {
    const { host, again, hub } = await start();
    const first = await host.launch('search-models');
    await loaded(first);
    const rows = first.rows().map((row) => row.id);
    await first.close();
    await hub.goOffline();
    const next = await again();
    const screen = await next.launch('search-models');
    expect(screen.frames[0]).toMatchObject({ rows: rows.length, isLoading: true, empty: false });
    await screen.until(() => next.toast?.title === 'Could Not Refresh the Models of the Hub', { timeout: 40_000 });
    expect(screen.rows().map((row) => row.id)).toEqual(rows);
    // A question whose answer is not known: said below what is here, or on the whole screen.
    await screen.search('something new');
    await screen.until(() => screen.view().empty?.title === 'The Hub Does Not Answer', { timeout: 40_000 });
    expect(screen.view().empty?.description).toMatch(/cannot be reached/);
    await screen.press('Copy Error');
    expect(next.copied[0]).toMatch(/cannot be reached/);
    await hub.goOnline();
    await screen.press('Try Again');
    await screen.until(() => screen.view().empty?.title === 'No Models Found', { timeout: 40_000 });
  });

  test('with the hub away, what is on this Mac is still shown', async () => {
    const { host, hub, download } = await start();
    await download(TINY);
    await hub.goOffline();
    const screen = await host.launch('search-models');
    const row = await screen.rowShown('The Hub Does Not Answer', { timeout: 40_000 });
    expect(row.subtitle).toMatch(/cannot be reached/);
    expect(screen.row(here(TINY))).toBeDefined();
    await screen.press('Use', { wait: false });
    await screen.until(() => host.launched.length > 0, { timeout: 60_000 });
  });
});

describe('downloads', () => {
  const slowly = (): (() => void) => rig.hub.fault({ at: 'cdn', throttle: 1_500_000 });

  test('progress in place, pause, resume, cancel; on reopening one sees it', async () => {
    const { host, again, client } = await start();
    const fast = slowly();
    const screen = await host.launch('search-models');
    const id = await find(screen, SLOW);
    await screen.press('Download');
    await screen.until(() => /\b[1-9]\d?%/.test(words(screen, id)));
    expect(titles(screen)).toEqual(expect.arrayContaining(['Pause Download', 'Cancel Download']));
    await screen.press('Pause Download');
    await screen.until(() => /paused at \d+%/.test(words(screen, id)));
    await screen.press('Resume Download');
    await screen.until(() => /\b\d+%/.test(words(screen, id)));
    await screen.close();

    const second = await again();
    const next = await second.launch('search-models', { launchContext: { query: 'slow' } });
    const row = await next.until(() => next.rows().find((one) => one.title === 'slow-4bit' && /%/.test(one.accessories.join())));
    await loaded(next);
    await next.select(next.rows().find((one) => one.title === row.title)!.id);
    second.answer = false;
    await next.press('Cancel Download');
    expect(second.alerts.at(-1)).toMatchObject({
      title: 'Cancel Download?',
      destructive: true,
      message: expect.stringMatching(/^The .*B of mlx-community\/slow-4bit that have arrived are deleted/),
    });
    expect((await client.listDownloads())[0]?.status).not.toBe('cancelled');
    second.answer = true;
    await next.press('Cancel Download');
    await next.until(() => next.rows().some((one) => one.title === 'slow-4bit' && !/%|cancel/.test(one.accessories.join())));
    await loaded(next);
    fast();
    await next.select(next.rows().find((one) => one.title === row.title)!.id);
    // What had arrived whole before is still there: it goes on with that.
    await next.press('Resume Download');
    await next.until(() => titles(next)[0] === 'Use');
  });

  test('a gated model: the task says why, the terms are one action away', async () => {
    const { host, client } = await start();
    const screen = await host.launch('search-models');
    const id = await find(screen, GATED);
    await screen.press('Download');
    await screen.until(() => /failed/.test(words(screen, id)));
    expect(screen.row(id)?.accessoryViews.find((one) => one.tag === 'failed')?.tooltip).toMatch(/gated/);
    await screen.press('Try Download Again');
    await screen.until(() => /failed/.test(words(screen, id)));
    await screen.press('Download and Use');
    expect(host.toast).toMatchObject({ title: 'Could Not Use gated-tiny', message: expect.stringMatching(/is gated.*Accept them/) });
    await host.pressToast('Open on Hugging Face');
    expect(host.opened).toEqual([`https://huggingface.co/${GATED}`]);
    host.answer = true;
    await screen.press('Cancel Download');
    await screen.until(() => !/failed/.test(words(screen, id)));
    expect((await client.listDownloads())[0]?.status).toBe('cancelled');
  });

  test('a disk that is too small is said in the agent’s words; another try is one action', async () => {
    const vast: ModelSpec = {
      id: 'mlx-community/vast',
      files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: 1000, seed: 'vast' } },
      claims: { 'model.safetensors': 1e16 },
    };
    const { host } = await start({ models: [vast] });
    const screen = await host.launch('search-models');
    await find(screen, vast.id);
    await screen.press('Download and Use');
    expect(host.toast).toMatchObject({
      title: 'Could Not Use vast',
      message: expect.stringMatching(/The disk has .* GB free; 10000000.* GB are needed\. Free some space/),
    });
    await host.pressToast('Try Again');
    await screen.until(() => host.toasts.length === 2 && host.toast?.title === 'Could Not Use vast');
  });

  test('a download that is called off: paused, and what has arrived is kept', async () => {
    const { host, client } = await start();
    slowly();
    const screen = await host.launch('search-models');
    await find(screen, SLOW);
    await screen.press('Download and Use', { wait: false });
    await screen.until(() => /Downloading slow-4bit [1-9]\d?% of 6\.00 MB/.test(host.toast?.history.at(-1) ?? ''));
    // A second press on the same model changes nothing.
    await screen.press('Download and Use');
    expect(host.toasts).toHaveLength(1);
    await host.pressToast('Cancel');
    await screen.until(() => host.toast?.message === 'The download is paused. What has arrived is kept.');
    expect((await client.listDownloads())[0]).toMatchObject({ status: 'paused', modelId: SLOW });
    // Paused by another surface: said, no failure.
    await screen.press('Download and Use', { wait: false });
    const { taskId } = (await client.listDownloads())[0]!;
    await screen.until(() => /Downloading/.test(host.toast?.title ?? ''));
    await client.pauseDownload({ params: { taskId } });
    await screen.until(() => host.toast?.title === 'Stopped');
    await screen.press('Download and Use', { wait: false });
    await screen.until(() => /Downloading/.test(host.toast?.title ?? ''));
    await client.cancelDownload({ params: { taskId } });
    await screen.until(() => host.toast?.message === 'The download is canceled.');
  });
});

describe('use', () => {
  test('from nothing to a chat: download, profile, start, Quick Chat; then at once', async () => {
    const { host, client } = await start();
    const screen = await host.launch('search-models');
    const id = await find(screen, TINY);
    await screen.press('Download and Use');
    const [profile] = await client.listProfiles();
    expect(profile).toMatchObject({ name: 'tiny-qwen3-4bit', modelPath: TINY, modelType: 'lm' });
    expect(host.launched).toEqual([
      expect.objectContaining({ name: 'quick-chat', type: 'userInitiated', context: { profileId: profile?.id } }),
    ]);
    expect(host.toasts).toHaveLength(1);
    expect(host.toasts[0]?.history.join('\n')).toMatch(/Preparing[\s\S]*Downloading tiny-qwen3-4bit[\s\S]*Loading tiny-qwen3-4bit/);
    expect(host.toast).toBeUndefined();
    expect((await client.listServers())[0]).toMatchObject({ state: 'healthy' });
    await screen.until(() => /in memory/.test(words(screen, id)) && titles(screen)[0] === 'Use');
    await screen.press('Use');
    expect(host.launched).toHaveLength(2);
    expect(await client.listProfiles()).toHaveLength(1);
    // Its detail counts it as loaded.
    await screen.key(commonShortcut('ToggleQuickLook')!);
    await screen.until(() => screen.markdown().includes('Loaded: needs about'));
  });

  test('the other actions on a model that is here', async () => {
    const { host, client, download } = await start({ preferences: { enterAction: 'copy' } });
    await download(TINY);
    const screen = await host.launch('search-models');
    await loaded(screen);
    await screen.select(here(TINY));
    const { localPath } = (await client.listLocalModels())[0]!;
    expect(titles(screen)[0]).toBe('Copy Base URL');
    await screen.enter();
    await screen.press('Copy Model ID');
    await screen.press('Copy Path');
    expect(host.copied).toEqual([`${client.baseUrl}/v1`, TINY, localPath]);
    await screen.press('Show in Finder');
    expect(host.machine.entries('show-in-finder').map((entry) => entry.path)).toEqual([localPath]);
    await screen.press('Open on Hugging Face');
    expect(host.opened).toEqual([`https://huggingface.co/${TINY}`]);
    await screen.press('Create Profile…');
    await screen.press('Show Downloads');
    expect(host.launched.map(({ name, context }) => [name, context])).toEqual([
      ['create-profile', { modelPath: TINY }],
      ['show-downloads', undefined],
    ]);
    await screen.press('Refresh');
    await loaded(screen);
  });

  test('Enter starts where the preference says so; a start that is called off is stopped', async () => {
    const { host, client, download } = await start({ preferences: { enterAction: 'start' } });
    await download(TINY);
    const screen = await host.launch('search-models');
    await loaded(screen);
    await screen.select(here(TINY));
    expect(titles(screen).slice(0, 2)).toEqual(['Start', 'Use']);
    await screen.enter({ wait: false });
    await screen.until(() => /Loading tiny/.test(host.toast?.title ?? '') && /loading/.test(words(screen, here(TINY))));
    await host.pressToast('Cancel');
    await screen.until(() => host.toast?.message === 'tiny-qwen3-4bit is stopped.');
    await screen.until(() => !/loading|in memory/.test(words(screen, here(TINY))));
    expect((await client.listServers()).filter((server) => server.state === 'healthy')).toEqual([]);
    await screen.enter();
    expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'tiny-qwen3-4bit Is Ready' });
    expect(host.launched).toEqual([]);
    // Enter stops what is in memory.
    await screen.until(() => titles(screen).slice(0, 2).join() === 'Stop,Use');
    await screen.enter();
    expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'tiny-qwen3-4bit Stopped' });
    await screen.until(() => titles(screen)[0] === 'Start');
    expect(await client.listServers()).toEqual([]);
  });

  test('a model that is not here is fetched and started without a chat', async () => {
    const { host } = await start();
    const screen = await host.launch('search-models');
    await find(screen, TINY);
    await screen.press('Download and Start');
    expect(host.toast?.title).toBe('tiny-qwen3-4bit Is Ready');
  });

  test('not enough memory: others are unloaded when asked, and what never fits is refused', async () => {
    const { host, client, download } = await start();
    await download(TINY);
    await download(TINY_8BIT);
    await client.updateSettings({ body: { maxMemoryGb: 0.4 } });
    const profile = await client.createProfile({ body: { name: 'First', modelPath: TINY_8BIT } });
    await startAndWait(client, profile.id);
    const screen = await host.launch('search-models');
    await loaded(screen);
    await screen.select(here(TINY));
    await screen.press('Use');
    expect(host.toast).toMatchObject({ style: 'FAILURE', message: expect.stringMatching(/needs about .* GB; .* are free\./) });
    await host.pressToast('Unload Others and Start');
    await screen.until(() => host.launched.length === 1, { timeout: 60_000 });
    await screen.until(() => !/in memory/.test(words(screen, here(TINY_8BIT))));

    const server = (await client.listServers()).find((one) => one.state === 'healthy')!;
    await client.stopServer({ params: { profileId: server.profileId } });
    await client.updateSettings({ body: { maxMemoryGb: 0.1 } });
    await screen.until(() => !/in memory/.test(words(screen, here(TINY))));
    await screen.press('Use');
    await screen.until(() => String(host.toast?.style) === 'FAILURE');
    expect(host.toast?.primaryAction?.title).toBe('Copy Error');
    await screen.press('Refresh');
    await loaded(screen);
    await screen.press('Show Detail');
    await screen.until(() => screen.markdown().includes('Too large: needs about 307 MB'));
  });

  test('a missing engine: offered, refused, then installed, and on it goes', async () => {
    const engines = ownEngines();
    const { host, download } = await start({ env: { MLX_MANAGER_ENGINES_DIR: engines } });
    await download(TINY);
    const screen = await host.launch('search-models');
    await loaded(screen);
    await screen.select(here(TINY));
    host.answer = false;
    await screen.press('Use');
    expect(host.alerts).toEqual([expect.objectContaining({ title: 'Install the Engine?', primary: 'Install Engine' })]);
    expect(host.toast).toMatchObject({ title: 'Stopped', message: 'The model is here; its engine is not installed.' });
    host.answer = true;
    await screen.press('Use', { wait: false });
    await screen.until(() => host.launched.length === 1, { timeout: 110_000 });
    expect(host.toasts[1]?.history.join('\n')).toMatch(/Installing the Engine \S+ \S/);
  });

  test('an engine that cannot be installed is said in the agent’s words', async () => {
    // No registry to fetch it from.
    const engines = ownEngines();
    const registry = 'http://127.0.0.1:9/simple';
    const env = { UV_DEFAULT_INDEX: registry, UV_INDEX_URL: registry, PIP_INDEX_URL: registry, UV_HTTP_RETRIES: '0' };
    const { host, download } = await start({ env: { ...env, MLX_MANAGER_ENGINES_DIR: engines } });
    await download(TINY);
    const screen = await host.launch('search-models');
    await loaded(screen);
    await screen.select(here(TINY));
    host.answer = true;
    await screen.press('Use');
    expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Use tiny-qwen3-4bit' });
    expect(host.toast?.message).toMatch(/could not be installed/);
    await host.pressToast('Try Again');
    await screen.until(() => host.toasts.length === 2 && String(host.toast?.style) === 'FAILURE');
  });
});
