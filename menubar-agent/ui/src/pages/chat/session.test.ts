/** The session against a client that does what it is told. */
import { AgentError, type Chat, type ChatMessage, type Run, type RunEvent } from '@mlx-manager/shared';
import { ChatSession, type SessionDeps } from './session.js';

const chat = (changes: Partial<Chat> = {}): Chat => ({ id: 'c', title: 'Chat', headId: null, activeRunId: null, ...changes }) as Chat;
const message = (id: string, role: 'user' | 'assistant', text: string, more: Partial<ChatMessage> = {}): ChatMessage =>
  ({
    id,
    role,
    parentId: null,
    parts: text === '' ? [] : [{ type: 'text', text }],
    status: 'complete',
    trimmed: 0,
    siblingIds: [id],
    ...more,
  }) as ChatMessage;
const run = (changes: Partial<Run> = {}): Run =>
  ({ id: 'r', chatId: 'c', messageId: 'a', state: 'generating', trimmed: 0, ...changes }) as Run;
const asked = message('q', 'user', 'Hi');
const answer = message('a', 'assistant', '', { parentId: 'q', status: 'generating' });
const events = (text: string): RunEvent[] => [
  { id: '1', type: 'run', data: run() },
  { id: '2', type: 'messages', data: { messages: [asked, answer] } },
  { id: '3', type: 'delta', data: { index: 0, type: 'text', text } },
];
const finished = (text: string): RunEvent => ({
  id: '9',
  type: 'finished',
  data: {
    run: run({ state: 'completed' }),
    message: { ...answer, parts: [{ type: 'text', text }], status: 'complete' },
    chat: chat({ headId: 'a' }),
  },
});

interface Fake {
  session: ChatSession;
  calls: string[];
  streams: (() => AsyncGenerator<RunEvent>)[];
  made: string[];
  until(fits: (view: ReturnType<ChatSession['snapshot']>) => boolean): Promise<void>;
}

function rig(overrides: Partial<SessionDeps['client']> = {}, first = { chat: chat(), messages: [] as ChatMessage[] }): Fake {
  const calls: string[] = [];
  const streams: Fake['streams'] = [];
  const made: string[] = [];
  const client = {
    getChat: async () => (calls.push('get'), first),
    createChat: async () => (calls.push('create'), chat()),
    deleteChat: async () => (calls.push('delete'), null),
    updateChat: async ({ body }: { body: Partial<Chat> }) => (calls.push('update'), { chat: chat(body), messages: [asked] }),
    createRun: async ({ body }: { body: { kind: string } }) => (calls.push(body.kind), run()),
    stopRun: async () => (calls.push('stop'), run({ state: 'stopped' })),
    watchRun: ({ lastEventId }: { lastEventId?: string }) => {
      calls.push(`watch ${lastEventId ?? 'all'}`);
      return (
        streams.shift() ??
        async function* () {
          yield* events('x');
          yield finished('x');
        }
      )();
    },
    ...overrides,
  };
  const session = new ChatSession({
    client: client as unknown as SessionDeps['client'],
    onMade: ({ id }) => made.push(id),
    paintMs: 1,
    pausesMs: [1, 1],
  });
  const until: Fake['until'] = (fits) =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!fits(session.snapshot())) return;
        stop();
        resolve();
      };
      const stop = session.subscribe(check);
      queueMicrotask(check);
    });
  return { session, calls, streams, made, until };
}
const said = (session: ChatSession): string[] =>
  session.snapshot().messages.map(({ parts }) => parts.map((part) => ('text' in part ? part.text : '')).join(''));
const hi = [{ type: 'text' as const, text: 'Hi' }];

test('the first question makes the chat, is seen at once, and its answer comes to its end', async () => {
  const { session, calls, made, until } = rig();
  const sending = session.send(hi, { profileId: 1 });
  await until((view) => view.messages.length === 1 && view.busy);
  await sending;
  await until((view) => !view.busy);
  expect(said(session)).toEqual(['Hi', 'x']);
  expect(calls).toEqual(['create', 'send', 'watch all']);
  expect(made).toEqual(['c']);
});

