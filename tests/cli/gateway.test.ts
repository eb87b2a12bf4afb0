/** What the command shows of the gateway: models in memory, who waits, what was asked. From the bundle, on a real agent and a real engine. */
import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { agentEnv, listen, newFolder } from '../support/agent.js';
import { ensureBuilt, runCli, startAgentProcess, type AgentProcess } from '../support/cli.js';
import { freePort, installedEngine, tinyModel } from '../support/engines.js';
import { frozen } from '../support/slow-engine.js';

let folder: string;
let env: Record<string, string>;
let agent: AgentProcess;

beforeAll(async () => {
  await Promise.all([ensureBuilt(), installedEngine('mlx-lm')]);
  folder = newFolder();
  await cp(tinyModel, join(folder, 'models', 'tiny'), { recursive: true });
  env = agentEnv(folder);
  agent = await startAgentProcess(env, '--no-starter');
}, 600_000);
afterAll(async () => {
  await agent.terminate();
  await rm(folder, { recursive: true, force: true });
});
const cli = (...args: string[]) => runCli(env, ...args);

async function ask(words: Record<string, unknown> = {}, client = 'Test/1.0'): Promise<number> {
  const answer = await fetch(`${agent.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': client },
    body: JSON.stringify({
      model: 'tiny',
      max_tokens: 3,
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      ...words,
    }),
  });
  await answer.text();
  return answer.status;
}

test('requests says when there is none; then a line each, filtered and counted; --follow goes on', async () => {
  expect(await cli('requests')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('No request') });
  expect([await ask(), await ask({ model: 'tinny' }, 'Other/2')]).toEqual([200, 404]);
  const { stdout } = await cli('requests');
  const [head, first, second, ...rest] = stdout.split('\n');
  expect(rest).toEqual([]);
  expect(head).toMatch(/^TIME +MODEL +PROTOCOL +STATUS +QUEUE +LOAD +FIRST +TOTAL +IN +OUT +TOK\/S +END +CLIENT$/);
  expect(first).toMatch(/^\d\d:\d\d:\d\d +tiny +openai +200 .* length +Test\/1\.0$/);
  expect(second).toMatch(/ tinny +openai +404 .* UNKNOWN_MODEL +Other\/2$/);
  // Each column begins where its title does.
  expect(second?.indexOf('Other/2')).toBe(head?.indexOf('CLIENT'));
  expect((await cli('requests', '--outcome', 'ok')).stdout.split('\n')).toEqual([head, first]);
  expect((await cli('requests', '-n', '1')).stdout.split('\n')).toEqual([head, second]);

  const follower = spawn(process.execPath, ['menubar-agent/dist/cli.js', 'requests', '-f', '--client', 'live'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = readline(follower.stdout);
    // The title comes when it listens.
    expect((await lines.next()).value).toBe(head);
    await ask({}, 'Not this one');
    await ask({}, 'Live/3');
    expect((await lines.next()).value).toMatch(/ tiny +openai +200 .* Live\/3$/);
  } finally {
    follower.kill();
  }
}, 120_000);

test('status tells memory, places, when a model is unloaded, and who waits; unload takes it out', async () => {
  expect(await ask()).toBe(200);
  const [profile] = await agent.client.listProfiles();
  const id = profile!.id;
  expect((await cli('status')).stdout).toMatch(/^tiny +healthy +mlx-lm +\d[\d.]* GB +0 of 32 +in 1[45] min/m);
  await agent.client.updateProfile({ params: { id }, body: { pinned: true, maxConcurrency: 1 } });
  expect((await cli('ps')).stdout).toMatch(/ 0 of 1 +never \(pinned\) /);

  expect(await cli('unload', 'TINY')).toMatchObject({ code: 0, stderr: '✓ tiny is unloaded.' });
  expect((await cli('status')).stdout).not.toContain('healthy');
  expect(await cli('unload', 'tiny')).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') });

  // While it loads, all wait; one of them is shown here whenever the command looks.
  const ear = listen(agent.client, ['pool', 'server']);
  const asking = Promise.all([ask({}, 'Patient/1'), ask({}, 'Patient/2')]);
  await ear.until((event) => event.type === 'pool.updated' && event.data.waitingCount === 2);
  await ear.until((event) => event.type === 'server.updated' && event.data.pid !== null);
  const { stdout } = await frozen(agent.client, () => cli('status'));
  expect(stdout).toMatch(/^tiny +starting .* 0 of 1, 2 wait /m);
  expect(stdout).toMatch(/^PROFILE +WAITS FOR +PRIORITY +SINCE +CLIENT\ntiny +load +normal +\d+ s +Patient\/[12]$/m);
  expect(await asking).toEqual([200, 200]);
  await ear.stop();
}, 120_000);

test('status tells addresses for other clients while there are any', async () => {
  expect((await cli('status')).stdout).not.toContain('Ollama');
  const port = await freePort();
  await agent.client.updateSettings({ body: { ollamaEnabled: true, ollamaPort: port } });
  expect((await cli('status')).stdout).toContain(`For Ollama’s clients: http://127.0.0.1:${port}`);
  await agent.client.updateSettings({ body: { ollamaEnabled: null, ollamaPort: null } });
}, 60_000);

test('a reader that leaves ends the command quietly', async () => {
  const child = spawn(process.execPath, ['menubar-agent/dist/cli.js', 'requests', '-f'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await readline(child.stdout).next();
  child.stdout.destroy();
  await ask();
  expect([await ended, said]).toEqual([0, '']);
}, 60_000);

async function* readline(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let text = '';
  for await (const piece of stream) {
    text += String(piece);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}
