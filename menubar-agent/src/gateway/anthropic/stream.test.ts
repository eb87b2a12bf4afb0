/** Answers: recorded from mlx_lm.server 0.32.2 with the tiny model (fixtures), and made up where an engine would have to misbehave. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSse } from '@mlx-manager/shared';
import type { StreamEvent } from './events.js';
import { JsonRepair, parseInput } from './json-repair.js';
import { messageOf, toMessage } from './message.js';
import { StopMatcher } from '../core/stop-matcher.js';
import { AnthropicStream, SIGNATURE, type StreamOptions } from './stream.js';

const recorded = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures', name));
const options = (changes: Partial<StreamOptions> = {}): StreamOptions => ({
  id: 'msg_1',
  model: 'Tiny',
  inputTokens: 7,
  stopSequences: [],
  newToolId: () => 'toolu_1',
  ...changes,
});

/** Bytes → events, as a request does it. */
async function translate(parts: readonly Uint8Array[], changes: Partial<StreamOptions> = {}): Promise<StreamEvent[]> {
  const stream = new AnthropicStream(options(changes));
  const events = stream.start();
  const body = (async function* () {
    yield* parts;
  })();
  for await (const { data } of readSse(body)) {
    if (data === '[DONE]') return [...events, ...stream.end()];
    events.push(...stream.push(JSON.parse(data)));
    if (stream.stopped) return [...events, ...stream.end()];
  }
  throw new Error('no last event');
}

/** Made-up chunks → events. */
function chunks(deltas: readonly Record<string, unknown>[], finish = 'stop', changes: Partial<StreamOptions> = {}): StreamEvent[] {
  const stream = new AnthropicStream(options(changes));
  const events = stream.start();
  for (const delta of deltas) {
    events.push(...stream.push({ choices: [{ index: 0, delta, finish_reason: null }] }));
    if (stream.stopped) break;
  }
  if (!stream.stopped) events.push(...stream.push({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }));
  return [...events, ...stream.end()];
}
const call = (index: number, fields: { id?: string; name?: string; arguments?: unknown }) => ({
  tool_calls: [{ index, ...(fields.id && { id: fields.id }), function: { name: fields.name, arguments: fields.arguments } }],
});

/** The order that Anthropic's clients rely on. */
function checkOrder(events: readonly StreamEvent[]): void {
  let open: number | null = null;
  let next = 0;
  const types = events.map((event) => event.type);
  expect(types[0]).toBe('message_start');
  expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
  for (const event of events.slice(1, -2)) {
    if (event.type === 'content_block_start') {
      expect([open, event.index]).toEqual([null, next++]);
      open = event.index;
    } else if (event.type === 'content_block_delta') {
      expect(event.index).toBe(open);
    } else if (event.type === 'content_block_stop') {
      expect(event.index).toBe(open);
      open = null;
    } else {
      throw new Error(`${event.type} in the middle`);
    }
  }
  expect(open).toBeNull();
  expect(next).toBeGreaterThan(0);
}

const files = ['text', 'thinking', 'tool', 'thinking-tool', 'length', 'thinking-length', 'japanese'];

