/** The filters, on streams recorded from the real engines (fixtures/; the first line of each says version and date). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapters, getAdapter } from '../registry.js';
import type { AnswerContext, EngineAdapter } from '../types.js';

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
/** The texts of a recorded stream's events, without its last. */
const eventsOf = (name: string): string[] =>
  fixture(name)
    .split('\n')
    .flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []));

const NO_LIMIT: AnswerContext = { maxTokens: null };
const through = (adapter: EngineAdapter, events: readonly string[], context = NO_LIMIT): (string | null)[] =>
  events.map(adapter.streamFilter!(context));
const filtered = (adapter: EngineAdapter, name: string, context = NO_LIMIT): Chunk[] =>
  through(adapter, eventsOf(`${adapter.id}.${name}.sse`), context).flatMap((event) => (event === null ? [] : [JSON.parse(event) as Chunk]));

interface Chunk {
  object: string;
  choices: {
    delta: Record<string, unknown>;
    finish_reason: string | null;
    logprobs?: { content: { token: string; top_logprobs: unknown[] }[] } | null;
  }[];
  usage?: { completion_tokens: number } | null;
  error?: { message: string };
}
const joined = (chunks: readonly Chunk[], key: string): string =>
  chunks.flatMap(({ choices }) => choices.map(({ delta }) => (delta[key] ?? '') as string)).join('');
const finishOf = (chunks: readonly Chunk[]): (string | null)[] =>
  chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? []));

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('%s', (_id, adapter) => {
  test('streams say the same in one form', () => {
    const limits: Record<string, AnswerContext> = { length: { maxTokens: 4 } };
    const streams = Object.fromEntries(
      ['plain', 'thinking', 'tool', 'length'].map((name) => [name, filtered(adapter, name, limits[name] ?? { maxTokens: 100 })]),
    );
    for (const chunks of Object.values(streams)) {
      const deltas = chunks.flatMap(({ choices }) => choices);
      expect(deltas.filter(({ delta }) => delta.role !== undefined)).toHaveLength(1);
      expect(deltas[0]?.delta.role).toBe('assistant');
      expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']));
      for (const choice of deltas) expect(choice).toHaveProperty('finish_reason');
      for (const { delta } of deltas) expect(delta).not.toHaveProperty('reasoning');
      expect(chunks.filter(({ usage }) => (usage ?? null) !== null)).toHaveLength(1);
      expect(chunks.filter((chunk) => 'timings' in chunk || 'generation_metadata' in chunk)).toEqual([]);
    }
    const { plain, thinking, tool, length } = streams as Record<'plain' | 'thinking' | 'tool' | 'length', Chunk[]>;
    expect([joined(plain, 'content'), finishOf(plain)]).toEqual(['The capital of France is Paris.', ['stop']]);
    expect([joined(thinking, 'content').trim(), finishOf(thinking)]).toEqual(['The capital of France is Paris.', ['stop']]);
    expect(joined(thinking, 'reasoning_content').trim()).toBe('The user asks for the capital of France. That is Paris.');
    const calls = tool.flatMap(({ choices }) => choices.flatMap(({ delta }) => (delta.tool_calls as ToolCall[] | null) ?? []));
    expect(calls[0]).toMatchObject({
      index: 0,
      type: 'function',
      id: expect.stringMatching(/./) as string,
      function: { name: 'get_weather' },
    });
    expect(JSON.parse(calls.map((call) => call.function.arguments ?? '').join(''))).toEqual({ city: 'Paris' });
    expect(finishOf(tool)).toEqual(['tool_calls']);
    expect([joined(length, 'content'), finishOf(length)]).toEqual(['Once upon a time', ['length']]);
  });

  test('no event makes a filter throw; what it does not know it leaves as it is', () => {
    const known = ['plain', 'thinking', 'tool', 'length'].flatMap((name) => eventsOf(`${adapter.id}.${name}.sse`));
    const strange = [
      ...[
        '',
        '{',
        'null',
        '1',
        '"x"',
        '[]',
        '{}',
        '{"choices"',
        '{"choices": null}',
        '{"choices":[null]}',
        '{"choices": [{}], "finish_reason"',
      ],
      ...[
        '{"error": null}',
        '{"type":"ping"}',
        '{"object":"x","message":{"a":1}}',
        ',"timings":{}}',
        ',"reasoning":"\\',
        '"usage":{',
        '{"choices": 3}',
      ],
      '{"choices": [{"finish_reason": "stop", "index": 0}], "usage": 5}',
    ];
    for (const event of strange) expect(() => through(adapter, [event, event], { maxTokens: 1 })).not.toThrow();
    for (const event of [
      '{"type":"ping"}',
      '{"choices":[]}',
      '{"choices": [], "x": {"a": "\\"role\\": \\"assistant\\", \\"reasoning\\": 1"}}',
      '{}',
      'text',
    ]) {
      expect(through(adapter, ['{"choices":[]}', event])[1]).toBe(event);
    }
    const random = seeded(adapter.id);
    for (let round = 0; round < 2_000; round++) {
      // Recorded events cut and pasted at any place, as they come when an engine changes its form.
      const [one, two] = [known[random(known.length)]!, known[random(known.length)]!];
      const event = one.slice(0, random(one.length + 1)) + two.slice(random(two.length + 1));
      expect(() => through(adapter, [known[0]!, event, two], { maxTokens: random(9) })).not.toThrow();
    }
  });

  test('what a model writes is never taken for the form of an event', () => {
    const parts = [
      '"reasoning": "x"',
      ',"reasoning":null',
      '"role": "assistant", ',
      ',"timings":{"a":1}}',
      '"usage":{',
      '"finish_reason": "stop"',
      '"index": 0}]',
    ];
    const words = [
      ...parts,
      '"tool_calls": [',
      '"generation_metadata":null',
      '"error"',
      '"object": "chat.completion"',
      '\\',
      '"',
      '日本',
      '\u2028',
      '{}',
    ];
    const random = seeded(adapter.id);
    for (const [name, word, key] of [
      ['plain', ' capital', 'content'],
      ['thinking', ' user', 'reasoning_content'],
    ] as const) {
      const events = eventsOf(`${adapter.id}.${name}.sse`);
      const own = events.find((event, i) => i > 0 && event.includes(`"${word}"`))!;
      for (let round = 0; round < 500; round++) {
        const text = Array.from({ length: 1 + random(5) }, () => words[random(words.length)]!).join('');
        const event = own.replaceAll(`"${word}"`, () => JSON.stringify(text));
        const [, out] = through(adapter, [events[0]!, event]);
        const { choices } = JSON.parse(out!) as Chunk;
        expect([choices[0]!.delta[key], choices[0]!.finish_reason]).toEqual([text, null]);
        expect(choices[0]!.delta).not.toHaveProperty('reasoning');
      }
    }
  });
});

