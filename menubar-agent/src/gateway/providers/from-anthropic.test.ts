/** Recorded streams of Anthropic's protocol, whole and split in every way; see fixtures/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatChunk } from '../core/chunks.js';
import { SseEvents } from '../core/sse-events.js';
import { Assembly } from '../core/assemble.js';
import { AnthropicReader } from './from-anthropic.js';
import { ToldFailure } from './reader.js';

const bytesOf = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.txt`));

interface Whole {
  choices: [{ message: { content: string; tool_calls?: unknown[] }; finish_reason: string }];
  usage: unknown;
}

/** Reads pieces of a stream as `ask.ts` does. */
function read(pieces: readonly Uint8Array[], jsonTool: string | null = null): { chunks: ChatChunk[]; reader: AnthropicReader } {
  const events = new SseEvents();
  const reader = new AnthropicReader(jsonTool, 1_700_000_000);
  const chunks = [...pieces, new TextEncoder().encode('\n\n')].flatMap((piece) => events.push(piece).flatMap((data) => reader.push(data)));
  return { chunks: reader.whole ? [...chunks, ...reader.end()] : chunks, reader };
}

async function messageOf(name: string, jsonTool: string | null = null): Promise<Whole> {
  const { chunks, reader } = read([bytesOf(name)], jsonTool);
  expect(reader.whole).toBe(true);
  const stream = (async function* () {
    yield* chunks;
  })();
  const whole = new Assembly();
  for await (const chunk of stream) whole.take(chunk);
  return whole.answer({ id: 'x', model: 'm', text: false }) as unknown as Whole;
}

test('text, with the usage as the last chunk', async () => {
  const { chunks } = read([bytesOf('text')]);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', 'Hello', ' there', '!', undefined, undefined]);
  expect(chunks[0]).toMatchObject({
    id: 'msg_4QpJur2dWWDjF6C758FbBw5vm12BaVipnK',
    model: 'claude-3-opus-latest',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }],
  });
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 6, total_tokens: 17 } });
  // Ping is nothing, and the head stands in every chunk.
  expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
});

test('a tool’s call beside text', async () => {
  const answer = await messageOf('tool-use');
  expect(answer.choices).toEqual([
    {
      index: 0,
      message: {
        role: 'assistant',
        content: "I'll check the current weather in Paris for you.",
        tool_calls: [
          {
            id: 'toolu_01NRLabsLyVHZPKxbKvkfSMn',
            type: 'function',
            function: { name: 'get_weather', arguments: '{"location": "Paris"}' },
          },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ]);
});

test('a tool that stands for a JSON answer gives text, and no call', async () => {
  const answer = await messageOf('tool-use', 'get_weather');
  expect(answer.choices[0].message.tool_calls).toBeUndefined();
  expect(answer.choices[0].message.content).toContain('{"location": "Paris"}');
  expect(answer.choices[0].finish_reason).toBe('stop');
});

test('thinking is reasoning_content; its signature has no place', async () => {
  const answer = await messageOf('thinking');
  expect(answer.choices[0].message).toEqual({
    role: 'assistant',
    content: 'The greatest common divisor is **21**. 🎉',
    reasoning_content: 'I need the greatest common divisor of 1071 and 462.\n1071 = 2 × 462 + 147 – so 21.',
  });
});

test('the cached part of a prompt belongs to it', async () => {
  const answer = await messageOf('cached');
  expect(answer.usage).toEqual({
    prompt_tokens: 2011,
    completion_tokens: 6,
    total_tokens: 2017,
    prompt_tokens_details: { cached_tokens: 1800 },
  });
  expect(answer.choices[0].finish_reason).toBe('length');
});

test('figures that come only at the end, and thinking among them', async () => {
  const answer = await messageOf('usage-at-the-end');
  expect(answer.usage).toMatchObject({
    prompt_tokens: 19,
    completion_tokens: 6,
    prompt_tokens_details: { cached_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 2 },
  });
});

test('a refusal is a content filter', async () => {
  expect((await messageOf('refusal')).choices[0].finish_reason).toBe('content_filter');
});

test('what runs at Anthropic is no call of the client’s', async () => {
  const answer = await messageOf('server-tool');
  expect(answer.choices[0]).toMatchObject({ message: { content: 'Let me search for that.' }, finish_reason: 'stop' });
  expect(answer.choices[0].message.tool_calls).toBeUndefined();
});

test('an error in the stream is thrown, with the status it would have had', () => {
  expect(() => read([bytesOf('overloaded')])).toThrow(
    expect.objectContaining({ constructor: ToldFailure, message: 'Overloaded', status: 529, type: 'overloaded_error' }),
  );
});

test('two calls keep their places; an input that came whole, and none at all', () => {
  const reader = new AnthropicReader(null, 0);
  const push = (event: unknown): ChatChunk[] => reader.push(JSON.stringify(event));
  push({ type: 'message_start', message: { id: 'm', model: 'x' } });
  const calls = [
    ...push({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'a', name: 'one', input: { x: 1 } } }),
    ...push({ type: 'content_block_stop', index: 0 }),
    ...push({ type: 'content_block_start', index: 4, content_block: { type: 'tool_use', id: 'b', name: 'two', input: {} } }),
    ...push({ type: 'content_block_stop', index: 4 }),
  ].map((chunk) => chunk.choices[0]?.delta.tool_calls?.[0]);
  expect(calls.map((call) => [call?.index, call?.function?.arguments])).toEqual([
    [0, ''],
    [0, '{"x":1}'],
    [1, ''],
    [1, '{}'],
  ]);
});

test('unknown events, blocks and deltas are passed over', () => {
  const reader = new AnthropicReader(null, 0);
  for (const event of [
    { type: 'vault_opened', index: 'not a number' },
    { type: 'content_block_start', index: 0, content_block: { type: 'hologram' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'hologram_delta', text: 'x' } },
    { type: 'content_block_stop', index: 0 },
  ])
    expect(reader.push(JSON.stringify(event))).toEqual([]);
  expect(reader.whole).toBe(false);
});

test.each(['text', 'tool-use', 'thinking', 'cached', 'refusal', 'server-tool', 'usage-at-the-end'])(
  'however %s is split, the chunks are the same',
  (name) => {
    const bytes = bytesOf(name);
    const { chunks: whole } = read([bytes]);
    // Byte by byte, so also inside of letters of several bytes.
    expect(read([...bytes].map((byte) => Uint8Array.of(byte))).chunks).toEqual(whole);
    const random = seeded(7);
    for (let round = 0; round < 50; round++) {
      const pieces: Uint8Array[] = [];
      for (let from = 0; from < bytes.length;) {
        const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 60));
        pieces.push(bytes.subarray(from, to));
        from = to;
      }
      expect(read(pieces).chunks).toEqual(whole);
    }
  },
);

/** Numbers from 0 to 1, the same at every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
