/** Create Profile, as built, against a real agent: every field, the contract's own checks, and what the agent refuses. */
import { jest } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { endRig } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import type { Host, Screen } from './host/index.js';
import { startProfilesRig, toastShown, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(180_000);

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

const open = async (launchContext?: Record<string, unknown>): Promise<Screen> => {
  const screen = await host.launch('create-profile', launchContext && { launchContext });
  await screen.until(() => screen.view().kind === 'form' && !screen.view().isLoading && screen.fields().length > 5);
  return screen;
};
const profile = async (name: string) => (await rig.client.listProfiles()).find((one) => one.name === name);

/** The command goes on in Manage Profiles. */
const created = async (name: string): Promise<void> => {
  await host.until(() => host.launched.at(-1)?.context?.created === name, { what: `${name} made` });
  expect(host.launched.at(-1)).toMatchObject({ name: 'manage-profiles', context: { profileId: (await profile(name))?.id } });
};

test('every field is filled, and all of it arrives', async () => {
  const template = join(dirname(tinyModel), 'tiny-qwen3', 'config.json');
  const screen = await open();
  expect(screen.field('model').options.map(({ value }) => value)).toEqual(expect.arrayContaining([tinyModel, 'other']));
  await screen.fill({ model: tinyModel });
  expect(screen.field('name').value).toBe('tiny-qwen3');
  // Only what the engine knows: mlx-lm has no limit of the context, the other engine has.
  expect(screen.fields().map(({ id }) => id)).not.toContain('contextLength');
  await screen.fill({ engine: 'mlx-openai-server' });
  await screen.fill({
    name: 'everything',
    contextLength: '4096',
    aliases: 'one, two',
    systemPrompt: 'Be brief.',
    idleMinutes: '30',
    pinned: true,
    autoStart: true,
    restartOnCrash: false,
    exposePort: true,
  });
  expect(screen.field('port').value).toBe(String((await rig.client.nextPort()).port));
  const port = (await rig.client.nextPort()).port + 7;
  await screen.fill({ port: String(port), showSampling: true });
  await screen.fill({
    temperature: '0,7',
    topP: '0.9',
    topK: '40',
    minP: '0.05',
    maxTokens: '512',
    repetitionPenalty: '1.1',
    presencePenalty: '-1',
    seed: '7',
  });
  expect(screen.fields().map(({ id }) => id)).not.toContain('frequencyPenalty');
  await screen.press('Show Advanced Options');
  await screen.fill({
    description: 'All of it.',
    modelType: 'lm',
    host: 'localhost',
    maxConcurrency: '2',
    queueTimeout: '60',
    queueSize: '5',
    toolCallParser: 'qwen3',
    reasoningParser: 'qwen3',
    enableAutoToolChoice: true,
    trustRemoteCode: true,
    chatTemplateFile: [template],
    logLevel: 'DEBUG',
    logFile: 'more.log',
    noLogFile: true,
    extraArgs: '--disable-auto-resize',
  });
  await screen.fill({ engine: 'mlx-openai-server', showAdvanced: true });
  expect(screen.text()).toContain('will run on this machine with your rights');
  await screen.submit();
  await created('everything');
  expect(await profile('everything')).toMatchObject({
    modelPath: tinyModel,
    modelType: 'lm',
    engine: 'mlx-openai-server',
    contextLength: 4096,
    aliases: ['one', 'two'],
    systemPrompt: 'Be brief.',
    idleMinutes: 30,
    pinned: true,
    autoStart: true,
    restartOnCrash: false,
    exposePort: true,
    port,
    sampling: { temperature: 0.7, topP: 0.9, topK: 40, minP: 0.05, maxTokens: 512, repetitionPenalty: 1.1, presencePenalty: -1, seed: 7 },
    description: 'All of it.',
    host: 'localhost',
    maxConcurrency: 2,
    queueTimeout: 60,
    queueSize: 5,
    toolCallParser: 'qwen3',
    reasoningParser: 'qwen3',
    enableAutoToolChoice: true,
    trustRemoteCode: true,
    chatTemplateFile: template,
    logLevel: 'DEBUG',
    logFile: 'more.log',
    noLogFile: true,
    extraArgs: ['--disable-auto-resize'],
  });
});

test('the least: a model is chosen already, the port is left to the agent, and the toast starts it', async () => {
  const screen = await open({ modelPath: tinyModel });
  expect(screen.field('model').value).toBe(tinyModel);
  await screen.submit();
  await created('tiny-qwen3');
  await screen.close();
  await host.launch('manage-profiles', { launchContext: host.launched.at(-1)?.context ?? {} });
  await toastShown(host, 'tiny-qwen3 Created');
  await host.pressToast('Start');
  await toastShown(host, 'tiny-qwen3 Is Running');
  const made = await profile('tiny-qwen3');
  expect((await rig.client.getServer({ params: { profileId: made?.id ?? 0 } })).state).toBe('healthy');
});

test('a typed model, with what is wrong said at the field while one types', async () => {
  await rig.profile('taken', { aliases: ['nickname'] });
  const screen = await open();
  await screen.fill({ model: 'other' });
  await screen.submit();
  await toastShown(host, 'Check the Marked Fields');
  expect(screen.field('modelText').error).toBe('Needed');
  await screen.fill({ modelText: 'org/some-model' });
  expect(screen.field('modelText').error).toBeUndefined();
  expect(screen.field('name').value).toBe('some-model');
  expect(screen.text()).toContain('not on this machine');

  const wrong = async (field: string, value: string, error: string | undefined): Promise<void> => {
    await screen.fill({ [field]: value });
    expect([field, screen.field(field).error]).toEqual([field, error]);
  };
  await wrong('name', '', 'Needed');
  await wrong('name', 'x'.repeat(81), 'At most 80 characters');
  await wrong('name', 'TAKEN', 'There is a profile or alias of this name already');
  await wrong('name', 'mine', undefined);
  await wrong('aliases', 'ok, Nickname', 'There is a profile or alias named Nickname already');
  await wrong('aliases', '-no', 'Only letters, digits and . _ : / -, each beginning with a letter or digit');
  await wrong('aliases', '', undefined);
  await wrong('idleMinutes', 'soon', 'Must be a number');
  await wrong('idleMinutes', '1.5', 'Must be a whole number');
  await wrong('idleMinutes', '0', 'Must be at least 1');
  await wrong('idleMinutes', '', undefined);
  await screen.fill({ exposePort: true });
  await wrong('port', '80', 'Must be at least 1024');
  const { port } = (await rig.client.listProfiles())[0] ?? { port: 0 };
  await wrong('port', String(port), 'The port belongs to taken');
  await screen.fill({ exposePort: false, showSampling: true });
  await wrong('temperature', '9', 'Must be at most 5');
  await wrong('temperature', 'hot', 'Must be a number');
  await screen.submit();
  expect(await profile('mine')).toBeUndefined();
  await wrong('temperature', '1', undefined);
  await screen.submit();
  await created('mine');
  expect(await profile('mine')).toMatchObject({ modelPath: 'org/some-model', sampling: { temperature: 1 } });
});

describe('what the agent refuses stands at its field, and what was typed stays', () => {
  let other: Server;
  let port: number;
  beforeEach(async () => {
    other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    port = (other.address() as { port: number }).port;
  });
  afterEach(() => new Promise<void>((done) => void other.close(() => done())));

  test('port, model folder, option', async () => {
    const screen = await open({ modelPath: tinyModel });
    await screen.fill({ name: 'kept', exposePort: true });
    await screen.fill({ port: String(port) });
    await screen.submit();
    await screen.until(() => screen.field('port').error?.includes('is in use'));
    expect(screen.field('name').value).toBe('kept');
    await screen.fill({ exposePort: false, showAdvanced: true });
    await screen.fill({ extraArgs: '--host\n0.0.0.0' });
    await screen.submit();
    await screen.until(() => screen.field('extraArgs').error?.includes('--host'));
    await screen.fill({ extraArgs: '' });
    await screen.press('Hide Advanced Options');
    const outside = join(rig.folder, 'outside');
    await mkdir(outside);
    await copyFile(join(tinyModel, 'config.json'), join(outside, 'config.json'));
    await screen.fill({ model: 'other' });
    await screen.fill({ modelText: outside });
    await screen.submit();
    await screen.until(() => screen.field('modelText').error?.includes('outside the allowed folders'));
    expect(screen.field('name').value).toBe('kept');
    const inside = join(rig.folder, 'state', 'models', 'mine');
    await cp(tinyModel, inside, { recursive: true });
    await screen.fill({ modelText: inside });
    await screen.press('Refresh');
    await screen.submit();
    await created('kept');
  });
});

test('a draft comes back; an agent that is away has its own screen', async () => {
  const screen = await host.launch('create-profile', { draftValues: { name: 'drafted', model: tinyModel, idleMinutes: '9' } });
  await screen.until(() => screen.view().kind === 'form' && screen.fields().length > 5);
  expect([screen.field('name').value, screen.field('idleMinutes').value]).toEqual(['drafted', '9']);
  await screen.close();
  await rig.stop();
  const second = await rig.host();
  try {
    const away = await second.launch('create-profile');
    await away.until(() => away.markdown().includes('Not Running'));
  } finally {
    await second.close();
  }
});
