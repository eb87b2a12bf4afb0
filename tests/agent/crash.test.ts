/** kill -9, of the agent and of engines, with everything real. */
import { rm } from 'node:fs/promises';
import fetch from 'node-fetch';
import { createProcessTable } from '../../menubar-agent/src/system/index.js';
import { agentEnv, ask, listen, newFolder, startAndWait } from '../support/agent.js';
import { ensureBuilt, startAgentProcess, type AgentProcess } from '../support/cli.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { slowly } from '../support/slow-engine.js';

const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
const BIG = 40_000_000;
let hub: StandInHub;
let folder: string;
let env: Record<string, string>;
let agent: AgentProcess;

beforeAll(async () => {
  await ensureBuilt();
  await installedEngine('mlx-lm');
  await installedEngine('mlx-openai-server');
  hub = await startHub({
    models: [
      { id: MODEL, folder: tinyModel },
      { id: 'org/big', files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: BIG, seed: 'big' } } },
    ],
  });
}, 900_000);
afterAll(() => hub.stop());
beforeEach(async () => {
  folder = newFolder();
  env = agentEnv(folder, hub.url);
  agent = await startAgentProcess(env, '--no-starter');
}, 60_000);
afterEach(async () => {
  await agent.terminate();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function download(): Promise<void> {
  const { taskId } = await agent.client.downloadModel({ body: { modelId: MODEL } });
  for await (const task of agent.client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(task.error?.message);
}
// A zombie counts as dead: who reaps an adopted engine is the system's affair.
const processes = createProcessTable();
const alive = async (pid: number): Promise<boolean> => (await processes.startTime(pid)) !== null;
const question = { messages: [{ role: 'user', content: 'What is the capital of France?' }] };

test('after kill -9 of the agent the next one adopts both engines: they answer, their logs go on, they can be stopped', async () => {
  await download();
  const names = ['mlx-lm', 'mlx-openai-server'];
  const before = [];
  for (const engine of names) {
    const { id } = await agent.client.createProfile({ body: { name: engine, modelPath: MODEL, engine } });
    before.push(await startAndWait(agent.client, id));
  }
  await agent.kill();
  for (const server of before) expect(await alive(server.pid!)).toBe(true);

  agent = await startAgentProcess(env, '--no-starter');
  const ear = listen(agent.client, ['server']);
  for (const server of before) {
    const known = (await agent.client.listServers()).find((one) => one.profileId === server.profileId);
    if (known?.state !== 'healthy')
      await ear.until(
        (event) => event.type === 'server.updated' && event.data.profileId === server.profileId && event.data.state === 'healthy',
      );
    const now = await agent.client.getServer({ params: { profileId: server.profileId } });
    expect(now).toMatchObject({ state: 'healthy', adopted: true, pid: server.pid, port: server.port });
    const answer = await ask(agent.address, { model: server.profileName, ...question });
    expect(answer.text.trim()).toBe('The capital of France is Paris.');
    const { lines } = await agent.client.serverLogs({ params: { profileId: server.profileId }, query: { search: 'POST', lines: 10 } });
    expect(lines.at(-1)?.text).toContain('/v1/chat/completions');
  }
  await ear.stop();
  for (const server of before) {
    await agent.client.stopServer({ params: { profileId: server.profileId } });
    expect(await alive(server.pid!)).toBe(false);
  }
}, 180_000);

test('a killed engine is restarted, or failed where the profile wants no restart; a stream it was in ends with an error', async () => {
  await download();
  const { id } = await agent.client.createProfile({ body: { name: 'restarts', modelPath: MODEL } });
  const first = await startAndWait(agent.client, id);
  const ear = listen(agent.client, ['server']);
  await slowly(agent.client, async () => {
    const body = { model: 'restarts', max_tokens: 400, stream: true, messages: [{ role: 'user', content: 'Tell me a long story.' }] };
    const story = await fetch(`${agent.address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    let text = '';
    for await (const chunk of story.body!) {
      if (text === '') process.kill(first.pid!, 'SIGKILL');
      text += String(chunk);
    }
    expect(text).toContain('"code":"engine_stream_broken"');
    expect(text).not.toContain('[DONE]');
  });
  const again = await ear.until(
    (event) => event.type === 'server.updated' && event.data.state === 'healthy' && event.data.pid !== first.pid,
  );
  expect(again.data).toMatchObject({ restarts: 1 });
  expect((await ask(agent.address, { model: 'restarts', ...question })).text).toContain('Paris');
  await agent.client.stopServer({ params: { profileId: id } });

  await agent.client.updateProfile({ params: { id }, body: { restartOnCrash: false } });
  const second = await startAndWait(agent.client, id);
  process.kill(second.pid!, 'SIGKILL');
  const failed = await ear.until((event) => event.type === 'server.updated' && event.data.state === 'failed');
  expect(failed.data).toMatchObject({ failure: { kind: expect.any(String), message: expect.any(String), signal: 'SIGKILL' } });
  await ear.stop();
  await agent.client.stopServer({ params: { profileId: id } });
}, 120_000);

test('a download goes on by itself after kill -9 of the agent, from where it was', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 8_000_000 });
  const before = hub.bytesSent((request) => request.at === 'cdn');
  const { taskId } = await agent.client.downloadModel({ body: { modelId: 'org/big' } });
  for await (const task of agent.client.watchDownload(taskId)) if (task.downloadedBytes > BIG / 3) break;
  await agent.kill();
  slow();

  agent = await startAgentProcess(env, '--no-starter');
  let last;
  for await (const task of agent.client.watchDownload(taskId)) last = task;
  expect(last).toMatchObject({ status: 'completed', progress: 100, downloadedBytes: expect.any(Number) });
  const sent = hub.bytesSent((request) => request.at === 'cdn') - before;
  // What was under way when it was killed is fetched again; what lay on the disk is not.
  expect(sent).toBeLessThan(BIG * 1.4);
  expect((await agent.client.listLocalModels()).find((model) => model.modelId === 'org/big')).toMatchObject({ complete: true });
}, 60_000);
