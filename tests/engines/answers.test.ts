/** Each engine, installed by our code, started by its adapter's command, asked over HTTP. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapters, getAdapter, type LaunchSpec } from '../../menubar-agent/src/engines/index.js';
import { installedEngine, miniLmModel, startEngine, tinyModel } from '../support/engines.js';

const INSTALL_MS = 900_000;
const question = {
  messages: [{ role: 'user', content: 'What is the capital of France?' }],
  temperature: 0,
  chat_template_kwargs: { enable_thinking: false },
};

/** Every option a profile has, so that the real command line is known to take them. */
const everything = (folder: string): Partial<LaunchSpec> => ({
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
  extraArgs: ['--prompt-cache-size', '2'],
});

/** The model's own template, in a file. */
function chatTemplate(folder: string): string {
  const { chat_template } = JSON.parse(readFileSync(join(tinyModel, 'tokenizer_config.json'), 'utf8')) as { chat_template: string };
  const file = join(folder, 'chat.jinja');
  writeFileSync(file, chat_template);
  return file;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'answers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('%s', (_id, adapter) => {
  test(
    'takes every option, becomes ready, answers whole and streamed, and ends',
    async () => {
      const environment = await installedEngine(adapter.id);
      const engine = await startEngine(adapter, environment, everything(folder));
      try {
        await engine.ready();
        const ask = async (body: Record<string, unknown>): Promise<Response> =>
          fetch(`${engine.target.baseUrl}/v1/chat/completions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(adapter.prepareChat({ model: 'whatever the client said', ...body }, engine.target.spec)),
          });

        const whole = (await (await ask(question)).json()) as { choices: { message: { content: string } }[] };
        expect(whole.choices[0]?.message.content.trim()).toBe('The capital of France is Paris.');

        const streamed = await (await ask({ ...question, stream: true })).text();
        const chunks = streamed
          .split('\n')
          .filter((line) => line.startsWith('data: {'))
          .map(
            (line) =>
              JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[]; usage?: { completion_tokens: number } | null },
          );
        expect(
          chunks
            .map((chunk) => chunk.choices?.[0]?.delta?.content ?? '')
            .join('')
            .trim(),
        ).toBe('The capital of France is Paris.');
        expect(chunks.findLast((chunk) => chunk.usage)?.usage?.completion_tokens).toBeGreaterThan(3);
      } finally {
        await engine.end();
      }
      await expect(adapter.health(engine.target, AbortSignal.timeout(2_000))).rejects.toThrow();
    },
    INSTALL_MS,
  );
});

test(
  'mlx-openai-server: real embeddings tell a kitten from a train',
  async () => {
    const adapter = getAdapter('mlx-openai-server');
    const environment = await installedEngine(adapter.id);
    const engine = await startEngine(adapter, environment, {
      modelFolder: await miniLmModel(),
      modelName: 'all-minilm',
      modelType: 'embeddings',
    });
    try {
      await engine.ready();
      const answer = await fetch(`${engine.target.baseUrl}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'all-minilm', input: ['cat', 'kitten', 'train'] }),
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
