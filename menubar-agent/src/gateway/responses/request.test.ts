/** Requests as Codex, the Agents SDK and the AI SDK send them. In brackets: where the case was seen to break. */
import { headOf } from './head.js';
import { itemsOf, toChatRequest } from './request.js';
import { responsesRequest, type Item } from './schema.js';
import { openReasoning, sealReasoning } from './sealed.js';
import { cpuMs } from '../../../../tests/support/cpu.js';

const read = (fields: Record<string, unknown>) => responsesRequest.parse({ model: 'Tiny', ...fields });
function chat(fields: Record<string, unknown>) {
  const request = read(fields);
  return toChatRequest(request, itemsOf(request));
}
const messages = (input: unknown, fields: Record<string, unknown> = {}): unknown => chat({ input, ...fields }).body.messages;
const user = (content: unknown) => ({ role: 'user', content });
const callItem = (call_id: string, name = 'f', args = '{}') => ({ type: 'function_call', call_id, name, arguments: args });
const output = (call_id: string, text: unknown = 'ok') => ({ type: 'function_call_output', call_id, output: text });
const toolCall = (id: string, name = 'f', args = '{}') => ({ id, type: 'function', function: { name, arguments: args } });

describe('input', () => {
  test('a string, and messages in all their forms', () => {
    expect(messages('Hi')).toEqual([user('Hi')]);
    expect(messages([{ role: 'user', content: 'Hi' }])).toEqual([user('Hi')]);
    // [lmstudio-bug-tracker 1064: several items were refused]
    const input = [
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_text', text: 'b' },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        content: [{ type: 'output_text', text: 'c', annotations: [], logprobs: null }],
      },
      { role: 'user', content: [{ type: 'input_text', text: 'd' }] },
    ];
    expect(messages(input)).toEqual([user('a\nb'), { role: 'assistant', content: 'c' }, user('d')]);
    expect(
      messages([
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
        { role: 'user', content: 'Why?' },
      ]),
    ).toEqual([{ role: 'assistant', content: 'No.' }, user('Why?')]);
  });

  test('one system message at the start, whatever came where [ollama 17750, lmstudio-bug-tracker 2298, llama.cpp 20733]', () => {
    const input = [
      { role: 'developer', content: 'Rules.' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: [{ type: 'input_text', text: 'More rules.' }] },
      { role: 'system', content: 'Last.' },
    ];
    expect(messages(input, { instructions: 'You are Codex.' })).toEqual([
      { role: 'system', content: 'You are Codex.\n\nRules.\n\nMore rules.\n\nLast.' },
      user('Hi'),
    ]);
  });

  test('neighbours of one role become one message: templates that alternate want it so', () => {
    expect(messages([user('AGENTS.md'), user('environment'), user('Do it.')])).toEqual([user('AGENTS.md\n\nenvironment\n\nDo it.')]);
  });

  test('templates want somebody to have spoken: instructions alone, an empty probe [ik_llama.cpp PR 1964]', () => {
    expect(messages([{ role: 'developer', content: 'Say hi.' }])).toEqual([{ role: 'system', content: 'Say hi.' }, user('')]);
    expect(messages([], { instructions: 'x', max_output_tokens: 1 })).toEqual([{ role: 'system', content: 'x' }, user('')]);
  });

  test('parallel calls are one message with all of them, then their outputs [litellm PR 21154, 22599]', () => {
    const input = [
      user('Go'),
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Two calls.' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Looking.' }] },
      callItem('a', 'f', '{"x":1}'),
      callItem('b', 'g'),
      output('a', 'one'),
      output('b', 'two'),
      callItem('c'),
      output('c'),
    ];
    expect(messages(input)).toEqual([
      user('Go'),
      {
        role: 'assistant',
        content: 'Looking.',
        reasoning_content: 'Two calls.',
        tool_calls: [toolCall('a', 'f', '{"x":1}'), toolCall('b', 'g')],
      },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'assistant', content: '', tool_calls: [toolCall('c')] },
      { role: 'tool', tool_call_id: 'c', content: 'ok' },
    ]);
  });

  test('an output stands behind its call, even when the user spoke in between', () => {
    expect(messages([user('Go'), callItem('a'), callItem('b'), user('Faster!'), output('b', '2'), output('a', '1')])).toEqual([
      user('Go'),
      { role: 'assistant', content: '', tool_calls: [toolCall('a'), toolCall('b')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      user('Faster!'),
    ]);
  });

  test('an output without its call is passed on, and told', () => {
    const { body, warnings } = chat({ input: [user('Go'), output('lost', 'x')] });
    expect(body.messages).toEqual([user('Go'), { role: 'tool', tool_call_id: 'lost', content: 'x' }]);
    expect(warnings).toEqual([expect.stringContaining('lost')]);
  });

  test('outputs as lists; their images go to the user’s message [llama.cpp 23465, litellm PR 18226]', () => {
    const image = 'data:image/png;base64,AAAA';
    const parts = [
      { type: 'input_text', text: 'a' },
      { type: 'input_text', text: 'b' },
      { type: 'input_image', image_url: image, detail: 'low' },
    ];
    expect(messages([callItem('a'), output('a', parts), callItem('b'), output('b', [{ type: 'input_text', text: 'c' }])])).toEqual([
      { role: 'assistant', content: '', tool_calls: [toolCall('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'a\nb\n[image]' },
      user([{ type: 'image_url', image_url: { url: image, detail: 'low' } }]),
      { role: 'assistant', content: '', tool_calls: [toolCall('b')] },
      { role: 'tool', tool_call_id: 'b', content: 'c' },
    ]);
  });

  test('images and text files that came with the request; what cannot be read is told', () => {
    const file = Buffer.from('# Hé').toString('base64');
    const { body, warnings } = chat({
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_image', image_url: 'data:image/jpeg;base64,AAAA' },
            { type: 'input_file', filename: 'a.md', file_data: `data:text/markdown;base64,${file}` },
            { type: 'input_file', filename: 'a.pdf', file_data: Buffer.from('%PDF-1.7').toString('base64') },
            { type: 'input_file', file_id: 'file_1' },
            { type: 'input_image', file_id: 'file_2' },
            { type: 'input_audio', input_audio: {} },
          ],
        },
      ],
    });
    expect(body.messages).toEqual([
      user([
        { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
        { type: 'text', text: 'a.md:\n# Hé' },
      ]),
    ]);
    expect(warnings).toHaveLength(4);
  });

  test('thinking that comes back: sealed by us, as text, as a summary; nobody else’s sealed one [litellm 13420]', () => {
    const text = 'Hé 🙂';
    expect(openReasoning(sealReasoning(text))).toBe(text);
    const thoughtOf = (fields: Record<string, unknown>) =>
      messages([user('Go'), { type: 'reasoning', id: 'rs_1', summary: [], ...fields }, callItem('a'), output('a')]);
    const withThought = (thought: string): unknown => expect.arrayContaining([expect.objectContaining({ reasoning_content: thought })]);
    expect(thoughtOf({ encrypted_content: sealReasoning(text), content: null })).toEqual(withThought(text));
    expect(thoughtOf({ content: [{ type: 'reasoning_text', text: 'b' }] })).toEqual(withThought('b'));
    expect(thoughtOf({ summary: [{ type: 'summary_text', text: 'c' }] })).toEqual(withThought('c'));
    expect(JSON.stringify(thoughtOf({ encrypted_content: 'gAAAAABo' }))).not.toContain('reasoning_content');
  });

  test('items of hosted tools, and of newer clients, are left out with a warning', () => {
    const { body, warnings } = chat({
      input: [
        user('Hi'),
        { type: 'web_search_call', id: 'ws_1' },
        { type: 'local_shell_call', call_id: 'x' },
        { type: 'compaction', encrypted_content: 'x' },
      ],
    });
    expect(body.messages).toEqual([user('Hi')]);
    expect(warnings).toEqual([
      expect.stringContaining('web_search_call'),
      expect.stringContaining('local_shell_call'),
      expect.stringContaining('compaction'),
    ]);
  });

  test.each([
    ['an item without what it needs', { input: [{ type: 'function_call', call_id: 'a' }] }, /input \(function_call\)|name/],
    ['a file of this machine as an image', { input: [user([{ type: 'input_image', image_url: 'file:///etc/passwd' }])] }, /image_url/],
    ['a conversation kept by OpenAI', { input: 'Hi', conversation: 'conv_1' }, /conversation/],
    ['a prompt kept by OpenAI', { prompt: { id: 'p' } }, /prompt/],
    ['a schema that is none', { input: 'Hi', text: { format: { type: 'json_schema', name: 'x' } } }, /schema/],
    [
      'the choice of a tool that is not there',
      { input: 'Hi', tools: [], tool_choice: { type: 'function', name: 'f' } },
      /no tool is named f/,
    ],
  ])('%s is refused: INVALID_REQUEST', (_name, fields, problem) => {
    expect(() => chat(fields)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(problem) }));
  });
});

