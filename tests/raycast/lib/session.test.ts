/** One chat on the screen, against a real agent: what breaks in between is made to break by a client that is asked through the test. */
import { jest } from '@jest/globals';
import { AgentError, textOf, type Client, type InputPart } from '@mlx-manager/shared';
import { PAUSES_MS } from '../../../raycast-extension/src/lib/chat/again.js';
import { PROVISIONAL } from '../../../raycast-extension/src/lib/chat/provisional.js';
import { ChatSession, type SessionDeps, type SessionView } from '../../../raycast-extension/src/lib/chat/session.js';
import { startChats, type ChatsRig } from '../support/speaker.js';

jest.setTimeout(30_000);

let rig: ChatsRig;
const sessions: ChatSession[] = [];
beforeAll(async () => {
  rig = await startChats();
}, 120_000);
afterAll(() => rig.end());
beforeEach(() => {
  rig.speaker.held = false;
  rig.speaker.text = 'One two three.';
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  rig.release();
  for (const { chat } of await rig.client.listChats()) {
    if (chat.activeRunId !== null) await rig.client.stopRun({ params: { runId: chat.activeRunId } });
    await rig.client.deleteChat({ params: { chatId: chat.id } });
  }
});

/** A client whose named calls go through the test; the others are the agent's. */
const through = (calls: Partial<Client>): Client => ({ ...rig.client, ...calls });
function sessionOf(deps: Partial<SessionDeps> = {}): ChatSession {
  const session = new ChatSession({ connect: () => rig.client, paintMs: 0, pause: () => Promise.resolve(), ...deps });
  sessions.push(session);
  return session;
}
const text = (question: string): InputPart[] => [{ type: 'text', text: question }];
const said = ({ messages }: SessionView): string[] => messages.map(textOf);
function until(session: ChatSession, fits: (view: SessionView) => boolean): Promise<SessionView> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!fits(session.snapshot())) return;
      leave();
      resolve(session.snapshot());
    };
    const leave = session.subscribe(look);
    look();
  });
}
const writing = (session: ChatSession) => until(session, ({ messages }) => textOf(messages[1] ?? { parts: [] }) !== '');
const chats = async () => (await rig.client.listChats()).map(({ chat }) => chat);

test('the question is on the screen before the agent knows of it; the answer is whole at the end; the chat is noted', async () => {
  const noted: string[] = [];
  const session = sessionOf({ onChat: ({ id }) => noted.push(id) });
  const done = session.send(text('Count'), { systemPrompt: 'Be brief.' });
  const first = await until(session, ({ messages }) => messages.length > 0);
  expect(first).toMatchObject({ busy: true, chat: null, messages: [{ id: PROVISIONAL, role: 'user' }] });
  await done;
  const view = session.snapshot();
  expect(said(view)).toEqual(['Count', 'One two three.']);
  expect(view).toMatchObject({ busy: false, error: undefined, chat: { systemPrompt: 'Be brief.' } });
  expect(new Set(noted)).toEqual(new Set([view.chat!.id]));
  await session.send(text('Go on'));
  expect(said(session.snapshot())).toHaveLength(4);
  expect(await chats()).toHaveLength(1);
});

test('a stream that breaks off goes on behind what was heard', async () => {
  const asked: (string | undefined)[] = [];
  const watchRun: Client['watchRun'] = async function* (args) {
    asked.push(args.lastEventId);
    for await (const event of rig.client.watchRun(args)) {
      yield event;
      // After each event a new connection, until the last one.
      if (event.type !== 'finished') throw new AgentError('STREAM_BROKEN');
    }
  };
  const session = sessionOf({ connect: () => through({ watchRun }) });
  await session.send(text('Count'));
  expect(said(session.snapshot())).toEqual(['Count', 'One two three.']);
  expect(session.snapshot().busy).toBe(false);
  expect(asked.length).toBeGreaterThan(2);
  expect(asked[0]).toBeUndefined();
  // Each goes on behind another event.
  expect(asked.slice(1).every((id) => id !== undefined && id !== '')).toBe(true);
  expect(new Set(asked).size).toBe(asked.length);
});

test('the agent ends in mid-answer and comes back: the part is there, and can be continued', async () => {
  rig.speaker.held = true;
  const session = sessionOf();
  const done = session.send(text('Count'));
  await writing(session);
  await rig.stopAgent();
  await done;
  expect(session.snapshot().busy).toBe(false);
  await rig.startAgent();
  await session.open(session.snapshot().chat!.id);
  const [, answer] = session.snapshot().messages;
  expect(['interrupted', 'stopped']).toContain(answer!.status);
  expect(textOf(answer!)).toMatch(/^One/);
  rig.release();
  await session.resume(answer!.id);
  expect(session.snapshot().messages[1]!.status).toBe('complete');
});