test.each(files)('recorded %s: events in order, whichever way its bytes are cut', async (name) => {
  const bytes = recorded(`${name}.sse`);
  const whole = await translate([bytes]);
  checkOrder(whole);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 40 }), async (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
      const parts = cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
      expect(await translate(parts)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
  expect(await translate([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
});

test('plain text: an estimate first, the engine’s figures last', async () => {
  const events = await translate([recorded('text.sse')]);
  expect(events[0]).toMatchObject({ message: { id: 'msg_1', model: 'Tiny', content: [], usage: { input_tokens: 7, output_tokens: 0 } } });
  expect(messageOf(events)).toEqual({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'Tiny',
    content: [{ type: 'text', text: 'The capital of France is Paris.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 22, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 8 },
  });
});

test('thinking is a block of its own, signed, before the text', async () => {
  const events = await translate([recorded('thinking.sse')]);
  const { content, usage } = messageOf(events);
  expect(content).toEqual([
    { type: 'thinking', thinking: expect.stringContaining('The user asks'), signature: SIGNATURE },
    { type: 'text', text: 'The capital of France is Paris.' },
  ]);
  expect(SIGNATURE).not.toBe('');
  // Cached tokens are counted apart.
  expect(usage.input_tokens + usage.cache_read_input_tokens).toBe(18);
  expect(usage.cache_read_input_tokens).toBe(17);
});

test('thinking that is cut off stays thinking', async () => {
  const { content, stop_reason } = messageOf(await translate([recorded('thinking-length.sse')]));
  expect(content).toEqual([{ type: 'thinking', thinking: 'The user', signature: SIGNATURE }]);
  expect(stop_reason).toBe('max_tokens');
});

test('a call starts empty; its arguments come as JSON deltas only', async () => {
  const events = await translate([recorded('tool.sse')]);
  const start = events.find((event) => event.type === 'content_block_start');
  expect(start).toMatchObject({ index: 0, content_block: { type: 'tool_use', name: 'get_weather', input: {} } });
  const message = messageOf(events);
  expect(message.content).toEqual([expect.objectContaining({ type: 'tool_use', input: { city: 'Paris' } })]);
  expect(message.stop_reason).toBe('tool_use');
});

test('streamed and whole say the same, but for the ids the engine makes', async () => {
  const streamed = messageOf(await translate([recorded('thinking-tool.sse')]));
  const whole = toMessage(JSON.parse(recorded('thinking-tool.json').toString()), options());
  expect(streamed.content.map((block) => block.type)).toEqual(['thinking', 'tool_use']);
  expect(whole.content.map((block) => ({ ...block, id: '' }))).toEqual(streamed.content.map((block) => ({ ...block, id: '' })));
  expect(whole.stop_reason).toBe('tool_use');
});

test('reasoning_content is thinking too', () => {
  expect(messageOf(chunks([{ reasoning_content: 'Hm.' }, { content: '\n\n  Yes' }])).content).toEqual([
    { type: 'thinking', thinking: 'Hm.', signature: SIGNATURE },
    { type: 'text', text: '  Yes' },
  ]);
});

test('never no block', () => {
  for (const deltas of [[], [{ content: '' }], [{ content: '\n\n' }]]) {
    const events = chunks(deltas);
    checkOrder(events);
    expect(messageOf(events).content).toEqual([{ type: 'text', text: '' }]);
  }
});

test.each([
  ['stop', [{ content: 'a' }], 'end_turn'],
  ['length', [{ content: 'a' }], 'max_tokens'],
  ['content_filter', [{ content: 'a' }], 'refusal'],
  ['tool_calls', [call(0, { name: 'f', arguments: '{}' })], 'tool_use'],
  ['length', [call(0, { name: 'f', arguments: '{"a":' })], 'tool_use'],
  ['stop', [call(0, { name: 'f', arguments: '' })], 'tool_use'],
])('finish_reason %s after %j is %s', (finish, deltas, reason) => {
  expect(messageOf(chunks(deltas, finish)).stop_reason).toBe(reason);
});

test('parallel calls come one after another, even when an engine mixes them', () => {
  const mixed = chunks([
    { content: 'Both.' },
    call(0, { id: 'a', name: 'f', arguments: '{"x"' }),
    call(1, { id: 'b', name: 'g', arguments: '{"y":' }),
    call(0, { arguments: ':1}' }),
    call(1, { arguments: '2}' }),
    { content: '\n' },
  ]);
  checkOrder(mixed);
  expect(messageOf(mixed).content).toEqual([
    { type: 'text', text: 'Both.' },
    { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
    { type: 'tool_use', id: 'b', name: 'g', input: { y: 2 } },
  ]);
});

test('a second call need not wait for the end', () => {
  const stream = new AnthropicStream(options());
  const push = (delta: unknown) => stream.push({ choices: [{ delta }] });
  push(call(0, { id: 'a', name: 'f', arguments: '{"x":1}' }));
  expect(push(call(1, { id: 'b', name: 'g', arguments: '{' })).map((event) => event.type)).toEqual([
    'content_block_stop',
    'content_block_start',
    'content_block_delta',
  ]);
});

test('calls without index or id, with arguments as an object', () => {
  const { content } = messageOf(chunks([{ tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] }]));
  expect(content).toEqual([{ type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } }]);
});

test('any pieces of the arguments give the same call, wrong escapes included', () => {
  const json = '{"re": "\\s+\\d", "ok": "a\\n\\u00e9\\\\", "raw": "line\nbreak", "bad": "\\u12"}';
  const expected = { re: '\\s+\\d', ok: 'a\né\\', raw: 'line\nbreak', bad: '\\u12' };
  fc.assert(
    fc.property(fc.array(fc.nat(json.length), { maxLength: 20 }), (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), json.length];
      const deltas = cuts.slice(1).map((end, i) => call(0, { ...(i === 0 && { name: 'f' }), arguments: json.slice(cuts[i], end) }));
      const events = chunks(deltas);
      checkOrder(events);
      expect(messageOf(events).content).toEqual([expect.objectContaining({ input: expected })]);
    }),
  );
});

test('arguments cut off inside an escape are told as they are', () => {
  const events = chunks([call(0, { name: 'f', arguments: '{"a":"\\' })], 'length');
  checkOrder(events);
  expect(messageOf(events).content).toEqual([expect.objectContaining({ input: { raw_arguments: '{"a":"\\' } })]);
});

test('valid JSON is never changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value);
      const repair = new JsonRepair();
      expect(Array.from(json, (char) => repair.push(char)).join('') + repair.end()).toBe(json);
    }),
  );
});

