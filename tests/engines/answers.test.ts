/** Each engine, installed by our code, started by its adapter's command, asked over HTTP. */
import { adapters } from '../../menubar-agent/src/engines/index.js';
import { installedEngine, startEngine } from '../support/engines.js';

const INSTALL_MS = 900_000;
const question = {
  messages: [{ role: 'user', content: 'What is the capital of France?' }],
  temperature: 0,
  chat_template_kwargs: { enable_thinking: false },
};

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('%s', (_id, adapter) => {
  test(
    'becomes ready, answers whole and streamed, and ends',
    async () => {
      const environment = await installedEngine(adapter.id);
      const engine = await startEngine(adapter, environment, {
        maxConcurrency: 4,
        sampling: { temperature: 0, topP: 0.9, topK: 5, minP: 0.1, maxTokens: 64 },
      });
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
