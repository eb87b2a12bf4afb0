/** What the extension is for, end to end and by its actions alone: from nothing to an answer; and an answer that outlives its agent. */
import { jest } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { agentPaths } from '../../menubar-agent/src/core/index.js';
import { MessagesRepository, openDatabase } from '../../menubar-agent/src/store/index.js';
import { agentEnv, newFolder, startAndWait } from '../support/agent.js';
import { ensureBuilt, startAgentProcess, type AgentProcess } from '../support/cli.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { eventually } from '../support/fake-engine/house.js';
import { builtExtension, createHost, type Screen } from './host/index.js';
import { startModels, TINY } from './support/models.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(300_000);

const shows = (screen: Screen, text: string | RegExp): Promise<unknown> =>
  screen.until(() => (typeof text === 'string' ? screen.text().includes(text) : text.test(screen.text())), {
    what: String(text),
    timeout: 120_000,
  });

test('from nothing downloaded to a streamed answer, by actions of the extension alone', async () => {
  await installedEngine('mlx-lm');
  const rig = await startModels();
  try {
    const { host } = rig;
    // Quick Chat says what is missing, and leads there.
    const empty = await host.launch('quick-chat');
    await shows(empty, 'No Model Yet');
    await empty.press('Search Models');
    expect(host.launched.at(-1)?.name).toBe('search-models');
    await empty.close();

    const search = await host.launch('search-models');
    await search.search('tiny-qwen3');
    await search.rowShown(TINY.split('/')[1]!);
    await search.select(TINY.split('/')[1]!);
    await search.press('Download and Use', { wait: false });
    await host.until(() => host.launched.at(-1)?.name === 'quick-chat', { timeout: 180_000 });
    const { context } = host.launched.at(-1)!;
    await search.close();

    const chat = await host.launch('quick-chat', { launchContext: context as Record<string, unknown> });
    await shows(chat, 'Ask Anything');
    await chat.search('What is the capital of France?');
    await chat.enter({ wait: false });
    await shows(chat, 'Paris');
    await shows(chat, /tokens\/s/);
    expect((await rig.client.listServers()).map(({ state }) => state)).toEqual(['healthy']);
  } finally {
    await rig.end();
  }
});

test('the agent is killed in mid-answer: the partial is there, and goes on to the whole', async () => {
  await ensureBuilt();
  await installedEngine('mlx-lm');
  const folder = newFolder();
  const supportPath = mkdtempSync(join(tmpdir(), 'raycast-killed-'));
  const env = agentEnv(folder);
  let agent: AgentProcess = await startAgentProcess(env, '--no-starter');
  const raycast = createHost({
    folder: await builtExtension(),
    supportPath,
    env: { MLX_MANAGER_HOME: env.MLX_MANAGER_HOME!, HOME: folder },
  });
  try {
    await agent.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)], chatTitles: 'first_words' } });
    const profile = await agent.client.createProfile({
      body: { name: 'Babbler', modelPath: tinyModel, sampling: { temperature: 3, seed: 5, maxTokens: 6000 } },
    });
    await startAndWait(agent.client, profile.id);
    let screen!: Screen;
    await slowly(agent.client, async () => {
      screen = await raycast.launch('quick-chat', { arguments: { question: 'Go on for ever' } });
      await screen.until(() => screen.rows().length === 1);
      await screen.press('Show Thinking');
      await shows(screen, /▾[^]{400}/);
      // The agent writes down what it has every half second: nothing announces that.
      const [begun] = await agent.client.listRuns();
      const db = openDatabase(agentPaths(env).database);
      const stored = new MessagesRepository(db);
      await eventually(
        () => textIn(stored.find(begun!.messageId)?.parts ?? []).length,
        (length) => length > 100,
      );
      await agent.kill();
      db.close();
    });

    // The window stays open: it shows what was written, and comes to itself with the agent.
    agent = await startAgentProcess(env, '--no-starter');
    await shows(screen, /Interrupted|MLX Manager Is Not (Running|Installed)/);
    await screen.close();
    const again = await raycast.launch('quick-chat');
    await shows(again, 'Interrupted');
    const [found] = await agent.client.listChats();
    const partial = (await agent.client.getChat({ params: { chatId: found!.chat.id } })).messages[1]!;
    expect(partial.status).toBe('interrupted');
    const before = textIn(partial.parts);
    expect(before.length).toBeGreaterThan(100);
    await again.press('Continue Answer', { wait: false });
    await shows(again, /\d tokens/);
    const whole = (await agent.client.getChat({ params: { chatId: found!.chat.id } })).messages[1]!;
    expect(whole).toMatchObject({ id: partial.id, status: 'complete' });
    expect(textIn(whole.parts).startsWith(before)).toBe(true);
    await again.close();
  } finally {
    await raycast.close();
    await agent.terminate();
    await rm(folder, { recursive: true, force: true });
    await rm(supportPath, { recursive: true, force: true });
  }
});

const textIn = (parts: readonly object[]): string => parts.map((part) => ('text' in part ? String(part.text) : '')).join('\n');
