/** Manage Models, as built, in the host: real agent, stand-in hub, real engine. */
import { jest } from '@jest/globals';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAndWait } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { createHost, builtExtension, type Screen } from './host/index.js';
import { SLOW, startModels, TINY, TINY_8BIT, type ModelsRig } from './support/models.js';

jest.setTimeout(120_000);

let rig: ModelsRig;
const start = async (options?: Parameters<typeof startModels>[0]): Promise<ModelsRig> => (rig = await startModels(options));
afterEach(() => rig.end());

const titles = (screen: Screen): string[] => screen.actions().map((action) => action.title);
const loaded = (screen: Screen): Promise<unknown> => screen.until(() => !screen.view().isLoading);
const sections = (screen: Screen): [string | undefined, string[]][] =>
  screen.view().sections.map(({ title, rows }) => [title, rows.map((row) => row.id)]);

test('no model yet: a screen that leads to the search', async () => {
  const { host } = await start();
  const screen = await host.launch('manage-models');
  await screen.until(() => screen.view().empty?.title === 'No Model Yet');
  expect(screen.frames.filter((frame) => frame.empty && !frame.isLoading).every((frame) => frame === screen.frames.at(-1))).toBe(true);
  await screen.press('Search Models');
  expect(host.launched).toEqual([expect.objectContaining({ name: 'search-models' })]);
  await screen.press('Try Again');
  await screen.press('Copy Error');
  await loaded(screen);
});

test('no agent: the screen says what to do', async () => {
  await start();
  const host = createHost({ folder: await builtExtension(), env: { MLX_MANAGER_HOME: join(rig.folder, 'nothing'), PATH: '' } });
  try {
    const screen = await host.launch('manage-models');
    await screen.until(() => screen.view().empty?.title === 'MLX Manager Is Not Installed');
    await screen.press('Show Install Guide');
    expect(screen.markdown()).toContain('Install MLX Manager');
    await screen.press('Copy Command');
    await screen.press('Copy Homebrew Command');
    await screen.back();
    await screen.press('Open Extension Preferences');
    expect(host.machine.entries('preferences')).toHaveLength(1);
  } finally {
    await host.close();
  }
});

