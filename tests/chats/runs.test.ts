/** Runs: a whole agent, a real engine, the tiny model. */
import { jest } from '@jest/globals';
import { join } from 'node:path';
import type { MessagePart } from '@mlx-manager/shared';
import { MessagesRepository, openDatabase } from '../../menubar-agent/src/store/index.js';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { run, say, textOf, told, Watched, watchAll } from '../support/chats/index.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(120_000);
const greedy = { temperature: 0 };
const quick = { sampling: greedy, thinking: false };
let rig: Rig;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  const { client } = rig;
  await client.updateSettings({ body: { modelFolders: [tinyModel.replace(/\/[^/]+$/, '')], chatTitles: 'first_words' } });
  const profile = await client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } });
  await startAndWait(client, profile.id);
}, 600_000);
afterAll(async () => {
  await endRig(rig);
});

const newChat = async () => (await rig.client.createChat({ body: {} })).id;

test('a message is sent, its answer streamed and kept', async () => {
  const { client } = rig;
  const chatId = await newChat();
  const watched = await watchAll(client.startRun({ chatId, body: say('What is the capital of France?', quick) }));
  expect(watched.events[0]?.type).toBe('run');
  expect(watched.said).toBe('[text]The capital of France is Paris.');
  expect(watched.finished?.run).toMatchObject({ state: 'completed', attempt: 1, profileName: 'Tiny', error: null });
  const detail = await client.getChat({ params: { chatId } });
  expect(detail.messages.map(({ role, status }) => [role, status])).toEqual([
    ['user', 'complete'],
    ['assistant', 'complete'],
  ]);
  const answer = detail.messages[1]!;
  expect(told(answer.parts)).toBe(watched.said);
  expect(detail.chat).toMatchObject({ title: 'What is the capital of France?', activeRunId: null, messageCount: 2 });
  expect(answer.metrics).toMatchObject({ promptTokens: expect.any(Number), completionTokens: expect.any(Number), finishReason: 'stop' });
  expect(watched.finished?.message).toEqual(answer);
});

test('thinking and text come in their order, with how long was thought', async () => {
  const chatId = await newChat();
  const watched = await watchAll(rig.client.startRun({ chatId, body: say('What is the capital of Japan?', { sampling: greedy }) }));
  expect(watched.finished!.message.parts.map(({ type }) => type)).toEqual(['thinking', 'text']);
  const [thinking, text] = watched.finished!.message.parts;
  expect(thinking).toMatchObject({ durationMs: expect.any(Number), text: expect.stringMatching(/\S/) });
  expect(text).toEqual({ type: 'text', text: 'The capital of Japan is Tokyo.' });
  expect(told(watched.parts)).toBe(told(watched.finished!.message.parts));
  expect(watched.finished!.message.metrics?.thinkingMs).toEqual(expect.any(Number));
  // Thinking is not sent back: a second turn answers as well as the first.
  const second = await run(rig.client, chatId, say('What is the capital of Italy?', quick));
  expect(textOf(second)).toBe('The capital of Italy is Rome.');
});

test('a tool is called, its result sent, the answer in words', async () => {
  const chatId = await newChat();
  const tools = [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ];
  const watched = await watchAll(rig.client.startRun({ chatId, body: say('What is the weather in Paris?', { ...quick, tools }) }));
  const call = watched.finished!.message.parts.find((part) => part.type === 'tool_call')!;
  expect(call).toMatchObject({ name: 'get_weather', id: expect.stringMatching(/./) });
  expect(JSON.parse(call.arguments)).toEqual({ city: 'Paris' });
  expect(watched.parts).toEqual(watched.finished!.message.parts);
  const answer = await run(rig.client, chatId, {
    kind: 'send',
    parts: [{ type: 'tool_result', toolCallId: call.id, content: '{"temperature": 21, "unit": "C"}', isError: false }],
    tools,
    ...quick,
  });
  expect(textOf(answer)).toMatch(/Paris/);
  const { messages } = await rig.client.getChat({ params: { chatId } });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
});

