/** By the model's name alone, from nothing loaded; more models than fit; more requests than there are places; an engine that dies. Real engines, real clients. */
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import fetch from 'node-fetch';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(180_000);

const A = 'mlx-community/Tiny-A-bf16';
const B = 'mlx-community/Tiny-B-bf16';
let hub: StandInHub;
let rig: Rig;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  hub = await startHub({ models: [A, B].map((id) => ({ id, folder: tinyModel, info: { downloads: 1 } })) });
  rig = await startAgent({ hubUrl: hub.url });
  const { client, agent } = rig;
  for (const modelId of [A, B]) {
    const { taskId } = await client.downloadModel({ body: { modelId } });
    for await (const task of client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(JSON.stringify(task.error));
  }
  // Weights that are a hole in a file: they count, and take no room.
  const huge = join(rig.folder, 'state', 'models', 'huge');
  await mkdir(huge, { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) await copyFile(join(tinyModel, name), join(huge, name));
  const weights = await open(join(huge, 'model.safetensors'), 'w');
  await weights.truncate(400e9);
  await weights.close();
  openai = new OpenAI({ apiKey: 'any', baseURL: `${agent.address}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'any', baseURL: agent.address, maxRetries: 0 });
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

const capital = (model: string) => ({
  model,
  max_tokens: 200,
  temperature: 0,
  chat_template_kwargs: { enable_thinking: false },
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }],
});
const PARIS = 'The capital of France is Paris.';
const textOf = (answer: OpenAI.ChatCompletion): string | null | undefined => answer.choices[0]?.message.content;

test('a downloaded model that has no profile answers by its hub id; ten that ask at once start it once', async () => {
  const ear = listen(rig.client, ['server', 'profile']);
  try {
    const answers = await Promise.all(Array.from({ length: 10 }, () => openai.chat.completions.create(capital(A))));
    expect(answers.map(textOf)).toEqual(answers.map(() => PARIS));
    expect(answers[0]?.model).toBe(A);
    await ear.until((event) => event.type === 'server.updated' && event.data.state === 'healthy');
    const pids = new Set(
      ear.events.flatMap((event) => (event.type === 'server.updated' && event.data.pid !== null ? [event.data.pid] : [])),
    );
    expect(pids.size).toBe(1);
    const made = ear.events.filter((event) => event.type === 'profile.created');
    expect(made).toMatchObject([{ data: { name: 'Tiny-A-bf16', origin: 'auto', modelPath: A } }]);
  } finally {
    await ear.stop();
  }
  const found = await openai.models.retrieve(A);
  expect(found).toMatchObject({ id: 'Tiny-A-bf16', state: 'loaded', context_window: 4096 });
});

test('auto is the one that is loaded; what is not here says how to get it', async () => {
  const auto = await openai.chat.completions.create(capital('auto'));
  expect([textOf(auto), auto.model]).toEqual([PARIS, 'Tiny-A-bf16']);
  await expect(openai.chat.completions.create(capital('mlx-community/Nowhere-7B'))).rejects.toMatchObject({
    status: 404,
    code: 'model_not_here',
    message: expect.stringContaining('mlx-manager pull mlx-community/Nowhere-7B'),
  });
  await expect(anthropic.messages.create(capital('Tiny-C-bf16'))).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining('Tiny-A-bf16'),
  });
});

test('an engine that is killed in mid-stream: the protocol’s error event, a trace, and a new engine for the next request', async () => {
  const pidOf = async (): Promise<number> => {
    const servers = await rig.client.listServers();
    return servers.find(({ modelPath, state }) => modelPath === A && state === 'healthy')?.pid ?? 0;
  };
  const story = { ...capital(A), max_tokens: 4000, messages: [{ role: 'user' as const, content: 'Count to 100.' }] };
  const streams = [
    async () => {
      for await (const chunk of await openai.chat.completions.create({ ...story, stream: true }))
        if (chunk.choices[0]?.delta.content) return;
    },
    async () => {
      const stream = await anthropic.messages.create({ ...story, stream: true });
      let seen = 0;
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && seen++ === 3) process.kill(await pidOf(), 'SIGKILL');
      }
    },
  ];
  let text = '';
  expect(textOf(await openai.chat.completions.create(capital(A)))).toBe(PARIS);
  await slowly(rig.client, async () => {
    const raw = await fetch(`${rig.agent.address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...story, stream: true }),
    });
    for await (const chunk of raw.body!) {
      if (text === '') process.kill(await pidOf(), 'SIGKILL');
      text += String(chunk);
    }
  });
  expect(text).toContain('"code":"engine_stream_broken"');
  expect(text).not.toContain('[DONE]');
  expect(textOf(await openai.chat.completions.create(capital(A)))).toBe(PARIS);
  await expect(slowly(rig.client, streams[1]!)).rejects.toMatchObject({ message: expect.stringContaining('broke off') });
  expect(textOf(await openai.chat.completions.create(capital(A)))).toBe(PARIS);
  await streams[0]?.();
});

