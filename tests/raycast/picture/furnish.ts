/** An agent as somebody's who uses it: models, profiles, servers and chats, for pictures of the extension and of the window. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatUpdate, Client } from '@mlx-manager/shared';
import { startAndWait } from '../../support/agent.js';
import { run, say } from '../../support/chats/index.js';
import type { StandInHub } from '../../support/hub/index.js';
import { COMING, LARGE, QWEN } from './models.js';

export interface Furnished {
  readonly client: Client;
  readonly hub: StandInHub;
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
export async function furnish({ client }: Pick<Furnished, 'client'>): Promise<void> {
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
export async function download({ client, hub }: Furnished): Promise<void> {
  hub.fault({ path: /model\.safetensors/, throttle: 60e6 });
  const { taskId } = await client.downloadModel({ body: { modelId: COMING } });
  for await (const task of client.watchDownload(taskId)) if (task.progress >= 35) return;
}
