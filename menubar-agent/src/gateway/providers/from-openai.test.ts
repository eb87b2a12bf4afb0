import type { ChatChunk } from '../core/chunks.js';
import { OpenaiReader } from './from-openai.js';
import { toOpenaiRequest } from './to-openai.js';

function read(...events: unknown[]): { chunks: ChatChunk[]; reader: OpenaiReader } {
  const reader = new OpenaiReader();
  const chunks = events.flatMap((event) => reader.push(typeof event === 'string' ? event : JSON.stringify(event)));
  return { chunks: [...chunks, ...reader.end()], reader };
}
const say = (delta: object, finish: string | null = null, more: object = {}): object => ({
  id: 'c1',
  created: 5,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } };

test('chunks pass; the usage is one chunk of its own at the end, wherever it stood', () => {
  for (const events of [
    [say({ content: 'Hi' }), say({}, 'stop'), { choices: [], usage }, '[DONE]'],
    [say({ content: 'Hi' }, null, { usage: { prompt_tokens: 3, completion_tokens: 1 } }), say({}, 'stop', { usage }), '[DONE]'],
  ]) {
    const { chunks, reader } = read(...events);
    expect(reader.whole).toBe(true);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['Hi', undefined, undefined]);
    expect(chunks.slice(0, 2).every((chunk) => !('usage' in chunk))).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ id: 'c1', model: 'm', choices: [], usage });
  }
});

test('thinking has one name; tool calls have places', () => {
  const { chunks } = read(
    say({ reasoning: 'a', reasoning_details: [{}] }),
    say({ reasoning_content: 'b' }),
    say({ tool_calls: [{ id: 'x', function: { name: 'f', arguments: '' } }] }),
  );
  expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
    { reasoning_content: 'a' },
    { reasoning_content: 'b' },
    { tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '' } }] },
  ]);
});

test('a whole answer in place of a stream is read all the same', () => {
  const { chunks, reader } = read({
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage,
  });
  expect(reader.whole).toBe(true);
  expect(chunks).toMatchObject([{ choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] }, { usage }]);
});

test('a stream without a reason for its end is not whole', () => {
  expect(read(say({ content: 'Hi' })).reader.whole).toBe(false);
  // Some leave [DONE] out.
  expect(read(say({ content: 'Hi' }), say({}, 'length')).reader.whole).toBe(true);
});

test.each([
  [{ error: { message: 'Too many', type: 'rate_limit_error', code: 429 } }, 429, 'Too many'],
  [{ error: 'it broke' }, 500, 'it broke'],
  [say({}, 'error'), 502, 'it ended with an error'],
])('an error in the stream is thrown: %#', (event, status, message) => {
  expect(() => read(event)).toThrow(expect.objectContaining({ status, message }));
});

test('the request asks for a stream with its usage; OpenAI is spared what it refuses', () => {
  const request = {
    model: 'm',
    messages: [{ role: 'assistant', content: 'x', reasoning_content: 't' }],
    max_tokens: 5,
    top_k: 3,
    chat_template_kwargs: {},
    stream_options: { include_obfuscation: false },
  };
  const stream = { stream: true, stream_options: { include_obfuscation: false, include_usage: true } };
  expect(toOpenaiRequest(request, 'http://192.168.1.7:8000/v1')).toEqual({ ...request, ...stream });
  const { chat_template_kwargs: _template, ...elsewhere } = request;
  expect(toOpenaiRequest(request, 'https://openrouter.ai/api/v1')).toEqual({ ...elsewhere, ...stream });
  expect(toOpenaiRequest(request, 'https://api.openai.com/v1')).toEqual({
    model: 'm',
    messages: [{ role: 'assistant', content: 'x' }],
    max_completion_tokens: 5,
    ...stream,
  });
  expect(toOpenaiRequest(request, 'https://api.openai.com.evil.example/v1')).toHaveProperty('max_tokens');
});
