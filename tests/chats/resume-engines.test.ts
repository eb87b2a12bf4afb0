/** Going on behind a partial answer, with each real engine. */
import { jest } from '@jest/globals';
import { dirname, join } from 'node:path';
import { MessagesRepository, openDatabase } from '../../menubar-agent/src/store/index.js';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { run, say, textOf, watchAll } from '../support/chats/index.js';
import { installedEngine, tinyModel } from '../support/engines.js';

jest.setTimeout(180_000);
let rig: Rig;
beforeAll(async () => {
  rig = await startAgent();
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)], chatTitles: 'first_words' } });
}, 600_000);
afterAll(() => endRig(rig));

test.each([
  ['vllm-mlx', 'partial'],
  ['mlx-openai-server', 'partial'],
  // Its server has neither a way to go on nor a completion.
  ['mlx-vlm', 'restarted'],
])('%s: %s', async (engine, continued) => {
  const { client } = rig;
  await installedEngine(engine);
  const { id: profileId } = await client.createProfile({ body: { name: engine, modelPath: tinyModel, engine } });
  await startAndWait(client, profileId);
  const db = openDatabase(join(rig.folder, 'state', 'mlx-manager.db'));
  try {
    const stored = new MessagesRepository(db);
    const { id: chatId } = await client.createChat({ body: { profileId } });
    const whole = await run(client, chatId, say('What is the capital of France?', { sampling: { temperature: 0 }, thinking: false }));
    expect(textOf(whole)).toBe('The capital of France is Paris.');
    for (const cut of ['The capital of', 'The capital of Fran', 'The capital of France ', 'The capital of France is Paris']) {
      stored.update(whole.id, { parts: [{ type: 'text', text: cut }], status: 'stopped' });
      const { finished } = await watchAll(client.startRun({ chatId, body: { kind: 'resume' } }));
      expect([cut, finished!.run.continued, textOf(finished!.message), finished!.run.error]).toEqual([cut, continued, textOf(whole), null]);
    }
  } finally {
    db.close();
    await client.stopServer({ params: { profileId } });
  }
});
