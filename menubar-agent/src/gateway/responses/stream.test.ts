/** Answers: recorded from mlx_lm.server with the tiny model (fixtures of the Anthropic side), and made up where an engine would have to misbehave. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkResponse, random } from '../../../../tests/support/responses.js';
import type { ChatChunk, ChatDelta } from '../core/chunks.js';
import { DONE, SseEvents } from '../core/sse-events.js';
import type { OutputItem, ResponseObject, ResponsesEvent } from './events.js';
import { responseOf } from './message.js';
import { openReasoning } from './sealed.js';
import { ResponsesStream, type StreamOptions } from './stream.js';
import { ToolBook } from './tools.js';

/** The chunks of a recorded answer, with thinking under the name that the gateway gives it. */
const recorded = (name: string): ChatChunk[] =>
  new SseEvents()
    .push(readFileSync(join(import.meta.dirname, '../anthropic/fixtures', `${name}.sse`)))
    .filter((data) => data !== DONE)
    .map((data) => JSON.parse(data.replaceAll('"reasoning":', '"reasoning_content":')) as ChatChunk);

const tools = (...given: { type: string; [field: string]: unknown }[]): ToolBook => new ToolBook(given, []);
function options(changes: Partial<StreamOptions> = {}): StreamOptions {
  let ids = 0;
  return {
    head: { id: 'resp_1', object: 'response', created_at: 1, model: 'Tiny' },
    tools: tools(),
    summary: false,
    encrypted: false,
    logprobs: false,
    newId: (prefix) => `${prefix}_${++ids}`,
    now: () => 2,
    ...changes,
  };
}

function eventsOf(chunks: readonly ChatChunk[], changes: Partial<StreamOptions> = {}): ResponsesEvent[] {
  const stream = new ResponsesStream(options(changes));
  return [...stream.start(), ...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end()];
}
/** Checked, and put together. */
const answer = (chunks: readonly ChatChunk[], changes: Partial<StreamOptions> = {}): ResponseObject => {
  const events = eventsOf(chunks, changes);
  expect(responseOf(events)).toEqual(checkResponse(events));
  return checkResponse(events);
};
const chunk = (delta: ChatDelta, finish: string | null = null): ChatChunk => ({ choices: [{ index: 0, delta, finish_reason: finish }] });
const said = (deltas: readonly ChatDelta[], finish = 'stop'): ChatChunk[] => [...deltas.map((delta) => chunk(delta)), chunk({}, finish)];
const call = (index: number, fields: { id?: string; name?: string; arguments?: string }): ChatDelta => ({
  tool_calls: [
    {
      index,
      ...(fields.id !== undefined && { id: fields.id }),
      function: {
        ...(fields.name !== undefined && { name: fields.name }),
        ...(fields.arguments !== undefined && { arguments: fields.arguments }),
      },
    },
  ],
});
const textOf = (item: OutputItem | undefined): string | undefined => (item?.type === 'message' ? item.content[0]?.text : undefined);

test('text', () => {
  const response = answer(recorded('text'));
  expect(response).toMatchObject({
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    completed_at: 2,
    error: null,
    incomplete_details: null,
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'The capital of France is Paris.', annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: 22,
      input_tokens_details: { cached_tokens: expect.any(Number) },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  });
  expect(response.usage?.total_tokens).toBe(22 + (response.usage?.output_tokens ?? 0));
});

test('thinking before a call: an item each, and the call’s id is the engine’s', () => {
  const response = answer(recorded('thinking-tool'));
  expect(response.output).toMatchObject([
    { id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: expect.stringMatching(/^The user/) }] },
    {
      id: 'fc_2',
      type: 'function_call',
      status: 'completed',
      call_id: expect.stringMatching(/-/),
      name: 'get_weather',
      arguments: '{"city": "Paris"}',
    },
  ]);
  expect(response.output[0]).not.toHaveProperty('encrypted_content');
});

test('thinking as the summary that was asked for, sealed for a client that stores nothing', () => {
  const [thought] = answer(recorded('thinking'), { summary: true, encrypted: true }).output;
  if (thought?.type !== 'reasoning') throw new Error('no thinking');
  expect(thought.summary).toEqual([{ type: 'summary_text', text: expect.stringContaining('capital') }]);
  expect(thought).not.toHaveProperty('content');
  expect(openReasoning(thought.encrypted_content ?? '')).toBe(thought.summary[0]?.text);
});

