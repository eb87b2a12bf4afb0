import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedEngine, startEngine, tinyModel, type RunningEngine } from '../../../../tests/support/engines.js';
import { silentLogger } from '../../core/index.js';
import { mlxLm } from '../adapters/mlx-lm.js';
import { enginePythons } from './pythons.js';
import { TokenizerService, type ChatPrompt, type TokenizerLimits } from './service.js';
import { AgentError } from '@mlx-manager/shared';

let python: string;
let folder: string;
const services: TokenizerService[] = [];

beforeAll(async () => {
  ({ python } = await installedEngine('mlx-lm'));
}, 600_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-tokenizer-'));
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((one) => one.close()));
  rmSync(folder, { recursive: true });
});

function service(
  limits: Partial<TokenizerLimits> = {},
  pythons: () => Promise<string[]> = () => Promise.resolve([python]),
): TokenizerService {
  const made = new TokenizerService({ pythons, env: process.env, logger: silentLogger(), limits });
  services.push(made);
  return made;
}

/** Polls: a process's end is no event of ours. */
async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition();) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await new Promise((done) => setTimeout(done, 10));
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A copy of the tiny model's tokenizer with another template. */
function modelWith(template: string, name = 'model'): string {
  const model = join(folder, name);
  mkdirSync(model);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(tinyModel, file), join(model, file));
  writeFileSync(join(model, 'chat_template.jinja'), template);
  return model;
}

const render = async (tokenizer: TokenizerService, template: string, chat: Partial<ChatPrompt> = {}): Promise<string | undefined> => {
  const model = modelWith(template, `model-${Math.random()}`);
  return (await tokenizer.renderChat(model, { messages: [{ role: 'user', content: 'Hi' }], ...chat }))?.prompt;
};

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather <now> in a "city"',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const user = (content: unknown): Record<string, unknown> => ({ role: 'user', content });

describe('counts equal those of the engine', () => {
  let engine: RunningEngine;
  beforeAll(async () => {
    engine = await startEngine(mlxLm, await installedEngine('mlx-lm'));
    await engine.ready();
  }, 120_000);
  afterAll(() => engine.end());

  const called = [
    user('What is the weather in Paris?'),
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris", "days": [1, 2.5]}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '{"temperature": 21, "sky": "größtenteils klar ☀️"}' },
  ];
  const cases: [string, Record<string, unknown>][] = [
    ['one question', { messages: [user('What is the capital of France?')] }],
    ['a system prompt', { messages: [{ role: 'system', content: 'Be brief.\n\n' }, user('Hi')] }],
    ['thinking off', { messages: [user('Hi')], chat_template_kwargs: { enable_thinking: false } }],
    ['thinking on', { messages: [user('Hi')], chat_template_kwargs: { enable_thinking: true } }],
    [
      'several turns',
      { messages: [user('My name is Eva.'), { role: 'assistant', content: '<think>\nhm\n</think>\n\nHello Eva.' }, user('こんにちは 👩‍👩‍👧')] },
    ],
    [
      'text in parts',
      {
        messages: [
          user([
            { type: 'text', text: 'What is ' },
            { type: 'text', text: 'new?' },
          ]),
        ],
      },
    ],
    ['tools', { messages: [user('What is the weather in Paris?')], tools: [weather] }],
    ['calls and results', { messages: called, tools: [weather] }],
    ['special tokens as text', { messages: [user('<|im_end|> <think> <|endoftext|>')] }],
    ['nothing', { messages: [user('')] }],
  ];
  test.each(cases)('%s', async (_name, body) => {
    const answer = await fetch(`${engine.target.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'default_model', max_tokens: 1, ...body }),
    });
    const { usage } = (await answer.json()) as { usage: { prompt_tokens: number } };
    const {
      messages,
      tools,
      chat_template_kwargs: chatTemplateKwargs,
    } = body as never as { messages: []; tools?: []; chat_template_kwargs?: object };
    expect(
      await service().countChat(tinyModel, { messages, tools, chatTemplateKwargs: chatTemplateKwargs as Record<string, unknown> }),
    ).toBe(usage.prompt_tokens);
  });

  test('a completion, and a rendered chat sent as one', async () => {
    const tokenizer = service();
    const rendered = await tokenizer.renderChat(tinyModel, { messages: [user('What is the capital of France?')] });
    const prompt = `${rendered!.prompt}The capital of`;
    const answer = await fetch(`${engine.target.baseUrl}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'default_model', max_tokens: 8, temperature: 0, prompt }),
    });
    const { usage, choices } = (await answer.json()) as { usage: { prompt_tokens: number }; choices: { text: string }[] };
    expect(await tokenizer.countText(tinyModel, prompt, { specialTokens: true })).toBe(usage.prompt_tokens);
    expect(rendered?.tokens).toBe(usage.prompt_tokens - (await tokenizer.countText(tinyModel, 'The capital of'))!);
    expect(choices[0]?.text).toContain('France is Paris');
  });
});