test.each([
  ['', {}],
  ['"{\\"a\\":1}"', { a: 1 }],
  ['{"a":', { raw_arguments: '{"a":' }],
  ['[1]', { raw_arguments: '[1]' }],
])('arguments %s', (text, input) => expect(parseInput(text)).toEqual(input));

test.each([
  [['Once upon', ' a time'], ['time'], 'Once upon a ', 'time'],
  [['One EN', 'D two'], ['END'], 'One ', 'END'],
  [['One EN', 'TER'], ['END'], 'One ENTER', null],
  [['a', 'b', 'c'], ['abc', 'b'], 'a', 'b'],
  [['abc'], ['abc', 'b'], 'a', 'b'],
  [['ends with EN'], ['END'], 'ends with EN', null],
])('%j with the stop sequences %j', (pieces, stopSequences, text, matched) => {
  const message = messageOf(
    chunks(
      pieces.map((content) => ({ content })),
      'stop',
      { stopSequences },
    ),
  );
  expect(message).toMatchObject({
    content: [{ type: 'text', text }],
    stop_sequence: matched,
    stop_reason: matched === null ? 'end_turn' : 'stop_sequence',
  });
});

test('where a stop sequence is found does not depend on the pieces', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const sequence = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(letters, fc.array(sequence, { minLength: 1, maxLength: 3 }), fc.nat(12), (text, sequences, cut) => {
      const run = (pieces: string[]) => {
        const matcher = new StopMatcher(sequences);
        let out = '';
        for (const piece of pieces) {
          const found = matcher.push(piece);
          out += found.text;
          if (found.matched !== null) return [out, found.matched];
        }
        return [out + matcher.end(), null];
      };
      expect(run([text.slice(0, cut), text.slice(cut)])).toEqual(run([text]));
    }),
  );
});

test('an error inside the stream, and what is no chunk, are errors', () => {
  const stream = new AnthropicStream(options());
  expect(() => stream.push({ error: { message: 'out of memory' } })).toThrow('out of memory');
  expect(() => stream.push('x')).toThrow('no chunk');
});
