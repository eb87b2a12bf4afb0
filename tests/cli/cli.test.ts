/** The command as a user runs it, from the bundle, on a real agent and a real engine. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { agentEnv, newFolder } from '../support/agent.js';
import { ensureBuilt, runCli, startAgentProcess, type AgentProcess } from '../support/cli.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';

const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
let hub: StandInHub;
let folder: string;
let env: Record<string, string>;
let agent: AgentProcess;

beforeAll(async () => {
  await Promise.all([ensureBuilt(), installedEngine('mlx-lm')]);
  hub = await startHub({ models: [{ id: MODEL, folder: tinyModel }] });
  folder = newFolder();
  env = agentEnv(folder, hub.url);
  agent = await startAgentProcess(env, '--no-starter');
}, 600_000);
afterAll(async () => {
  await agent.terminate();
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
});
const cli = (...args: string[]) => runCli(env, ...args);

test('search → pull → run → ask by the printed command → logs → status', async () => {
  expect(await cli('search', 'tiny')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/mlx-community\/Tiny-Qwen3-1M-bf16 .* tools thinking/),
  });
  expect(await cli('pull', MODEL)).toMatchObject({ code: 0, stderr: expect.stringContaining(`✓ ${MODEL} is at ${folder}`) });
  const ran = await cli('run', MODEL);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('is running at') });
  const answer = await execa('bash', ['-c', ran.stdout]);
  expect((JSON.parse(answer.stdout) as { choices: [{ message: { content: string } }] }).choices[0].message.content).toContain('Paris');
  expect(await cli('logs', 'Tiny-Qwen3-1M-bf16', '-n', '50')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('POST /v1/chat/completions'),
  });
  expect(await cli('status')).toMatchObject({ code: 0, stdout: expect.stringMatching(/Tiny-Qwen3-1M-bf16\s+healthy\s+mlx-lm/) });
  // Once more: it runs already, and that is fine.
  expect(await cli('run', 'tiny-qwen3-1m-BF16')).toMatchObject({ code: 0 });
}, 120_000);

test('run offers the download of a model that is missing; --pull does it unasked', async () => {
  const own = 'mlx-community/Other-Tiny';
  await hub.addModel({ id: own, folder: tinyModel });
  expect(await cli('run', own)).toMatchObject({ code: 1, stderr: expect.stringContaining(`mlx-manager pull ${own}`) });
  expect(await cli('run', own, '--pull')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/✓ mlx-community\/Other-Tiny is at [\s\S]*is running at/),
  });
}, 120_000);

test('open prints a link that signs in', async () => {
  const { stdout } = await cli('open', '--print');
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\?code=[\w-]+$/);
});

test('open leads to a page of the window, and to nothing else', async () => {
  const { stdout } = await cli('open', 'chat', '--print');
  const answer = await fetch(stdout.trim());
  expect(await answer.text()).toContain('url=/chat"');
  expect(await cli('open', '//evil.example', '--print')).toMatchObject({ code: 2 });
});

test.each([
  [['run', 'nobody'], 1, 'There is no profile nobody.'],
  [['run', 'org/nothing'], 1, 'The hub has no model named org/nothing'],
  [['logs', 'nobody'], 1, 'There is no profile nobody.'],
  [['pull', 'not a model'], 1, 'model_id'],
  [['search', '--sort', 'beauty'], 2, 'Allowed choices'],
  [['fly'], 2, "unknown command 'fly'"],
])('%j ends with %i and says why', async (args, code, text) => {
  expect(await cli(...args)).toMatchObject({ code, stderr: expect.stringContaining(text) });
});

test('a failed download ends with 1 and says what to do', async () => {
  await hub.addModel({ id: 'org/gated', files: { 'config.json': '{}', 'model.safetensors': 'x' }, gated: 'auto' });
  expect(await cli('pull', 'org/gated')).toMatchObject({ code: 1, stderr: expect.stringMatching(/gated[\s\S]*token/) });
});

test('a second agent says where the first is', async () => {
  const second = await cli('start', '--no-starter');
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(agent.address) });
  // launchd starts anew what ends with a failure: the login item ends well.
  expect(await cli('start', '--no-starter', '--unless-running')).toMatchObject({ code: 0 });
});

test('start --detach returns when the agent answers; stop ends it; without an agent each command says how to start one', async () => {
  const own = newFolder();
  const ownEnv = { ...agentEnv(own), MLX_MANAGER_PORT: '0' };
  const started = await runCli(ownEnv, 'start', '--detach', '--no-starter');
  expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining('MLX Manager is ready at') });
  expect(await runCli(ownEnv, 'status')).toMatchObject({ code: 0, stdout: expect.stringContaining('Models here: 0') });
  expect(await runCli(ownEnv, 'start', '--detach', '--no-starter')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('runs already'),
  });
  expect(await runCli(ownEnv, 'stop')).toMatchObject({ code: 0, stderr: expect.stringContaining('has stopped') });
  expect(existsSync(join(own, 'state', 'agent.json'))).toBe(false);
  for (const command of [['status'], ['stop'], ['pull', 'a/b'], ['open']]) {
    expect(await runCli(ownEnv, ...command)).toMatchObject({ code: 1, stderr: expect.stringContaining('mlx-manager start') });
  }
  await rm(own, { recursive: true, force: true });
}, 60_000);

test('uninstall takes away what the agent made, and nothing else', async () => {
  const own = newFolder();
  const engines = join(own, 'engines');
  const ownEnv = { ...agentEnv(own), MLX_MANAGER_PORT: '0', MLX_MANAGER_ENGINES_DIR: engines, MLX_MANAGER_HOME: own };
  await runCli(ownEnv, 'start', '--detach', '--no-starter');
  await execa('bash', ['-c', 'mkdir -p engines/mlx-lm engines/mine hub/models--a--b && touch precious.txt'], { cwd: own });
  expect(await runCli(ownEnv, 'uninstall', '--yes')).toMatchObject({ code: 0, stderr: expect.stringContaining('Removed') });
  expect(readdirSync(own).sort()).toEqual(['engines', 'hub', 'precious.txt']);
  expect(readdirSync(engines)).toEqual(['mine']);
  await rm(own, { recursive: true, force: true });
}, 60_000);

test('SIGTERM ends the agent with 0', async () => {
  const own = newFolder();
  const one = await startAgentProcess(agentEnv(own), '--no-starter');
  expect(await one.terminate()).toBe(0);
  await rm(own, { recursive: true, force: true });
}, 60_000);
