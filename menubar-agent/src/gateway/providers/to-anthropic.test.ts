import type Anthropic from '@anthropic-ai/sdk';
import { claudeGeneration } from './claude.js';
import { toAnthropicRequest, type AnthropicAsk } from './to-anthropic.js';

const ask = (request: Record<string, unknown>): AnthropicAsk => toAnthropicRequest({ model: 'claude-sonnet-4-5', ...request }, 'Claude');
/** The request, which must be one in the eyes of Anthropic's own types. */
const body = (request: Record<string, unknown>): Anthropic.MessageCreateParamsStreaming =>
  ask(request).body as unknown as Anthropic.MessageCreateParamsStreaming;
const user = { role: 'user', content: 'Hi' };
const png = 'data:image/png;base64,iVBORw0KGgo=';
const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'W', parameters: { properties: { city: { type: 'string' } } } },
};
const call = (id: string, args: string): object => ({ id, type: 'function', function: { name: 'get_weather', arguments: args } });

test('the plainest request', () => {
  expect(body({ messages: [user] })).toEqual({
    model: 'claude-sonnet-4-5',
    max_tokens: 8192,
    stream: true,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
});

test('system and developer messages are one system prompt, wherever they stand', () => {
  const { system, messages } = body({
    messages: [{ role: 'system', content: 'A' }, user, { role: 'developer', content: [{ type: 'text', text: 'B' }] }, user],
  });
  expect(system).toBe('A\n\nB');
  expect(messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: 'Hi' },
      ],
    },
  ]);
});

test('marks of the cached prefix are kept', () => {
  const marked = { type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } };
  const { system, messages } = body({
    messages: [
      { role: 'system', content: [marked] },
      { role: 'user', content: [marked] },
    ],
  });
  expect(system).toEqual([marked]);
  expect(messages[0]?.content).toEqual([marked]);
});

test('a conversation with parallel calls: one assistant turn, the results first in the next one', () => {
  const { messages, tools } = body({
    tools: [weather],
    messages: [
      user,
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning_content: 'secret',
        tool_calls: [call('a', '{"city":"Paris"}'), call('b', '')],
      },
      { role: 'tool', tool_call_id: 'a', content: '20 °C' },
      {
        role: 'tool',
        tool_call_id: 'b',
        content: [
          { type: 'text', text: '?' },
          { type: 'image_url', image_url: { url: png } },
        ],
      },
      { role: 'user', content: 'And?' },
    ],
  });
  expect(messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Paris' } },
        { type: 'tool_use', id: 'b', name: 'get_weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '20 °C' }] },
        {
          type: 'tool_result',
          tool_use_id: 'b',
          content: [
            { type: 'text', text: '?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          ],
        },
        { type: 'text', text: 'And?' },
      ],
    },
  ]);
  expect(tools).toEqual([
    { name: 'get_weather', description: 'W', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
  ]);
});

test('pictures by address and documents', () => {
  const { messages } = body({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
        ],
      },
    ],
  });
  expect(messages[0]?.content).toEqual([
    { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' } },
  ]);
});

test.each([
  ['auto', undefined, { type: 'auto' }],
  ['none', undefined, { type: 'none' }],
  ['required', undefined, { type: 'any' }],
  ['required', false, { type: 'any', disable_parallel_tool_use: true }],
  [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
  [{ type: 'function', function: { name: 'get_weather' } }, undefined, { type: 'tool', name: 'get_weather' }],
  [undefined, undefined, undefined],
])('tool_choice %j, parallel %j', (choice, parallel, expected) => {
  expect(body({ messages: [user], tools: [weather], tool_choice: choice, parallel_tool_calls: parallel }).tool_choice).toEqual(expected);
});

test('calls of the past need their tools named, though the request has none', () => {
  const { tools, tool_choice } = body({
    messages: [user, { role: 'assistant', tool_calls: [call('a', '{}')] }, { role: 'tool', tool_call_id: 'a', content: 'x' }],
  });
  expect(tools).toEqual([{ name: 'get_weather', input_schema: { type: 'object' } }]);
  expect(tool_choice).toEqual({ type: 'none' });
});

test('limits, stops, sampling', () => {
  const asked = { messages: [user], stop: ['END', ' '], temperature: 1.5, top_p: 0.9, top_k: 20, user: 'u1', max_tokens: 5 };
  expect(body(asked)).toMatchObject({ max_tokens: 5, stop_sequences: ['END'], temperature: 1, top_k: 20, metadata: { user_id: 'u1' } });
  expect(body(asked)).not.toHaveProperty('top_p');
  expect(body({ ...asked, temperature: undefined })).toMatchObject({ top_p: 0.9 });
  expect(body({ ...asked, max_completion_tokens: 7 }).max_tokens).toBe(7);
  // 4.7 and later refuse all of it.
  const newer = body({ ...asked, model: 'claude-opus-4-7' });
  for (const key of ['temperature', 'top_p', 'top_k']) expect(newer).not.toHaveProperty(key);
});

test('thinking: a budget up to 4.5, by itself from 4.6 on', () => {
  const asked = { messages: [user], reasoning_effort: 'high', temperature: 0.5 };
  expect(body(asked)).toMatchObject({ max_tokens: 8192 + 16_384, thinking: { type: 'enabled', budget_tokens: 16_384 } });
  expect(body(asked)).not.toHaveProperty('temperature');
  expect(body({ ...asked, max_tokens: 4000 })).toMatchObject({ max_tokens: 4000, thinking: { budget_tokens: 2000 } });
  // No room for the least budget.
  expect(body({ ...asked, max_tokens: 1000 })).not.toHaveProperty('thinking');
  expect(body({ ...asked, model: 'claude-sonnet-4-6' })).toMatchObject({
    max_tokens: 8192,
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'high' },
  });
  expect(body({ messages: [user], chat_template_kwargs: { enable_thinking: true } })).toMatchObject({ thinking: { budget_tokens: 8192 } });
  expect(body({ messages: [user], reasoning_effort: 'none' })).not.toHaveProperty('thinking');
  expect(body({ messages: [user] })).not.toHaveProperty('thinking');
});

