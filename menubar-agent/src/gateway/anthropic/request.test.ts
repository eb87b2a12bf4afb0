/** The lines of facts about requests, one test each. */
import { estimateTokens } from '../core/estimate.js';
import { toChatRequest } from './request.js';
import { messagesRequest } from './schema.js';

const convert = (changes: Record<string, unknown>) =>
  toChatRequest(messagesRequest.parse({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...changes }));
const messages = (...turns: [string, unknown][]) => convert({ messages: turns.map(([role, content]) => ({ role, content })) });
const pixel = 'iVBORw0KGgo=';
const schema = { type: 'object', properties: {} };

test('the billing line is dropped from a system prompt, as a string and as a block', () => {
  const line = 'x-anthropic-billing-header: cc_version=2.1; cch=ab12;';
  expect(convert({ system: `${line}\nBe kind.` }).body.messages[0]).toEqual({ role: 'system', content: 'Be kind.' });
  const blocks = [line, 'Be kind.', 'Be brief.'].map((text) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } }));
  expect(convert({ system: blocks }).body.messages[0]).toEqual({ role: 'system', content: 'Be kind.\n\nBe brief.' });
  expect(convert({ system: line }).body.messages).toEqual([{ role: 'user', content: 'Hi' }]);
});

test('a system message inside the messages joins the system prompt', () => {
  const { body } = convert({
    system: 'One.',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'system', content: [{ type: 'text', text: 'Two.' }] },
      { role: 'user', content: 'b' },
    ],
  });
  expect(body.messages).toEqual([
    { role: 'system', content: 'One.\n\nTwo.' },
    { role: 'user', content: 'a\nb' },
  ]);
});

test('unknown blocks are left out and told, encrypted thinking is left out', () => {
  const { body, warnings } = messages(
    [
      'user',
      [
        { type: 'container_upload', file_id: 'f' },
        { type: 'text', text: 'Hi' },
      ],
    ],
    [
      'assistant',
      [
        { type: 'redacted_thinking', data: 'x' },
        { type: 'server_tool_use', id: '1' },
        { type: 'text', text: 'Yes' },
      ],
    ],
    ['user', [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'x' }] }]],
  );
  expect(body.messages).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yes' },
    { role: 'tool', tool_call_id: 't', content: '' },
  ]);
  expect(warnings).toEqual([
    'A block of type container_upload in a user message was left out.',
    'A block of type server_tool_use in an assistant message was left out.',
    'A block of type tool_reference in a tool result was left out.',
  ]);
});

test('tools that run on Anthropic’s servers are left out and told', () => {
  const { body, warnings } = convert({
    tools: [
      { type: 'web_search_20250305', name: 'web_search', max_uses: 5 },
      { name: 'own', description: 'Mine.', input_schema: schema },
    ],
  });
  expect(body.tools).toEqual([{ type: 'function', function: { name: 'own', description: 'Mine.', parameters: schema } }]);
  expect(warnings).toEqual([expect.stringContaining('web_search')]);
  expect(convert({ tools: [{ type: 'bash_20250124', name: 'bash' }] }).body.tools).toBeUndefined();
});

test('results of tools stand before what the user says in the same turn; their images are kept', () => {
  const { body } = messages([
    'user',
    [
      { type: 'text', text: 'And now?' },
      {
        type: 'tool_result',
        tool_use_id: 'a',
        content: [
          { type: 'text', text: 'A picture:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      },
      { type: 'tool_result', tool_use_id: 'b', content: 'broken', is_error: true },
      { type: 'tool_result', tool_use_id: 'c' },
    ],
  ]);
  expect(body.messages).toEqual([
    { role: 'tool', tool_call_id: 'a', content: 'A picture:\n[image]' },
    { role: 'tool', tool_call_id: 'b', content: 'Error: broken' },
    { role: 'tool', tool_call_id: 'c', content: '' },
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        { type: 'text', text: 'And now?' },
      ],
    },
  ]);
});

test('one assistant message a turn, with all its calls and its thinking', () => {
  const call = (id: string, input: unknown) => ({ type: 'tool_use', id, name: 'get', input });
  const { body } = messages(
    ['user', 'Hi'],
    ['assistant', [{ type: 'thinking', thinking: 'Hm.', signature: 's' }, { type: 'text', text: 'Let me see.' }, call('a', { x: 1 })]],
    ['assistant', [call('b', undefined)]],
  );
  expect(body.messages[1]).toEqual({
    role: 'assistant',
    content: 'Let me see.',
    reasoning_content: 'Hm.',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'get', arguments: '{"x":1}' } },
      { id: 'b', type: 'function', function: { name: 'get', arguments: '{}' } },
    ],
  });
});

