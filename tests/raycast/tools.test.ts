/** The tools for Raycast's AI, as built, against a real agent with the real engine and the stand-in hub; and what the manifest says of them. */
import { jest } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endRig, startAndWait } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import type { Host } from './host/index.js';
import { manifest } from './support/extension.js';
import { startProfilesRig, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

const HUB_MODEL = 'mlx-community/tiny-qwen3-4bit';

let hub: StandInHub;
let rig: ProfilesRig;
let host: Host;
beforeEach(async () => {
  hub = await startHub({
    models: [
      { id: HUB_MODEL, folder: tinyModel, info: { downloads: 9000 } },
      { id: 'org/gated', folder: tinyModel, gated: 'manual' },
    ],
  });
  rig = await startProfilesRig({ hubUrl: hub.url });
  host = await rig.host();
});
afterEach(async () => {
  await host.close();
  await endRig(rig);
  await hub.stop();
});

type Answer = Record<string, unknown>;
const call = async <T = Answer>(name: string, input?: unknown): Promise<T> => (await host.tool(name)(input)) as T;
const asks = (name: string, input: unknown) => host.tool(name).confirmation?.(input);

test('search, then download after a question with the size', async () => {
  const [first, ...rest] = await call<Answer[]>('search-models', { query: 'tiny' });
  expect(rest).toEqual([]);
  expect(first).toMatchObject({ modelId: HUB_MODEL, fits: true, kind: 'Text', precision: '4-bit', downloads: '9k', downloaded: false });
  expect(first?.['size']).toMatch(/[kM]B$/);
  expect(await call<Answer[]>('search-models', { query: '', limit: 1, sort: 'downloads' })).toHaveLength(1);

  expect(await asks('download-model', { modelId: HUB_MODEL })).toMatchObject({
    message: `Download ${HUB_MODEL}?`,
    info: [{ name: 'Size', value: expect.stringMatching(/[kM]B$/) }, { name: 'Fits this machine', value: 'yes' }, { name: 'Terms' }],
  });
  const begun = await call('download-model', { modelId: HUB_MODEL });
  expect(begun).toMatchObject({ modelId: HUB_MODEL, progress: expect.stringMatching(/^\d+%$/) });
  const [task] = await rig.client.listDownloads();
  for await (const one of rig.client.watchDownload(task!.taskId)) if (one.status === 'completed') break;
  expect(await asks('download-model', { modelId: HUB_MODEL })).toBeUndefined();
  expect(await call('download-model', { modelId: HUB_MODEL })).toMatchObject({ state: 'is on this machine already' });
  await expect(asks('download-model', { modelId: 'org/none' })).rejects.toThrow(/org\/none/);
});

test('profiles and servers: listed, started, asked, stopped', async () => {
  const one = await rig.profile('One', { aliases: ['uno'] });
  await rig.profile('Two');
  await rig.client.updateSettings({ body: { defaultProfileId: one.id } });
  expect(await call<Answer[]>('list-profiles')).toEqual([
    { name: 'One', aliases: ['uno'], model: tinyModel, type: 'lm', state: 'stopped', default: true },
    { name: 'Two', model: tinyModel, type: 'lm', state: 'stopped' },
  ]);
  expect(await call('list-servers')).toMatchObject({ servers: [], memoryForModels: expect.stringMatching(/GB$/) });

  // Small, and there is room: no question.
  expect(await asks('start-profile', { profile: 'uno' })).toBeUndefined();
  expect(await call('start-profile', { profile: 'uno' })).toMatchObject({
    profile: 'One',
    state: 'ready',
    took: expect.stringMatching(/ s$/),
    baseUrl: `${rig.client.baseUrl}/v1`,
  });
  expect(await call('start-profile', { profile: 'One' })).toMatchObject({ state: 'was running already' });
  const { servers } = await call<{ servers: Answer[] }>('list-servers');
  expect(servers).toEqual([expect.objectContaining({ profile: 'One', state: 'healthy', requestsUnderWay: 0, model: tinyModel })]);

  const question = 'What is the capital of France?';
  const answered = await call('ask-local-model', { question, profile: 'One', maxTokens: 64 });
  expect(answered).toMatchObject({ model: 'One', answer: expect.stringContaining('Paris') });
  expect(JSON.stringify(answered)).not.toContain('think');
  expect(await call('ask-local-model', { question, systemPrompt: 'Be short.', maxTokens: 1 })).toMatchObject({ cutOff: true });

  expect(await asks('stop-profile', { profile: 'One' })).toMatchObject({ style: 'destructive', message: 'Stop One?' });
  expect(await call('stop-profile', { profile: 'One' })).toMatchObject({ profile: 'One', state: 'stopped' });
  expect(await asks('stop-profile', { profile: 'One' })).toBeUndefined();
  expect(await call('stop-profile', { profile: 'One' })).toEqual({ profile: 'One', state: 'was not running' });
});

test('the default profile of the preferences answers; a model that is not in memory is loaded for it', async () => {
  await rig.profile('One');
  await rig.profile('Two');
  const preferring = await rig.host({ preferences: { defaultProfile: 'two' } });
  const answer = await preferring.tool('ask-local-model')({ question: 'What is the capital of Italy?' });
  expect(answer).toMatchObject({ model: 'Two', answer: expect.stringContaining('Rome') });
  await preferring.close();
});

test('a start that takes much, or room from others, is asked about with its figures', async () => {
  const one = await rig.profile('One');
  await rig.profile('Two');
  await startAndWait(rig.client, one.id);
  const { leasedGb } = await rig.client.getPool();
  await rig.client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.5 } });
  expect(await asks('start-profile', { profile: 'Two' })).toMatchObject({ message: 'Start Two?' });
  await expect(call('start-profile', { profile: 'Two' })).rejects.toThrow(/^Two needs about .* GB/);
  expect(await asks('start-profile', { profile: 'Two', unloadOthers: true })).toMatchObject({
    message: 'Unload other models to start Two?',
    info: expect.arrayContaining([{ name: 'May be unloaded', value: 'One' }]),
  });
  expect(await call('start-profile', { profile: 'Two', unloadOthers: true })).toMatchObject({ state: 'ready' });
  expect((await rig.client.listServers()).map(({ profileName }) => profileName)).toEqual(['Two']);
});