test('an agent that stays away is told after all tries; opened again, nothing leaves the screen until the answer is here', async () => {
  rig.speaker.held = true;
  const pauses: number[] = [];
  const away = new AgentError('AGENT_NOT_RUNNING', { address: 'here' });
  let isAway = false;
  const watchRun: Client['watchRun'] = async function* (args) {
    if (isAway) throw away;
    for await (const event of rig.client.watchRun(args)) {
      yield event;
      if (event.type === 'delta') break;
    }
    isAway = true;
    throw new AgentError('STREAM_BROKEN');
  };
  const session = sessionOf({ connect: () => through({ watchRun }), pause: (ms) => Promise.resolve(void pauses.push(ms)) });
  await session.send(text('Count'));
  expect(pauses).toEqual(PAUSES_MS);
  expect(session.snapshot()).toMatchObject({ busy: false, error: { code: 'AGENT_NOT_RUNNING' } });
  const seen: number[] = [];
  session.subscribe(() => seen.push(session.snapshot().messages.length));
  rig.release();
  const opened = session.open(session.snapshot().chat!.id);
  expect(session.snapshot()).toMatchObject({ isLoading: true, error: undefined });
  isAway = false;
  await opened;
  expect(Math.min(...seen)).toBe(2);
});

test('what is no passing failure ends the watching at once', async () => {
  const pauses: number[] = [];
  const watchRun: Client['watchRun'] = () => {
    throw new AgentError('UNAUTHORIZED');
  };
  const session = sessionOf({ connect: () => through({ watchRun }), pause: (ms) => Promise.resolve(void pauses.push(ms)) });
  await session.send(text('Count'));
  expect([pauses, session.snapshot().error]).toEqual([[], expect.objectContaining({ code: 'UNAUTHORIZED' })]);
});

test('a refused question leaves no empty chat, and the screen as it was', async () => {
  const session = sessionOf();
  const refused = session.send([{ type: 'file', attachmentId: '0'.repeat(64), name: 'x', mediaType: 'text/plain' }]);
  await expect(refused).rejects.toMatchObject({ code: 'ATTACHMENT_NOT_FOUND' });
  expect(session.snapshot()).toMatchObject({ chat: null, messages: [], busy: false });
  expect(await chats()).toEqual([]);

  // In a chat that has begun, nothing of it goes.
  await session.send(text('Count'));
  const before = session.snapshot().messages;
  await expect(session.send([{ type: 'file', attachmentId: '0'.repeat(64), name: 'x', mediaType: 'text/plain' }])).rejects.toThrow();
  expect(session.snapshot()).toMatchObject({ messages: before, busy: false });
  expect(await chats()).toHaveLength(1);
});

test('without an agent the question is refused, and asked again when there is one', async () => {
  let away = true;
  const connect = (): Client => {
    if (away) throw new AgentError('AGENT_NOT_RUNNING', { address: 'here' });
    return rig.client;
  };
  const session = sessionOf({ connect });
  await expect(session.send(text('Count'))).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  expect(session.snapshot()).toMatchObject({ messages: [], busy: false });
  away = false;
  await session.send(text('Count'));
  expect(said(session.snapshot())).toEqual(['Count', 'One two three.']);
});

test('a second question waits for no one: it is refused, and the first goes on', async () => {
  rig.speaker.held = true;
  const session = sessionOf();
  const done = session.send(text('Count'));
  await expect(session.send(text('And again'))).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
  await writing(session);
  rig.release();
  await done;
  expect(said(session.snapshot())).toEqual(['Count', 'One two three.']);
  expect(await chats()).toHaveLength(1);
});

test('a chat that was deleted cannot be opened, and says so', async () => {
  const chatId = await rig.chat('Count', 'One.');
  await rig.client.deleteChat({ params: { chatId } });
  const session = sessionOf();
  await session.open(chatId);
  expect(session.snapshot()).toMatchObject({ isLoading: false, chat: null, error: { code: 'CHAT_NOT_FOUND' } });
});