describe('tools', () => {
  const f = { type: 'function', name: 'f', description: 'Does f.', parameters: { type: 'object' }, strict: true };
  const g = { type: 'function', name: 'g', parameters: null };
  const shown = (fields: Record<string, unknown>) => chat({ input: 'Hi', ...fields }).body;
  const namesOf = (fields: Record<string, unknown>) => (shown(fields).tools ?? []).map((one) => (one.function as { name: string }).name);

  test('functions in the flat form', () => {
    expect(shown({ tools: [f, g] })).toMatchObject({
      tools: [
        { type: 'function', function: { name: 'f', description: 'Does f.', parameters: { type: 'object' }, strict: true } },
        { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: 'auto',
    });
  });

  test('hosted tools are left out with a warning, never a 400 [llama.cpp 20156, codex 10635]', () => {
    const hosted = [
      'web_search',
      'file_search',
      'computer',
      'code_interpreter',
      'mcp',
      'local_shell',
      'image_generation',
      'tool_search',
      'shell',
    ];
    const { body, warnings } = chat({ input: 'Hi', tools: [...hosted.map((type) => ({ type })), f] });
    expect(body.tools).toHaveLength(1);
    expect(warnings).toEqual(hosted.map((type): unknown => expect.stringContaining(type)));
    // Nothing left: no choice either [gLLM PR 267].
    expect(shown({ tools: [{ type: 'web_search' }], tool_choice: 'auto' })).not.toHaveProperty('tool_choice');
    expect(shown({ tools: [] })).not.toHaveProperty('tools');
  });

  test('a custom tool is a function of one text, with its grammar told [cc-switch PR 3669, codex-proxy 707]', () => {
    const custom = {
      type: 'custom',
      name: 'apply_patch',
      description: 'Edits.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: begin' },
    };
    expect(shown({ tools: [custom] }).tools).toEqual([
      {
        type: 'function',
        function: {
          name: 'apply_patch',
          description: expect.stringMatching(/^Edits\.\n\n.*"input"[^]*lark grammar:\nstart: begin$/),
          parameters: {
            type: 'object',
            properties: { input: { type: 'string', description: expect.any(String) } },
            required: ['input'],
            additionalProperties: false,
          },
        },
      },
    ]);
    expect(
      messages([
        { type: 'custom_tool_call', call_id: 'a', name: 'apply_patch', input: '*** "x"\n' },
        { type: 'custom_tool_call_output', call_id: 'a', output: 'Done' },
      ]),
    ).toEqual([
      { role: 'assistant', content: '', tool_calls: [toolCall('a', 'apply_patch', '{"input":"*** \\"x\\"\\n"}')] },
      { role: 'tool', tool_call_id: 'a', content: 'Done' },
    ]);
  });

  test('tools of a namespace are functions of their own, and so are calls of them [codex 36942, vllm 46737]', () => {
    const namespace = (name: string) => ({ type: 'namespace', name, description: 'x', tools: [f, { type: 'custom', name: 'c' }] });
    expect(namesOf({ tools: [namespace('mcp__a'), namespace('mcp__b__'), f] })).toEqual([
      'mcp__a__f',
      'mcp__a__c',
      'mcp__b__f',
      'mcp__b__c',
      'f',
    ]);
    expect(messages([{ ...callItem('x'), namespace: 'mcp__a' }])).toMatchObject([{ tool_calls: [{ function: { name: 'mcp__a__f' } }] }]);
  });

  test('the choice among them', () => {
    const tools = [f, g, { type: 'custom', name: 'c' }];
    expect(shown({ tools, tool_choice: 'none' })).not.toHaveProperty('tools');
    expect(shown({ tools, tool_choice: 'required' }).tool_choice).toBe('required');
    expect(shown({ tools, tool_choice: { type: 'function', name: 'g' } }).tool_choice).toEqual({
      type: 'function',
      function: { name: 'g' },
    });
    expect(namesOf({ tools, tool_choice: { type: 'custom', name: 'c' } })).toEqual(['c']);
    const allowed = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [
        { type: 'function', name: 'f' },
        { type: 'custom', name: 'c' },
      ],
    };
    expect(namesOf({ tools, tool_choice: allowed })).toEqual(['f', 'c']);
    expect(shown({ tools, tool_choice: allowed }).tool_choice).toBe('required');
    const hosted = chat({ input: 'Hi', tools, tool_choice: { type: 'web_search' } });
    expect([hosted.body.tool_choice, hosted.warnings]).toEqual(['auto', [expect.stringContaining('web_search')]]);
    expect(shown({ tools, parallel_tool_calls: false }).parallel_tool_calls).toBe(false);
  });
});

