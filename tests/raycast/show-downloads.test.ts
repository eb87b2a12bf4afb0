/** Show Downloads, as built, against a real agent and the stand-in hub: every state, every action, live. */
import { jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { builtExtension, createHost, type Host, type Screen } from './host/index.js';

jest.setTimeout(120_000);

const SIZE = 6_000_000;
const model = (id: string) => ({
  id,
  files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: SIZE, seed: id } },
});

let hub: StandInHub;
let rig: Rig;
let host: Host;
beforeEach(async () => {
  hub = await startHub({ models: [model('org/one'), model('org/two'), { id: 'org/tiny', folder: tinyModel }] });
  rig = await startAgent({ hubUrl: hub.url });
  host = createHost({ folder: await builtExtension(), env: { MLX_MANAGER_HOME: rig.env.MLX_MANAGER_HOME } });
});
afterEach(async () => {
  await host.close();
  await endRig(rig);
  await hub.stop();
});

const download = async (modelId: string): Promise<string> => (await rig.client.downloadModel({ body: { modelId } })).taskId;
/** Waits until a model's row stands in a section. */
const shownIn = (screen: Screen, modelId: string, section: string) =>
  screen.until(() => screen.rows().find((row) => row.title === modelId && row.section === section), { what: `${modelId} in ${section}` });

test('empty, then live: active with its progress and waiting; paused, resumed, canceled, downloaded again, completed, cleared', async () => {
  await rig.client.updateSettings({ body: { maxDownloads: 1 } });
  const screen = await host.launch('show-downloads');
  await screen.until(() => screen.text().includes('No Downloads'));
  await screen.press('Search Models');
  expect(host.launched.at(-1)?.name).toBe('search-models');

  const fast = hub.fault({ at: 'cdn', throttle: 1_000_000 });
  await download('org/one');
  await shownIn(screen, 'org/one', 'Active');
  await download('org/two');
  await shownIn(screen, 'org/two', 'Waiting');
  await screen.until(() => /MB of 6\.00 MB/.test(screen.text()) && /MB\/s|kB\/s/.test(screen.text()) && / left/.test(screen.text()));

  await screen.select('org/two');
  await screen.press('Pause Download');
  await shownIn(screen, 'org/two', 'Paused');
  await screen.select('org/one');
  await screen.press('Pause Download');
  await shownIn(screen, 'org/one', 'Paused');
  expect((await rig.client.listDownloads()).map((task) => task.status)).toEqual(['paused', 'paused']);
  await screen.press('Resume Download');
  await shownIn(screen, 'org/one', 'Active');

  host.answer = false;
  await screen.press('Cancel Download');
  expect(host.alerts.at(-1)).toMatchObject({
    title: 'Cancel Download?',
    destructive: true,
    message: expect.stringMatching(/MB of org\/one/),
  });
  expect(screen.row('org/one')?.section).not.toBe('Canceled');
  host.answer = true;
  await screen.press('Cancel Download');
  await shownIn(screen, 'org/one', 'Canceled');
  await screen.select('org/one');
  await screen.press('Download Again');
  await shownIn(screen, 'org/one', 'Active');
  fast();

  const done = await shownIn(screen, 'org/one', 'Completed');
  expect(JSON.stringify(done.accessories)).toContain('6.00 MB');
  await screen.select('org/one');
  await screen.press('Show in Finder');
  const shown = host.machine.entries('show-in-finder').at(-1)?.path ?? '';
  expect(existsSync(`${shown}/config.json`)).toBe(true);
  await screen.press('Copy Model ID');
  expect(host.copied.at(-1)).toBe('org/one');
  await screen.press('Open on Hugging Face');
  expect(host.opened.at(-1)).toBe('https://huggingface.co/org/one');
  await screen.press('Clear Finished');
  await screen.until(() => screen.row('org/one') === undefined);
  expect((await rig.client.listDownloads()).map((task) => task.modelId)).toEqual(['org/two']);
  await screen.close();
});

test('a model that has arrived is used from here: profile, start, Quick Chat; one that was deleted meanwhile is fetched again', async () => {
  await installedEngine('mlx-lm');
  await download('org/tiny');
  const screen = await host.launch('show-downloads');
  await shownIn(screen, 'org/tiny', 'Completed');
  await screen.press('Use Model');
  const [profile] = await rig.client.listProfiles();
  expect(profile).toMatchObject({ name: 'tiny', modelPath: 'org/tiny' });
  expect(host.launched).toEqual([expect.objectContaining({ name: 'quick-chat', context: { profileId: profile?.id } })]);
  expect((await rig.client.listServers()).map(({ state }) => state)).toEqual(['healthy']);

  await rig.client.stopServer({ params: { profileId: profile!.id } });
  await rig.client.deleteModel({ params: { modelId: 'org/tiny' } });
  await screen.press('Use Model');
  expect(host.toasts.at(-1)?.history.join('\n')).toMatch(/Downloading tiny/);
  expect(host.launched).toHaveLength(2);
  await screen.close();
});

test('a failed one says why, is retried, or removed', async () => {
  hub.fault({ at: 'cdn', corruptAt: 100, times: 2 });
  await download('org/one');
  const screen = await host.launch('show-downloads');
  const failed = await shownIn(screen, 'org/one', 'Failed');
  expect(JSON.stringify(failed.accessoryViews)).toMatch(/arrived damaged, twice/);
  await screen.press('Copy Error');
  expect(host.copied.at(-1)).toMatch(/arrived damaged, twice\. Resume the download/);
  await screen.press('Retry Download');
  await shownIn(screen, 'org/one', 'Completed');
  await screen.press('Remove from List');
  await screen.until(() => screen.text().includes('No Downloads'));
  expect(await rig.client.listDownloads()).toEqual([]);
  await screen.close();
});

test('an action whose outcome does not come is taken back and told', async () => {
  hub.fault({ at: 'cdn', throttle: 1_000_000 });
  await download('org/one');
  const screen = await host.launch('show-downloads');
  await shownIn(screen, 'org/one', 'Active');
  await screen.press('Pause Download');
  await shownIn(screen, 'org/one', 'Paused');
  await rig.stop();
  await screen.press('Resume Download');
  expect(host.toast).toMatchObject({ title: 'Could Not Resume the Download', message: expect.stringContaining('is not installed') });
  await screen.close();
});

test('rows come from the cache at once, without a flash of emptiness; an agent that goes away is told and found again', async () => {
  hub.fault({ at: 'cdn', throttle: 1_000_000 });
  const taskId = await download('org/one');
  await rig.client.pauseDownload({ params: { taskId } });
  const first = await host.launch('show-downloads');
  await shownIn(first, 'org/one', 'Paused');
  expect(first.frames.some((frame) => frame.empty && !frame.isLoading)).toBe(false);
  await first.close();

  const screen = await host.launch('show-downloads');
  expect(screen.frames[0]).toMatchObject({ rows: 1 });
  await rig.stop();
  await screen.until(() => screen.text().includes('MLX Manager Is Not'));
  rig = await startAgent({ folder: rig.folder, hubUrl: hub.url });
  await shownIn(screen, 'org/one', 'Paused');
  await screen.close();
});