test('a stream that breaks goes on behind the last event, and one that stays broken is told', async () => {
  const { session, calls, streams, until } = rig();
  streams.push(
    async function* () {
      yield* events('par');
      throw new AgentError('STREAM_BROKEN', { path: '/x' });
    },
    async function* () {
      yield { id: '4', type: 'delta', data: { index: 0, type: 'text', text: 'tial' } };
      yield finished('partial');
    },
  );
  await session.send(hi);
  await until((view) => !view.busy);
  expect(said(session)).toEqual(['Hi', 'partial']);
  expect(calls.slice(-2)).toEqual(['watch all', 'watch 3']);
  for (let i = 0; i < 3; i++)
    streams.push(async function* () {
      await Promise.reject(new AgentError('AGENT_NOT_RUNNING', { address: '' }));
      yield finished('never');
    });
  await session.again({ kind: 'regenerate' });
  await until((view) => view.error !== null);
  expect(session.snapshot()).toMatchObject({ busy: false, error: { code: 'AGENT_NOT_RUNNING' } });
});

test('a question that is not taken leaves nothing behind', async () => {
  const { session, calls } = rig({
    createRun: async () => {
      throw new AgentError('MODEL_NOT_FOUND', { model: 'x' });
    },
  });
  await expect(session.send(hi)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  expect(calls).toEqual(['create', 'delete']);
  expect(session.snapshot()).toMatchObject({ chat: null, messages: [], busy: false });
});

test('an answer under way is joined, whoever asked', async () => {
  const { session, until } = rig({}, { chat: chat({ activeRunId: 'r' }), messages: [asked, answer] });
  await session.open('c');
  await until((view) => !view.busy && view.messages.length === 2 && view.messages[1]?.status === 'complete');
  expect(said(session)).toEqual(['Hi', 'x']);
});

test('another window asks, renames, switches the branch, deletes', async () => {
  const { session, calls, until } = rig({}, { chat: chat(), messages: [] });
  await session.open('c');
  session.hear({ id: 'e', type: 'chat.updated', data: chat({ title: 'Named' }) });
  await until((view) => view.chat?.title === 'Named');
  session.hear({ id: 'e', type: 'chat.updated', data: chat({ activeRunId: 'r', headId: 'a' }) });
  await until((view) => !view.busy && view.messages.length === 2);
  // Told late: it is over.
  const before = calls.length;
  session.hear({ id: 'e', type: 'chat.updated', data: chat({ activeRunId: 'r', headId: 'a' }) });
  expect(calls).toHaveLength(before);
  session.hear({ id: 'e', type: 'chat.updated', data: chat({ headId: 'other' }) });
  await until(() => calls.at(-1) === 'get');
  session.hear({ id: 'e', type: 'chat.removed', data: { id: 'c' } });
  expect(session.snapshot().gone).toBe(true);
});

test('Stop before the run is known stops it as soon as it is', async () => {
  const begin = Promise.withResolvers<Run>();
  const { session, calls, until } = rig({ createRun: () => begin.promise });
  const sending = session.send(hi);
  await until((view) => view.busy);
  await session.stop();
  expect(calls).not.toContain('stop');
  begin.resolve(run());
  await sending;
  await until(() => calls.includes('stop'));
});

test('a question asked while an answer is being written is refused aloud: what was written must not vanish', async () => {
  const begin = Promise.withResolvers<Run>();
  const { session, calls, until } = rig(
    { createRun: () => begin.promise },
    { chat: chat({ activeRunId: 'r' }), messages: [asked, answer] },
  );
  // Asked before it is known that another window asked already.
  const opening = session.open('c');
  await expect(session.send(hi)).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
  await opening;
  await until((view) => !view.busy && view.messages[1]?.status === 'complete');
  const again = session.again({ kind: 'regenerate' });
  await expect(session.again({ kind: 'regenerate' })).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
  begin.resolve(run());
  await again;
  expect(calls.filter((call) => call === 'send')).toEqual([]);
});
