/** The whole chain over the API: find, download, profile, start, ask, stop, delete; with each engine. */
import { existsSync } from 'node:fs';
import fetch from 'node-fetch';
import { ask, endRig, listen, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';

const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
const question = [{ role: 'user', content: 'What is the capital of France?' }];
let hub: StandInHub;
let rig: Rig;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  await installedEngine('mlx-openai-server');
  hub = await startHub({ models: [{ id: MODEL, folder: tinyModel, info: { downloads: 10 } }] });
  rig = await startAgent({ hubUrl: hub.url });
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

test('search → download → profile → start on each engine → streamed answer → stop → delete', async () => {
  const { client, agent } = rig;
  const ear = listen(client);

  const [found] = await client.searchModels({ query: { query: 'tiny' } });
  expect(found).toMatchObject({
    modelId: MODEL,
    isDownloaded: false,
    characteristics: { architecture: 'Qwen', modelType: 'lm', thinking: true, toolUse: true },
  });

  const { taskId } = await client.downloadModel({ body: { modelId: MODEL } });
  const states = [];
  for await (const task of client.watchDownload(taskId)) states.push(task);
  expect(states.at(-1)).toMatchObject({ status: 'completed', progress: 100, error: null });
  expect((await client.searchModels({ query: { query: 'tiny' } }))[0]).toMatchObject({ isDownloaded: true });
  const [local] = await client.listLocalModels();
  expect(local).toMatchObject({ modelId: MODEL, complete: true, source: 'hub_cache', characteristics: { toolUse: true } });
  await ear.until((event) => event.type === 'model.changed' && event.data.change === 'added');

  for (const engine of ['mlx-lm', 'mlx-openai-server']) {
    const profile = await client.createProfile({
      body: { name: `Tiny ${engine}`, modelPath: MODEL, engine, aliases: [`alias-${engine}`] },
    });
    const server = await startAndWait(client, profile.id);
    expect(server).toMatchObject({ state: 'healthy', engine, failure: null, adopted: false });
    expect(server.pid).toBeGreaterThan(1);

    for (const model of [profile.name, `alias-${engine}`]) {
      const answer = await ask(agent.address, { model, messages: question });
      expect(answer.text.trim()).toBe('The capital of France is Paris.');
      expect(answer.chunks).toBeGreaterThan(2);
    }
    const whole = await fetch(`${agent.address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: question, temperature: 0, chat_template_kwargs: { enable_thinking: false } }),
    });
    expect(((await whole.json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content.trim()).toBe(
      'The capital of France is Paris.',
    );

    expect(await client.serverHealth({ params: { profileId: profile.id } })).toMatchObject({
      status: 'healthy',
      modelLoaded: true,
      error: null,
    });
    expect((await client.serverLogs({ params: { profileId: profile.id } })).lines.length).toBeGreaterThan(0);
    await expect(client.deleteModel({ params: { modelId: MODEL } })).rejects.toMatchObject({ code: 'MODEL_IN_USE', status: 409 });
    await expect(client.removeEngine({ params: { engineId: engine } })).rejects.toMatchObject({ code: 'ENGINE_IN_USE' });
    await expect(client.deleteProfile({ params: { id: profile.id } })).rejects.toMatchObject({ code: 'PROFILE_RUNNING' });
    await expect(client.startServer({ params: { profileId: profile.id } })).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING' });

    expect(await client.stopServer({ params: { profileId: profile.id } })).toEqual({ stopped: true });
    expect(() => process.kill(server.pid!, 0)).toThrow();
    await client.updateSettings({ body: { onDemand: false } }); // else the question would load it again
    await expect(ask(agent.address, { model: profile.name, messages: question })).rejects.toThrow(/503.*stopped/);
    await client.updateSettings({ body: { onDemand: null } });
    await client.deleteProfile({ params: { id: profile.id } });
  }

  await client.deleteModel({ params: { modelId: MODEL } });
  expect(await client.listLocalModels()).toEqual([]);
  expect(existsSync(local!.localPath)).toBe(false);
  await ear.stop();
  const topics = new Set(ear.events.map((event) => event.type));
  for (const type of ['download.updated', 'model.changed', 'profile.created', 'server.updated', 'server.removed', 'profile.deleted'])
    expect(topics).toContain(type);
}, 300_000);
