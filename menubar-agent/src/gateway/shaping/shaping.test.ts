import { AgentError, readSse } from '@mlx-manager/shared';
import { installedEngine, startEngine, type RunningEngine } from '../../../../tests/support/engines.js';
import { all, user, shape } from '../../../../tests/support/shaping.js';
import { getAdapter } from '../../engines/index.js';
import type { ChatChunk, ChatStream } from '../core/chunks.js';
import { collect } from './collect.js';
import type { Ask } from './types.js';

describe('with a real engine', () => {
  let engine: RunningEngine;
  beforeAll(async () => {
    const adapter = getAdapter('mlx-lm');
    engine = await startEngine(adapter, await installedEngine('mlx-lm'));
    await engine.ready();
  }, 600_000);
  afterAll(() => engine.end());

  const ask: Ask = async function* (body): ChatStream {
    const adapter = getAdapter('mlx-lm');
    const asked = adapter.prepareChat({ max_tokens: 200, temperature: 0, ...body, stream: true }, engine.target.spec);
    const answer = await fetch(`${engine.target.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    if (!answer.ok || answer.body === null) throw new AgentError('ENGINE_UNREACHABLE', { name: 'tiny', reason: await answer.text() });
    for await (const { data } of readSse(answer.body)) {
      if (data === '[DONE]') return;
      yield JSON.parse(data) as ChatChunk;
    }
  };
  const off = { chat_template_kwargs: { enable_thinking: false } };

  test('tools, none, several answers, JSON that does not come', async () => {
    const weather = {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    };
    const question = { ...off, messages: [user('What is the weather in Paris?')], tools: [weather] };
    const answer = await all(shape({ ...question, parallel_tool_calls: false }, ask));
    const made = answer.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(made[0]?.function?.name).toBe('get_weather');
    expect(JSON.parse(made.map((call) => call.function?.arguments ?? '').join(''))).toEqual({ city: 'Paris' });

    const words = await collect(shape({ ...question, tool_choice: 'none' }, ask));
    expect(words.hasCalls).toBe(false);

    const capital = { ...off, messages: [user('What is the capital of France?')] };
    const three = await all(shape({ ...capital, n: 3 }, ask));
    const text = (index: number): string =>
      three
        .flatMap(({ choices }) => choices)
        .filter((one) => one.index === index)
        .map(({ delta }) => delta.content ?? '')
        .join('');
    expect([0, 1, 2].map(text)).toEqual(Array.from({ length: 3 }, () => 'The capital of France is Paris.'));
    const single = await collect(ask(capital));
    expect(three.at(-1)?.usage).toMatchObject({
      prompt_tokens: single.usage?.prompt_tokens,
      completion_tokens: 3 * single.usage!.completion_tokens,
    });

    const json = shape(
      {
        ...capital,
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', required: ['capital'] } } },
      },
      ask,
    );
    await expect(all(json)).rejects.toMatchObject({ code: 'OUTPUT_NOT_VALID' });
  }, 60_000);
});
