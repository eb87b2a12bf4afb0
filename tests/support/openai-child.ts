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
  stopped: async () => {
    const { choices, usage } = await client.chat.completions.create({ ...plain, stop: [' Paris'], n: 2 });
    return { choices: choices.map((one) => [one.message.content, one.finish_reason]), usage };
  },
  stoppedStream: async () => {
    const said: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({
      ...plain,
      stop: ' Paris',
      stream: true,
      stream_options: { include_usage: true },
    })) {
      const [choice] = chunk.choices;
      said.push(choice?.delta.content ?? '', choice?.finish_reason ?? '', chunk.usage ?? '');
    }
    return said.filter((one) => one !== '');
  },
  stoppedCompletion: async () => {
    const prompt = '<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n';
    const free = (await client.completions.create({ model, prompt, max_tokens: 12, temperature: 0 })).choices[0]?.text ?? '';
    const word = free.trim().split(' ').at(-1) ?? '';
    const stopped = (await client.completions.create({ model, prompt, max_tokens: 12, temperature: 0, stop: [word] })).choices[0];
    return { wanted: free.slice(0, free.indexOf(word)), got: stopped?.text, finish: stopped?.finish_reason };
  },
  stoppedResponse: async () => {
    const asked = { model, input: messages[0]!.content, temperature: 0, stop: [' Paris'], reasoning: { effort: 'none' as const } };
    return (await client.responses.create(asked)).output_text;
  },
  picture: async () => {
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    const content = [{ type: 'image_url' as const, image_url: { url } }];
    return client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
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
