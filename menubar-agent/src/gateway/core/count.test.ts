import type { ChatCompletionRequest, Profile } from '@mlx-manager/shared';
import { tinyModel, installedEngine } from '../../../../tests/support/engines.js';
import { silentLogger } from '../../core/index.js';
import { TokenizerService, type ChatPrompt } from '../../engines/index.js';
import { estimateTokens } from './estimate.js';
import { promptCounter, type CountedModel } from './count.js';

const profile = { systemPrompt: null, sampling: {} } as unknown as Profile;
const body = (changes: object = {}): ChatCompletionRequest => ({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...changes });
const native = { n: false, jsonSchema: false, toolChoice: false, stop: false, logprobs: false };
const model: CountedModel = { folder: '/model', chatTemplateFile: null, native };

/** A tokenizer that answers with this, and remembers what it was asked. */
function counting(answer: () => Promise<number | null>): { count: ReturnType<typeof promptCounter>; asked: ChatPrompt[] } {
  const asked: ChatPrompt[] = [];
  const tokenizer = {
    countChat: (_folder: string, chat: ChatPrompt) => {
      asked.push(chat);
      return answer();
    },
  };
  return { count: promptCounter({ tokenizer, modelOf: () => Promise.resolve(model) }), asked };
}

test('counts what the model reads: the profile’s prompt, what shaping adds, no tools that are hidden', async () => {
  const { count, asked } = counting(() => Promise.resolve(7));
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const prompted = { ...profile, systemPrompt: 'Be kind.' };
  expect(await count(prompted, body({ tools, tool_choice: 'none', response_format: { type: 'json_object' } }))).toEqual({
    tokens: 7,
    exact: true,
  });
  expect(asked[0]?.tools).toBeUndefined();
  expect(asked[0]?.messages[0]?.content).toMatch(/^Be kind\.\n\nAnswer with one JSON object/);
  await count(profile, body({ tools, chat_template_kwargs: { enable_thinking: false } }));
  expect(asked[1]).toMatchObject({ tools, chatTemplateKwargs: { enable_thinking: false } });
});

test('pictures are counted roughly, and that is said', async () => {
  const { count, asked } = counting(() => Promise.resolve(7));
  const content = [
    { type: 'text', text: 'What is it?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ];
  expect(await count(profile, body({ messages: [{ role: 'user', content }] }))).toEqual({ tokens: 1607, exact: false });
  expect(asked[0]?.messages).toEqual([{ role: 'user', content: content.slice(0, 1) }]);
});

test('an estimate where it cannot be counted, or not in time', async () => {
  const estimate = { tokens: estimateTokens(body()), exact: false };
  expect(await counting(() => Promise.resolve(null)).count(profile, body())).toEqual(estimate);
  expect(await counting(() => new Promise(() => undefined)).count(profile, body(), { withinMs: 1 })).toEqual(estimate);
  expect(await counting(() => Promise.resolve(3)).count(profile, body(), { withinMs: 5_000 })).toEqual({ tokens: 3, exact: true });
  const gone = promptCounter({ tokenizer: { countChat: () => Promise.resolve(9) }, modelOf: () => Promise.resolve(null) });
  expect(await gone(profile, body())).toEqual(estimate);
  await expect(counting(() => Promise.resolve(1)).count(profile, body({ tool_choice: 'required' }))).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

test('with the real tokenizer', async () => {
  const { python } = await installedEngine('mlx-lm');
  const tokenizer = new TokenizerService({ pythons: () => Promise.resolve([python]), env: process.env, logger: silentLogger() });
  try {
    const count = promptCounter({ tokenizer, modelOf: () => Promise.resolve({ ...model, folder: tinyModel }) });
    const one = await count(profile, body());
    expect(one).toEqual({ tokens: await tokenizer.countChat(tinyModel, { messages: body().messages }), exact: true });
    expect(one.tokens).not.toBe(estimateTokens(body()));
  } finally {
    await tokenizer.close();
  }
}, 600_000);
