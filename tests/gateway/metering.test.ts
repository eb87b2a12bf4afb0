/** A real engine behind a whole agent: what is measured is what the client saw. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';

let rig: Rig;
let profileId: number;
beforeAll(async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  const models = join(rig.folder, 'models');
  mkdirSync(models);
  symlinkSync(tinyModel, join(models, 'tiny'));
  await rig.client.updateSettings({ body: { modelFolders: [models, join(tinyModel, '..')] } });
  profileId = (await rig.client.createProfile({ body: { name: 'Chat', modelPath: join(models, 'tiny') } })).id;
  await startAndWait(rig.client, profileId);
}, 900_000);
afterAll(() => endRig(rig), 60_000);

test('tokens agree with the usage the client was told, and the times are real', async () => {
  const answer = await fetch(`${rig.agent.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'metering-test/1' },
    body: JSON.stringify({
      model: 'Chat',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 24,
      messages: [{ role: 'user', content: 'Count from one to a hundred, please.' }],
    }),
  });
  const told = [...(await answer.text()).matchAll(/^data: (\{.*\})$/gm)]
    .map(([, data]) => JSON.parse(data ?? '') as { usage?: { prompt_tokens: number; completion_tokens: number } | null })
    .findLast(({ usage }) => usage)?.usage;
  const [row] = await rig.client.listRequests({ query: { client: 'metering-test' } });
  expect(row).toMatchObject({
    profileId,
    profileName: 'Chat',
    engine: 'mlx-lm',
    outcome: 'ok',
    status: 200,
    stream: true,
    counted: false,
    captured: false,
    promptTokens: told?.prompt_tokens,
    completionTokens: told?.completion_tokens,
  });
  expect(row!.firstTokenMs).toBeGreaterThan(0);
  expect(row!.firstTokenMs!).toBeLessThan(row!.totalMs);
  expect(row!.tokensPerSecond).toBeGreaterThan(0);
  expect((await rig.client.getUsage()).servers).toMatchObject([{ profileId, active: 0, completionTokens: told?.completion_tokens }]);
}, 120_000);