interface ToolCall {
  function: { name?: string; arguments?: string };
}

/** A small generator (mulberry32), so that a failure comes again. @returns whole numbers below `n`. */
function seeded(text: string): (n: number) => number {
  let state = Buffer.from(text).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

describe('an error in a stream is the end of it', () => {
  test.each([
    ['mlx-openai-server', "Failed to generate text stream: invalid literal for int() with base 10: 'abc'", 1],
    ['mlx-vlm', '[metal_kernel] No Metal back-end.', 2],
    ['vllm-mlx', 'Internal server error during generation', 2],
  ])('%s', (engineId, message, before) => {
    const adapter = getAdapter(engineId);
    const end = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
    const out = through(adapter, [...eventsOf(`${engineId}.error.sse`), end]);
    const error = out.findIndex((event) => event?.startsWith('{"error":{') === true);
    expect(error).toBe(before);
    expect((JSON.parse(out[error]!) as Chunk).error).toMatchObject({ message, type: expect.any(String) as string });
    expect(out.slice(error + 1).every((event) => event === null)).toBe(true);
    expect(out.length).toBeGreaterThan(error + 1);
  });

  test('mlx-openai-server: an HTTPException’s detail stands there bare', () => {
    const out = through(getAdapter('mlx-openai-server'), ['{"message": "Queue full", "code": 429}', '{"choices": []}']);
    expect(out).toEqual(['{"error":{"message":"Queue full","type":"server_error","code":429}}', null]);
  });
});

describe('single quirks', () => {
  test('mlx-openai-server says length only where the limit was reached', () => {
    const adapter = getAdapter('mlx-openai-server');
    for (const [maxTokens, finish] of [
      [4, 'length'],
      [3, 'length'],
      [5, 'stop'],
      [null, 'stop'],
    ] as const) {
      expect(finishOf(filtered(adapter, 'length', { maxTokens }))).toEqual([finish]);
    }
    expect(finishOf(filtered(adapter, 'tool', { maxTokens: 1 }))).toEqual(['tool_calls']);
  });

  test('mlx-lm: a call it could not read is no call', () => {
    const adapter = getAdapter('mlx-lm');
    const [, ...rest] = eventsOf('mlx-lm.tool.sse');
    const unread = [
      '{"object": "chat.completion.chunk", "choices": [{"index": 0, "finish_reason": null, "delta": {"role": "assistant", "content": "x"}}]}',
      ...rest,
    ];
    expect(finishOf(through(adapter, unread).map((event) => JSON.parse(event!) as Chunk))).toEqual(['stop']);
  });

  test('mlx-lm: the usage of a text completion bears its name', () => {
    const out = through(getAdapter('mlx-lm'), [
      '{"object": "text_completion", "choices": [{"index": 0, "finish_reason": null, "text": "x"}]}',
      '{"object": "chat.completion", "choices": [], "usage": {"prompt_tokens": 1}}',
    ]);
    expect(JSON.parse(out[1]!)).toMatchObject({ object: 'text_completion' });
  });

  test('mlx-vlm: logprobs of a stream are OpenAI’s', () => {
    const [first] = filtered(getAdapter('mlx-vlm'), 'logprobs')[0]!.choices;
    expect(first!.logprobs!.content[0]).toEqual({
      token: 'The',
      logprob: 0,
      bytes: [84, 104, 101],
      top_logprobs: [expect.objectContaining({ token: 'The', logprob: 0 }), expect.objectContaining({ token: ' asks' })],
    });
  });

  test('a batch is drawn by one sampler: such requests are kept apart', () => {
    for (const [engineId, apart] of [
      ['mlx-lm', false],
      ['mlx-openai-server', false],
      ['mlx-vlm', true],
      ['vllm-mlx', true],
    ] as const) {
      const { batchKey } = getAdapter(engineId);
      expect(batchKey !== undefined).toBe(apart);
      if (batchKey === undefined) continue;
      expect(batchKey({ temperature: 0, seed: 1, messages: [] })).toBe(batchKey({ temperature: 0, seed: 2 }));
      expect(batchKey({ temperature: 0 })).not.toBe(batchKey({ temperature: 2 }));
      expect(batchKey({ top_p: 0.9 })).not.toBe(batchKey({}));
    }
  });
});