test('cut off: incomplete, with the reason, and so is its last item', () => {
  expect(answer(recorded('length'))).toMatchObject({
    status: 'incomplete',
    completed_at: null,
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ type: 'message', status: 'incomplete' }],
  });
  // In the middle of thinking there is no text to tell.
  expect(answer(recorded('thinking-length')).output.map(({ type }) => type)).toEqual(['reasoning']);
  expect(answer(said([{ content: 'No' }], 'content_filter')).incomplete_details).toEqual({ reason: 'content_filter' });
});

test('cut off in a call it is incomplete; behind a whole call that one can be answered', () => {
  const cut = answer(said([call(0, { id: 'a', name: 'f', arguments: '{"x": 1' })], 'length'));
  expect(cut.output).toMatchObject([{ type: 'function_call', status: 'incomplete', arguments: '{"x": 1' }]);
  const whole = answer(said([call(0, { id: 'a', name: 'f', arguments: '{"x": 1}' })], 'length'));
  expect(whole).toMatchObject({ status: 'incomplete', output: [{ type: 'function_call', status: 'completed' }] });
});

test('cut off inside an escape of its arguments: nothing of them is lost', () => {
  const cut = answer(said([call(0, { id: 'a', name: 'f', arguments: '{"x": "C:\\' })], 'length'));
  expect(cut.output).toMatchObject([{ status: 'incomplete', arguments: '{"x": "C:\\' }]);
});

test('parallel calls, each with arguments of its own, even when their pieces come mixed', () => {
  const response = answer(
    said(
      [
        call(0, { id: 'a', name: 'f', arguments: '{"x":' }),
        call(1, { id: 'b', name: 'g', arguments: '{"y":' }),
        call(0, { arguments: '1}' }),
        call(1, { arguments: '2}' }),
      ],
      'tool_calls',
    ),
  );
  expect(response).toMatchObject({
    status: 'completed',
    output: [
      { call_id: 'a', name: 'f', arguments: '{"x":1}' },
      { call_id: 'b', name: 'g', arguments: '{"y":2}' },
    ],
  });
});

test('arguments stream as they come', () => {
  const events = eventsOf(said([call(0, { id: 'a', name: 'f', arguments: '{"x":' }), call(0, { arguments: '1}' })], 'tool_calls'));
  expect(events.flatMap((event) => (event.type === 'response.function_call_arguments.delta' ? [event.delta] : []))).toEqual([
    '{"x":',
    '1}',
  ]);
});

test('a call without arguments has empty ones, without an id gets one, with another’s id its own', () => {
  const calls = [call(0, { name: 'now', id: 'same' }), call(1, { id: 'same', name: 'now', arguments: '{}' }), call(2, { name: 'now' })];
  const { output } = answer(said(calls, 'tool_calls'));
  expect(output).toMatchObject([
    { arguments: '{}', call_id: 'same' },
    { arguments: '{}', call_id: expect.stringMatching(/^call_/) },
    { arguments: '{}', call_id: expect.stringMatching(/^call_/) },
  ]);
});

test('what a model writes wrongly into its arguments is made readable', () => {
  const { output } = answer(said([call(0, { id: 'a', name: 'f', arguments: '{"pattern": "\\s+' }), call(0, { arguments: '\n"}' })]));
  const item = output[0];
  expect(item?.type === 'function_call' && JSON.parse(item.arguments)).toEqual({ pattern: '\\s+\n' });
});

test('text behind a call is an item of its own, and nothing of it is lost', () => {
  const whole = [{ content: 'Look:' }, call(0, { id: 'a', name: 'f', arguments: '{}' }), { content: '\n\n' }, { content: 'Done.' }];
  expect(answer(said(whole)).output.map((item) => textOf(item) ?? item.type)).toEqual(['Look:', 'function_call', 'Done.']);
  const between = [call(0, { id: 'a', name: 'f', arguments: '{"x":' }), { content: 'Wait.' }, call(0, { arguments: '1}' })];
  expect(answer(said(between)).output).toMatchObject([{ arguments: '{"x":1}' }, { content: [{ text: 'Wait.' }] }]);
});

