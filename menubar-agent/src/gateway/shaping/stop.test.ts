/** Stop sequences, found by the gateway. */
import { all, calls, chunk, none, scripted, says, shape, tool, usage, user } from '../../../../tests/support/shaping.js';
import type { ChatChunk, ChatChoice } from '../core/chunks.js';
import { collected } from './collect.js';
import { shaping } from './shaping.js';

const ask = (stop: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({ messages: [user('Hi')], stop, ...more });
const text = (piece: string, finish: string | null = null, index = 0, more: object = {}): ChatChunk => ({
  id: 'cmpl-1',
  object: 'text_completion',
  choices: [{ index, text: piece, finish_reason: finish, ...more } as unknown as ChatChoice],
});
const written = (chunks: ChatChunk[], index = 0): { text: string; finish: string | null } => {
  const choices = chunks.flatMap(({ choices: some }) => some).filter((one) => one.index === index) as (ChatChoice & { text?: string })[];
  return {
    text: choices.map((one) => one.text ?? one.delta.content ?? '').join(''),
    finish: choices.findLast(({ finish_reason: finish }) => finish !== null)?.finish_reason ?? null,
  };
};

test('it is needed where the engine does not stop by itself, and the engine is asked without it', async () => {
  const able = { ...none, stop: true };
  for (const stop of ['x', ['x'], []]) {
    expect(shaping.needed(ask(stop), none)).toBe(true);
    expect(shaping.needed(ask(stop), able)).toBe(false);
    expect(shaping.needed({ prompt: 'x', stop }, none)).toBe(true);
  }
  expect(shaping.needed(ask(null), none)).toBe(false);
  for (const stop of ['xyz', ['xyz', ''], [], ['']]) {
    const { ask: asks, asked } = scripted(says('abc'));
    expect(collected(await all(shape(ask(stop), asks)))).toMatchObject({ content: 'abc', finish: 'stop' });
    expect(asked).toEqual([{ messages: [user('Hi')] }]);
  }
  const { ask: asks, asked } = scripted(says('abc'));
  expect(collected(await all(shape(ask('b', { n: 1, tools: [tool('t')] }), asks, able))).content).toBe('abc');
  expect(asked).toMatchObject([{ stop: 'b' }]);
});

test('the answer ends before the words, the engine’s work ends, and what was written is counted', async () => {
  const { ask: asks, left } = scripted(says('The capital of France is Paris.'));
  const chunks = await all(shaping.shape(ask([' Paris']), none, asks, async () => 21));
  expect(written(chunks)).toEqual({ text: 'The capital of France is', finish: 'stop' });
  expect(left()).toBe(1);
  expect(chunks.at(-1)).toEqual({
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 7, model: 'm', choices: [] },
    usage: { prompt_tokens: 21, completion_tokens: 30, total_tokens: 51 },
  });
  expect(chunks.filter((one) => one.usage)).toHaveLength(1);
  // Nothing of the words was ever there, not for a moment.
  expect(chunks.flatMap(({ choices }) => choices).some(({ delta }) => /[Ps]$/.test(delta.content ?? '') && delta.content!.length > 1)).toBe(
    false,
  );
  // Without a counter the prompt is estimated.
  const estimated = (await all(shape(ask('is'), scripted(says('this')).ask))).at(-1)?.usage;
  expect(estimated).toEqual({ prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 });
});