test('no thinking where a tool must be called, or in a tool loop whose thinking was not signed for us', () => {
  const loop = [user, { role: 'assistant', tool_calls: [call('a', '{}')] }, { role: 'tool', tool_call_id: 'a', content: 'x' }];
  const thinking = { tools: [weather], reasoning_effort: 'low' };
  expect(body({ ...thinking, messages: [user], tool_choice: 'required' })).not.toHaveProperty('thinking');
  expect(body({ ...thinking, messages: loop })).not.toHaveProperty('thinking');
  expect(body({ ...thinking, messages: loop, model: 'claude-opus-5' })).toHaveProperty('thinking');
});

test('a JSON schema is a tool that must be called; where that cannot be, an instruction', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  const asked = { messages: [user], response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } };
  expect(ask(asked)).toMatchObject({
    jsonTool: 'json_answer',
    body: { tools: [{ name: 'json_answer', input_schema: schema }], tool_choice: { type: 'tool', name: 'json_answer' } },
  });
  for (const more of [
    { tools: [weather] },
    { reasoning_effort: 'low' },
    { model: 'claude-opus-5' },
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'array' } } } },
  ]) {
    const told = ask({ ...asked, ...more });
    expect(told.jsonTool).toBeNull();
    expect(told.body.system).toMatch(/^Answer with JSON only.*schema:\n\{/s);
    expect(told.body).not.toMatchObject({ tool_choice: { type: 'tool' } });
  }
  expect(ask({ messages: [user], response_format: { type: 'json_object' } }).body.system).toMatch(/^Answer with JSON only/);
  expect(ask({ messages: [user], response_format: { type: 'text' } }).body).not.toHaveProperty('system');
});

test('what Anthropic would refuse for its form is put right', () => {
  const { messages } = body({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'x' },
        ],
      },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'y' },
      { role: 'assistant', content: 'The answer is ' },
    ],
  });
  expect(messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'text', text: 'y' },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'The answer is' }] },
  ]);
});

test.each([
  [{ n: 2, messages: [user] }, /one answer/],
  [{ messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }, /input_audio/],
  [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] }, /neither an address/],
  [{ messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'x' } }] }] }, /file_data/],
  [{ messages: [{ content: 5 }] }, /messages/],
])('what has no counterpart is refused: %#', (request, problem) => {
  expect(() => ask(request)).toThrow(expect.objectContaining({ code: 'PROVIDER_CANNOT_ANSWER', message: expect.stringMatching(problem) }));
});

test.each([
  ['claude-sonnet-4-6', 4.06],
  ['claude-3-7-sonnet-20250219', 3.07],
  ['claude-fable-5', 5],
  ['claude-haiku-4-5-20251001', 4.05],
  ['anthropic/claude-opus-4.7', 4.07],
  ['anthropic.claude-opus-4-7-v1:0', 4.07],
  ['claude-sonnet-4-20250514', 4],
  ['claude-3-opus-latest', 3],
  ['glm-4.6', null],
])('the generation of %s', (model, generation) => {
  expect(claudeGeneration(model)).toBe(generation);
});