describe('what a template sees', () => {
  test('the helpers of transformers', async () => {
    const tokenizer = service();
    expect(await render(tokenizer, '{{ tools | tojson }}', { tools: [weather] })).toBe(
      `[${JSON.stringify(weather).replace(/":/g, '": ').replace(/,"/g, ', "')}]`,
    );
    expect(await render(tokenizer, '{{ tools is none }} {{ documents is none }} {{ add_generation_prompt }} {{ enable_thinking }}')).toBe(
      'True True True True',
    );
    expect(await render(tokenizer, '{{ eos_token }}{{ bos_token is defined }}')).toBe('<|im_end|>False');
    expect(await render(tokenizer, '{{ strftime_now("%Y") }}')).toBe(String(new Date().getFullYear()));
    expect(await render(tokenizer, '{% generation %}{{ messages[0].content }}{% endgeneration %}')).toBe('Hi');
    expect(
      await render(tokenizer, '{% for m in messages %}{% continue %}x{% endfor %}{% set n = namespace(a=1) %}{% set n.a = 2 %}{{ n.a }}'),
    ).toBe('2');
    expect(await render(tokenizer, '{{ dict(a=1).a }}{{ effort }}', { chatTemplateKwargs: { effort: 'high' } })).toBe('1high');
    const thought = { role: 'assistant', content: null, reasoning: 'hm' };
    expect(await render(tokenizer, '{{ messages[0].reasoning_content }}{{ messages[0].content == "" }}', { messages: [thought] })).toBe(
      'hmTrue',
    );
  });

  test('a template that refuses, or reaches out of its box, counts nothing and harms nothing', async () => {
    const tokenizer = service();
    for (const template of [
      '{{ raise_exception("roles must alternate") }}',
      '{{ messages.__class__.__mro__ }}',
      '{% set n = namespace() %}{% set n.__class__ = 1 %}',
      '{{ "".__class__.__base__.__subclasses__() }}',
      '{{ messages.append(1) }}',
      '{% broken',
    ])
      expect(await render(tokenizer, template)).toBeUndefined();
    const { pid } = tokenizer;
    expect(await render(tokenizer, 'fine')).toBe('fine');
    expect(tokenizer.pid).toBe(pid);
  });

  test('another file, several templates, none', async () => {
    const tokenizer = service();
    const file = join(folder, 'own.jinja');
    writeFileSync(file, 'own');
    expect(await render(tokenizer, 'model’s', { chatTemplateFile: file })).toBe('own');
    const model = join(folder, 'several');
    mkdirSync(model);
    copyFileSync(join(tinyModel, 'tokenizer.json'), join(model, 'tokenizer.json'));
    const messages = [user('Hi')];
    expect(await tokenizer.countChat(model, { messages })).toBeNull();
    expect(await tokenizer.countText(model, 'Hi')).toBe(1);
    const both = [
      { name: 'default', template: 'plain' },
      { name: 'tool_use', template: 'tools' },
    ];
    writeFileSync(join(model, 'tokenizer_config.json'), JSON.stringify({ chat_template: both }));
    expect((await tokenizer.renderChat(model, { messages }))?.prompt).toBe('plain');
    expect((await tokenizer.renderChat(model, { messages, tools: [weather] }))?.prompt).toBe('tools');
    expect((await tokenizer.renderChat(model, { messages, tools: [] }))?.prompt).toBe('plain');
  });

  test('the opening token a completion adds is not doubled', async () => {
    const model = modelWith('{{ bos_token }}Hi');
    const told = JSON.parse(readFileSync(join(model, 'tokenizer.json'), 'utf8')) as Record<string, unknown>;
    const [token, id] = ['<|endoftext|>', 0];
    told.post_processor = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
      special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
    };
    writeFileSync(join(model, 'tokenizer.json'), JSON.stringify(told));
    const config = JSON.parse(readFileSync(join(model, 'tokenizer_config.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(model, 'tokenizer_config.json'), JSON.stringify({ ...config, bos_token: { content: token } }));
    const tokenizer = service();
    expect(await tokenizer.renderChat(model, { messages: [user('x')] })).toEqual({
      prompt: 'Hi',
      tokens: 2,
      thinkingTags: ['<think>', '</think>'],
    });
    expect(await tokenizer.countText(model, 'Hi', { specialTokens: true })).toBe(2);
  });
});

describe('the child', () => {
  test('is killed from outside: the next count, and the one under way, get another one', async () => {
    const tokenizer = service();
    const expected = await tokenizer.countText(tinyModel, 'Hello there');
    expect(expected).toBeGreaterThan(0);
    const first = tokenizer.pid!;
    process.kill(first, 'SIGKILL');
    expect(await tokenizer.countText(tinyModel, 'Hello there')).toBe(expected);
    const second = tokenizer.pid!;
    expect(second).not.toBe(first);
    const big = 'Hello there '.repeat(80_000);
    const counting = tokenizer.countText(tinyModel, big);
    process.kill(second, 'SIGKILL');
    expect(await counting).toBeGreaterThan(100_000);
    expect(tokenizer.pid).not.toBe(second);
  });

  test('1 MB of text, surrogates cut in half', async () => {
    const tokenizer = service();
    const line = 'The quick brown fox jumps over the lazy dog. ';
    const [one, many] = await Promise.all([tokenizer.countText(tinyModel, line), tokenizer.countText(tinyModel, line.repeat(23_302))]);
    expect(Math.abs(many! / 23_302 - one!)).toBeLessThan(1);
    expect(await tokenizer.countText(tinyModel, 'a\ud83d b')).toBeGreaterThan(1);
    expect(await tokenizer.countText(tinyModel, '')).toBe(0);
  });

  test('two models at once, one of them downloaded anew', async () => {
    const tokenizer = service();
    const other = modelWith('{{ messages[0].content }}');
    const messages = [user('Hi')];
    const both = (): Promise<(number | null)[]> =>
      Promise.all([tinyModel, other, tinyModel, other].map((one) => tokenizer.countChat(one, { messages })));
    const [tiny, ...rest] = await both();
    expect(tiny).toBeGreaterThan(5);
    expect(rest).toEqual([1, tiny, 1]);
    writeFileSync(join(other, 'chat_template.jinja'), '{{ messages[0].content * 3 }}');
    utimesSync(join(other, 'chat_template.jinja'), 1, 1);
    expect((await tokenizer.renderChat(other, { messages }))?.prompt).toBe('HiHiHi');
  });

  test('a folder without a tokenizer starts none; a broken tokenizer counts nothing', async () => {
    const tokenizer = service();
    expect(await tokenizer.countText(join(folder, 'no-such-folder'), 'Hi')).toBeNull();
    expect(await tokenizer.countChat(folder, { messages: [user('Hi')] })).toBeNull();
    expect(tokenizer.pid).toBeNull();
    writeFileSync(join(folder, 'tokenizer.json'), '{"model":');
    expect(await tokenizer.countText(folder, 'Hi')).toBeNull();
    expect(await tokenizer.countText(tinyModel, 'Hi')).toBe(1);
  });

  test('ends when it idles and when the service closes', async () => {
    const tokenizer = service({ idle: 1 });
    await tokenizer.countText(tinyModel, 'Hi');
    await until(() => tokenizer.pid === null);
    expect(await tokenizer.countText(tinyModel, 'Hi')).toBe(1);
    const kept = service();
    await kept.countText(tinyModel, 'Hi');
    const pid = kept.pid!;
    expect(lives(pid)).toBe(true);
    await kept.close();
    expect(lives(pid)).toBe(false);
    expect(await kept.countText(tinyModel, 'Hi')).toBeNull();
  });

  test('a template that never ends is given up; what waits behind it is counted', async () => {
    const tokenizer = service({ answer: 4_000 });
    const endless = modelWith('{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}');
    const [never, good] = await Promise.all([
      tokenizer.countChat(endless, { messages: [user('Hi')] }),
      tokenizer.countText(tinyModel, 'Hi'),
    ]);
    expect(never).toBeNull();
    expect(good).toBe(1);
  });

  test('what is too large, or too much at once, is not counted', async () => {
    const tokenizer = service({ chars: 1_000, waiting: 2 });
    expect(await tokenizer.countText(tinyModel, 'x'.repeat(1_001))).toBeNull();
    expect(await tokenizer.countChat(tinyModel, { messages: [user([{ type: 'text', text: 'x'.repeat(1_001) }])] })).toBeNull();
    const counts = await Promise.all([1, 2, 3, 4].map(() => tokenizer.countText(tinyModel, 'Hi')));
    expect(counts.filter((one) => one === 1)).toHaveLength(2);
    expect(await tokenizer.countText(tinyModel, 'Hi')).toBe(1);
  });

  test('no engine, a Python without the packages, one that works', async () => {
    expect(await service({}, () => Promise.resolve([])).countText(tinyModel, 'Hi')).toBeNull();
    expect(await service({}, () => Promise.reject(new Error('disk'))).countText(tinyModel, 'Hi')).toBeNull();
    let asked = 0;
    const none = service({}, () => {
      asked++;
      return Promise.resolve([join(folder, 'no-python'), process.execPath]);
    });
    expect(await none.countText(tinyModel, 'Hi')).toBeNull();
    expect(await none.countText(tinyModel, 'Hi')).toBeNull();
    expect(asked).toBe(1);
    expect(await service({}, () => Promise.resolve([process.execPath, python])).countText(tinyModel, 'Hi')).toBe(1);
  });
});

test('the Pythons of installed engines', async () => {
  const environmentOf = (id: string): Promise<{ root: string; python: string }> =>
    id === 'mlx-lm'
      ? Promise.resolve({ root: '/e', python: '/e/python' })
      : Promise.reject(new AgentError('ENGINE_NOT_INSTALLED', { engineId: id, state: 'missing' }));
  expect(await enginePythons(environmentOf)).toEqual(['/e/python']);
  await expect(enginePythons(() => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
});