test('figures that the engine told are taken, and awaited where it ended the answer itself', async () => {
  const told = { ...chunk({ content: 'b' }), usage: { prompt_tokens: 3, completion_tokens: 2 } };
  const early = await all(shape(ask('b'), scripted([chunk({ content: 'a' }), told, ...says('more')]).ask));
  expect(early.at(-1)?.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
  const { ask: asks, left } = scripted([chunk({ content: 'ab' }, 'length'), usage(8, 2)]);
  const late = await all(shape(ask('b'), asks));
  expect([written(late), late.at(-1)?.usage?.prompt_tokens, left()]).toEqual([{ text: 'a', finish: 'stop' }, 8, 0]);
});

test('what looks like the words and is not, is sent in the end', async () => {
  const cut = await all(shape(ask('Paris'), scripted(says('in Par', 'length')).ask));
  expect(written(cut)).toEqual({ text: 'in Par', finish: 'length' });
  expect(cut.at(-2)?.choices[0]?.finish_reason).toBe('length'); // nothing behind it but the usage
  // An engine that ends without a last word.
  expect(written(await all(shape(ask('Paris'), scripted([chunk({ content: 'in Par' })]).ask)))).toEqual({ text: 'in Par', finish: null });
  expect(written(await all(shape({ prompt: 'x', stop: 'Paris' }, scripted([text('in Par')]).ask)))).toEqual({
    text: 'in Par',
    finish: null,
  });
});

test('thinking and tool arguments are no text', async () => {
  const answer = [
    chunk({ role: 'assistant', reasoning_content: 'I STOP here' }),
    chunk({ content: 'Look: S' }),
    calls('find', '{"word":"STOP"}'),
    chunk({ content: 'o.' }),
    chunk({}, 'tool_calls'),
    usage(4, 9),
  ];
  const got = await all(shape(ask('STOP', { tools: [tool('find')] }), scripted(answer).ask));
  expect(collected(got)).toMatchObject({ reasoning: 'I STOP here', content: 'Look: So.', hasCalls: true, finish: 'tool_calls' });
  expect(got.at(-1)?.usage?.completion_tokens).toBe(9);
  // A call behind the end of the answer is none.
  const both = {
    ...calls('find', '{}'),
    choices: [{ index: 0, delta: { content: 'STOP', ...calls('find', '{}').choices[0]!.delta }, finish_reason: null }],
  };
  expect(collected(await all(shape(ask('STOP', { tools: [tool('find')] }), scripted([both]).ask)))).toMatchObject({
    hasCalls: false,
    finish: 'stop',
  });
});

test('n: each choice on its own; the others go on', async () => {
  const { ask: asks, asked, left } = scripted(says('one STOP two', 'stop', 10, 12), says('a b c', 'length', 10, 5));
  const chunks = await all(shaping.shape(ask(['STOP'], { n: 2 }), none, asks, () => 10));
  expect([written(chunks, 0), written(chunks, 1)]).toEqual([
    { text: 'one ', finish: 'stop' },
    { text: 'a b c', finish: 'length' },
  ]);
  expect([asked.length, asked.some((body) => 'stop' in body), left()]).toEqual([2, false, 1]);
  expect(chunks.at(-1)?.usage).toEqual({ prompt_tokens: 10, completion_tokens: 13, total_tokens: 23 });
});

test('a text completion, of one prompt and of several', async () => {
  const one = scripted([text('a'), text('b!'), text('c'), text('', 'stop')]);
  const chunks = await all(shape({ prompt: 'x', stop: '!' }, one.ask));
  expect([written(chunks), one.left(), one.asked]).toEqual([{ text: 'ab', finish: 'stop' }, 1, [{ prompt: 'x' }]]);
  expect(chunks.every(({ object, choices }) => object === 'text_completion' && choices.every((choice) => !('delta' in choice)))).toBe(true);
  expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 2 });

  // The second prompt’s answer goes on; once both have stopped the engine is left.
  const two = scripted([
    text('a!', null, 0),
    text('b', null, 1),
    text(' y', null, 0),
    text('! x', null, 0),
    text('c!', null, 1),
    text('d', null, 1),
  ]);
  const both = await all(shape({ prompt: ['x', 'y'], stop: '!' }, two.ask));
  expect([written(both, 0), written(both, 1), two.left()]).toEqual([{ text: 'a', finish: 'stop' }, { text: 'bc', finish: 'stop' }, 1]);

  // A prompt in tokens is one prompt; n answers to each of two prompts are counted prompt by prompt.
  const tokens = scripted([text('a!'), text('b')]);
  await all(shape({ prompt: [1, 2, 3], stop: '!' }, tokens.ask));
  expect(tokens.left()).toBe(1);
  const several = scripted([text('a!', null, 0), text('b!', null, 1)], [text('c!', null, 0), text('d!', null, 1)]);
  const four = await all(shape({ prompt: ['x', 'y'], stop: '!', n: 2 }, several.ask));
  expect([0, 1, 2, 3].map((index) => written(four, index).text)).toEqual(['a', 'c', 'b', 'd']);
  expect(four.some(({ choices }) => choices.some((choice) => 'delta' in choice))).toBe(false);
});

test('log probabilities go with their text, and none of what is not sent', async () => {
  const said = (token: string): ChatChunk => ({
    ...chunk({ content: token }),
    choices: [{ index: 0, delta: { content: token }, finish_reason: null, logprobs: { content: [{ token }] } }],
  });
  const tokens = async (...pieces: string[]): Promise<string[]> =>
    (await all(shape(ask('Paris'), scripted([...pieces.map(said), chunk({}, 'stop')]).ask)))
      .flatMap(({ choices }) => choices)
      .flatMap(({ logprobs }) => (logprobs as { content: { token: string }[] } | null | undefined)?.content ?? [])
      .map(({ token }) => token);
  expect(await tokens('in', ' ', 'P', 'ar', 'is', '!')).toEqual(['in', ' ']);
  expect(await tokens('in', ' P', 'ar', 'k')).toEqual(['in', ' P', 'ar', 'k']);
});

test('however the text is cut: what goes out is what stands before the first sequence', async () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const word = (length: number): string => Array.from({ length }, () => 'ab '[random(3)]).join('');
  for (let round = 0; round < 400; round++) {
    const answer = word(random(24));
    const stop = Array.from({ length: 1 + random(3) }, () => word(1 + random(4)));
    const pieces: string[] = [];
    for (let at = 0; at < answer.length;) {
      const next = at + 1 + random(6);
      pieces.push(answer.slice(at, next));
      at = next;
    }
    // Letter by letter: the first moment at which a sequence is whole.
    let wanted = { text: answer, finish: 'length' };
    for (let end = 1; end <= answer.length && wanted.finish === 'length'; end++) {
      const starts = stop.filter((one) => answer.slice(0, end).endsWith(one)).map((one) => end - one.length);
      if (starts.length > 0) wanted = { text: answer.slice(0, Math.min(...starts)), finish: 'stop' };
    }
    const stream = [chunk({ role: 'assistant' }), ...pieces.map((content) => chunk({ content })), chunk({}, 'length'), usage(1, 1)];
    const chunks = await all(shape(ask(stop), scripted(stream).ask));
    expect({ answer, stop, pieces, ...written(chunks) }).toEqual({ answer, stop, pieces, ...wanted });
    const texts = [...pieces.map((piece) => text(piece)), text('', 'length')];
    expect(written(await all(shape({ prompt: 'x', stop }, scripted(texts).ask)))).toEqual(wanted);
  }
});