describe('models of this Mac', () => {
  test('sections, sizes, profiles, last use, sorts, filter; remembered rows at the next launch', async () => {
    const { host, client, download, again, folder, hub } = await start();
    await download(TINY);
    await download(TINY_8BIT);
    const own = join(folder, 'models', 'mine');
    mkdirSync(join(folder, 'models'), { recursive: true });
    cpSync(tinyModel, own, { recursive: true });
    await client.updateSettings({ body: { modelFolders: [join(folder, 'models')] } });
    const fast = hub.fault({ at: 'cdn', throttle: 1_000_000 });
    const { taskId } = await client.downloadModel({ body: { modelId: SLOW } });
    for await (const task of client.watchDownload(taskId)) if (task.progress > 5) break;
    await client.pauseDownload({ params: { taskId } });
    const profile = await client.createProfile({ body: { name: 'Eight', modelPath: TINY_8BIT } });
    await startAndWait(client, profile.id);

    const screen = await host.launch('manage-models');
    await loaded(screen);
    expect(sections(screen)).toEqual([
      ['In Memory', [TINY_8BIT]],
      ['Downloaded', [TINY]],
      ['In Your Folders', [own]],
      ['Not Complete', [SLOW]],
    ]);
    // What they take, of what all of them take, whatever one types.
    const subtitles = screen.view().sections.map(({ subtitle }) => subtitle ?? '');
    expect(subtitles[1]).toMatch(/^2\.91 MB of \d+\.\d+ MB$/);
    expect(new Set(subtitles.map((subtitle) => subtitle.split(' of ')[1])).size).toBe(1);
    const words = (id: string): string =>
      (screen.row(id)?.accessoryViews ?? []).map((one) => one.tooltip ?? one.text ?? one.tag).join(' | ');
    expect(words(TINY_8BIT)).toMatch(/Profiles: Eight \| Last Used \| Size on Disk/);
    expect(screen.row(TINY_8BIT)?.accessories).toEqual(expect.arrayContaining(['in memory', '1', 'just now', '2.91 MB']));
    expect(screen.row(SLOW)?.accessories.join()).toMatch(/paused at \d+%/);
    // A folder of the owner's is not on the hub, and is not deleted from here.
    await screen.select(own);
    for (const title of ['Delete Model…', 'Open on Hugging Face', 'Copy Model ID']) expect(titles(screen)).not.toContain(title);
    await screen.press('Copy Path');
    expect(host.copied).toEqual([own]);

    await screen.search('eight');
    expect(screen.rows().map((row) => row.id)).toEqual([TINY_8BIT]);
    await screen.search('');
    await client.stopServer({ params: { profileId: profile.id } });
    await screen.until(() => sections(screen)[0]?.[0] === 'Downloaded');
    expect(sections(screen)[0]).toEqual(['Downloaded', [TINY_8BIT, TINY]]); // the one that was used
    await screen.dropdown('Name');
    expect(sections(screen)[0]).toEqual(['Downloaded', [TINY, TINY_8BIT]]);
    await screen.dropdown('Size');
    expect(screen.rows()).toHaveLength(4);
    await screen.close();

    fast();
    const next = await (await again()).launch('manage-models');
    expect(next.frames[0]).toMatchObject({ rows: 4, isLoading: true, empty: false });
    expect(next.view().dropdown?.value).toBe('size');
    await loaded(next);
    await next.select(SLOW);
    await next.press('Resume Download');
    await next.until(() => sections(next).some(([title, ids]) => title === 'Downloaded' && ids.includes(SLOW)));
  });

  test('use, and the actions beside it', async () => {
    const { host, client, download } = await start();
    await download(TINY);
    const screen = await host.launch('manage-models');
    await screen.rowShown(TINY);
    await screen.press('Start');
    expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'tiny-qwen3-4bit Is Ready' });
    await screen.until(() => sections(screen)[0]?.[0] === 'In Memory');
    await screen.press('Use');
    const [profile] = await client.listProfiles();
    expect(host.launched).toEqual([expect.objectContaining({ name: 'quick-chat', context: { profileId: profile?.id } })]);
    await screen.press('Create Profile…');
    await screen.press('Search Models');
    await screen.press('Show Downloads');
    expect(host.launched.slice(1).map(({ name, context }) => [name, context])).toEqual([
      ['create-profile', { modelPath: TINY }],
      ['search-models', undefined],
      ['show-downloads', undefined],
    ]);
    const { localPath } = (await client.listLocalModels())[0]!;
    await screen.press('Show in Finder');
    await screen.press('Open on Hugging Face');
    await screen.press('Copy Model ID');
    await screen.press('Copy Base URL');
    expect(host.machine.entries('show-in-finder')[0]?.path).toBe(localPath);
    expect(host.opened).toEqual([`https://huggingface.co/${TINY}`]);
    expect(host.copied).toEqual([TINY, `${client.baseUrl}/v1`]);
    await screen.press('Show Detail');
    await screen.until(() => screen.markdown().includes('Loaded: needs about') && screen.markdown().includes('### Files'));
    const facts = Object.fromEntries((screen.view().detail?.metadata ?? []).map((one) => [one.title, one.text]));
    expect(facts).toMatchObject({ 'Last Used': 'just now', Profiles: profile?.name, Folder: localPath, License: 'apache-2.0' });
    await screen.press('Hide Detail');
    await screen.press('Refresh');
    await loaded(screen);
    expect(screen.view().sections[0]?.subtitle).toBe('2.91 MB');
    // What is in memory is taken out of it here, and can be deleted then.
    expect(titles(screen).slice(0, 2)).toEqual(['Use', 'Stop']);
    await screen.press('Stop');
    expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'tiny-qwen3-4bit Stopped' });
    await screen.until(() => sections(screen)[0]?.[0] === 'Downloaded');
    expect(await client.listServers()).toEqual([]);
    host.answer = true;
    await screen.press('Delete Model…');
    expect(host.toast?.title).toBe('Deleted tiny-qwen3-4bit');
  });

  test('delete: asked with the space it frees, gone at once; what is in use is refused', async () => {
    const { host, client, download } = await start();
    await download(TINY);
    await download(TINY_8BIT);
    const profile = await client.createProfile({ body: { name: 'Eight', modelPath: TINY_8BIT } });
    await startAndWait(client, profile.id);
    const screen = await host.launch('manage-models');
    await screen.rowShown(TINY);
    await screen.select(TINY_8BIT);
    host.answer = true;
    await screen.press('Delete Model…');
    expect(host.alerts[0]).toMatchObject({ title: 'Delete tiny-qwen3-8bit?', primary: 'Delete', destructive: true });
    expect(host.alerts[0]?.message).toMatch(/2\.91 MB become free\. Eight will not start without it; the profile is kept\./);
    expect(host.toast).toMatchObject({ style: 'FAILURE', message: expect.stringMatching(/is used by .*Eight.*Stop that first/) });
    expect(screen.row(TINY_8BIT)).toBeDefined();

    await screen.select(TINY);
    const { localPath } = (await client.listLocalModels()).find((model) => model.modelId === TINY)!;
    host.answer = false;
    await screen.press('Delete Model…');
    expect(existsSync(localPath)).toBe(true);
    host.answer = true;
    await screen.press('Delete Model…');
    expect(host.toast).toMatchObject({ title: 'Deleted tiny-qwen3-4bit', message: '2.91 MB are free again' });
    expect(screen.row(TINY)).toBeUndefined();
    expect(existsSync(localPath)).toBe(false);
  });

  test('a download under way: progress in its row, paused, tried again, cancelled; it is not deleted meanwhile', async () => {
    const { host, client, hub } = await start();
    const end = hub.fault({ at: 'cdn', throttle: 1_500_000 });
    const screen = await host.launch('manage-models');
    await screen.until(() => screen.view().empty);
    await client.downloadModel({ body: { modelId: SLOW } });
    const words = (): string => (screen.row(SLOW)?.accessories ?? []).join();
    await screen.until(() => /\b[1-9]\d?%/.test(words()));
    host.answer = true;
    await screen.press('Delete Model…');
    expect(host.toast).toMatchObject({ style: 'FAILURE', message: expect.stringMatching(/is used by .*Stop that first/) });
    await screen.press('Pause Download');
    await screen.until(() => /paused at/.test(words()));
    end();
    const heal = hub.fault({ at: 'hub', path: /model\.safetensors$/, status: 403, headers: { 'x-error-code': 'GatedRepo' } });
    await screen.press('Resume Download');
    await screen.until(() => /failed/.test(words()), { timeout: 60_000 });
    await screen.press('Try Download Again');
    await screen.until(() => /failed/.test(words()), { timeout: 60_000 });
    await screen.press('Download and Start');
    expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Use slow-4bit' });
    await screen.until(() => /failed/.test(words()));
    host.answer = false;
    await screen.press('Cancel Download');
    expect(host.alerts.at(-1)).toMatchObject({ title: 'Cancel Download?', destructive: true, message: expect.stringContaining(SLOW) });
    expect((await client.listDownloads())[0]?.status).toBe('failed');
    host.answer = true;
    await screen.press('Cancel Download');
    await screen.until(() => /incomplete/.test(words()));
    heal();
    await loaded(screen);
    // It comes whole, but random bytes are no model.
    await screen.press('Download and Use');
    expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Use slow-4bit' });
    await screen.until(() => sections(screen)[0]?.[0] === 'Downloaded');
    expect(host.launched).toEqual([]);
    await client.deleteModel({ params: { modelId: SLOW } });
    await screen.until(() => screen.view().empty?.title === 'No Model Yet');
  });
});
