import { none, chunk, usage, says, calls, scripted, all, user, tool, shape } from '../../../../tests/support/shaping.js';
import type { ChatChunk } from '../core/chunks.js';
import { collect } from './collect.js';
import { shapedPrompt, shaping } from './shaping.js';
import type { Ask, Body } from './types.js';

describe('tools', () => {
  const tools = [tool('get_weather'), tool('get_time')];
  const body: Body = { messages: [user('Weather?')], tools };
  const called = [chunk({ role: 'assistant' }), calls('get_weather', '{"city":"Paris"}'), chunk({}, 'tool_calls'), usage(10, 5)];

  test('auto is left to the model', async () => {
    const { ask, asked } = scripted(called);
    expect(await all(shape({ ...body, tool_choice: 'auto', parallel_tool_calls: true }, ask))).toEqual(called);
    expect(asked).toEqual([body]);
    expect(shaping.needed({ messages: [], tool_choice: 'none' }, none)).toBe(false);
  });

  test('none: the model does not see them', async () => {
    const { ask, asked } = scripted(says('Hi'));
    await all(shape({ ...body, tool_choice: 'none' }, ask));
    expect(asked).toEqual([{ messages: body.messages }]);
  });

  test.each([
    ['required', { tool_choice: 'required' }, ['get_weather', 'get_time'], 'one of the functions'],
    ['a function', { tool_choice: { type: 'function', function: { name: 'get_time' } } }, ['get_time'], 'the function get_time'],
    ['as Responses writes it', { tool_choice: { type: 'function', name: 'get_time' } }, ['get_time'], 'the function get_time'],
    [
      'allowed tools',
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'get_time' } }] },
        },
      },
      ['get_time'],
      'one of the functions',
    ],
  ])('%s: shown and told', async (_name, choice, shown, words) => {
    const answer = [calls('get_time', '{}'), chunk({}, 'tool_calls'), usage(1, 1)];
    const { ask, asked } = scripted(answer);
    expect(await all(shape({ ...body, ...choice }, ask))).toEqual(answer);
    expect(asked[0]?.tools).toEqual(shown.map(tool));
    expect((asked[0]?.messages as { content: string }[])[0]?.content).toContain(words);
    expect(asked[0]).not.toHaveProperty('tool_choice');
  });

  test('allowed tools with mode auto only hides the others', async () => {
    const { ask, asked } = scripted(says('Hi'));
    await all(shape({ ...body, tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('get_time')] } } }, ask));
    expect(asked).toEqual([{ ...body, tools: [tool('get_time')] }]);
  });

  test('no call: asked again, both counted, the words of the first not shown', async () => {
    const { ask, asked } = scripted(says('It rains.'), called);
    const answer = await collect(shape({ ...body, tool_choice: 'required' }, ask));
    expect(answer).toMatchObject({
      content: '',
      hasCalls: true,
      finish: 'tool_calls',
      usage: { prompt_tokens: 20, completion_tokens: 10 },
    });
    expect((asked[1]?.messages as Body[]).slice(-2)).toEqual([
      { role: 'assistant', content: 'It rains.' },
      user('You did not call a function. Call it now, and answer with nothing else.'),
    ]);
  });

  test('another function is no call; then a clear failure', async () => {
    const choice = { type: 'function', function: { name: 'get_time' } };
    const { ask, asked } = scripted(called, says('', 'stop'));
    await expect(all(shape({ ...body, tool_choice: choice }, ask))).rejects.toMatchObject({
      code: 'TOOL_NOT_CALLED',
      status: 422,
      message: expect.stringContaining('the function get_time'),
    });
    expect((asked[1]?.messages as Body[]).at(-2)).toEqual({ role: 'assistant', content: '(no answer)' });
  });

  test('cut off before the call passes as it is; what comes after the first call is not held back', async () => {
    const cut = says('Let me th', 'length');
    expect(await all(shape({ ...body, tool_choice: 'required' }, scripted(cut).ask))).toEqual(cut);
    const gate = Promise.withResolvers<null>();
    const ask: Ask = async function* () {
      yield chunk({ content: 'I will look.' });
      yield calls('get_weather', '{"city"');
      await gate.promise;
      yield chunk({ tool_calls: [{ index: 0, function: { arguments: ': 1}' } }] }, 'tool_calls');
    };
    const seen: ChatChunk[] = [];
    for await (const one of shape({ ...body, tool_choice: 'required' }, ask)) {
      seen.push(one);
      if (seen.length === 2) gate.resolve(null);
    }
    expect(seen).toHaveLength(3);
  });

  test.each([
    [{ messages: [], tool_choice: 'required' }, 'no tools'],
    [{ messages: [], tool_choice: { type: 'function', function: { name: 'x' } }, tools: [] }, 'no tools'],
    [{ messages: [], tool_choice: { type: 'function', function: { name: 'x' } }, tools }, '"x"'],
    [{ messages: [], tool_choice: 'sometimes', tools }, 'tool_choice must be'],
    [
      { messages: [], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('x')] } }, tools },
      'none of the tools',
    ],
  ])('refuses a choice that cannot be (%#)', async (asked, words) => {
    expect(shaping.needed(asked, none)).toBe(true);
    await expect(all(shape(asked, scripted().ask))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(words),
    });
  });

  test('an engine that obeys is asked as the client asked', async () => {
    const { ask, asked } = scripted(says('no'));
    const forced = { ...body, tool_choice: 'required' };
    await all(shape(forced, ask, { ...none, toolChoice: true }));
    expect(asked).toEqual([forced]);
    expect(shapedPrompt(forced, { ...none, toolChoice: true })).toBe(forced);
  });

  test('parallel_tool_calls: false lets the first call through, however the others are numbered', async () => {
    const more = (index?: number): ChatChunk =>
      chunk({ tool_calls: [{ ...(index === undefined ? {} : { index }), id: 'call_x', function: { name: 'get_time', arguments: '{}' } }] });
    for (const second of [more(1), more()]) {
      const answer = await all(
        shape(
          { ...body, parallel_tool_calls: false },
          scripted([called[1]!, second, chunk({ tool_calls: [{ index: 0, function: { arguments: ' ' } }] }), chunk({}, 'tool_calls')]).ask,
        ),
      );
      const names = answer
        .flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
        .map((call) => call.function?.name);
      expect(names).toEqual(['get_weather', undefined]);
      expect(answer.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    }
    const both = await all(shape(body, scripted([called[1]!, more(1)]).ask));
    expect(both.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))).toHaveLength(2);
  });

  test('invalid escapes in arguments are repaired, wherever the text is cut; valid ones pass untouched', async () => {
    for (const [text, wanted] of [
      ['{"re": "\\s+\\d", "t": "a\nb"}', { re: '\\s+\\d', t: 'a\nb' }],
      ['{"re": "\\\\s \\u00e9 \\"x\\""}', { re: '\\s é "x"' }],
    ] as const) {
      for (let cut = 0; cut <= text.length; cut++) {
        const parts = [
          calls('get_weather', text.slice(0, cut)),
          chunk({ tool_calls: [{ index: 0, function: { arguments: text.slice(cut) } }] }),
          chunk({}, 'tool_calls'),
        ];
        const answer = await all(shape(body, scripted(parts).ask));
        const args = answer
          .flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
          .map((call) => call.function?.arguments ?? '')
          .join('');
        expect(JSON.parse(args)).toEqual(wanted);
      }
    }
    const half = await all(shape(body, scripted([calls('get_weather', '{"a": "\\'), chunk({}, 'length')]).ask));
    expect(
      half
        .flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
        .map((call) => call.function?.arguments)
        .join(''),
    ).toBe('{"a": "\\');
  });
});
