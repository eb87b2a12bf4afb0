/** Engines that die under an answer. */
import { jest } from '@jest/globals';
import { dirname } from 'node:path';
import { endRig, listen, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { run, say, textOf, watchAll } from '../support/chats/index.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(120_000);
const options = { sampling: { temperature: 0 }, thinking: false };
let rig: Rig;
let profileId: number;
beforeAll(async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)], chatTitles: 'first_words' } });
  ({ id: profileId } = await rig.client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } }));
}, 600_000);
afterAll(() => endRig(rig));

const killEngine = async (): Promise<void> => {
  const { pid } = await rig.client.getServer({ params: { profileId } });
  process.kill(pid!, 'SIGKILL');
};

test('an engine that dies in mid-answer: the partial is kept, and resumed when the engine is back', async () => {
  const { client } = rig;
  await startAndWait(client, profileId);
  const whole = await run(client, (await client.createChat({ body: { profileId } })).id, say('Tell me a long story.', options));
  const { id: chatId } = await client.createChat({ body: { profileId } });
  let killed: Promise<void> | undefined;
  const broken = await slowly(client, () =>
    watchAll(client.startRun({ chatId, body: say('Tell me a long story.', options) }), ({ said }) => {
      if (said.length > 60) killed ??= killEngine();
    }),
  );
  await killed;
  expect(broken.finished).toMatchObject({
    run: { state: 'failed', attempt: 1, error: { code: 'ENGINE_STREAM_BROKEN' } },
    message: { status: 'failed' },
  });
  expect(textOf(broken.finished!.message).length).toBeGreaterThan(50);
  expect(textOf(whole).startsWith(textOf(broken.finished!.message))).toBe(true);

  const resumed = await watchAll(client.startRun({ chatId, body: { kind: 'resume' } }));
  expect(resumed.finished!.run).toMatchObject({ state: 'completed', continued: 'partial', error: null });
  expect(textOf(resumed.finished!.message)).toBe(textOf(whole));
});

test('a run loads the model it needs; one that is dead before the first token is found alive again', async () => {
  const { client } = rig;
  await client.stopServer({ params: { profileId } });
  const { id: chatId } = await client.createChat({ body: { profileId } });
  const loaded = await run(client, chatId, say('What is the capital of France?', options));
  expect([loaded.status, loaded.metrics!.loadMs > 0]).toEqual(['complete', true]);
  const ear = listen(client, ['run', 'chat']);
  await killEngine();
  const answer = await run(client, chatId, say('What is the capital of Italy?', options));
  expect([answer.status, textOf(answer)]).toEqual(['complete', 'The capital of Italy is Rome.']);
  // Whoever lists chats learns of it without asking.
  await ear.until(({ type, data }) => type === 'run.updated' && data.messageId === answer.id && data.state === 'completed');
  await ear.until(
    ({ type, data }) => type === 'chat.updated' && data.id === chatId && data.activeRunId === null && data.messageCount === 4,
  );
  await ear.stop();
});
