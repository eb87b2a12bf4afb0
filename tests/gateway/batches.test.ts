/** A real engine that samples a whole batch alike: each answer is drawn as it was asked for all the same. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';

let rig: Rig;
beforeAll(async () => {
  await installedEngine('vllm-mlx');
  rig = await startAgent();
  const models = join(rig.folder, 'models');
  mkdirSync(models);
  symlinkSync(tinyModel, join(models, 'tiny'));
  await rig.client.updateSettings({ body: { modelFolders: [models, join(tinyModel, '..')] } });
  const { id } = await rig.client.createProfile({ body: { name: 'Chat', modelPath: join(models, 'tiny'), engine: 'vllm-mlx' } });
  await startAndWait(rig.client, id);
}, 900_000);
afterAll(() => endRig(rig), 60_000);

const text = async (temperature: number): Promise<string> => {
  const answer = await fetch(`${rig.agent.address}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // No question the model knows: it is sure of no word of this.
    body: JSON.stringify({ model: 'Chat', prompt: 'purple 17 elephants zz', max_tokens: 60, temperature }),
  });
  return ((await answer.json()) as { choices: { text: string }[] }).choices[0]!.text;
};

test('at temperature 0 beside temperature 2 the answer stays right', async () => {
  const alone = await text(0);
  const asked = Array.from({ length: 8 }, (_, i) => text(i % 2 === 0 ? 2 : 0));
  const [hot = '', ...cold] = (await Promise.all(asked)).filter((_, i) => i === 0 || i % 2 === 1);
  expect(cold).toEqual(cold.map(() => alone));
  expect(hot).not.toBe(alone);
}, 120_000);