test('images by address, documents as text', () => {
  const { body, warnings } = messages([
    'user',
    [
      { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
      { type: 'document', title: 'Plan', source: { type: 'text', media_type: 'text/plain', data: 'Do it.' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pixel } },
    ],
  ]);
  expect(body.messages[0]?.content).toEqual([
    { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
    { type: 'text', text: 'Plan' },
    { type: 'text', text: 'Do it.' },
  ]);
  expect(warnings).toEqual(['A document given as base64 in a user message was left out.']);
});

test.each([
  [{ type: 'auto' }, { tool_choice: 'auto' }, ['a', 'b']],
  [{ type: 'any' }, { tool_choice: 'required' }, ['a', 'b']],
  [{ type: 'any', disable_parallel_tool_use: true }, { parallel_tool_calls: false }, ['a', 'b']],
  [{ type: 'tool', name: 'b' }, { tool_choice: { type: 'function', function: { name: 'b' } } }, ['b']],
  [{ type: 'none' }, {}, undefined],
])('tool_choice %j', (tool_choice, fields, names) => {
  const { body } = convert({ tool_choice, tools: ['a', 'b'].map((name) => ({ name, input_schema: schema })) });
  expect(body).toMatchObject(fields);
  expect(body.tools?.map((tool) => (tool.function as { name: string }).name)).toEqual(names);
  if (tool_choice.type === 'none') expect(body.tool_choice).toBeUndefined();
});

test.each([
  [undefined, false],
  [{ type: 'disabled' }, false],
  [{ type: 'enabled', budget_tokens: 1024 }, true],
  [{ type: 'adaptive' }, true],
])('thinking %j', (thinking, enable_thinking) => {
  expect(convert({ thinking }).body.chat_template_kwargs).toEqual({ enable_thinking });
});

test('the rest: figures pass, metadata does not, stop sequences stay with the gateway', () => {
  const { body, stopSequences } = convert({
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    stop_sequences: ['END', ''],
    metadata: { user_id: 'u' },
    service_tier: 'auto',
  });
  expect(body).toEqual({
    model: 'm',
    max_tokens: 9,
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    chat_template_kwargs: { enable_thinking: false },
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(stopSequences).toEqual(['END']);
});

test.each([
  ['text that is none', [{ type: 'text', text: 5 }]],
  ['a call without a name', [{ type: 'tool_use', id: 'a' }]],
  ['a file of this machine', [{ type: 'image', source: { type: 'url', url: 'file:///etc/passwd' } }]],
  ['a picture that is no base64', [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: '<>' } }]],
])('%s is refused', (_name, content) => {
  const role = content[0]?.type === 'tool_use' ? 'assistant' : 'user';
  expect(() => messages([role, content])).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});

test('nothing to answer, and a forced tool that is not there, are refused', () => {
  expect(() => messages(['system', 'Be kind.'])).toThrow(/nothing/);
  expect(() => convert({ tool_choice: { type: 'tool', name: 'x' }, tools: [] })).toThrow(/no tool is named x/);
});

test.each([
  { stop_sequences: 'x' },
  { max_tokens: 0 },
  { messages: [] },
  { messages: [{ role: 'tool', content: 'x' }] },
  { top_p: 2 },
  { tools: 5 },
])('a body an engine might die of is refused: %j', (wrong) =>
  expect(messagesRequest.safeParse({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...wrong }).success).toBe(false),
);

test('the estimate counts system, messages, tools, calls, results and images', () => {
  const long = 'word '.repeat(100);
  const base = estimateTokens(convert({}).body);
  const more = (changes: Record<string, unknown>) => estimateTokens(convert(changes).body) - base;
  expect(base).toBeGreaterThan(0);
  expect(more({ system: long })).toBeGreaterThan(100);
  expect(more({ tools: [{ name: 'a', description: long, input_schema: schema }] })).toBeGreaterThan(100);
  const turn = (role: string, block: unknown) => more({ messages: [{ role, content: [block] }] });
  expect(turn('assistant', { type: 'tool_use', id: 'a', name: 'x', input: { long } })).toBeGreaterThan(100);
  expect(turn('user', { type: 'tool_result', tool_use_id: 'a', content: long })).toBeGreaterThan(100);
  // The bytes of a picture are no text.
  const picture = turn('user', { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) } });
  expect(picture).toBeGreaterThan(1000);
  expect(picture).toBeLessThan(2000);
});

test('a screenshot in a tool’s result does not reach a model that only reads; its place is marked; what the user sends does', () => {
  const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
  const request = messagesRequest.parse({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [picture, { type: 'text', text: 'done' }] }] }],
  });
  expect(toChatRequest(request, { sees: false }).body.messages).toEqual([{ role: 'tool', tool_call_id: 't', content: '[image]\ndone' }]);
  expect(JSON.stringify(toChatRequest(request).body)).toContain('image_url');
  const shown = messagesRequest.parse({ model: 'm', messages: [{ role: 'user', content: [picture] }] });
  expect(JSON.stringify(toChatRequest(shown, { sees: false }).body)).toContain('image_url');
});