test('any number of watchers, early and late, see the same; none is needed', async () => {
  const { client } = rig;
  const chatId = await newChat();
  const { begun, whole, lately } = await slowly(client, async () => {
    const begun = await client.createRun({ params: { chatId }, body: say('Tell me a long story.', quick) });
    const first = watchAll(client.watchRun({ runId: begun.id }));
    let late: Promise<Watched> | undefined;
    const left = new AbortController();
    await watchAll(client.watchRun({ runId: begun.id, signal: left.signal }), (watched) => {
      if (watched.said.length < 100) return;
      late ??= watchAll(client.watchRun({ runId: begun.id }));
      left.abort();
    }).catch(() => undefined);
    return { begun, whole: await first, lately: await late! };
  });
  const after = await watchAll(client.watchRun({ runId: begun.id }));
  expect(whole.said.length).toBeGreaterThan(300);
  for (const watched of [lately, after]) {
    expect(watched.said).toBe(whole.said);
    expect(watched.finished).toEqual(whole.finished);
  }
  // What was said before a late one came is told in one piece.
  const [piece] = lately.events.flatMap((one) => (one.type === 'delta' ? one.data.text : []));
  expect(piece!.length).toBeGreaterThan(90);
  expect(after.events.map(({ type }) => type)).toEqual(['run', 'messages', 'delta', 'finished']);

  // Nobody watches, and it goes on.
  const unseen = await client.createRun({ params: { chatId: await newChat() }, body: say('Count to 10.', quick) });
  const { finished } = await watchAll(client.watchRun({ runId: unseen.id }));
  expect(finished!.run.state).toBe('completed');
});

test('Last-Event-ID goes on exactly behind every event, while it runs and after it', async () => {
  const { client } = rig;
  const chatId = await newChat();
  const live: Promise<Watched>[] = [];
  /** What a watcher sees that took part of the events, and comes back. */
  const comeBack = async (before: Watched, runId: string): Promise<Watched> => {
    const again = new Watched();
    for (const event of before.events) again.take(event);
    const lastEventId = before.events.at(-1)!.id;
    for await (const event of client.watchRun({ runId, lastEventId })) again.take(event);
    return again;
  };
  const { begun, whole } = await slowly(client, async () => {
    const begun = await client.createRun({ params: { chatId }, body: say('Count to 20.', { sampling: greedy }) });
    const whole = await watchAll(client.watchRun({ runId: begun.id }), (watched) => {
      const copy = new Watched();
      for (const event of watched.events) copy.take(event);
      if (live.length < 25 && event(watched).type !== 'finished') live.push(comeBack(copy, begun.id));
    });
    return { begun, whole };
  });
  for (const watched of await Promise.all(live)) {
    expect(watched.said).toBe(whole.said);
    expect(watched.finished).toEqual(whole.finished);
  }
  for (let i = 1; i <= whole.events.length; i++) {
    const part = new Watched();
    for (const one of whole.events.slice(0, i)) part.take(one);
    const watched = await comeBack(part, begun.id);
    expect(watched.said).toBe(whole.said);
    // Nothing is told twice.
    if (i > 3) expect(watched.events.slice(i).map(({ type }) => type)).not.toContain('messages');
  }
  expect(live.length).toBeGreaterThan(5);
});
const event = (watched: Watched) => watched.events.at(-1)!;

test('stop keeps what was written; a second stop changes nothing', async () => {
  const { client } = rig;
  const chatId = await newChat();
  let stopping: Promise<unknown> | undefined;
  const watched = await slowly(client, () =>
    watchAll(client.startRun({ chatId, body: say('Tell me a long story.', quick) }), ({ run: state, said }) => {
      if (said.length > 40) stopping ??= client.stopRun({ params: { runId: state!.id } });
    }),
  );
  expect(await stopping).toMatchObject({ state: 'stopped' });
  expect(watched.finished).toMatchObject({
    run: { state: 'stopped', error: null },
    message: { status: 'stopped' },
    chat: { activeRunId: null },
  });
  expect(watched.said.length).toBeGreaterThan(40);
  expect(told(watched.finished!.message.parts)).toBe(watched.said);
  expect(await client.stopRun({ params: { runId: watched.finished!.run.id } })).toEqual(watched.finished!.run);
  expect(await client.listRuns()).toEqual([]);

  // It goes on behind it, and ends as if it had never been stopped.
  const whole = await run(client, await newChat(), say('Tell me a long story.', quick));
  const resumed = await watchAll(client.startRun({ chatId, body: { kind: 'resume' } }));
  expect(resumed.finished!.run).toMatchObject({ state: 'completed', continued: 'partial' });
  expect(textOf(resumed.finished!.message)).toBe(textOf(whole));
  expect(resumed.said).toBe(told(whole.parts));
  expect(resumed.finished!.message.id).toBe(watched.finished!.message.id);
});

