import { decodeContext, encodeContext } from './context.js';
import { imageUrl } from './images.js';
import { parseKeepAlive } from './keep-alive.js';
import { chatBody, generateBody, rawBody } from './request.js';
import { chatRequest, generateRequest } from './schema.js';

const user = { role: 'user', content: 'Hi' };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const chat = (more: object) => chatBody(chatRequest.parse({ model: 'm', messages: [user], ...more }));
const generate = (more: object) => generateBody(generateRequest.parse({ model: 'm', prompt: 'Hi', ...more }));

test('options under OpenAI’s names; what has none is told', () => {
  const options = {
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.1,
    num_predict: 100,
    seed: 7,
    stop: ['END', ''],
    repeat_penalty: 1.1,
    presence_penalty: 0.2,
    frequency_penalty: 0.3,
    num_ctx: 4096,
    mirostat: 1,
    num_gpu: null,
  };
  const { body, warnings } = chat({ options });
  expect(body).toEqual({
    model: 'm',
    messages: [user],
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.1,
    max_tokens: 100,
    seed: 7,
    stop: ['END'],
    repetition_penalty: 1.1,
    presence_penalty: 0.2,
    frequency_penalty: 0.3,
  });
  expect(warnings).toEqual([
    'options.num_ctx was left out: the context is the profile’s context_length.',
    'options.mirostat was left out.',
  ]);
});

test.each([
  [{ num_predict: -1 }, {}],
  [{ num_predict: -2 }, {}],
  [{ num_predict: 0 }, {}],
  [{ seed: -1 }, {}],
  [{ top_k: -1 }, { top_k: 0 }],
  [{ top_k: 0 }, { top_k: 0 }],
  [{ repeat_penalty: 1 }, {}],
  [{ stop: 'x' }, { stop: ['x'] }],
  [{ temperature: 0 }, { temperature: 0 }],
])('options %j are %j', (options, expected) => {
  expect(chat({ options }).body).toEqual({ model: 'm', messages: [user], ...expected });
});

test.each([
  [{}, {}],
  [{ think: null }, {}],
  [{ think: true }, { chat_template_kwargs: { enable_thinking: true } }],
  [{ think: false }, { chat_template_kwargs: { enable_thinking: false } }],
  [{ think: 'low' }, { reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'low' } }],
  [{ think: 'max' }, { reasoning_effort: 'high', chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'high' } }],
  [{ format: '' }, {}],
  [{ format: 'json' }, { response_format: { type: 'json_object' } }],
  [
    { format: { type: 'object' } },
    { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } } },
  ],
  [
    { logprobs: true, top_logprobs: 3 },
    { logprobs: true, top_logprobs: 3 },
  ],
  [{ tools: [] }, {}],
])('%j becomes %j', (more, expected) => {
  expect(chat(more).body).toEqual({ model: 'm', messages: [user], ...expected });
});

test('a conversation with tools: calls get ids, results the id of the call they answer', () => {
  const call = (name: string, args: unknown, id?: string) => ({ ...(id && { id }), function: { name, arguments: args } });
  const messages = [
    { role: 'System', content: 'Be brief.' },
    user,
    {
      role: 'assistant',
      content: '',
      thinking: 'Hm.',
      tool_calls: [call('a', { x: 1 }), call('b', '{"y":2}', 'own'), call('a', undefined)],
    },
    { role: 'tool', content: 'B', tool_name: 'b' },
    { role: 'tool', content: 'A1', tool_name: 'a' },
    { role: 'tool', content: 'A2' },
    { role: 'tool', content: 'late', tool_call_id: 'gone' },
  ];
  const made = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } });
  expect(chat({ messages }).body.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    user,
    {
      role: 'assistant',
      content: '',
      reasoning_content: 'Hm.',
      tool_calls: [made('call_0', 'a', '{"x":1}'), made('own', 'b', '{"y":2}'), made('call_1', 'a', '{}')],
    },
    { role: 'tool', tool_call_id: 'own', name: 'b', content: 'B' },
    { role: 'tool', tool_call_id: 'call_0', name: 'a', content: 'A1' },
    { role: 'tool', tool_call_id: 'call_1', content: 'A2' },
    { role: 'tool', tool_call_id: 'gone', content: 'late' },
  ]);
  const tool = { function: { name: 'a', parameters: {} } };
  expect(chat({ tools: [tool] }).body.tools).toEqual([{ type: 'function', ...tool }]);
});

