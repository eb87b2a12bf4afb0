/** OpenAI's own client against the gateway, with real engines behind it. */
import { symlinkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
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
  expect(await openai('models')).toEqual({ answer: ['Chat', 'Embed'] });
  expect(await openai('whole')).toEqual({ answer: expect.stringContaining('Paris') });
  expect(await openai('streamed')).toEqual({ answer: { text: expect.stringContaining('Paris'), usage: expect.any(Number) } });
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