test('one run a chat, and one that cannot begin leaves nothing', async () => {
  const { client } = rig;
  const chatId = await newChat();
  await slowly(client, async () => {
    const begun = await client.createRun({ params: { chatId }, body: say('Tell me a long story.', quick) });
    await expect(client.createRun({ params: { chatId }, body: say('Hello', quick) })).rejects.toMatchObject({
      code: 'RUN_IN_PROGRESS',
      action: expect.stringContaining(begun.id),
    });
    await client.stopRun({ params: { runId: begun.id } });
  });
  const { messages } = await client.getChat({ params: { chatId } });
  expect(messages).toHaveLength(2);
  await expect(run(client, chatId, say('Hi', { model: 'nobody-has-this' }))).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' });
  await expect(run(client, chatId, say('Hi', { profileId: 4711 }))).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(run(client, chatId, say('Hi', { parentId: 'none' }))).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
  await expect(run(client, chatId, { kind: 'edit', messageId: messages[1]!.id, parts: [] as never })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
  await expect(
    run(client, chatId, { kind: 'edit', messageId: messages[1]!.id, parts: [{ type: 'text', text: 'x' }] }),
  ).rejects.toMatchObject({ code: 'RUN_NOT_POSSIBLE' });
  await expect(run(client, await newChat(), { kind: 'regenerate' })).rejects.toMatchObject({ code: 'RUN_NOT_POSSIBLE' });
  await expect(client.getRun({ params: { runId: 'none' } })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  await expect(watchAll(client.watchRun({ runId: 'none' }))).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
  await expect(run(client, 'none', say('Hi'))).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND', status: 404 });
  expect((await client.getChat({ params: { chatId } })).messages).toEqual(messages);
});

test('regenerate and edit make branches; the old ones are kept', async () => {
  const { client } = rig;
  const chatId = await newChat();
  const first = await run(client, chatId, say('What is the capital of France?', quick));
  const second = await run(client, chatId, { kind: 'regenerate', ...quick });
  expect(second.parentId).toBe(first.parentId);
  expect(second.siblingIds).toEqual([first.id, second.id]);
  const asked = (await client.getChat({ params: { chatId } })).messages[0]!;
  const edited = await run(client, chatId, {
    kind: 'edit',
    messageId: asked.id,
    parts: [{ type: 'text', text: 'What is the capital of Italy?' }],
    ...quick,
  });
  expect(textOf(edited)).toBe('The capital of Italy is Rome.');
  const shown = await client.getChat({ params: { chatId } });
  expect(shown.messages.map(({ id }) => id)).toEqual([edited.parentId, edited.id]);
  expect(shown.messages[0]!.siblingIds).toEqual([asked.id, edited.parentId]);
  const back = await client.updateChat({ params: { chatId }, body: { headId: first.id } });
  expect(back.messages.map(({ id }) => id)).toEqual([asked.id, first.id]);
  await expect(run(client, chatId, { kind: 'resume' })).rejects.toMatchObject({ code: 'RUN_NOT_POSSIBLE' });
});

test('an answer cut anywhere and resumed is the whole answer: no space doubled or missing', async () => {
  const { client } = rig;
  const db = openDatabase(join(rig.folder, 'state', 'mlx-manager.db'));
  const stored = new MessagesRepository(db);
  try {
    for (const options of [quick, { sampling: greedy }]) {
      const chatId = await newChat();
      const { finished, events } = await watchAll(client.startRun({ chatId, body: say('Count to 10.', options) }));
      const whole = finished!.message;
      const [thinking, text] = whole.parts.length === 2 ? whole.parts : [undefined, whole.parts[0]];
      const cuts: MessagePart[][] = [];
      const written = text as { type: 'text'; text: string };
      for (let at = 1; at <= written.text.length; at += 3) {
        cuts.push([...(thinking ? [thinking] : []), { type: 'text', text: written.text.slice(0, at) }]);
      }
      const thought = thinking?.type === 'thinking' ? thinking : null;
      for (let at = 2; thought !== null && at < thought.text.length; at += 7)
        cuts.push([{ type: 'thinking', text: thought.text.slice(0, at), durationMs: 10 }]);
      for (const parts of cuts) {
        stored.update(whole.id, { parts, status: 'interrupted' });
        const resumed = await watchAll(client.startRun({ chatId, body: { kind: 'resume' } }));
        expect([parts, resumed.finished!.run]).toEqual([
          parts,
          expect.objectContaining({ state: 'completed', continued: 'partial', error: null }),
        ]);
        expect(told(resumed.finished!.message.parts)).toBe(told(whole.parts));
        expect(resumed.said).toBe(told(whole.parts));
      }
      expect([events.length > 5, cuts.length > 3]).toEqual([true, true]);
    }
  } finally {
    db.close();
  }
});
