/** Starting, stopping and what is offered then, in Manage Profiles and Show Servers as built, with real engines. */
import { jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ask, endRig, startAndWait } from '../support/agent.js';
import { installedEngine, miniLmModel } from '../support/engines.js';
import { frozen } from '../support/slow-engine.js';
import type { Host, Screen } from './host/index.js';
import { withoutEngines } from './support/engines.js';
import { shownIn, startProfilesRig, toastShown, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

let rig: ProfilesRig;
let host: Host;
const begin = async (options?: Parameters<typeof startProfilesRig>[0]): Promise<void> => {
  rig = await startProfilesRig(options);
  host = await rig.host();
};
afterEach(async () => {
  await host.close();
  await endRig(rig);
});

const toast = (title: string): Promise<void> => toastShown(host, title, 200_000);
const titles = (screen: Screen): string[] => screen.actions().map(({ title }) => title);
const open = async (command: string, row: string): Promise<Screen> => {
  const screen = await host.launch(command);
  await screen.until(() => !screen.view().isLoading && screen.row(row));
  await screen.select(row);
  return screen;
};

test('what one cannot chat with is not offered as a chat: neither by Enter, nor on its server, nor when it has started', async () => {
  await begin();
  await installedEngine('mlx-openai-server');
  const modelPath = await miniLmModel();
  await rig.client.updateSettings({ body: { modelFolders: [dirname(modelPath)] } });
  await rig.profile('vectors', { modelPath, modelType: 'embeddings', engine: 'mlx-openai-server' });
  const screen = await open('manage-profiles', 'vectors');
  expect(titles(screen).slice(0, 2)).toEqual(['Start', 'Copy Base URL']);
  expect(titles(screen)).not.toContain('Chat');
  await screen.enter({ wait: false });
  await toast('vectors Is Running');
  expect(host.toast?.primaryAction).toBeUndefined();
  await shownIn(screen, 'vectors', 'Running');
  expect(titles(screen).slice(0, 2)).toEqual(['Stop', 'Copy Base URL']);
  await screen.close();
  const servers = await open('show-servers', 'vectors');
  expect(titles(servers).slice(0, 2)).toEqual(['Show Logs…', 'Stop']);
  expect(titles(servers)).not.toContain('Chat');
  expect(host.launched).toEqual([]);
});

test('room is made by a start, after a restart that had none too; a model larger than all of it is not offered that', async () => {
  await begin();
  const first = await rig.profile('first');
  const second = await rig.profile('second', { extraArgs: ['--no-such-option'] });
  await expect(startAndWait(rig.client, second.id)).rejects.toThrow();
  await rig.client.updateProfile({ params: { id: second.id }, body: { extraArgs: [] } });
  await startAndWait(rig.client, first.id);
  const { leasedGb } = await rig.client.getPool();
  await rig.client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.5 } });

  const screen = await open('manage-profiles', 'second');
  await screen.press('Restart', { wait: false });
  await toast('Could Not Restart second');
  expect(host.toast?.message).toMatch(/needs about .* GB.*Stop one of: first/);
  const pressed = host.pressToast('Make Room and Start');
  await toast('second Is Running');
  await pressed;
  expect((await rig.client.listServers()).map(({ profileName, state }) => [profileName, state])).toEqual([['second', 'healthy']]);

  await rig.client.stopServer({ params: { profileId: second.id } });
  await rig.client.updateSettings({ body: { maxMemoryGb: leasedGb / 2 } });
  await shownIn(screen, 'second', 'Stopped');
  await screen.select('second');
  await screen.press('Start');
  await toast('Could Not Start second');
  expect(host.toast).toMatchObject({ message: expect.stringContaining('Choose a smaller model'), primaryAction: undefined });
});

test('a missing engine is installed from the toast, and the profile starts', async () => {
  const engines = withoutEngines();
  try {
    await begin({ env: { MLX_MANAGER_ENGINES_DIR: engines } });
    await rig.profile('tiny');
    const screen = await open('manage-profiles', 'tiny');
    await screen.press('Start');
    await toast('Could Not Start tiny');
    const pressed = host.pressToast('Install Engine and Start');
    await toast('tiny Is Running');
    await pressed;
    expect(host.toasts.map(({ title }) => title)).toContain('mlx-lm Is Installed');
    expect((await rig.client.listServers()).map(({ state }) => state)).toEqual(['healthy']);
  } finally {
    await rm(engines, { recursive: true, force: true });
  }
});

test('a server that answers somebody is stopped after a question only, which says what ends', async () => {
  await begin();
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  const screen = await open('show-servers', 'tiny');
  let answer: Promise<{ text: string }> | undefined;
  await frozen(rig.client, async () => {
    answer = ask(rig.agent.address, {
      model: 'tiny',
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      max_tokens: 4,
    });
    await screen.until(() => screen.view().detail?.metadata.find((one) => one.title === 'Requests')?.text === '1 running');
    host.answer = false;
    await screen.press('Stop');
  });
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Stop tiny?', message: 'It works on 1 request, which ends too.', destructive: true });
  expect((await answer)?.text).not.toBe('');
  expect((await rig.client.listServers()).map(({ state }) => state)).toEqual(['healthy']);
});
