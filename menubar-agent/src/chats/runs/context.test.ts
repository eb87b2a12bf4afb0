/** What of a conversation with tools is sent, and what goes first. */
import type { ChatMessage, MessagePart } from '@mlx-manager/shared';
import { fit } from './context.js';
import { blocksOf, joined, type OpenaiMessage } from './messages.js';

const message = (role: ChatMessage['role'], ...parts: MessagePart[]): ChatMessage => ({ role, parts }) as ChatMessage;
const text = (said: string): MessagePart => ({ type: 'text', text: said });
const call = (id: string): MessagePart => ({ type: 'tool_call', id, name: 'look', arguments: '{}' });
const result = (id: string): MessagePart => ({ type: 'tool_result', toolCallId: id, content: `of ${id}`, isError: false });
const none = new Map();
const brief = (messages: readonly OpenaiMessage[]): string[] =>
  messages.map(({ role, content, tool_calls: calls, tool_call_id: id }) =>
    role === 'tool'
      ? `result ${String(id)}`
      : calls === undefined
        ? `${role} ${String(content)}`
        : `call ${(calls as { id: string }[])[0]!.id}`,
  );
const counted = async (messages: readonly OpenaiMessage[]): Promise<number> => messages.length * 100;

test('results and words in one message are sent once, each in its place', () => {
  const blocks = blocksOf(
    [message('user', text('Hi')), message('assistant', call('a')), message('tool', result('a'), text('and this'))],
    none,
  );
  expect(brief(joined(blocks))).toEqual(['user Hi', 'call a', 'result a', 'user and this']);
  expect(blocks.map(({ count }) => count)).toEqual([1, 1, 1]);
});

test('in a turn of many calls the oldest go, with their results; what was asked stays', async () => {
  const rounds = ['a', 'b', 'c', 'd'].flatMap((id) => [message('assistant', call(id)), message('tool', result(id))]);
  const branch = [message('user', text('old')), message('assistant', text('answer')), message('user', text('asked')), ...rounds];
  const budget = { contextLength: 1_000, maxTokens: 400 };
  const { messages, trimmed } = await fit(blocksOf(branch, none), budget, 0, counted);
  expect(brief(messages)).toEqual(['user asked', 'call c', 'result c', 'call d', 'result d']);
  expect(trimmed).toBe(6);
});