test('a chat in mid-answer is opened and watched to its end', async () => {
  rig.speaker.held = true;
  const first = sessionOf();
  void first.send(text('Count'));
  await writing(first);
  const chatId = first.snapshot().chat!.id;
  first.close();
  const second = sessionOf();
  const done = second.open(chatId);
  await until(second, ({ busy, messages }) => busy && messages.length === 2);
  rig.release();
  await done;
  expect(said(second.snapshot())).toEqual(['Count', 'One two three.']);
  // The first one heard of nothing any more.
  expect(said(first.snapshot())[1]).toBe('One ');
});

test('a question typed while the chat is being fetched goes into that chat', async () => {
  const chatId = await rig.chat('Count', 'One.');
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const getChat: Client['getChat'] = async (args) => {
    await held;
    return rig.client.getChat(args);
  };
  const session = sessionOf({ connect: () => through({ getChat }) });
  const opened = session.open(chatId);
  const sent = session.send(text('And then?'));
  answer();
  await Promise.all([opened, sent]);
  expect(said(session.snapshot())).toHaveLength(4);
  expect((await chats()).map(({ id }) => id)).toEqual([chatId]);
});

test('another chat is opened before the first one came: its answer is not shown', async () => {
  const [slow, quick] = [await rig.chat('Slow', 'One.'), await rig.chat('Quick', 'Two.')];
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const getChat: Client['getChat'] = async (args) => {
    if (args.params.chatId === slow) await held;
    const { signal: _, ...rest } = args;
    return rig.client.getChat(rest);
  };
  const session = sessionOf({ connect: () => through({ getChat }) });
  const first = session.open(slow);
  await session.open(quick);
  answer();
  await first;
  expect(said(session.snapshot())).toEqual(['Quick', 'Two.']);
});

test('Stop works before the agent has answered which run it is', async () => {
  rig.speaker.held = true;
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const createRun: Client['createRun'] = async (args) => {
    await held;
    return rig.client.createRun(args);
  };
  const session = sessionOf({ connect: () => through({ createRun }) });
  const done = session.send(text('Count'));
  await until(session, ({ chat }) => chat !== null);
  await session.stop();
  answer();
  await done;
  expect(session.snapshot().messages[1]!.status).toBe('stopped');
  // Nothing is left of it for the next answer.
  rig.release();
  await session.send(text('Again'));
  expect(session.snapshot().messages[3]!.status).toBe('complete');
});

test('what is changed in mid-answer stays changed', async () => {
  rig.speaker.held = true;
  const session = sessionOf();
  const done = session.send(text('Count'));
  await writing(session);
  await session.update({ pinned: true, title: 'Numbers' });
  const seen = new Set<boolean>();
  session.subscribe(() => seen.add(session.snapshot().chat!.pinned));
  rig.release();
  await done;
  expect(session.snapshot().chat).toMatchObject({ pinned: true, title: 'Numbers' });
  expect([...seen]).toEqual([true]);
});

test('close() right after the question: the agent gets it and answers it; nothing is painted any more', async () => {
  const session = sessionOf();
  let painted = 0;
  const done = session.send(text('Count'));
  session.close();
  session.subscribe(() => painted++);
  await done;
  const [chat] = await chats();
  const other = sessionOf();
  await other.open(chat!.id);
  expect(said(other.snapshot())).toEqual(['Count', 'One two three.']);
  expect(other.snapshot().messages[1]!.status).toBe('complete');
  expect(painted).toBe(0);
});

test('close() ends the watching, and a wait between two tries', async () => {
  const watchRun: Client['watchRun'] = () => {
    throw new AgentError('STREAM_BROKEN');
  };
  const session = new ChatSession({ connect: () => through({ watchRun }), paintMs: 0 });
  sessions.push(session);
  const done = session.send(text('Count'));
  await until(session, ({ run }) => run !== null);
  session.close();
  await done; // not only after all pauses, which are longer than the test may take
  expect(session.snapshot().error).toBeUndefined();
});

test('another wording, another answer, and back to the branch before', async () => {
  const session = sessionOf();
  await session.send(text('Count'));
  rig.speaker.text = 'Four five.';
  await session.regenerate();
  expect(said(session.snapshot())).toEqual(['Count', 'Four five.']);
  const [question, second] = session.snapshot().messages;
  expect(second!.siblingIds).toHaveLength(2);
  await session.update({ headId: second!.siblingIds[0]! });
  expect(said(session.snapshot())).toEqual(['Count', 'One two three.']);
  rig.speaker.text = 'Six.';
  await session.edit(question!.id, text('Count on'));
  expect(said(session.snapshot())).toEqual(['Count on', 'Six.']);
  await expect(session.edit('no such message', text('x'))).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
  expect(session.snapshot().busy).toBe(false);
});
