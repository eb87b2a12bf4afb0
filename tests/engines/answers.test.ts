/** Each engine, installed by our code, started by its adapter's command, asked over HTTP. What comes through its filters is the same for all. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapters, getAdapter, type EngineAdapter, type LaunchSpec } from '../../menubar-agent/src/engines/index.js';
import { installedEngine, miniLmModel, startEngine, tinyModel, type RunningEngine } from '../support/engines.js';

const INSTALL_MS = 900_000;

/** Options only one engine has, so that extra arguments are known to arrive. */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'mlx-lm': ['--prompt-cache-size', '2'],
  'mlx-openai-server': ['--prompt-cache-size', '2'],
  'mlx-vlm': ['--vision-cache-size', '2'],
  'vllm-mlx': ['--max-cache-blocks', '100'],
};

/** Every option a profile has, so that the real command line is known to take them. */
const everything = (folder: string, engineId: string): Partial<LaunchSpec> => ({
  contextLength: 2048,
  maxConcurrency: 4,
  queueTimeout: 60,
  queueSize: 10,
  toolCallParser: 'qwen3',
  reasoningParser: 'qwen3',
  enableAutoToolChoice: true,
  trustRemoteCode: true,
  chatTemplateFile: chatTemplate(folder),
  logLevel: 'DEBUG',
  logFile: join(folder, 'own.log'),
  sampling: {
    temperature: 0,
    topP: 0.9,
    topK: 5,
    minP: 0.1,
    maxTokens: 64,
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    seed: 1,
  },
  extraArgs: EXTRA[engineId] ?? [],
});

/** The model's own template, in a file. */
function chatTemplate(folder: string): string {
  const { chat_template } = JSON.parse(readFileSync(join(tinyModel, 'tokenizer_config.json'), 'utf8')) as { chat_template: string };
  const file = join(folder, 'chat.jinja');
  writeFileSync(file, chat_template);
  return file;
}

const ask = (content: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  model: 'whatever the client said',
  messages: [{ role: 'user', content }],
  temperature: 0,
  // What clients send for "not given".
  top_p: null,
  stop: null,
  ...more,
});
const quiet = { chat_template_kwargs: { enable_thinking: false } };
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** An answer without what differs from one to the next; text trimmed, since no engine trims its streams. */
interface Told {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { name: string; arguments: unknown }[];
  readonly finish: string | null;
}
const told = (text: string, more: Partial<Told> = {}): Told => ({ text, thinking: '', calls: [], finish: 'stop', ...more });

const CAPITAL = 'The capital of France is Paris.';
const CASES: readonly { name: string; body: Record<string, unknown>; expected: Told; usage?: [number, number] }[] = [
  { name: 'plain', body: ask('What is the capital of France?', quiet), expected: told(CAPITAL), usage: [22, 8] },
  {
    name: 'thinking',
    body: ask('What is the capital of France?'),
    expected: told(CAPITAL, { thinking: 'The user asks for the capital of France. That is Paris.' }),
  },
  {
    name: 'a tool call',
    body: ask('What is the weather in Paris?', { ...quiet, tools: [weather] }),
    expected: told('', { calls: [{ name: 'get_weather', arguments: { city: 'Paris' } }], finish: 'tool_calls' }),
  },
  {
    name: 'the limit of tokens',
    body: ask('Tell me a long story.', { ...quiet, max_completion_tokens: 8 }),
    expected: told('Once upon a time there was a small', { finish: 'length' }),
    usage: [21, 8],
  },
  {
    name: 'the limit of tokens while it thinks',
    body: ask('What is the capital of France?', { max_tokens: 4 }),
    expected: told('', { thinking: 'The user', finish: 'length' }),
  },
  {
    name: 'a developer’s message',
    body: ask('', {
      ...quiet,
      messages: [
        { role: 'developer', content: 'Be nice.' },
        { role: 'user', content: 'What is the capital of France?' },
      ],
    }),
    expected: told(CAPITAL),
    // Its own template leaves the role out; as a system message it is there.
    usage: [33, 8],
  },
];

interface Message {
  role?: string;
  content?: string | null;
  reasoning_content?: string | null;
  tool_calls?: { index?: number; id?: string; type?: string; function: { name?: string; arguments?: string } }[];
}
interface Body {
  object: string;
  choices: { index: number; delta: Message; finish_reason: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
}

async function post({ target }: RunningEngine, body: Record<string, unknown>): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${target.baseUrl}/v1/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer;
}

