/** OpenAI's own client in a process of its own. Arguments: base URL, task, model. Prints JSON lines. */
import OpenAI from 'openai';

const [baseURL, task, model = ''] = process.argv.slice(2);
const client = new OpenAI({ baseURL: baseURL ?? '', apiKey: 'any', maxRetries: 0 });
const say = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }];
const plain = { model, messages, temperature: 0, chat_template_kwargs: { enable_thinking: false } };

const tasks: Record<string, () => Promise<unknown>> = {
  models: async () => (await client.models.list()).data.map((one) => one.id),
  whole: async () => (await client.chat.completions.create(plain)).choices[0]?.message.content,
  streamed: async () => {
    let text = '';
    let usage = 0;
    for await (const chunk of await client.chat.completions.create({ ...plain, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage?.completion_tokens ?? usage;
    }
    return { text, usage };
  },
  completion: async () => (await client.completions.create({ model, prompt: 'Count to', max_tokens: 3, temperature: 0 })).choices[0],
  embeddings: async () => {
    const { data } = await client.embeddings.create({ model, input: ['cat', 'kitten', 'train'], encoding_format: 'float' });
    return data.map((one) => one.embedding);
  },
};
try {
  say({ answer: await tasks[task ?? '']?.() });
} catch (error) {
  const { status, code, type, message } = error as { status?: number; code?: string; type?: string; message: string };
  say({ error: { status, code, type, message } });
}
