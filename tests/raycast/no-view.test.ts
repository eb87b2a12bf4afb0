/** Start Profile, Stop Profile and Stop All Servers, as built, against a real agent with the real engine. */
import { jest } from '@jest/globals';
import { endRig, startAndWait } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import type { Host } from './host/index.js';
import { startProfilesRig, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

let rig: ProfilesRig;
let host: Host;
beforeEach(async () => {
  rig = await startProfilesRig();
  host = await rig.host();
});
afterEach(async () => {
  await host.close();
  await endRig(rig);
});

const start = (profile?: string, launchContext?: Record<string, unknown>) =>
  host.run('start-profile', { arguments: profile === undefined ? {} : { profile }, ...(launchContext && { launchContext }) });
const stop = (profile?: string, launchContext?: Record<string, unknown>) =>
  host.run('stop-profile', { arguments: profile === undefined ? {} : { profile }, ...(launchContext && { launchContext }) });
/** Runs the command that a toast's action has launched, as Raycast does. */
const follow = (): Promise<void> => {
  const { name, arguments: given, context } = host.launched.at(-1)!;
  return host.run(name, { arguments: given as Record<string, string>, ...(context && { launchContext: context }) });
};
const running = async (): Promise<string[]> =>
  (await rig.client.listServers()).filter(({ state }) => state === 'healthy').map(({ profileName }) => profileName);

test('start and stop by a part of the name: the window closes, HUDs tell it, with figures at the end', async () => {
  await rig.profile('Qwen Tiny', { aliases: ['small'] });
  await start('tiny');
  expect(host.huds[0]).toBe('Starting Qwen Tiny…');
  expect(host.huds[1]).toMatch(/^Qwen Tiny is ready · \d+(\.\d+)? [MG]B · \d+(\.\d+)? s$/);
  expect(host.toasts).toEqual([]);
  expect(host.machine.entries('close-window').length).toBeGreaterThan(0);
  expect(await running()).toEqual(['Qwen Tiny']);

  // Once more: nothing is started, and the HUD does not claim it.
  await start('SMALL');
  expect(host.huds[2]).toMatch(/^Qwen Tiny is running already · /);
  expect(host.huds).toHaveLength(3);

  await stop('qwen');
  expect(host.huds[3]).toMatch(/^Qwen Tiny stopped( · .* free again)?$/);
  expect(await running()).toEqual([]);
  await stop('qwen');
  expect(host.huds[4]).toBe('Qwen Tiny is not running');
});

test('a start that loads already is waited for, by a launch context too', async () => {
  const { id } = await rig.profile('One');
  await rig.client.startServer({ params: { profileId: id } });
  await start(undefined, { profileId: id });
  expect(host.huds).toEqual(['Starting One…', expect.stringMatching(/^One is ready · /)]);
  await stop(undefined, { profileId: id });
  expect(host.huds[2]).toMatch(/^One stopped/);
});

test('without a name: the only one, the preference, the agent’s default, the one used last; else the names to choose from', async () => {
  await rig.profile('One');
  await start();
  expect(host.huds.at(-1)).toMatch(/^One is ready/);
  await stop();
  expect(host.huds.at(-1)).toMatch(/^One stopped/);
  await stop();
  expect(host.huds.at(-1)).toBe('Nothing is running');

  const two = await rig.profile('Two');
  await rig.profile('Three');
  await start();
  expect(host.toast).toMatchObject({ title: 'Could Not Start', style: 'FAILURE' });
  expect(host.toast?.message).toBe(
    "There are 3 profiles and none of them is the default: One, Three, Two. Name one, or set the Default Profile in the extension's preferences.",
  );
  await host.pressToast('Show Profiles');
  expect(host.launched.at(-1)).toMatchObject({ name: 'manage-profiles' });

  await rig.client.updateSettings({ body: { defaultProfileId: two.id } });
  await start();
  expect(await running()).toEqual(['Two']);
  const preferring = await rig.host({ preferences: { defaultProfile: 'three' } });
  await preferring.run('start-profile', { arguments: {} });
  await preferring.close();
  expect((await running()).sort()).toEqual(['Three', 'Two']);

  await stop();
  expect(host.toast?.message).toBe('2 profiles run: Three, Two. Name the one to stop.');
  await host.pressToast('Show Servers');
  expect(host.launched.at(-1)).toMatchObject({ name: 'show-servers' });
  await host.run('stop-all-servers');
  expect(host.huds.at(-1)).toMatch(/^2 servers stopped/);
  expect(await running()).toEqual([]);
  await host.run('stop-all-servers');
  expect(host.huds.at(-1)).toBe('Nothing is running');
});

test('the one used last is meant where no default is set', async () => {
  await rig.profile('One');
  const two = await rig.profile('Two');
  await startAndWait(rig.client, two.id);
  const answer = await fetch(`${rig.client.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'Two', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 }),
  });
  expect(answer.status).toBe(200);
  await rig.client.stopServer({ params: { profileId: two.id } });
  await start();
  expect(await running()).toEqual(['Two']);
});

test('an unknown name: the nearest is offered, and started by it; an ambiguous one: the names', async () => {
  await rig.profile('Writer');
  await rig.profile('Work Mail');
  await start('writre');
  expect(host.toast).toMatchObject({ title: 'Could Not Start', message: 'There is no profile “writre”. Did you mean Writer?' });
  await host.pressToast('Start Writer');
  await follow();
  expect(host.huds.at(-1)).toMatch(/^Writer is ready/);
  await start('w');
  expect(host.toast?.message).toBe('“w” fits 2 profiles: Work Mail, Writer. Type more of the name.');
  await stop('zzzzzz');
  expect(host.toast).toMatchObject({ title: 'Could Not Stop', message: 'There is no profile “zzzzzz”. There are Work Mail, Writer.' });
  await stop('w'); // of those that run, it fits one
  expect(host.huds.at(-1)).toMatch(/^Writer stopped/);
});

test('nothing to start: the toast leads to the search', async () => {
  await start();
  expect(host.toast).toMatchObject({ title: 'Could Not Start', style: 'FAILURE' });
  await host.pressToast('Search Models');
  expect(host.launched).toEqual([expect.objectContaining({ name: 'search-models' })]);
});

test('refused: each reason with what helps; a failure after the window closed is told by a HUD', async () => {
  const settings = (body: object) => rig.client.updateSettings({ body });
  const one = await rig.profile('One');
  const two = await rig.profile('Two');
  await startAndWait(rig.client, one.id);
  const { models, leasedGb } = await rig.client.getPool();
  expect(models).toHaveLength(1);
  await settings({ maxMemoryGb: leasedGb * 1.5 });
  await start('Two');
  expect(host.toast?.title).toBe('Could Not Start Two');
  expect(host.toast?.message).toMatch(/^Two needs about/);
  await host.pressToast('Unload Others and Start');
  await follow();
  expect(host.huds.at(-1)).toMatch(/^Two is ready/);
  expect(await running()).toEqual(['Two']);
  await rig.client.stopServer({ params: { profileId: two.id } });

  await settings({ maxMemoryGb: leasedGb / 2 });
  await start('Two');
  await host.pressToast('Show Servers');
  expect(host.launched.at(-1)?.name).toBe('show-servers');
  await settings({ maxMemoryGb: null });

  await rig.profile('Away', { modelPath: 'org/not-here' });
  await start('Away');
  await host.pressToast('Find the Model');
  expect(host.launched.at(-1)).toMatchObject({ name: 'search-models', context: { query: 'org/not-here' } });

  await rig.profile('Bad', { modelPath: tinyModel, extraArgs: ['--no-such-option'] });
  const toasts = host.toasts.length;
  await start('Bad');
  expect(host.huds.slice(-2)).toEqual(['Starting Bad…', expect.stringMatching(/^Could Not Start Bad: .*no-such-option/)]);
  expect(host.toasts).toHaveLength(toasts);
});

test('an engine that is missing leads to Manage Profiles, which installs it', async () => {
  const other = await startProfilesRig({ env: { MLX_MANAGER_ENGINES_DIR: `${rig.folder}/no-engines` } });
  const { id } = await other.profile('One');
  const its = await other.host();
  await its.run('start-profile', { arguments: { profile: 'One' } });
  await its.pressToast('Show in Manage Profiles');
  expect(its.launched).toEqual([expect.objectContaining({ name: 'manage-profiles', context: { profileId: id } })]);
  await its.close();
  await endRig(other);
});
