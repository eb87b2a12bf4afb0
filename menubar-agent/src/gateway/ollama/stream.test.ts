import type { ChatChunk, ChatDelta } from '../core/chunks.js';
import { lineOf, wholeOf, type Form, type OllamaChunk } from './chunks.js';
import { metricsOf, OllamaStream, type Measured } from './stream.js';

const measured: Measured = {
  startedTick: 1000,
  queueMs: 10,
  loadMs: 200,
  firstTokenTick: 1500,
  pieces: 3,
  promptTokens: 22,
  completionTokens: 8,
};
const NOW = '2026-11-21T12:00:00.000Z';
const open = (form: Form = 'chat', more: Partial<ConstructorParameters<typeof OllamaStream>[0]> = {}): OllamaStream =>
  new OllamaStream({ form, model: 'tiny', measured, now: () => NOW, tick: () => 2500, newToolId: () => 'call_new', ...more });
const chunk = (delta: ChatDelta, finish: string | null = null): ChatChunk => ({ choices: [{ index: 0, delta, finish_reason: finish }] });
const run = (chunks: readonly ChatChunk[], stream = open()): OllamaChunk[] => [
  ...chunks.flatMap((one) => stream.push(one)),
  ...stream.end(),
];
const head = { model: 'tiny', created_at: NOW };
const figures = {
  total_duration: 1_500_000_000,
  load_duration: 200_000_000,
  prompt_eval_count: 22,
  prompt_eval_duration: 290_000_000,
  eval_count: 8,
  eval_duration: 1_000_000_000,
};

test('text becomes lines, the last of which has the figures', () => {
  expect(run([chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hel' }), chunk({ content: 'lo' }), chunk({}, 'stop')])).toEqual([
    { ...head, message: { role: 'assistant', content: 'Hel' }, done: false },
    { ...head, message: { role: 'assistant', content: 'lo' }, done: false },
    { ...head, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...figures },
  ]);
});

test('of /api/generate the text is `response`, and the conversation goes on by `context`', () => {
  const lines = run(
    [chunk({ content: 'Hel' }), chunk({ content: 'lo' }, 'length')],
    open('generate', { context: (answer) => [answer.length] }),
  );
  expect(lines.map((line) => [line.response, line.message, line.done])).toEqual([
    ['Hel', undefined, false],
    ['lo', undefined, false],
    ['', undefined, true],
  ]);
  expect(lines.at(-1)).toMatchObject({ done_reason: 'length', context: [5] });
});

test('thinking stands apart; blank lines before the first word are left out, an indentation is not', () => {
  const chunks = ['\n', '\n', 'Let me', ' see.\n'].map((reasoning_content) => chunk({ reasoning_content }));
  const text = ['\n', '\n', '  code', '\n'].map((content) => chunk({ content }));
  const whole = wholeOf('chat', run([...chunks, ...text, chunk({}, 'stop')]));
  expect(whole.message).toEqual({ role: 'assistant', content: '  code\n', thinking: 'Let me see.\n' });
  const raw = wholeOf('generate', run([chunk({ content: '\n\nx' })], open('generate', { raw: true })));
  expect(raw.response).toBe('\n\nx');
});

test('calls come whole, one after another, with their arguments as an object', () => {
  const call = (index: number, part: { id?: string; name?: string; args?: string }): ChatChunk =>
    chunk({
      tool_calls: [
        { index, ...(part.id && { id: part.id }), function: { ...(part.name && { name: part.name }), arguments: part.args ?? '' } },
      ],
    });
  const lines = run([
    call(0, { id: 'a', name: 'weather', args: '{"city":' }),
    call(0, { args: '"Paris"}' }),
    call(1, { name: 'time' }),
    chunk({}, 'tool_calls'),
  ]);
  expect(lines.map((line) => line.message?.tool_calls)).toEqual([
    [{ id: 'a', function: { index: 0, name: 'weather', arguments: { city: 'Paris' } } }],
    [{ id: 'call_new', function: { index: 1, name: 'time', arguments: {} } }],
    undefined,
  ]);
  expect(lines.at(-1)?.done_reason).toBe('stop');
  expect(wholeOf('chat', lines).message?.tool_calls).toHaveLength(2);
});

test('a call is told as soon as the next begins; calls that come in turns are told in order at the end', () => {
  const part = (index: number, args: string): ChatChunk =>
    chunk({ tool_calls: [{ index, function: { name: `f${index}`, arguments: args } }] });
  const names = (lines: OllamaChunk[]): unknown[] =>
    lines.flatMap((line) => line.message?.tool_calls ?? []).map((call) => [call.function.name, call.function.arguments]);
  const early = open();
  expect(names(early.push(part(0, '{"a":1}')))).toEqual([]);
  expect(names(early.push(part(1, '{')))).toEqual([['f0', { a: 1 }]]);
  early.push(part(1, '}'));
  expect(names(early.end())).toEqual([['f1', {}]]);
  const turns = [part(0, '{"a":'), part(1, '{"b":'), part(0, '1}'), part(1, '2}')];
  expect(names(run(turns))).toEqual([
    ['f0', { a: 1 }],
    ['f1', { b: 2 }],
  ]);
});

test.each([
  ['{"a":"C:\\s"}', { a: 'C:\\s' }],
  ['"{\\"a\\":1}"', { a: 1 }],
  ['{"a":', { raw_arguments: '{"a":' }],
  ['', {}],
])('arguments %s', (json, expected) => {
  const lines = run([chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: json } }] })]);
  expect(lines[0]?.message?.tool_calls?.[0]?.function.arguments).toEqual(expected);
});

