/** "Use" over windows that are closed: what was to come after a download is gone on with at the next launch. As built, with a real agent and engine. */
import { jest } from '@jest/globals';
import type { Screen } from './host/index.js';
import { startModels, SLOW, TINY, TINY_8BIT, type ModelsRig } from './support/models.js';

jest.setTimeout(120_000);

let rig: ModelsRig;
afterEach(() => rig.end());

/** Models that are noted as wanted. */
const noted = (): string[] =>
  Object.keys(rig.host.machine.table('local-storage').all()).flatMap((key) => (key.startsWith('wanted ') ? [key.split(' ').at(-1)!] : []));
const downloaded = async (modelId: string): Promise<void> => {
  const { taskId } = (await rig.client.listDownloads()).find((task) => task.modelId === modelId)!;
  for await (const task of rig.client.watchDownload(taskId)) if (task.status === 'completed') return;
};
/** Presses Download and Use and comes back when it is under way. */
async function wish(screen: Screen, modelId: string): Promise<void> {
  const name = modelId.split('/')[1]!;
  await screen.search(name);
  await screen.until(() => screen.row(`On-the-Hub ${modelId}`) && !screen.view().isLoading);
  await screen.select(`On-the-Hub ${modelId}`);
  await screen.press('Download and Use', { wait: false });
  await screen.until(() => /^\d+% of .* Goes on without this window$/.test(rig.host.toast?.message ?? ''));
}

test('the window is closed while the download goes on: the next command starts it and offers the chat, once', async () => {
  rig = await startModels();
  const fast = rig.hub.fault({ at: 'cdn', throttle: 60_000 });
  const screen = await rig.host.launch('search-models');
  await wish(screen, TINY);
  await screen.close();
  expect(noted()).toEqual([TINY]);
  // Still under way: it is waited for by the next window, and left again.
  const between = await (await rig.again()).launch('show-downloads');
  await between.until(() => between.rows()[0]?.section === 'Active');
  await between.close();
  expect(noted()).toEqual([TINY]);
  fast();
  await downloaded(TINY);
  expect(await rig.client.listProfiles()).toEqual([]);

  const host = await rig.again();
  const models = await host.launch('manage-models');
  await models.until(() => host.toast?.title === 'tiny-qwen3-4bit Is Ready', { timeout: 60_000 });
  expect(host.launched).toEqual([]);
  const [profile] = await rig.client.listProfiles();
  expect((await rig.client.listServers()).map(({ profileId, state }) => [profileId, state])).toEqual([[profile?.id, 'healthy']]);
  await host.pressToast('Chat');
  expect(host.launched).toEqual([expect.objectContaining({ name: 'quick-chat', context: { profileId: profile?.id } })]);
  expect(noted()).toEqual([]);
});

test('what was called off, canceled, or is older than a day is not gone on with; what rests waits', async () => {
  rig = await startModels();
  rig.hub.fault({ at: 'cdn', throttle: 300_000 });
  const screen = await rig.host.launch('search-models');
  await wish(screen, SLOW);
  await rig.host.pressToast('Cancel');
  await screen.until(() => rig.host.toast?.message === 'The download is paused. What has arrived is kept.');
  expect(noted()).toEqual([]);

  const table = rig.host.machine.table('local-storage');
  const stateFolder = rig.env.MLX_MANAGER_HOME;
  const note = (modelId: string, hoursAgo: number): void =>
    table.set(`wanted ${stateFolder} ${modelId}`, Date.now() - hoursAgo * 3_600_000);
  await rig.download(TINY_8BIT).catch(() => undefined);
  const { taskId } = await rig.client.downloadModel({ body: { modelId: TINY } });
  await rig.client.cancelDownload({ params: { taskId } });
  note(SLOW, 23);
  note(TINY, 1);
  note(TINY_8BIT, 25);
  note('org/gone', 1);
  const host = await rig.again();
  const models = await host.launch('manage-models');
  await models.until(() => noted().join() === SLOW, { what: 'only what rests to be noted' });
  expect(host.toasts).toEqual([]);
  expect(await rig.client.listProfiles()).toEqual([]);
});