const limitOf = (body: Record<string, unknown>): { maxTokens: number | null } => {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return { maxTokens: typeof limit === 'number' ? limit : null };
};

async function streamed(
  adapter: EngineAdapter,
  engine: RunningEngine,
  body: Record<string, unknown>,
): Promise<{ told: Told; usage: Body['usage'] }> {
  const asked = adapter.prepareChat({ ...body, stream: true, stream_options: { include_usage: true } }, engine.target.spec);
  const lines = (await (await post(engine, asked)).text()).split('\n').filter((line) => line.startsWith('data: '));
  expect(lines.pop()).toBe('data: [DONE]');
  const filter = adapter.streamFilter?.(limitOf(asked)) ?? ((event: string) => event);
  const chunks = lines
    .map((line) => filter(line.slice(6)))
    .filter((event) => event !== null)
    .map((event) => JSON.parse(event) as Body);
  let [text, thinking, finish] = ['', '', null as string | null];
  const calls: { name: string; arguments: string }[] = [];
  for (const { object, choices } of chunks) {
    expect(object).toBe('chat.completion.chunk');
    for (const { index, delta, finish_reason } of choices) {
      expect([index, finish === null || finish_reason === null]).toEqual([0, true]);
      expect(finish_reason).not.toBeUndefined();
      expect(delta).not.toHaveProperty('reasoning');
      text += delta.content ?? '';
      thinking += delta.reasoning_content ?? '';
      finish ??= finish_reason;
      for (const { index: at, id, type, function: made } of delta.tool_calls ?? []) {
        const call = (calls[at!] ??= { name: '', arguments: '' });
        if (call.name === '') expect({ id, type }).toEqual({ id: expect.stringMatching(/./) as string, type: 'function' });
        call.name += made.name ?? '';
        call.arguments += made.arguments ?? '';
      }
    }
  }
  // Clients add deltas and usages up.
  expect(chunks.flatMap(({ choices }) => choices).filter(({ delta }) => delta.role !== undefined)).toHaveLength(1);
  const usages = chunks.flatMap(({ usage }) => usage ?? []);
  expect(usages).toHaveLength(1);
  return {
    told: {
      text: text.trim(),
      thinking: thinking.trim(),
      calls: calls.map(({ name, arguments: made }) => ({ name, arguments: JSON.parse(made) as unknown })),
      finish,
    },
    usage: usages[0],
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'answers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('%s', (_id, adapter) => {
  test(
    'takes every option, becomes ready, answers as all engines do, and ends',
    async () => {
      const environment = await installedEngine(adapter.id);
      const engine = await startEngine(adapter, environment, everything(folder, adapter.id));
      try {
        await engine.ready();
        for (const { name, body, expected, usage } of CASES) {
          const answer = await streamed(adapter, engine, body);
          expect([name, answer.told]).toEqual([name, expected]);
          const [prompt, completion] = usage ?? [expect.any(Number) as number, expect.any(Number) as number];
          expect([name, answer.usage]).toEqual([name, expect.objectContaining({ prompt_tokens: prompt, completion_tokens: completion })]);
        }
        // What users say does not belong in a log that is kept.
        if (adapter.id === 'vllm-mlx') expect(engine.lines.join('\n')).not.toContain('capital of France');
      } finally {
        await engine.end();
      }
      await expect(adapter.health(engine.target, AbortSignal.timeout(2_000))).rejects.toThrow();
    },
    INSTALL_MS,
  );
});

test.each(['mlx-openai-server', 'mlx-vlm'])(
  '%s: real embeddings tell a kitten from a train',
  async (engineId) => {
    const adapter = getAdapter(engineId);
    const environment = await installedEngine(adapter.id);
    const engine = await startEngine(adapter, environment, {
      modelFolder: await miniLmModel(),
      modelName: 'all-minilm',
      modelType: 'embeddings',
    });
    try {
      await engine.ready();
      const body = adapter.prepareChat({ model: 'all-minilm', input: ['cat', 'kitten', 'train'] }, engine.target.spec);
      const answer = await fetch(`${engine.target.baseUrl}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { data } = (await answer.json()) as { data: { embedding: number[] }[] };
      const [cat, kitten, train] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
      expect(cat).toHaveLength(384);
      expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, train) + 0.2);
    } finally {
      await engine.end();
    }
  },
  INSTALL_MS,
);

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
