/** What the pictures are taken of: an agent with models, profiles, servers and chats, and Raycast around it. */
import { mkdtempSync, realpathSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError, type ChatUpdate, type Client } from '@mlx-manager/shared';
import { createAgent, type Agent } from '../../../menubar-agent/src/agent.js';
import { agentEnv, clientOf, startAndWait } from '../../support/agent.js';
import { run, say } from '../../support/chats/index.js';
import { startHub, type StandInHub } from '../../support/hub/index.js';
import { builtExtension, createHost, type Host } from '../host/index.js';
import { COMING, hubModels, LARGE, quantizedTinyModel, QWEN } from './models.js';

export interface Stage {
  readonly client: Client;
  readonly hub: StandInHub;
  readonly host: Host;
  /** Folder of the built extension's own pictures. */
  readonly assets: string;
  end(): Promise<void>;
}

/** Where the agent is by default; any free port where one runs already. */
async function startAtHome(env: Record<string, string>): Promise<Agent> {
  try {
    return await createAgent({ env, port: 10_239 });
  } catch (error) {
    if (error instanceof AgentError && error.code === 'AGENT_PORT_IN_USE') return createAgent({ env, port: 0 });
    throw error;
  }
}

export async function openStage(): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'raycast-pictures-')));
  const hub = await startHub({ models: hubModels(await quantizedTinyModel(folder)) });
  const env = agentEnv(folder, hub.url);
  const agent = await startAtHome(env);
  const client = clientOf(agent.address, agent.token);
  const extension = await builtExtension();
  const host = createHost({ folder: extension, env: { MLX_MANAGER_HOME: env.MLX_MANAGER_HOME, HOME: folder } });
  await client.updateSettings({ body: { chatTitles: 'first_words', maxMemoryGb: 16 } });
  return {
    client,
    hub,
    host,
    assets: join(extension, 'assets'),
    async end() {
      await host.close();
      await agent.stop(false);
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Brings a model here, with a file that takes no place on the disk but counts as large as the real model is. */
async function bring(client: Client, modelId: string, bytes: number): Promise<void> {
  const { taskId } = await client.downloadModel({ body: { modelId } });
  for await (const task of client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(task.error?.message);
  const local = (await client.listLocalModels()).find((model) => model.modelId === modelId);
  if (!local) throw new Error(`${modelId} did not come.`);
  const filler = join(local.localPath, 'filler.bin');
  writeFileSync(filler, '');
  truncateSync(filler, bytes - local.sizeBytes);
}

/** Two models here, four profiles, two of them in memory, one answering; some chats. */
export async function furnish({ client }: Stage): Promise<void> {
  await bring(client, QWEN, 2_280_000_000);
  await bring(client, LARGE, 8_310_000_000);
  const profile = (name: string, modelPath: string, changes: object = {}) =>
    client.createProfile({ body: { name, modelPath, sampling: { temperature: 0 }, ...changes } });
  const qwen = await profile('qwen3-4b', QWEN, { pinned: true });
  const large = await profile('qwen3-14b', LARGE, { autoStart: true });
  await profile('editor', LARGE, { description: 'Short and strict', sampling: { temperature: 0.3 } });
  await profile('writer', QWEN, { description: 'Warm and wordy', sampling: { temperature: 1 } });
  await client.updateSettings({ body: { defaultProfileId: qwen.id } });
  await startAndWait(client, qwen.id);
  await startAndWait(client, large.id);
  const chat = async (questions: readonly string[], changes: ChatUpdate, profileId = qwen.id) => {
    const { id } = await client.createChat({ body: { profileId } });
    for (const question of questions) await run(client, id, say(question));
    await client.updateChat({ params: { chatId: id }, body: changes });
  };
  await chat(['What is the capital of Japan?', 'What is the capital of Italy?'], { title: 'Capitals', tags: ['travel'] });
  await chat(['Give me a person as JSON.'], { title: 'A Person as JSON', tags: ['work'] }, large.id);
  await chat(['Tell me a joke.'], {});
  await chat(['Write a short poem.'], { title: 'A Short Poem' });
  await chat(['Write an add function in Python.'], { title: 'Python Add Function', tags: ['work'], pinned: true }, large.id);
  await chat(['Tell me about MLX.'], { title: 'About MLX', pinned: true });
}

/** A download in its middle, and slow enough to stay there for a picture. */
export async function download({ client, hub }: Stage): Promise<void> {
  hub.fault({ path: /model\.safetensors/, throttle: 60e6 });
  const { taskId } = await client.downloadModel({ body: { modelId: COMING } });
  for await (const task of client.watchDownload(taskId)) if (task.progress >= 35) return;
}
