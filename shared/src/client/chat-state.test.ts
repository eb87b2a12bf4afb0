import type { Chat, ChatMessage, Run, RunEvent } from '../schemas/index.js';
import { applyRunEvent, chatState, codeBlocks, textOf, type ChatState } from './chat-state.js';

const at = '2026-11-21T12:00:00.000Z';
const message = (id: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  chatId: 'c',
  parentId: null,
  role: 'assistant',
  parts: [],
  status: 'complete',
  error: null,
  metrics: null,
  model: null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  runId: null,
  siblingIds: [id],
  createdAt: at,
  updatedAt: at,
  ...more,
});
const chat: Chat = {
  id: 'c',
  title: 'Old',
  titled: false,
  model: null,
  profileId: null,
  personaId: null,
  systemPrompt: null,
  sampling: {},
  tools: [],
  tags: [],
  pinned: false,
  preview: '',
  messageCount: 0,
  headId: null,
  answeredProfileId: null,
  activeRunId: null,
  createdAt: at,
  updatedAt: at,
};
const run: Run = {
  id: 'r',
  chatId: 'c',
  messageId: 'a1',
  state: 'generating',
  continued: 'new',
  attempt: 1,
  model: null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  error: null,
  startedAt: at,
  endedAt: null,
};
const user = message('u1', { role: 'user', parts: [{ type: 'text', text: 'Hi' }] });
const answer = message('a1', { parentId: 'u1', status: 'generating' });
const apply = (state: ChatState, ...events: RunEvent[]): ChatState => events.reduce(applyRunEvent, state);
const begun = (): ChatState =>
  apply(
    chatState({ chat, messages: [] }),
    { id: '1', type: 'run', data: run },
    { id: '2', type: 'messages', data: { messages: [user, answer] } },
  );
const delta = (id: string, index: number, type: 'text' | 'thinking', text: string): RunEvent => ({
  id,
  type: 'delta',
  data: { index, type, text },
});

test('an answer grows by its deltas, part by part, and ends as it stays', () => {
  let state = apply(
    begun(),
    delta('3', 0, 'thinking', 'Hm'),
    delta('4', 0, 'thinking', 'm.'),
    delta('5', 1, 'text', 'Hel'),
    delta('6', 1, 'text', 'lo'),
  );
  expect(state.messages.map(({ id }) => id)).toEqual(['u1', 'a1']);
  expect(state.messages[1]?.parts).toEqual([
    { type: 'thinking', text: 'Hmm.', durationMs: null },
    { type: 'text', text: 'Hello' },
  ]);
  expect(state.lastEventId).toBe('6');
  const whole = message('a1', { parentId: 'u1', parts: [{ type: 'text', text: 'Hello' }] });
  state = apply(state, {
    id: '7',
    type: 'finished',
    data: { run: { ...run, state: 'completed' }, message: whole, chat: { ...chat, title: 'New' } },
  });
  expect(state.chat.title).toBe('New');
  expect(state.run?.state).toBe('completed');
  expect(state.messages[1]).toEqual(whole);
});

test('what was given is not changed', () => {
  const before = begun();
  const copy = structuredClone(before);
  apply(before, delta('3', 0, 'text', 'x'));
  expect(before).toEqual(copy);
});

test('another answer stands in place of the branch that was shown, and names the old one', () => {
  const shown = chatState({ chat, messages: [user, { ...answer, siblingIds: ['a1'] }, message('u2', { parentId: 'a1', role: 'user' })] });
  const again = message('a2', { parentId: 'u1', siblingIds: ['a1', 'a2'], status: 'generating' });
  const state = apply(
    shown,
    { id: '1', type: 'run', data: { ...run, messageId: 'a2' } },
    { id: '2', type: 'messages', data: { messages: [again] } },
  );
  expect(state.messages.map(({ id }) => id)).toEqual(['u1', 'a2']);
  expect(state.messages[1]?.siblingIds).toEqual(['a1', 'a2']);
});

test('an edited first message begins the branch anew', () => {
  const shown = chatState({ chat, messages: [user, answer] });
  const edited = message('u9', { role: 'user', siblingIds: ['u1', 'u9'] });
  const state = apply(shown, { id: '1', type: 'messages', data: { messages: [edited, message('a9', { parentId: 'u9' })] } });
  expect(state.messages.map(({ id }) => id)).toEqual(['u9', 'a9']);
});

test('a message that begins anew loses what was written; messages left out are counted', () => {
  const state = apply(
    begun(),
    delta('3', 0, 'text', 'half'),
    { id: '4', type: 'parts', data: { message: answer } },
    {
      id: '5',
      type: 'run',
      data: { ...run, trimmed: 4 },
    },
  );
  expect(state.messages[1]?.parts).toEqual([]);
  expect(state.messages[1]?.trimmed).toBe(4);
});

test('text without thinking; code blocks by their fences', () => {
  expect(
    textOf({
      parts: [
        { type: 'thinking', text: 'no', durationMs: 1 },
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    }),
  ).toBe('a\n\nb');
  expect(codeBlocks('x\n```ts\nconst a = `b`;\n\n```\ny\n~~~~\n~~~\n```\n~~~~')).toEqual(['const a = `b`;\n', '~~~\n```']);
  expect(codeBlocks('```js\nunfinished')).toEqual(['unfinished']);
  expect(codeBlocks('```inline``` is no fence\ntext')).toEqual([]);
  expect(codeBlocks('````md\n```js\n1\n```\n````')).toEqual(['```js\n1\n```']);
});