test('pictures become data URLs of their own type', () => {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
  expect(chat({ messages: [{ ...user, images: [PNG] }] }).body.messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'Hi' }, image] },
  ]);
  expect(generate({ images: [`data:image/jpeg;base64,${PNG}`], prompt: 'Hi' }).body.messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'Hi' }, image] },
  ]);
  const mime = (bytes: number[]): string =>
    imageUrl(Buffer.from([...bytes, ...Array<number>(20).fill(0)]).toString('base64'), 'x').split(';')[0]!;
  expect(mime([0xff, 0xd8, 0xff])).toBe('data:image/jpeg');
  expect(mime([...Buffer.from('RIFF\0\0\0\0WEBP')])).toBe('data:image/webp');
  expect(mime([...Buffer.from('GIF89a')])).toBe('data:image/gif');
  expect(mime([...Buffer.from('\0\0\0\x18ftypheic')])).toBe('data:image/heic');
  for (const wrong of ['', 'no base64!', Buffer.from('text that is long enough').toString('base64')])
    expect(() => imageUrl(wrong, 'body.images.0')).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('body.images.0') }),
    );
});

test('generate: a prompt with its system message, and on from a context', () => {
  const first = generate({ system: 'Be brief.' });
  expect(first.body.messages).toEqual([{ role: 'system', content: 'Be brief.' }, user]);
  const context = encodeContext([...first.turns, { role: 'assistant', content: 'Grüß Gott 👋' }]);
  const second = generate({ prompt: 'And now?', context, template: '{{ .Prompt }}' });
  expect(second.body.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    user,
    { role: 'assistant', content: 'Grüß Gott 👋' },
    { role: 'user', content: 'And now?' },
  ]);
  expect(second.warnings).toEqual(['template was left out: the model’s own chat template is used.']);
  // Another system message takes the place of the old one.
  expect(generate({ system: 'Be long.', context }).body.messages[0]).toEqual({ role: 'system', content: 'Be long.' });
  expect(generate({ system: 'Be long.', context }).body.messages).toHaveLength(4);
  const foreign = generate({ context: [128006, 882, 128007] });
  expect([foreign.body.messages, foreign.warnings]).toEqual([[user], ['context was left out: it is not of this server.']]);
  expect(decodeContext(context.slice(0, -3))).toBeNull();
  expect(decodeContext([1, ...context.slice(1)])).toBeNull();
});

test('raw: the prompt as it is', () => {
  const { body, warnings } = rawBody(
    generateRequest.parse({ model: 'm', prompt: 'Once', raw: true, think: false, format: 'json', options: { seed: 1 } }),
  );
  expect(body).toEqual({ model: 'm', prompt: 'Once', seed: 1 });
  expect(warnings).toEqual(['format was left out: it needs the model’s chat template.']);
});

test.each([
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['300ms', 300],
  ['90', 90_000],
  [90, 90_000],
  [0.5, 500],
  [0, 0],
  ['0', 0],
  ['0s', 0],
  [-1, Infinity],
  ['-1', Infinity],
  ['-1s', Infinity],
  ['-1m', Infinity],
  [undefined, null],
  [null, null],
  ['', null],
])('keep_alive %j is %j ms', (value, expected) => {
  expect(parseKeepAlive(value)).toBe(expected);
});

test.each(['soon', '5 m', '5x', 'm', NaN])('keep_alive %j is refused', (value) => {
  expect(() => parseKeepAlive(value)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});
