import { none, chunk, usage, says, calls, scripted, all, user, shape } from '../../../../tests/support/shaping.js';
import { collect } from './collect.js';
import { findJson } from './json-text.js';
import { schemaCheck } from './schema-check.js';
import { shapedPrompt, shaping } from './shaping.js';
import type { Body } from './types.js';

describe('response_format', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
  const format = (more: object = {}): Body => ({ type: 'json_schema', json_schema: { name: 'place', schema, ...more } });
  const body: Body = { messages: [{ role: 'system', content: 'Be brief.' }, user('Where?')], response_format: format() };

  test('text needs nothing', () => {
    for (const one of [undefined, null, { type: 'text' }]) expect(shaping.needed({ messages: [], response_format: one }, none)).toBe(false);
    expect(shaping.needed(body, { ...none, jsonSchema: true })).toBe(true);
  });

  test('the schema stands behind the system prompt; a valid answer is sent as it came', async () => {
    const answer = says('{"city": "Paris"}');
    const { ask, asked } = scripted(answer);
    expect(await all(shape(body, ask))).toEqual(answer);
    expect(asked[0]).not.toHaveProperty('response_format');
    const [system, question] = asked[0]?.messages as { role: string; content: string }[];
    expect(system?.content).toMatch(/^Be brief\.\n\nAnswer with JSON/);
    expect(system?.content).toContain(JSON.stringify(schema));
    expect(question).toEqual(user('Where?'));
    expect(shapedPrompt(body, none)).toEqual(asked[0]);
  });

  test('a system prompt is made, or extended in its parts', async () => {
    for (const [messages, first] of [
      [[user('Hi')], { role: 'system', content: expect.stringMatching(/^Answer with one JSON object/) }],
      [
        [{ role: 'developer', content: [{ type: 'text', text: 'A' }] }, user('Hi')],
        { role: 'developer', content: [{ type: 'text', text: 'A' }, expect.anything()] },
      ],
    ] as const) {
      const { ask, asked } = scripted(says('{}'));
      await all(shape({ messages, response_format: { type: 'json_object' } }, ask));
      expect((asked[0]?.messages as unknown[])[0]).toEqual(first);
      expect((asked[0]?.messages as unknown[]).at(-1)).toEqual(user('Hi'));
    }
  });

  test('fences and thinking are taken off; thinking goes where thinking goes', async () => {
    const { ask } = scripted([
      chunk({ role: 'assistant' }),
      chunk({ reasoning_content: 'hm, ' }),
      chunk({ content: '<think>\nParis?\n</think>\n\nHere it is:\n```json\n{"city": "Paris"}\n```' }),
      chunk({}, 'stop'),
      usage(10, 5),
    ]);
    const answer = await collect(shape(body, ask));
    expect(answer).toMatchObject({
      content: '{"city": "Paris"}',
      reasoning: 'hm, \nParis?',
      finish: 'stop',
      usage: { completion_tokens: 5 },
    });
    expect(answer.chunks.every((one) => one.id === 'chatcmpl-1' && (one.created ?? 7) === 7)).toBe(true);
  });

  test('one attempt to correct it, with what is wrong; both are counted', async () => {
    const { ask, asked } = scripted(says('{"city": 5, "x": 1}'), says('{"city": "Paris"}', 'stop', 30, 6));
    const answer = await collect(shape(body, ask));
    expect(answer.content).toBe('{"city": "Paris"}');
    expect(answer.usage).toMatchObject({ prompt_tokens: 40, completion_tokens: 11, total_tokens: 51 });
    const [said, objection] = (asked[1]?.messages as { role: string; content: string }[]).slice(-2);
    expect(said).toEqual({ role: 'assistant', content: '{"city": 5, "x": 1}' });
    expect(objection?.role).toBe('user');
    expect(objection?.content).toContain('/city must be string');
    expect(objection?.content).toContain('must NOT have additional properties ("x")');
  });

  test('then a clear failure', async () => {
    const fail = (...texts: string[]) => all(shape(body, scripted(...texts.map((text) => says(text))).ask));
    await expect(fail('Paris', '{"city": null}')).rejects.toMatchObject({
      code: 'OUTPUT_NOT_VALID',
      status: 422,
      message: expect.stringContaining('/city must be string'),
      details: { problems: ['/city must be string'] },
    });
    await expect(fail('Paris', 'Paris!')).rejects.toMatchObject({ message: expect.stringContaining('the answer is not JSON') });
    await expect(fail('', '')).rejects.toMatchObject({ message: expect.stringContaining('the answer is empty') });
  });

  test('json_object wants an object', async () => {
    const { ask } = scripted(says('[1]'), says('{"a": [1]}'));
    expect((await collect(shape({ messages: [], response_format: { type: 'json_object' } }, ask))).content).toBe('{"a": [1]}');
    const array = shape({ messages: [], response_format: { type: 'json_object' } }, scripted(says('[1]'), says('"a"')).ask);
    await expect(all(array)).rejects.toMatchObject({ code: 'OUTPUT_NOT_VALID' });
  });

  test('strict: false is best effort: any JSON passes at the end, the later one first', async () => {
    const lenient = { ...body, response_format: format({ strict: false }) };
    expect((await collect(shape(lenient, scripted(says('{"city": 1}'), says('{"city": 2}', 'stop', 1, 1)).ask))).content).toBe(
      '{"city": 2}',
    );
    const first = await collect(shape(lenient, scripted(says('{"city": 1}'), says('sorry')).ask));
    expect(first).toMatchObject({ content: '{"city": 1}', usage: { prompt_tokens: 20 } });
    await expect(all(shape(lenient, scripted(says('no'), says('no')).ask))).rejects.toMatchObject({ code: 'OUTPUT_NOT_VALID' });
  });

  test('what is cut off, and a tool call, pass as they are', async () => {
    const cut = says('{"city": "Par', 'length');
    expect(await all(shape(body, scripted(cut).ask))).toEqual(cut);
    const call = [calls('look', '{}'), chunk({}, 'tool_calls'), usage(1, 1)];
    expect((await collect(shape(body, scripted(call).ask))).finish).toBe('tool_calls');
    const later = await collect(shape(body, scripted(says('no'), says('{"ci', 'length')).ask));
    expect(later).toMatchObject({ content: '{"ci', finish: 'length', usage: { prompt_tokens: 20 } });
  });

  test('an engine that can is not told, but checked', async () => {
    const { ask, asked } = scripted(says('{}'), says('{"city": "Rome"}'));
    const answer = await collect(shape(body, ask, { ...none, jsonSchema: true }));
    expect(answer.content).toBe('{"city": "Rome"}');
    expect(asked[0]).toEqual(body);
    expect(asked[1]).toMatchObject({ response_format: format() });
  });

  test.each([
    [{ type: 'xml' }, 'response_format.type'],
    [{ type: 'json_schema' }, 'json_schema is missing'],
    [{ type: 'json_schema', json_schema: { name: 'x' } }, 'schema is missing'],
    [{ type: 'json_schema', json_schema: { schema: [] } }, 'must be a JSON Schema object'],
    [{ type: 'json_schema', json_schema: { schema: { type: 'strnig' } } }, 'is not valid'],
    [{ type: 'json_schema', json_schema: { schema: { $ref: 'https://example.org/x.json' } } }, 'is not valid'],
    [{ type: 'json_schema', json_schema: { schema: { description: 'x'.repeat(300_000) } } }, 'longer'],
  ])('refuses what is wrong with it (%#)', async (responseFormat, words) => {
    const { ask, asked } = scripted();
    await expect(all(shape({ messages: [], response_format: responseFormat }, ask))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(words),
    });
    expect(asked).toEqual([]);
  });

  test('a schema made to take for ever is broken off', async () => {
    const twice = (next: string) => ({ anyOf: [{ $ref: next }, { $ref: next }] });
    const definitions = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, twice(`#/definitions/d${i + 1}`)]));
    const bombs = [
      { type: 'string', pattern: '^(a|a)*$' },
      { $ref: '#/definitions/d0', definitions: { ...definitions, d40: { type: 'number' } } },
      { $ref: '#' },
    ];
    for (const bomb of bombs) {
      const check = await schemaCheck(bomb);
      expect(() => check(`${'a'.repeat(60)}!`)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    }
    expect((await schemaCheck({ type: 'string', pattern: '^a+$' }))('aaa')).toEqual([]);
  });

  test('drafts: as $schema says, else by its words', async () => {
    const pair = { type: 'array', prefixItems: [{ type: 'string' }], items: false };
    for (const $schema of ['https://json-schema.org/draft/2020-12/schema', undefined]) {
      const check = await schemaCheck({ ...($schema === undefined ? {} : { $schema }), ...pair });
      expect(check(['a'])).toEqual([]);
      expect(check([1, 2])).toHaveLength(2);
    }
    const draft7 = await schemaCheck({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'array',
      items: [{ type: 'string' }],
      additionalItems: false,
    });
    expect(draft7([1])).toEqual(['/0 must be string']);
    const draft2019 = await schemaCheck({ $schema: 'https://json-schema.org/draft/2019-09/schema', dependentRequired: { a: ['b'] } });
    expect(draft2019({ a: 1 })).toHaveLength(1);
    const referring = await schemaCheck({ $id: 'same', $ref: '#/$defs/A', $defs: { A: { enum: ['x'] } } });
    expect(referring('y')).toEqual(['the whole must be equal to one of the allowed values (["x"])']);
    expect((await schemaCheck({ $id: 'same', type: 'string', format: 'date' }))('z')).toEqual([]);
    for (let i = 0; i < 40; i++) expect((await schemaCheck({ const: i }))(i)).toEqual([]);
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ['Sure!\n```\n[1, 2]\n```\nDone.', [1, 2]],
    ['The answer is {"a": {"b": "}"}}. [1] says so.', { a: { b: '}' } }],
    ['{"a": "\\s+"}', { a: '\\s+' }],
    ['I think [1, 2] is it', [1, 2]],
    ['"text"', 'text'],
    ['none {', undefined],
    ['', undefined],
  ])('finds the JSON in %j', (text, value) => expect(findJson(text)?.value).toEqual(value));
});