test('log probabilities go with their text; further choices are left out', () => {
  const content = [{ token: 'a', logprob: -0.1, bytes: [97], top_logprobs: [] }];
  const lines = run([
    {
      choices: [
        { index: 0, delta: { content: 'a' }, finish_reason: null, logprobs: { content } },
        { index: 1, delta: { content: 'b' }, finish_reason: null },
      ],
    },
  ]);
  expect(lines[0]).toMatchObject({ message: { content: 'a' }, logprobs: content });
  expect(wholeOf('chat', lines)).toMatchObject({ message: { content: 'a' }, logprobs: content });
});

test('figures: never zero where clients divide, and pieces where the engine counted nothing', () => {
  const early = metricsOf({ ...measured, firstTokenTick: 0, promptTokens: null, completionTokens: null }, 1000);
  expect(early).toEqual({
    total_duration: 1,
    load_duration: 200_000_000,
    prompt_eval_count: 0,
    prompt_eval_duration: 1,
    eval_count: 3,
    eval_duration: 1,
  });
});

test('an answer without its last line is no answer', () => {
  expect(() => wholeOf('chat', [lineOf('chat', 'tiny', NOW, { text: 'x' })])).toThrow('last line');
});

/** Numbers from a seed, so that a failure can be made again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

test('however the engine cuts its answer, the whole is the same', () => {
  const thinking = '\nFirst, think — 考える. ';
  const content = '\n\nThe answer: “Grüße” 👋🏽\n  indented\n';
  const args = '{"city":"São Paulo","n":[1,2,{"x":"\\u00e9\\n"}]}';
  const wholeBy = (pieces: (text: string) => string[]): unknown => {
    const chunks = [
      ...pieces(thinking).map((reasoning_content) => chunk({ reasoning_content })),
      ...pieces(content).map((one) => chunk({ content: one })),
      ...pieces(args).map((one, i) =>
        chunk({ tool_calls: [{ index: 0, ...(i === 0 && { id: 'a' }), function: { ...(i === 0 && { name: 'f' }), arguments: one } }] }),
      ),
      chunk({}, 'stop'),
    ];
    return wholeOf('chat', run(chunks));
  };
  const expected = wholeBy((text) => [text]);
  expect(expected).toMatchObject({
    message: {
      content: content.trimStart(),
      thinking: thinking.trimStart(),
      tool_calls: [{ function: { name: 'f' } }],
    },
  });
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const cut = (text: string): string[] => {
      const out: string[] = [];
      for (let at = 0; at < text.length;) {
        const size = 1 + Math.floor(next() * 6);
        out.push(text.slice(at, at + size));
        at += size;
      }
      return out;
    };
    expect([seed, wholeBy(cut)]).toEqual([seed, expected]);
  }
});