test('two models that do not fit together serve alternating clients without an error and without thrash; one that can never fit is refused with the numbers', async () => {
  const { client } = rig;
  const local = await client.listLocalModels();
  const need = local.find(({ modelId }) => modelId === A)?.memory.totalBytes ?? 0;
  await client.updateSettings({ body: { maxMemoryGb: (need * 1.5) / 2 ** 30 } });
  const ear = listen(client, ['server']);
  try {
    const rounds = 12;
    const alternating = async (model: string): Promise<void> => {
      for (let i = 0; i < rounds; i++) expect(textOf(await openai.chat.completions.create(capital(model)))).toBe(PARIS);
    };
    await Promise.all([alternating(A), alternating(B), alternating(A), alternating(B)]);
    const starts = ear.events.filter(
      (event) => event.type === 'server.updated' && event.data.state === 'starting' && event.data.pid !== null,
    );
    const pids = new Set(starts.map((event) => (event.type === 'server.updated' ? event.data.pid : 0)));
    // 48 requests of two models: a swap at each would be dozens of starts.
    expect(pids.size).toBeLessThanOrEqual(8);
    const running = (await client.listServers()).filter(({ state }) => state === 'healthy');
    expect(running).toHaveLength(1);
  } finally {
    await ear.stop();
  }
  await expect(openai.chat.completions.create(capital('huge'))).rejects.toMatchObject({
    status: 503,
    code: 'not_enough_memory',
    message: expect.stringMatching(/huge needs about \d{3}.* GB;.* smaller model/),
  });
  await client.updateSettings({ body: { maxMemoryGb: null } });
});

test('a thousand requests at once: each is answered or refused by the rules, none hangs, and the traces agree', async () => {
  const { client } = rig;
  const profile = (await client.listProfiles()).find(({ modelPath }) => modelPath === A);
  await client.updateProfile({ params: { id: profile?.id ?? 0 }, body: { maxConcurrency: 8, queueSize: 200, queueTimeout: 120 } });
  await openai.chat.completions.create(capital(A));
  const since = new Date().toISOString();
  const answers = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const answer = await fetch(`${rig.agent.address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...capital(A), max_tokens: 3 }),
      });
      return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text: await answer.text() };
    }),
  );
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect(served.length + refused.length).toBe(1000);
  expect(served.length).toBeGreaterThanOrEqual(200);
  expect(served.every(({ text }) => text.includes('The capital of'))).toBe(true);
  expect(refused.every(({ text, retryAfter }) => text.includes('queue_full') && Number(retryAfter) > 0)).toBe(true);
  const count = async (outcome: 'ok' | 'refused'): Promise<number> =>
    (await client.summarizeRequests({ query: { since, outcome } })).total.requests;
  expect([await count('ok'), await count('refused')]).toEqual([served.length, refused.length]);
});