test('a call that goes on after its end, or has no name, is an error: ENGINE_STREAM_BROKEN', () => {
  const late = [
    call(0, { id: 'a', name: 'f', arguments: '{}' }),
    call(1, { id: 'b', name: 'g', arguments: '{}' }),
    call(0, { arguments: '{"x":1}' }),
  ];
  expect(() => eventsOf(said(late))).toThrow(/broke off.*after its end/);
  expect(() => eventsOf(said([call(0, { id: 'a', arguments: '{}' })]))).toThrow(/without a name/);
});

test('a custom tool gets its raw input, out of whatever the model made of it', () => {
  const patch = '*** Begin Patch\n*** Add File: a.txt\n+"quoted" \\ and é\n*** End Patch';
  const book = tools({ type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: x' } });
  const forms = [JSON.stringify({ input: patch }), JSON.stringify({ patch }), JSON.stringify(patch), patch];
  for (const form of forms) {
    const { output } = answer(said([call(0, { id: 'a', name: 'apply_patch', arguments: form })], 'tool_calls'), { tools: book });
    // Raw text is repaired as JSON would be on its way; the others come back letter by letter.
    const input = form === patch ? expect.stringContaining('*** Add File: a.txt') : patch;
    expect(output).toMatchObject([{ id: 'ctc_1', type: 'custom_tool_call', call_id: 'a', name: 'apply_patch', input }]);
  }
});

test('a tool of a namespace comes back under its own name, also when the model leaves the namespace out', () => {
  const book = tools({ type: 'namespace', name: 'mcp__files', description: '', tools: [{ type: 'function', name: 'read' }] });
  for (const name of ['mcp__files__read', 'read']) {
    const { output } = answer(said([call(0, { id: 'a', name, arguments: '{}' })]), { tools: book });
    expect(output).toMatchObject([{ type: 'function_call', namespace: 'mcp__files', name: 'read' }]);
  }
  // A name of no tool goes through: the client refuses it aloud.
  expect(answer(said([call(0, { id: 'a', name: 'nope', arguments: '{}' })]), { tools: book }).output).toMatchObject([{ name: 'nope' }]);
});

test('never a response of nothing, or of thinking alone', () => {
  const empty = { type: 'message', status: 'completed', content: [{ type: 'output_text', text: '' }] };
  expect(answer(said([])).output).toMatchObject([empty]);
  expect(answer(said([{ content: '\n\n' }])).output).toMatchObject([empty]);
  expect(answer(said([{ reasoning_content: 'Hm.' }])).output).toMatchObject([{ type: 'reasoning' }, empty]);
});

test('line breaks of the template before an item are not the answer’s; an indentation is', () => {
  const { output } = answer(said([{ reasoning_content: '\n' }, { reasoning_content: 'Hm' }, { content: '\n' }, { content: '\n  a' }]));
  expect(output).toMatchObject([{ content: [{ text: 'Hm' }] }, { content: [{ text: '  a' }] }]);
});

test('log probabilities when they were asked for; else an empty list, never null', () => {
  const token = (text: string) => ({ token: text, logprob: -0.1, bytes: null, top_logprobs: [] });
  const chunks: ChatChunk[] = ['Hi', ' you'].map((text) => ({
    choices: [{ index: 0, delta: { content: text }, finish_reason: null, logprobs: { content: [token(text)] } }],
  }));
  const withThem = answer([...chunks, chunk({}, 'stop')], { logprobs: true });
  expect(withThem.output).toMatchObject([{ content: [{ logprobs: [token('Hi'), token(' you')] }] }]);
  expect(answer([...chunks, chunk({}, 'stop')]).output).toMatchObject([{ content: [{ logprobs: [] }] }]);
});

test('usage: cached and thinking tokens where the engine tells them; null where it tells none', () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 3 },
  };
  expect(answer([...said([{ content: 'x' }]), { choices: [], usage }]).usage).toEqual({
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 8, cache_write_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 15,
  });
  expect(answer(said([{ content: 'x' }])).usage).toBeNull();
});