describe('the rest', () => {
  const body = (fields: Record<string, unknown>) => chat({ input: 'Hi', ...fields }).body;

  test('sampling, and nothing that was not said', () => {
    expect(body({})).toEqual({ model: 'Tiny', messages: [user('Hi')] });
    expect(
      body({ max_output_tokens: 9, temperature: 0, top_p: 0.5, seed: 1, top_k: 3, stop: ['x'], metadata: { a: 'b' }, store: false }),
    ).toEqual({
      model: 'Tiny',
      messages: [user('Hi')],
      max_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      seed: 1,
      top_k: 3,
      stop: ['x'],
    });
  });

  test('text.format, also left out or empty [lmstudio-bug-tracker 1576]', () => {
    expect(body({ text: { verbosity: 'low' } })).not.toHaveProperty('response_format');
    expect(body({ text: { format: { type: 'text' } } })).not.toHaveProperty('response_format');
    expect(body({ text: { format: { type: 'json_object' } } }).response_format).toEqual({ type: 'json_object' });
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    expect(body({ text: { format: { type: 'json_schema', name: 'thing', schema, strict: true } } }).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'thing', schema, strict: true },
    });
  });

  test.each([
    [null, undefined],
    [{}, undefined],
    [{ effort: null, summary: 'auto' }, undefined],
    [{ effort: 'none' }, { enable_thinking: false }],
    [{ effort: 'minimal' }, { enable_thinking: false }],
    [{ effort: 'low' }, { enable_thinking: true, reasoning_effort: 'low' }],
    [{ effort: 'high' }, { enable_thinking: true, reasoning_effort: 'high' }],
    // [ollama PR 17331: refused]
    [{ effort: 'xhigh' }, { enable_thinking: true, reasoning_effort: 'high' }],
  ])('reasoning %j', (reasoning, kwargs) => {
    expect(body({ reasoning }).chat_template_kwargs).toEqual(kwargs);
  });

  test('log probabilities', () => {
    expect(body({ include: ['message.output_text.logprobs'], top_logprobs: 3 })).toMatchObject({ logprobs: true, top_logprobs: 3 });
    expect(body({ include: ['reasoning.encrypted_content'] })).not.toHaveProperty('logprobs');
  });

  test('a configuration that changes inside the input: the later one stands', () => {
    const input: Item[] = [
      { role: 'user', content: 'Hi' },
      { type: 'configuration_update', reasoning: { effort: 'none' }, text: { format: { type: 'json_object' } } },
    ];
    const asked = { input, reasoning: { effort: 'high', summary: 'auto' } };
    expect(body(asked)).toMatchObject({ response_format: { type: 'json_object' }, chat_template_kwargs: { enable_thinking: false } });
    expect(headOf(read(asked), input, { id: 'r', createdAt: 1, model: 'm' }).reasoning).toEqual({ effort: 'none', summary: 'auto' });
  });

  test('what Codex sends: read without a word lost, repeated in the response', () => {
    const fields = {
      model: 'Tiny',
      instructions: 'You are Codex.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      tools: [{ type: 'function', name: 'shell', description: 'Runs.', strict: false, parameters: { type: 'object', properties: {} } }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      reasoning: { effort: 'medium', summary: 'auto' },
      store: false,
      stream: true,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: '0199',
      text: { verbosity: 'medium' },
      client_metadata: { x: 'y' },
    };
    const request = read(fields);
    expect(toChatRequest(request, itemsOf(request)).warnings).toEqual([]);
    expect(headOf(request, itemsOf(request), { id: 'resp_1', createdAt: 5, model: 'Tiny' })).toEqual({
      id: 'resp_1',
      object: 'response',
      created_at: 5,
      model: 'Tiny',
      background: false,
      instructions: 'You are Codex.',
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: {},
      parallel_tool_calls: false,
      previous_response_id: null,
      prompt_cache_key: '0199',
      reasoning: { effort: 'medium', summary: 'auto' },
      service_tier: 'default',
      store: false,
      temperature: null,
      text: { verbosity: 'medium', format: { type: 'text' } },
      tool_choice: 'auto',
      tools: fields.tools,
      top_logprobs: 0,
      top_p: null,
      truncation: 'disabled',
    });
  });
});

test('thousands of calls with their results are as quick as any conversation', () => {
  const count = 20_000;
  const ids = Array.from({ length: count }, (_, i) => `c${i}`);
  let said: { tool_call_id?: string }[] = [];
  // Looked for one by one it took 13 s, and everybody else waited.
  expect(
    cpuMs(() => void (said = messages([...ids.map((id) => callItem(id)), ...ids.toReversed().map((id) => output(id))]) as typeof said)),
  ).toBeLessThan(5_000);
  expect(said).toHaveLength(count + 1);
  expect(said[1]).toMatchObject({ role: 'tool', tool_call_id: ids.at(-1) });
});
