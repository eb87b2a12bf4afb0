import { none, usage, says, scripted, all, user, shape } from '../../../../tests/support/shaping.js';
import { shaping } from './shaping.js';

describe('n', () => {
  test('asks at once and merges: an index each, the prompt counted once', async () => {
    const { ask, asked } = scripted(says('ab', 'stop', 10, 2), says('c', 'length', 10, 1), says('', 'stop', 10, 4));
    const body = { messages: [user('Hi')], n: 3, seed: 40, temperature: 1 };
    expect(shaping.needed(body, none)).toBe(true);
    expect(shaping.needed(body, { ...none, n: true })).toBe(false);
    const chunks = await all(shape(body, ask));
    expect(asked).toEqual([40, 41, 42].map((seed) => ({ messages: [user('Hi')], seed, temperature: 1 })));
    const text = (index: number): string =>
      chunks
        .flatMap(({ choices }) => choices)
        .filter((one) => one.index === index)
        .map(({ delta }) => delta.content ?? '')
        .join('');
    expect([0, 1, 2].map(text)).toEqual(['ab', 'c', '']);
    expect(
      chunks
        .flatMap(({ choices }) => choices)
        .filter((one) => one.finish_reason !== null)
        .map((one) => [one.index, one.finish_reason])
        .sort(),
    ).toEqual([
      [0, 'stop'],
      [1, 'length'],
      [2, 'stop'],
    ]);
    expect(chunks.filter((one) => one.usage)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 7, total_tokens: 17 } });
  });

  test('ids of one answer; thinking tokens added; no seed given, none sent', async () => {
    const other = says('x').map((one) => ({ ...one, id: 'chatcmpl-2', created: 9 }));
    const thought = usage(3, 4, { completion_tokens_details: { reasoning_tokens: 2 } });
    const { ask, asked } = scripted([...says('a').slice(0, -1), thought], [...other.slice(0, -1), thought]);
    const chunks = await all(shape({ messages: [], n: 2 }, ask));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.at(-1)?.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 4 });
    expect(asked[0]).not.toHaveProperty('seed');
  });

  test('one that fails ends the others; a reader that leaves ends all', async () => {
    const failing = scripted(says('a long answer'), new Error('engine gone'), says('another'));
    await expect(all(shape({ messages: [], n: 3 }, failing.ask))).rejects.toThrow('engine gone');
    expect(failing.left()).toBe(3);
    const leaving = scripted(says('a'), says('b'));
    for await (const _ of shape({ messages: [], n: 2 }, leaving.ask)) break;
    expect(leaving.left()).toBe(2);
  });

  test('one after the other where equal prompts would get equal answers', async () => {
    const { ask, asked } = scripted(says('a'), says('b'), says('c'));
    const order: number[] = [];
    const body = { messages: [user('Hi')], n: 3 };
    for await (const { choices } of shaping.shape(body, { ...none, equalTogether: true }, ask)) {
      for (const { index } of choices) {
        order.push(index);
        expect(asked.length).toBe(index + 1);
      }
    }
    expect([...new Set(order)]).toEqual([0, 1, 2]);
    expect(order).toEqual([...order].sort());
  });

  test('too many, and answers that are each shaped', async () => {
    await expect(all(shape({ messages: [], n: 129 }, scripted().ask))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const { ask, asked } = scripted(says('```json\n{}\n```'), says('{"a":1}'));
    const chunks = await all(shape({ messages: [user('Hi')], n: 2, response_format: { type: 'json_object' } }, ask));
    expect(asked).toHaveLength(2);
    const texts = [0, 1].map((index) =>
      chunks
        .flatMap(({ choices }) => choices)
        .filter((one) => one.index === index)
        .map(({ delta }) => delta.content ?? '')
        .join(''),
    );
    expect(texts).toEqual(['{}', '{"a":1}']);
  });
});
