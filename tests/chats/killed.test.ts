/** kill -9 of the agent in the middle of an answer. */
import { jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { agentEnv, newFolder, startAndWait } from '../support/agent.js';
import { run, say, told, Watched, watchAll } from '../support/chats/index.js';
import { ensureBuilt, startAgentProcess, type AgentProcess } from '../support/cli.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(120_000);
let folder: string;
let agent: AgentProcess;

beforeAll(async () => {
  await ensureBuilt();
  await installedEngine('mlx-lm');
}, 900_000);
afterEach(async () => {
  await agent.terminate();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

test('the partial answer is there, told to who comes back, and resumes to the whole', async () => {
  folder = newFolder();
  const env = agentEnv(folder);
  agent = await startAgentProcess(env, '--no-starter');
  await agent.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)], chatTitles: 'first_words' } });
  const profile = await agent.client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } });
  await startAndWait(agent.client, profile.id);
  const options = { sampling: { temperature: 0 }, thinking: false };
  const whole = await run(agent.client, (await agent.client.createChat({ body: {} })).id, say('Tell me a long story.', options));

  const chatId = (await agent.client.createChat({ body: {} })).id;
  const seen = new Watched();
  let seenAt = 0;
  /** When how much was seen. */
  const history: { at: number; length: number }[] = [];
  let killedAt = 0;
  let killed: Promise<void> | undefined;
  const watching = slowly(agent.client, async () => {
    for await (const event of agent.client.startRun({ chatId, body: say('Tell me a long story.', options) })) {
      seen.take(event);
      seenAt ||= Date.now();
      history.push({ at: Date.now(), length: seen.said.length });
      if (killed !== undefined || seen.said.length < 300 || Date.now() - seenAt < 1_050) continue;
      killedAt = Date.now();
      killed = agent.kill();
    }
  });
  await expect(watching).rejects.toThrow();
  await killed;

  agent = await startAgentProcess(env, '--no-starter');
  const { chat, messages } = await agent.client.getChat({ params: { chatId } });
  const partial = messages.at(-1)!;
  expect(partial).toMatchObject({ status: 'interrupted', error: { code: 'RUN_INTERRUPTED' } });
  expect(chat.activeRunId).toBeNull();
  // What was seen a second before must be kept.
  const kept = history.findLast(({ at }) => at <= killedAt - 1_000)?.length ?? 0;
  expect(told(partial.parts).length).toBeGreaterThanOrEqual(kept);
  expect(partial.parts.length).toBeGreaterThan(0);
  expect(told(whole.parts).startsWith(told(partial.parts))).toBe(true);
  // Who had seen more than was written down is told what there is.
  for await (const event of agent.client.watchRun({ runId: seen.run!.id, lastEventId: seen.events.at(-1)!.id })) seen.take(event);
  expect(told(seen.parts)).toBe(told(partial.parts));
  expect(seen.finished?.run.state).toBe('interrupted');

  const resumed = await watchAll(agent.client.startRun({ chatId, body: { kind: 'resume' } }));
  expect(resumed.finished!.run).toMatchObject({ state: 'completed', continued: 'partial' });
  expect(told(resumed.finished!.message.parts)).toBe(told(whole.parts));
});
