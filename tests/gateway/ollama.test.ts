/** Ollama's official clients (npm, PyPI) against a real agent with real engines and a stand-in hub, by model name alone. */
import { Ollama, type ChatResponse, type ProgressResponse, type Tool } from 'ollama';
import fetch from 'node-fetch';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';
import { freePort, installedEngine, miniLmModel, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { pythonWith, runPython } from '../support/python.js';
import { slowly } from '../support/slow-engine.js';

const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
const OTHER = 'mlx-community/Tiny-Other-1M-bf16';
let hub: StandInHub;
let rig: Rig;
let port: number;
let host: string;
let ollama: Ollama;
let profileId: number;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  await installedEngine('mlx-openai-server');
  hub = await startHub({
    models: [
      { id: MODEL, folder: tinyModel },
      { id: OTHER, folder: tinyModel },
    ],
  });
  rig = await startAgent({ hubUrl: hub.url });
  const { client } = rig;
  const { taskId } = await client.downloadModel({ body: { modelId: MODEL } });
  for await (const task of client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(JSON.stringify(task.error));
  const tiny = { name: 'Tiny Model', modelPath: MODEL, engine: 'mlx-lm', aliases: ['tiny', 'tiny:1m'] };
  profileId = (await client.createProfile({ body: tiny })).id;
  const miniLm = await miniLmModel();
  await client.updateSettings({ body: { modelFolders: [join(miniLm, '..')] } });
  await client.createProfile({ body: { name: 'minilm', modelPath: miniLm, modelType: 'embeddings', engine: 'mlx-openai-server' } });
  port = await freePort();
  host = `http://127.0.0.1:${port}`;
  await client.updateSettings({ body: { ollamaEnabled: true, ollamaPort: port } });
  ollama = new Ollama({ host });
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

const greedy = { temperature: 0, num_predict: 400 };
const capital = { model: 'tiny', options: greedy, messages: [{ role: 'user', content: 'What is the capital of France?' }] };
const paris = 'The capital of France is Paris.';
const weather: Tool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const post = async (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(host + path, { method, body: text, headers: { 'content-type': 'application/json', ...headers } });
  return { status: answer.status, text: await answer.text() };
};
const running = async (): Promise<boolean> => (await rig.client.listServers()).some((server) => server.profileId === profileId);

describe('what clients look at first', () => {
  test('the probes: / and /api/version, by GET and HEAD', async () => {
    expect(await (await fetch(host)).text()).toBe('Ollama is running');
    expect((await fetch(host, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${host}/api/version`, { method: 'HEAD' })).status).toBe(200);
    // VS Code's Copilot reads three numbers and wants 0.6.4 at least.
    const { version } = await ollama.version();
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(version.split('.').map(Number)[1]).toBeGreaterThan(6);
  });

  test('/api/tags: profiles by a name without blanks, with everything clients read and no null in it', async () => {
    const { models } = await ollama.list();
    expect(models.map((model) => model.name).sort()).toEqual(['minilm', 'tiny']);
    const tiny = models.find((model) => model.name === 'tiny')!;
    expect(tiny).toMatchObject({
      model: 'tiny',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      details: { format: 'safetensors', family: 'qwen3', families: ['qwen3'], parameter_size: expect.stringMatching(/M$/) },
      capabilities: expect.arrayContaining(['completion', 'tools', 'thinking']),
    });
    expect(tiny.size).toBeGreaterThan(1_000_000);
    expect(Date.parse(String(tiny.modified_at))).toBeGreaterThan(0);
    expect(JSON.stringify(models)).not.toContain('null');
  });

  test('/api/show, as Raycast, Zed, Continue and Copilot read it', async () => {
    const shown = await ollama.show({ model: 'tiny' });
    expect(shown.capabilities).toEqual(['completion', 'tools', 'thinking']);
    expect(shown.model_info).toMatchObject({
      'general.architecture': 'qwen3',
      'general.basename': 'Tiny Model',
      'general.parameter_count': expect.any(Number),
      'qwen3.context_length': expect.any(Number),
    });
    expect(shown.template).toContain('.Tools');
    for (const line of shown.parameters.split('\n')) expect(line).toMatch(/^(\S+)\s+((?:".*")|\S+)$/);
    expect(JSON.parse((await post('/api/show', { name: 'minilm', verbose: true })).text)).toMatchObject({ capabilities: ['embedding'] });
    // Names come back as listed, and are accepted in every form.
    for (const name of ['tiny', 'tiny:latest', 'TINY', 'Tiny Model', 'tiny:1m', MODEL]) {
      expect((await post('/api/show', { model: name })).status).toBe(200);
    }
  });

  test('a missing model: the status and the words that clients match', async () => {
    for (const path of ['/api/show', '/api/chat', '/api/generate', '/api/embed']) {
      const { status, text } = await post(path, { model: 'tinny', prompt: 'x', input: 'x', messages: [{ role: 'user', content: 'x' }] });
      expect([status, JSON.parse(text)]).toEqual([404, { error: expect.stringMatching(/^model "tinny" not found, try pulling it first/) }]);
    }
    await expect(ollama.chat({ ...capital, model: 'org/nothing' })).rejects.toMatchObject({
      status_code: 404,
      error: expect.stringContaining('pull'),
    });
  });
});

describe('answers', () => {
  test('from nothing loaded, by name alone: streamed, then whole', async () => {
    expect(await running()).toBe(false);
    let text = '';
    const parts: ChatResponse[] = [];
    for await (const part of await ollama.chat({ ...capital, stream: true, think: false })) {
      expect(part.model).toBe('tiny');
      text += part.message.content;
      parts.push(part);
    }
    expect(text).toBe(paris);
    const last = parts.at(-1)!;
    expect(last).toMatchObject({ done: true, done_reason: 'stop', prompt_eval_count: 22, eval_count: 8 });
    expect(last.load_duration).toBeGreaterThan(1e8);
    expect(last.total_duration).toBeGreaterThan(last.load_duration);
    for (const name of ['prompt_eval_duration', 'eval_duration'] as const) expect(last[name]).toBeGreaterThan(0);
    const whole = await ollama.chat({ ...capital, model: 'tiny:latest', think: false });
    expect(whole).toMatchObject({ model: 'tiny:latest', done: true, done_reason: 'stop', message: { role: 'assistant', content: paris } });
    expect(whole.message.thinking).toBeUndefined();
  }, 120_000);

  test('/api/ps shows it, with when it goes', async () => {
    const { models } = await ollama.ps();
    expect(models).toEqual([
      expect.objectContaining({
        name: 'tiny',
        model: 'tiny',
        digest: expect.any(String),
        size: expect.any(Number),
        context_length: expect.any(Number),
      }),
    ]);
    expect(models[0]!.size).toBeGreaterThan(0);
    expect(models[0]!.size_vram).toBe(models[0]!.size);
    expect(Date.parse(String(models[0]!.expires_at))).toBeGreaterThan(Date.now());
  });

  test('thinking apart from the answer, streamed and whole', async () => {
    const whole = await ollama.chat({ ...capital, think: true });
    expect(whole.message.thinking).toContain('capital');
    expect(whole.message.content).toBe(paris);
    let thinking = '';
    let content = '';
    for await (const part of await ollama.chat({ ...capital, think: 'low', stream: true })) {
      thinking += part.message.thinking ?? '';
      content += part.message.content;
    }
    expect([thinking, content]).toEqual([whole.message.thinking, paris]);
  });

  test.each([true, false])('tools there and back, stream %s: arguments as an object', async (stream) => {
    const ask = async (messages: Parameters<typeof ollama.chat>[0]['messages']) => {
      const body = { ...capital, tools: [weather], think: false, messages: messages ?? [] };
      if (!stream) return (await ollama.chat(body)).message;
      const calls = [];
      let content = '';
      for await (const part of await ollama.chat({ ...body, stream: true })) {
        content += part.message.content;
        calls.push(...(part.message.tool_calls ?? []));
      }
      return { role: 'assistant', content, tool_calls: calls };
    };
    const question = { role: 'user', content: 'What is the weather in Paris?' };
    const first = await ask([question]);
    expect(first.tool_calls).toEqual([
      { id: expect.stringMatching(/./), function: { index: 0, name: 'get_weather', arguments: { city: 'Paris' } } },
    ]);
    const second = await ask([question, first, { role: 'tool', tool_name: 'get_weather', content: 'sunny, 21 degrees' }]);
    expect(second.content).toContain('Paris');
  });

  test('num_predict and stop', async () => {
    const short = await ollama.chat({ ...capital, think: false, options: { temperature: 0, num_predict: 3 } });
    expect([short.done_reason, short.eval_count]).toEqual(['length', 3]);
    const stopped = await ollama.chat({ ...capital, think: false, options: { temperature: 0, stop: [' is'] } });
    expect([stopped.done_reason, stopped.message.content]).toEqual(['stop', 'The capital of France']);
    const unlimited = await ollama.chat({
      ...capital,
      think: false,
      options: { temperature: 0, num_predict: -1, num_ctx: 2048, num_gpu: 1 },
    });
    expect(unlimited.message.content).toBe(paris);
  });

  test('generate: whole, streamed, going on by its context, raw', async () => {
    const body = { model: 'tiny', prompt: 'What is the capital of France?', think: false, options: greedy };
    const first = await ollama.generate(body);
    expect(first).toMatchObject({ response: paris, done: true, done_reason: 'stop', eval_count: 8 });
    let text = '';
    for await (const part of await ollama.generate({ ...body, stream: true })) text += part.response ?? '';
    expect(text).toBe(paris);
    const second = await ollama.generate({ ...body, prompt: 'What is the capital of Italy?', context: first.context });
    // The first turn is in the prompt now.
    expect(second.prompt_eval_count).toBeGreaterThan(first.prompt_eval_count + 8);
    const raw = await ollama.generate({ ...body, raw: true, prompt: 'The capital of', options: { temperature: 0, num_predict: 2 } });
    expect([raw.done_reason, raw.eval_count]).toEqual(['length', 2]);
    expect(raw.prompt_eval_count).toBeLessThan(first.prompt_eval_count);
    await expect(ollama.generate({ ...body, suffix: 'end' })).rejects.toMatchObject({
      error: expect.stringContaining('does not support insert'),
    });
  });

  test('a client that leaves ends the work, and the next is answered', async () => {
    const stream = await ollama.chat({ ...capital, messages: [{ role: 'user', content: 'Tell me a long story.' }], stream: true });
    const ended = async (): Promise<void> => {
      for await (const part of stream) if (part.message.content !== '' || part.message.thinking) stream.abort();
    };
    await expect(slowly(rig.client, ended)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await ollama.chat({ ...capital, think: false })).message.content).toBe(paris);
  });

  test('what is wrong is told as { error }', async () => {
    const errorOf = async (path: string, body: unknown, method?: string) => {
      const { status, text } = await post(path, body, {}, method);
      return [status, (JSON.parse(text) as { error: string }).error];
    };
    expect(await errorOf('/api/chat', '{')).toEqual([400, expect.stringContaining('JSON')]);
    expect(await errorOf('/api/chat', '')).toEqual([400, expect.stringContaining('missing request body')]);
    expect(await errorOf('/api/chat', { messages: [] })).toEqual([400, expect.stringContaining('model')]);
    expect(await errorOf('/api/chat', { ...capital, options: { temperature: 'hot' } })).toEqual([
      400,
      expect.stringContaining('options.temperature'),
    ]);
    expect(await errorOf('/api/chat', { ...capital, format: 'xml' })).toEqual([400, expect.stringContaining('format')]);
    expect(await errorOf('/api/chat', { ...capital, keep_alive: 'soon' })).toEqual([400, expect.stringContaining('keep_alive')]);
    expect(await errorOf('/api/chat', { ...capital, messages: [{ role: 'user', content: 'x', images: ['iVBORw0KGgo='] }] })).toEqual([
      400,
      expect.stringMatching(/^"tiny" does not support vision/),
    ]);
    expect(await errorOf('/api/chat', { ...capital, model: 'minilm' })).toEqual([400, expect.stringContaining('embeddings')]);
    expect(await errorOf('/api/nothing', {})).toEqual([404, expect.any(String)]);
    for (const path of ['/api/create', '/api/copy', '/api/push', '/api/blobs/sha256:0']) {
      expect(await errorOf(path, { model: 'x' })).toEqual([501, expect.stringContaining('not offered')]);
    }
  });

  test('a body without a JSON type, as `curl -d` sends it, and an empty key', async () => {
    const body = { ...capital, think: false, stream: false, format: '' };
    for (const headers of [
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'text/plain' },
      { authorization: 'Bearer ' },
    ]) {
      const { status, text } = await post('/api/chat', body, headers);
      expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ message: { role: 'assistant', content: paris } })]);
    }
    const bare = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest(`${host}/api/chat`, { method: 'POST' }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
      });
      sent.on('error', reject).end(JSON.stringify(body));
    });
    expect(JSON.parse(bare)).toMatchObject({ message: { content: paris } });
  });

  test('/v1 on the same port, with its own words for errors', async () => {
    const ok = await post('/v1/chat/completions', {
      model: 'tiny',
      messages: capital.messages,
      temperature: 0,
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(JSON.parse(ok.text)).toMatchObject({ choices: [{ message: { content: paris } }] });
    const missing = await post('/v1/chat/completions', { model: 'tinny', messages: capital.messages });
    expect([missing.status, JSON.parse(missing.text)]).toEqual([404, { error: expect.objectContaining({ code: 'model_not_found' }) }]);
  });

  test('a page of another site gets nothing', async () => {
    expect((await post('/api/chat', capital, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('/api/chat', capital, { host: 'evil.example' })).status).toBe(403);
  });
});

test('embeddings: of length 1, several at once, and the old form', async () => {
  const {
    embeddings,
    model,
    prompt_eval_count: tokens,
  } = await ollama.embed({ model: 'minilm', input: ['A cat sat.', 'A kitten was sitting.', 'Stocks fell.'] });
  expect([model, embeddings.length, embeddings[0]!.length]).toEqual(['minilm', 3, 384]);
  expect(tokens).toBeGreaterThanOrEqual(0);
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (const vector of embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  expect(dot(embeddings[0]!, embeddings[1]!)).toBeGreaterThan(dot(embeddings[0]!, embeddings[2]!));
  expect((await ollama.embeddings({ model: 'minilm', prompt: 'A cat sat.' })).embedding).toHaveLength(384);
  expect((await ollama.embed({ model: 'minilm', input: '' })).embeddings).toEqual([]);
}, 300_000);

test('keep_alive 0 unloads, an empty question loads', async () => {
  const gone = listen(rig.client, ['server']);
  const answer = await ollama.generate({ model: 'tiny', prompt: '', keep_alive: 0 });
  expect(answer).toMatchObject({ done: true, done_reason: 'unload', response: '' });
  await gone.until((event) => event.type === 'server.removed' && event.data.profileId === profileId);
  await gone.stop();
  expect((await ollama.ps()).models.map((model) => model.name)).not.toContain('tiny');
  const loaded = await ollama.chat({ model: 'tiny', messages: [], keep_alive: -1 });
  expect(loaded).toMatchObject({ done: true, done_reason: 'load', message: { role: 'assistant', content: '' } });
  const { models } = await ollama.ps();
  const years = (Date.parse(String(models.find((model) => model.name === 'tiny')!.expires_at)) - Date.now()) / (365 * 24 * 3600 * 1000);
  expect(years).toBeGreaterThan(100);
}, 120_000);

describe('downloading and deleting', () => {
  test('need a key, or the switch', async () => {
    await expect(ollama.pull({ model: OTHER })).rejects.toMatchObject({
      status_code: 403,
      error: expect.stringContaining('ollama_writes'),
    });
    await expect(ollama.delete({ model: 'tiny' })).rejects.toMatchObject({ status_code: 403 });
  });

  test('pull with progress, listed under its own name, answered, deleted', async () => {
    const mine = new Ollama({ host, headers: { authorization: `Bearer ${rig.agent.token}` } });
    const lines: ProgressResponse[] = [];
    for await (const line of await mine.pull({ model: `hf.co/${OTHER}`, stream: true })) lines.push(line);
    expect(lines[0]).toEqual({ status: 'pulling manifest' });
    expect(lines.at(-1)).toEqual({ status: 'success' });
    const progress = lines.filter((line) => 'total' in line);
    expect(progress.at(-1)).toMatchObject({
      status: expect.stringMatching(/^pulling [0-9a-f]{12}$/),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(progress.at(-1)!.completed).toBe(progress.at(-1)!.total);
    expect((await ollama.list()).models.map((model) => model.name)).toContain(OTHER);
    expect((await ollama.show({ model: OTHER })).capabilities).toContain('completion');
    expect((await ollama.chat({ ...capital, model: OTHER, think: false, keep_alive: 0 })).message.content).toBe(paris);
    // Its profile was made meanwhile: the name in the list stays.
    expect((await ollama.list()).models.map((model) => model.name)).toContain(OTHER);
    const made = (await rig.client.listProfiles()).find((profile) => profile.modelPath === OTHER)!;
    await rig.client.stopServer({ params: { profileId: made.id } }).catch(() => undefined);
    await mine.delete({ model: OTHER });
    expect((await ollama.list()).models.map((model) => model.name)).not.toContain(OTHER);
    expect((await rig.client.listProfiles()).some((profile) => profile.modelPath === OTHER)).toBe(false);
    await expect(mine.delete({ model: 'tiny' })).rejects.toMatchObject({ status_code: 409 });
  }, 120_000);

  test('a client that leaves pauses what it began', async () => {
    const slow = 'mlx-community/Slow';
    await hub.addModel({
      id: slow,
      files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: 5_000_000, seed: 's' } },
    });
    const mend = hub.fault({ at: 'cdn', throttle: 500_000 });
    const mine = new Ollama({ host, headers: { authorization: `Bearer ${rig.agent.token}` } });
    const ear = listen(rig.client, ['download']);
    const pulling = await mine.pull({ model: slow, stream: true });
    await expect(
      (async () => {
        for await (const line of pulling) if ('total' in line) pulling.abort();
      })(),
    ).rejects.toMatchObject({ name: 'AbortError' });
    await ear.until((event) => event.type === 'download.updated' && event.data.modelId === slow && event.data.status === 'paused');
    await ear.stop();
    mend();
    // The next pull goes on where it was.
    expect(await mine.pull({ model: slow })).toEqual({ status: 'success' });
    await mine.delete({ model: slow });
  });

  test('whole; and what cannot be had is told', async () => {
    await rig.client.updateSettings({ body: { ollamaWrites: true } });
    expect(await ollama.pull({ model: MODEL })).toEqual({ status: 'success' });
    await expect(ollama.pull({ model: 'llama3.2' })).rejects.toMatchObject({
      status_code: 400,
      error: expect.stringContaining('ORG/NAME'),
    });
    await expect(ollama.pull({ model: 'org/missing' })).rejects.toMatchObject({ error: expect.stringContaining('org/missing') });
    await rig.client.updateSettings({ body: { ollamaWrites: false } });
  });
});

test('where keys are required, the probes answer without, models only with', async () => {
  const { client } = rig;
  const { secret } = await client.createKey({ body: { name: 'ollama' } });
  await client.updateSettings({ body: { requireApiKey: true } });
  try {
    expect((await fetch(`${host}/api/version`)).status).toBe(200);
    await expect(ollama.list()).rejects.toMatchObject({ status_code: 401, error: expect.stringContaining('API key') });
    await expect(ollama.chat(capital)).rejects.toMatchObject({ status_code: 401 });
    const mine = new Ollama({ host, headers: { authorization: `Bearer ${secret}` } });
    expect((await mine.list()).models).not.toEqual([]);
    expect((await mine.chat({ ...capital, think: false })).message.content).toBe(paris);
    // A key may download, too.
    expect(await mine.pull({ model: MODEL })).toEqual({ status: 'success' });
  } finally {
    await client.updateSettings({ body: { requireApiKey: false } });
  }
}, 60_000);

test('the client of PyPI says the same', async () => {
  const python = await pythonWith('ollama==0.6.3');
  const code = `
import json, sys
from ollama import Client, ResponseError
client = Client(host=sys.argv[1])
ask = {'model': 'tiny', 'messages': [{'role': 'user', 'content': 'What is the capital of France?'}], 'options': {'temperature': 0, 'num_predict': 400}}
def get_weather(city: str) -> str:
    """Get the weather of a city.

    Args:
        city: the city
    """
    return 'sunny'
out = {}
out['names'] = sorted(model.model for model in client.list().models)
shown = client.show('tiny')
out['show'] = [shown.capabilities, shown.modelinfo['general.architecture'], shown.modified_at is not None]
out['chat'] = client.chat(**ask, think=False).message.content
parts = list(client.chat(**ask, think=True, stream=True))
out['streamed'] = [''.join(part.message.content or '' for part in parts), len(''.join(part.message.thinking or '' for part in parts)) > 0, parts[-1].done_reason]
ask['messages'] = [{'role': 'user', 'content': 'What is the weather in Paris?'}]
call = client.chat(**ask, tools=[get_weather], think=False).message.tool_calls[0].function
out['tool'] = [call.name, dict(call.arguments)]
out['generate'] = client.generate(model='tiny', prompt='What is the capital of France?', think=False, options={'temperature': 0}).response
out['embed'] = len(client.embed(model='minilm', input='A cat').embeddings[0])
out['ps'] = sorted(model.model for model in client.ps().models)
out['expires'] = client.ps().models[0].expires_at is not None
try:
    client.chat(model='tinny', messages=ask['messages'])
except ResponseError as error:
    out['error'] = [error.status_code, error.error]
print(json.dumps(out))
`;
  expect(JSON.parse(await runPython(python, code, [host]))).toEqual({
    names: ['minilm', 'tiny'],
    show: [['completion', 'tools', 'thinking'], 'qwen3', true],
    chat: paris,
    streamed: [paris, true, 'stop'],
    tool: ['get_weather', { city: 'Paris' }],
    generate: paris,
    embed: 384,
    ps: expect.arrayContaining(['tiny']),
    expires: true,
    error: [404, expect.stringMatching(/^model "tinny" not found, try pulling it first/)],
  });
}, 300_000);

test('an engine killed in mid-stream: an error line, told by the client as such', async () => {
  const { client } = rig;
  const stream = await ollama.chat({ ...capital, messages: [{ role: 'user', content: 'Tell me a long story.' }], stream: true });
  const { pid } = (await client.listServers()).find((server) => server.profileId === profileId)!;
  const reading = async (): Promise<void> => {
    let heard = 0;
    for await (const part of stream) if (part.message.role === 'assistant' && heard++ === 0) process.kill(pid!, 'SIGKILL');
  };
  await expect(slowly(client, reading)).rejects.toThrow(/broke off/);
}, 60_000);

test('the listener: off by default, on another port at once, a taken port is told', async () => {
  const { client } = rig;
  const other = await freePort();
  await client.updateSettings({ body: { ollamaPort: other } });
  expect(await client.ollamaStatus()).toEqual({
    enabled: true,
    listening: true,
    port: other,
    url: `http://127.0.0.1:${other}`,
    portFree: true,
    error: null,
  });
  await expect(fetch(host)).rejects.toThrow();
  await expect(client.updateSettings({ body: { ollamaPort: rig.agent.port } })).rejects.toMatchObject({
    code: 'OLLAMA_PORT_TAKEN',
    status: 409,
  });
  expect((await client.getSettings()).ollamaPort).toBe(other);
  await client.updateSettings({ body: { ollamaEnabled: false } });
  expect(await client.ollamaStatus()).toMatchObject({ enabled: false, listening: false, url: null, portFree: true });
  await expect(fetch(`http://127.0.0.1:${other}`)).rejects.toThrow();
  await client.updateSettings({ body: { ollamaEnabled: true, ollamaPort: port } });
});