test('a failure in the middle: response.failed as the last event; signs of life have numbers too', () => {
  const stream = new ResponsesStream(options());
  const events = [
    ...stream.start(),
    stream.keepAlive(),
    ...stream.push(chunk({ content: 'Hel' })),
    ...stream.fail({ code: 'server_error', message: 'gone' }),
  ];
  expect(checkResponse(events)).toMatchObject({ status: 'failed', error: { code: 'server_error', message: 'gone' }, completed_at: null });
  expect(events[2]).toEqual({ type: 'keepalive', sequence_number: 2 });
});

describe('any split of the same content gives the same response', () => {
  const mixed: ChatChunk[] = [
    ...said(
      [
        { reasoning_content: '\n\nLet me see: 日本 🙂 ' },
        { content: '\n\n  First, ' },
        { content: 'some "text" \\ here.\n' },
        call(0, { id: 'a', name: 'f', arguments: '{"pattern": "\\d+\\n", "n": [1, 2, {"é": "🙂"}]}' }),
        { content: '\n' },
        call(1, { id: 'b', name: 'apply_patch', arguments: '{"input": "*** Begin\\n+x\\u00e9\\n"}' }),
        { content: '\n Then more.' },
        { reasoning_content: ' And a thought.' },
        call(2, { id: 'c', name: 'g', arguments: '' }),
      ],
      'tool_calls',
    ),
    { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } },
  ];
  const book = tools({ type: 'custom', name: 'apply_patch' }, { type: 'function', name: 'f' });
  const sources: [string, ChatChunk[]][] = [
    ['mixed', mixed],
    ...['text', 'thinking', 'tool', 'thinking-tool', 'japanese', 'length'].map((name): [string, ChatChunk[]] => [name, recorded(name)]),
  ];
  test.each(sources)('%s', (_name, chunks) => {
    const whole = answer(chunks, { tools: book });
    for (let seed = 1; seed <= 60; seed++) expect(answer(resplit(chunks, random(seed)), { tools: book })).toEqual(whole);
  });
});

/** The same deltas, with their texts cut elsewhere: neighbours of one kind are joined, then cut anew. */
function resplit(chunks: readonly ChatChunk[], next: () => number): ChatChunk[] {
  const joined: ChatChunk[] = [];
  for (const one of chunks) {
    const before = joined.at(-1);
    const merged = before && next() < 0.8 ? merge(before, one) : null;
    if (merged) joined[joined.length - 1] = merged;
    else joined.push(structuredClone(one));
  }
  return joined.flatMap((one) => cut(one, next));
}

const only = ({ choices }: ChatChunk): ChatDelta | null => {
  const [choice] = choices;
  return choice && choice.finish_reason === null ? choice.delta : null;
};

function merge(a: ChatChunk, b: ChatChunk): ChatChunk | null {
  const [x, y] = [only(a), only(b)];
  if (!x || !y || x.tool_calls || y.tool_calls) return null;
  if (x.content && y.content && !x.reasoning_content && !y.reasoning_content) return chunk({ content: x.content + y.content });
  if (x.reasoning_content && y.reasoning_content && !x.content && !y.content) {
    return chunk({ reasoning_content: x.reasoning_content + y.reasoning_content });
  }
  return null;
}

function cut(one: ChatChunk, next: () => number): ChatChunk[] {
  const delta = only(one);
  if (!delta) return [one];
  const part = delta.tool_calls?.[0];
  if (part) {
    const [first = '', ...rest] = pieces(part.function?.arguments ?? '', next);
    const index = part.index ?? 0;
    return [
      chunk({ tool_calls: [{ ...part, function: { ...part.function, arguments: first } }] }),
      ...rest.map((piece) => chunk(call(index, { arguments: piece }))),
    ];
  }
  if (delta.content) return pieces(delta.content, next).map((content) => chunk({ content }));
  return pieces(delta.reasoning_content ?? '', next).map((reasoning_content) => chunk({ reasoning_content }));
}

function pieces(text: string, next: () => number): string[] {
  const out: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(next() ** 2 * 12);
    out.push(text.slice(at, at + length));
    at += length;
  }
  return out;
}
