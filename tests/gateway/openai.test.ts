/** OpenAI's own client against the gateway, with real engines behind it. */
import { symlinkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { bundle, startChild, type Bundle } from '../support/child.js';
import { installedEngine, miniLmModel, tinyModel } from '../support/engines.js';

interface Said {
  answer?: unknown;
  error?: { status: number; code: string; type: string; message: string };
}
let rig: Rig;
let program: Bundle;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  await installedEngine('mlx-openai-server');
  program = await bundle('openai-child');
  rig = await startAgent();
  const models = join(rig.folder, 'models');
  mkdirSync(models);
  const miniLm = await miniLmModel();
  await rig.client.updateSettings({ body: { modelFolders: [models, join(tinyModel, '..'), join(miniLm, '..')] } });
  symlinkSync(tinyModel, join(models, 'tiny'));
  const { id } = await rig.client.createProfile({ body: { name: 'Chat', modelPath: join(models, 'tiny'), aliases: ['gpt-4o'] } });
  const embed = await rig.client.createProfile({ body: { name: 'Embed', modelPath: miniLm, modelType: 'embeddings' } });
  await Promise.all([startAndWait(rig.client, id), startAndWait(rig.client, embed.id)]);
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await program.remove();
}, 60_000);

async function openai(task: string, model = 'gpt-4o'): Promise<Said> {
  const child = startChild<Said>(program.file, [`${rig.agent.address}/v1`, task, model]);
  const said = await child.until(() => true);
  await child.exit();
  return said;
}

test('models, a whole answer and a streamed one with usage', async () => {
  expect(await openai('models')).toEqual({ answer: expect.arrayContaining(['Chat', 'Embed']) });
  expect(await openai('whole')).toEqual({ answer: expect.stringContaining('Paris') });
  expect(await openai('streamed')).toEqual({ answer: { text: expect.stringContaining('Paris'), usage: expect.any(Number) } });
});

test('stop ends the answer wherever the words stand, for each choice; none of them is sent', async () => {
  const usage = { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number), total_tokens: expect.any(Number) };
  const text = 'The capital of France is';
  expect(await openai('stopped')).toEqual({
    answer: {
      choices: [
        [text, 'stop'],
        [text, 'stop'],
      ],
      usage,
    },
  });
  const { answer } = await openai('stoppedStream');
  const said = answer as unknown[];
  expect(said.slice(0, -2).join('')).toBe(text);
  expect(said.slice(-2)).toEqual(['stop', usage]);
  // The engine was stopped before it told its figures: its model's own tokenizer counts, when the request is over.
  const { prompt_tokens: promptTokens } = said.at(-1) as { prompt_tokens: number };
  let row: unknown;
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    await delay(50);
    [row] = await rig.client.listRequests({ query: { limit: 1 } });
    if ((row as { promptTokens: number | null } | undefined)?.promptTokens != null) break;
  }
  expect(row).toMatchObject({ finishReason: 'stop', outcome: 'ok', counted: true, promptTokens });
  const completion = (await openai('stoppedCompletion')).answer as { wanted: string; got: string; finish: string };
  expect(completion).toMatchObject({ got: completion.wanted, finish: 'stop' });
  expect(await openai('stoppedResponse')).toEqual({ answer: text });
});

test('a picture for a model that does not see is refused', async () => {
  expect(await openai('picture')).toMatchObject({
    error: { status: 400, code: 'model_cannot_answer', message: expect.stringContaining('with pictures') },
  });
});

test('a completion', async () => {
  expect(await openai('completion')).toMatchObject({ answer: { text: expect.any(String), finish_reason: expect.any(String) } });
});

test('embeddings that mean something', async () => {
  const { answer } = await openai('embeddings', 'Embed');
  const [cat, kitten, train] = answer as number[][];
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const cosine = (a: number[], b: number[]): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  expect(cosine(cat!, kitten!)).toBeGreaterThan(cosine(cat!, train!) + 0.2);
});

test('a model that cannot answer says who can: MODEL_CANNOT_ANSWER', async () => {
  expect(await openai('embeddings', 'Chat')).toMatchObject({
    error: { status: 400, code: 'model_cannot_answer', message: expect.stringContaining('Use "Embed"') },
  });
  expect(await openai('whole', 'Embed')).toMatchObject({
    error: { status: 400, code: 'model_cannot_answer', message: expect.stringContaining('Use "Chat"') },
  });
});

test('an unknown model is OpenAI’s 404', async () => {
  expect(await openai('whole', 'nobody')).toMatchObject({ error: { status: 404, code: 'model_not_found' } });
});