test('an answer that loads a model is asked about like its start; one from memory is not', async () => {
  const question = 'What is the capital of Italy?';
  expect(await asks('ask-local-model', { question })).toBeUndefined();
  const one = await rig.profile('One');
  const two = await rig.profile('Two');
  // Small, and there is room.
  expect(await asks('ask-local-model', { question, profile: 'Two' })).toBeUndefined();
  await startAndWait(rig.client, one.id);
  const { leasedGb } = await rig.client.getPool();
  await rig.client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.5, defaultProfileId: two.id } });
  expect(await asks('ask-local-model', { question })).toBeUndefined();
  expect(await asks('ask-local-model', { question, profile: 'One' })).toBeUndefined();
  expect(await asks('ask-local-model', { question, profile: 'Two' })).toMatchObject({
    message: 'Unload other models to start Two?',
    info: expect.arrayContaining([{ name: 'May be unloaded', value: 'One' }]),
  });
  await rig.client.stopServer({ params: { profileId: one.id } });
  // Nothing is in memory: the default profile would answer.
  expect(await asks('ask-local-model', { question })).toMatchObject({ message: 'Start Two?' });
  await rig.client.updateSettings({ body: { defaultProfileId: null } });
  expect(await asks('ask-local-model', { question })).toMatchObject({ message: 'Start One?' });
  await expect(asks('ask-local-model', { question, profile: 'zzzzzzzz' })).rejects.toThrow('There is no profile');
});

test('errors are sentences that say what to do', async () => {
  await rig.profile('Writer');
  await expect(call('start-profile', { profile: 'writre' })).rejects.toThrow('There is no profile “writre”. Did you mean Writer?');
  await expect(call('stop-profile', { profile: 'zzzzzzzz' })).rejects.toThrow('There are Writer.');
  await rig.profile('Away', { modelPath: 'org/not-here' });
  await expect(call('ask-local-model', { question: 'Hi', profile: 'Away' })).rejects.toThrow(/org\/not-here/);
  await rig.stop();
  // As where it was never installed.
  rmSync(join(rig.folder, 'state', 'launcher.json'));
  await expect(call('list-profiles')).rejects.toThrow('The command Search Models of the extension shows how to install it.');
});

test('every tool has an eval of its own, whose mocks look like what it answers', async () => {
  const evals = manifest.ai?.evals ?? [];
  const called = (one: (typeof evals)[number]) =>
    (one.expected ?? []).map(({ callsTool }) => (typeof callsTool === 'object' ? callsTool.name : callsTool));
  for (const { name } of manifest.tools ?? []) {
    const own = evals.filter((one) => called(one).includes(name));
    expect([name, own.length > 0]).toEqual([name, true]);
    for (const one of own) expect(Object.keys(one.mocks ?? {})).toContain(name);
  }
  await rig.profile('One');
  const mock = evals.flatMap((one) => (one.mocks?.['list-profiles'] as Answer[] | undefined) ?? [])[0]!;
  const [real] = await call<Answer[]>('list-profiles');
  expect(Object.keys(real!).filter((key) => !(key in mock))).toEqual([]);
});
