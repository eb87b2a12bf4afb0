/** The command that is shown, against the agent's own checks, and against what is really spawned. */
import { jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { LaunchCommand, ProfileCreateInput } from '@mlx-manager/shared';
import { endRig, newFolder, startAgent, startAndWait, type Rig } from '../../../tests/support/agent.js';
import { freePort, installedEngine, tinyModel } from '../../../tests/support/engines.js';

jest.setTimeout(900_000); // the first one to need the engine installs it

let rig: Rig;
afterEach(() => endRig(rig));

/** An agent that has no engine. */
async function bare(): Promise<Rig> {
  const folder = newFolder();
  return (rig = await startAgent({ folder, env: { MLX_MANAGER_ENGINES_DIR: join(folder, 'engines') } }));
}
const draft = (body: Partial<ProfileCreateInput> & { id?: number }) =>
  rig.client.draftCommand({ body: { modelPath: 'org/model', ...body } });

/** Program and arguments of a process, as the system has them. */
function argvOf(pid: number): string[] {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(' ');
}

test('without engine and model: the command as it would be, and what is missing', async () => {
  await bare();
  const { command, running, warnings, problems } = await draft({ sampling: { temperature: 0.5 }, extraArgs: ['--x', "it's"] });
  expect(command).toMatchObject({ engine: 'mlx-lm', file: join(rig.folder, 'engines/mlx-lm/0.32.2/bin/python'), portFixed: false });
  expect(command?.args).toEqual(
    expect.arrayContaining(['--model', join(rig.folder, 'hub/models--org--model/snapshots/REVISION'), '--temp', '0.5']),
  );
  expect(command?.args).toContain(String(command?.port));
  expect(command?.env).toMatchObject({ HF_HUB_OFFLINE: '1' });
  expect(command?.shell).toMatch(/^HF_HUB_OFFLINE=1 .*\/bin\/python .* --x 'it'\\''s'$/);
  expect(warnings).toEqual([expect.stringContaining('not installed'), expect.stringContaining('REVISION')]);
  expect({ running, problems }).toEqual({ running: null, problems: [] });
});

test('what would be refused is said at its field, all of it at once; the rest is shown', async () => {
  await bare();
  const other = await rig.client.createProfile({ body: { name: 'Other', modelPath: 'org/model', aliases: ['second'] } });
  const outside = join(rig.folder, 'outside.jinja');
  writeFileSync(outside, 'SECRET');
  const answer = await draft({
    name: 'OTHER',
    aliases: ['Second'],
    port: other.port,
    chatTemplateFile: outside,
    extraArgs: ['--port', '1'],
    engine: 'mlx-lm',
  });
  expect(answer.problems.map(({ field, code }) => [field, code])).toEqual([
    ['name', 'PROFILE_NAME_TAKEN'],
    ['aliases', 'PROFILE_NAME_TAKEN'],
    ['port', 'PORT_TAKEN_BY_PROFILE'],
    ['chat_template_file', 'MODEL_PATH_REFUSED'],
    ['extra_args', 'EXTRA_ARG_REFUSED'],
  ]);
  expect(answer.problems.every(({ message, action }) => message !== '' && action !== '')).toBe(true);
  expect(answer.command?.shell).toContain('--model');
  // A file outside the allowed folders is not read.
  expect(JSON.stringify(answer)).not.toContain('SECRET');
  // The same is refused when it is saved.
  await expect(rig.client.createProfile({ body: { name: 'OTHER', modelPath: 'org/model' } })).rejects.toMatchObject({
    code: 'PROFILE_NAME_TAKEN',
  });
  // Nothing of it is kept.
  expect(await rig.client.listProfiles()).toHaveLength(1);
});

test('its own name and port are no problem, nor is the port of a program while it is not exposed', async () => {
  await bare();
  const own = await rig.client.createProfile({ body: { name: 'Own', modelPath: 'org/model' } });
  expect((await draft({ id: own.id, name: 'own', port: own.port })).problems).toEqual([]);
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(own.port, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  try {
    expect((await draft({ id: own.id, port })).problems).toEqual([]);
    const exposed = await draft({ id: own.id, port, exposePort: true });
    expect(exposed.problems).toMatchObject([{ field: 'port', code: 'PORT_IN_USE' }]);
    expect(exposed.command).toMatchObject({ port, portFixed: true });
  } finally {
    await new Promise((done) => server.close(done));
  }
});

test('an engine or a model that cannot be told has no command', async () => {
  await bare();
  expect(await draft({ engine: 'nope' })).toMatchObject({ command: null, problems: [{ field: 'engine', code: 'ENGINE_UNKNOWN' }] });
  expect(await draft({ engine: 'mlx-lm', modelType: 'whisper' })).toMatchObject({
    command: null,
    problems: [{ code: 'ENGINE_CANNOT_SERVE' }],
  });
  expect(await draft({ modelPath: '/etc' })).toMatchObject({
    command: null,
    problems: [{ field: 'model_path', code: 'MODEL_PATH_REFUSED' }],
  });
  // Code that comes with the model is the adapter's own reason.
  const folder = join(rig.folder, 'state/models/own-code');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), '{"model_file":"evil.py"}');
  const coded = { modelPath: folder, engine: 'mlx-vlm', modelType: 'multimodal' } as const;
  expect(await draft(coded)).toMatchObject({
    command: null,
    problems: [{ field: 'model_path', action: expect.stringContaining('trust_remote_code') }],
  });
  expect((await draft({ ...coded, trustRemoteCode: true })).command?.args).toContain('--trust-remote-code');
});

test.each([
  [{ model_path: '' }, /model_path/],
  [{ model_path: 'org/m', port: 80 }, /port/],
  [{ model_path: 'org/m', colour: 'red' }, /colour/],
  [{ model_path: 'org/m', id: 'x' }, /id/],
  [{}, /model_path/],
  [[], /body|expected/i],
])('bad input %j is refused', async (body, words) => {
  await bare();
  const headers = { authorization: `Bearer ${rig.agent.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${rig.agent.address}/api/profiles/command`, { method: 'POST', headers, body: JSON.stringify(body) });
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect([answer.status, error.code]).toEqual([400, 'INVALID_REQUEST']);
  expect(error.message).toMatch(words);
});

test('a profile that is not there is said', async () => {
  await bare();
  await expect(draft({ id: 99 })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(rig.client.profileCommand({ params: { id: 99 } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
});

test('what is shown is what is spawned, and what runs is still known when the profile or the agent is another', async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  const { client } = rig;
  const words = (command: LaunchCommand | null): string[] => (command ? [command.file, ...command.args] : []);
  const body: ProfileCreateInput = {
    ...{ name: 'shown', modelPath: tinyModel, sampling: { temperature: 0.25, topK: 5 }, maxConcurrency: 2 },
    ...{ host: 'localhost', logLevel: 'WARNING', extraArgs: ['--max-tokens', '77'] },
  };

  const fixed = await client.createProfile({ body: { ...body, exposePort: true, port: await freePort() } });
  const { name, port, host, logLevel } = fixed;
  const typed = await draft({ ...body, id: fixed.id, name, port, host, logLevel, exposePort: true });
  const shown = await client.profileCommand({ params: { id: fixed.id } });
  expect(typed.command).toEqual(shown.command);
  expect(shown.running).toBeNull();
  const server = await startAndWait(client, fixed.id);
  expect(argvOf(server.pid ?? 0)).toEqual(words(shown.command));
  if (process.platform === 'linux') {
    const env = readFileSync(`/proc/${server.pid}/environ`, 'utf8').split('\0');
    expect(env).toEqual(expect.arrayContaining(Object.entries(shown.command?.env ?? {}).map(([key, value]) => `${key}=${value}`)));
  }
  await client.updateProfile({ params: { id: fixed.id }, body: { sampling: { temperature: 1 } } });
  const after = await client.profileCommand({ params: { id: fixed.id } });
  expect(words(after.running)).toEqual(words(shown.command));
  expect(words(after.command)).not.toEqual(words(shown.command));

  // An unannounced port is the agent's choice; all else is as shown.
  const free = await client.createProfile({ body: { ...body, name: 'free' } });
  const promised = (await client.profileCommand({ params: { id: free.id } })).command;
  expect(promised).toMatchObject({ portFixed: false, port: free.port });
  const second = await startAndWait(client, free.id);
  const withPort = words(promised).map((word) => (word === String(free.port) ? String(second.port) : word));
  expect(argvOf(second.pid ?? 0)).toEqual(withPort);
  expect(words((await client.profileCommand({ params: { id: free.id } })).running)).toEqual(withPort);

  // The next agent takes the engines over, and knows what they were started with.
  await rig.agent.stop(true);
  rig = await startAgent({ folder: rig.folder });
  expect(words((await rig.client.profileCommand({ params: { id: fixed.id } })).running)).toEqual(words(shown.command));
});
