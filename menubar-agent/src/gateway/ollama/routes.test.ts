/** The routes over a gateway that waits, fails or is asked for the impossible. Real engines are asked in tests/gateway. */
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fetch from 'node-fetch';
import { AgentError, type LocalModel, type Profile, type Server } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../../core/index.js';
import { Access, HttpServer } from '../../http/index.js';
import type { Call } from '../core/call.js';
import type { ChatChunk } from '../core/chunks.js';
import { EngineRefusal } from '../core/refusal.js';
import type { OllamaOptions } from './deps.js';
import { ollamaAreaOf, ollamaErrorShape, registerOllama } from './index.js';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((http) => http.app.close()));
});

const characteristics = {
  modelType: 'lm',
  toolUse: false,
  thinking: false,
  vision: false,
  architectureId: 'x',
  parameters: null,
  contextWindow: 10,
};
const local = (modelId: string, more: object = {}): LocalModel =>
  ({
    modelId,
    localPath: `/cache/${modelId}`,
    complete: true,
    source: 'hub_cache',
    sizeBytes: 1,
    downloadedAt: null,
    characteristics: { ...characteristics, ...more },
  }) as unknown as LocalModel;
const profileOf = (id: number, name: string, modelPath: string, more: Partial<Profile> = {}): Profile =>
  ({
    id,
    name,
    aliases: [],
    modelPath,
    modelType: 'lm',
    origin: 'user',
    contextLength: null,
    toolCallParser: null,
    reasoningParser: null,
    systemPrompt: null,
    sampling: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  }) as Profile;

type Chat = (call: Call) => AsyncIterable<ChatChunk>;
const says = (content: string): ChatChunk => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

async function setUp(
  options: { chat?: Chat; whole?: (call: Call) => Promise<string>; profiles?: Profile[]; models?: LocalModel[]; writesOpen?: boolean } = {},
) {
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  const profiles = options.profiles ?? [profileOf(1, 'Coding', 'org/a')];
  const models = options.models ?? [local('org/a'), local('org/b')];
  const calls: Call[] = [];
  const kept: [number, number | null][] = [];
  const warnings: string[] = [];
  const removed: (string | number)[] = [];
  const deps: OllamaOptions = {
    bus,
    logger: silentLogger(),
    timings: { open: 30, ping: 30 },
    gateway: {
      chat: (call) => {
        calls.push(call);
        call.trace.profileId = 1;
        return (
          options.chat ??
          async function* () {
            yield says('Hello');
          }
        )(call);
      },
      whole: (call) => {
        calls.push(call);
        call.trace.profileId = 1;
        return (options.whole ?? (async () => '{}'))(call);
      },
    },
    models: {
      profiles: () => profiles,
      known: (name) =>
        profiles.find((one) => [one.name, ...one.aliases, one.modelPath].some((known) => known.toLowerCase() === name.toLowerCase())),
      find: (name) => {
        throw new AgentError('UNKNOWN_MODEL', { model: name, near: [], hint: '' });
      },
    },
    pool: {
      admit: () => ({ target: null as never, queueMs: 0, loadMs: 5, release: () => undefined }),
      keepAlive: (id, ms) => kept.push([id, ms]),
    },
    local: { list: async () => models, remove: async (id) => void removed.push(id) },
    removeProfile: async (id) => void removed.push(id),
    downloads: {} as OllamaOptions['downloads'],
    servers: () => [{ profileId: 1, state: 'healthy', memoryMb: 1 } as Server],
    unloadTimes: async () => new Map(),
    writesOpen: () => options.writesOpen ?? false,
    warnOnce: (_model, warning) => warnings.push(warning),
    now: Date.now,
  };
  // A key for one model only.
  const key = { id: 9, name: 'k', priority: null, requestsPerMinute: null, tokensPerMinute: null, models: ['org/a'] };
  const recognise = () => ({ key: { ...key, mayUse: (names: readonly string[]) => names.includes('org/a') } });
  const lists = { allowedHosts: () => [], allowedOrigins: () => [] };
  const access = new Access({ token: 'the-token', ...lists, keys: { recognise }, now: Date.now });
  const http = new HttpServer({ logger: silentLogger(), access, areaOf: ollamaAreaOf, errorShape: ollamaErrorShape });
  registerOllama(http, deps);
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  open.push(http);
  const base = `http://127.0.0.1:${(http.app.server.address() as AddressInfo).port}`;
  const ask = (path: string, body: unknown, more: { signal?: AbortSignal; headers?: Record<string, string>; method?: string } = {}) =>
    fetch(base + path, {
      method: 'POST',
      body: JSON.stringify(body),
      ...more,
      headers: { 'content-type': 'application/json', ...more.headers },
    });
  const get = async (path: string) => (await fetch(base + path)).json() as Promise<{ models: { name: string }[] }>;
  return { ask, get, bus, calls, kept, warnings, removed };
}
const question = { model: 'Coding', messages: [{ role: 'user', content: 'Hi' }] };
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { done: boolean; error?: string; message?: { content: string } });

test('while a model loads a stream gets lines without text, then the answer', async () => {
  const loaded = new EventEmitter();
  const { ask } = await setUp({
    chat: async function* () {
      await once(loaded, 'loaded');
      yield says('Hello');
    },
  });
  const answer = await ask('/api/chat', question);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  let text = '';
  for await (const chunk of answer.body!) {
    text += chunk.toString();
    if (linesOf(text).length === 2) loaded.emit('loaded');
  }
  const lines = linesOf(text);
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const line of lines.slice(0, 2))
    expect(line).toEqual({ model: 'Coding', created_at: expect.any(String), message: { role: 'assistant', content: '' }, done: false });
  expect(lines.map((line) => line.message?.content).join('')).toBe('Hello');
  expect(lines.at(-1)?.done).toBe(true);
});

test.each([true, false])('an early error has a status of its own, stream %s', async (stream) => {
  const failing = (error: Error): Chat =>
    async function* () {
      yield* [];
      throw error;
    };
  const full = await setUp({ chat: failing(new AgentError('QUEUE_FULL', { name: 'Coding', active: 1, waiting: 9, retryAfter: 3 })) });
  const answer = await full.ask('/api/chat', { ...question, stream });
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    429,
    '3',
    { error: expect.stringContaining('queue is full') },
  ]);
  const refusal = new EngineRefusal(400, 'too long', { type: 'invalid_request_error', code: null, param: null }, null);
  const refused = await (await setUp({ chat: failing(refusal) })).ask('/api/chat', { ...question, stream });
  expect([refused.status, await refused.json()]).toEqual([400, { error: 'too long' }]);
  const unknown = await (
    await setUp({ chat: failing(new AgentError('MODEL_INCOMPLETE', { modelId: 'org/a' })) })
  ).ask('/api/chat', { ...question, stream });
  expect([unknown.status, await unknown.json()]).toEqual([
    404,
    { error: expect.stringMatching(/^model "Coding" not found, try pulling it first/) },
  ]);
});

test('a late error is the last line', async () => {
  const { ask } = await setUp({
    chat: async function* () {
      yield says('Hel');
      throw new AgentError('ENGINE_STREAM_BROKEN', { name: 'Coding', said: '' });
    },
  });
  const lines = linesOf(await (await ask('/api/chat', question)).text());
  expect(lines.at(-1)).toEqual({ error: expect.stringContaining('broke off') });
});

test('a client that leaves ends the work; keep_alive holds all the same', async () => {
  const seen = new EventEmitter();
  const { ask, calls, kept } = await setUp({
    chat: async function* (call) {
      yield says('Hel');
      await once(call.signal, 'abort');
      seen.emit('left');
      throw call.signal.reason as Error;
    },
  });
  const left = new AbortController();
  const gone = once(seen, 'left');
  const answer = await ask('/api/chat', { ...question, keep_alive: '5m' }, { signal: left.signal });
  answer.body!.on('error', () => undefined);
  left.abort();
  await gone;
  expect(calls[0]?.signal.aborted).toBe(true);
  while (kept.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(kept).toEqual([[1, 300_000]]);
});

test('keep_alive: nothing said changes nothing; 0 holds for this load only', async () => {
  const { ask, kept, bus } = await setUp();
  await (await ask('/api/chat', { ...question, stream: false })).text();
  expect(kept).toEqual([]);
  await (await ask('/api/chat', { ...question, keep_alive: -1 })).text();
  await (await ask('/api/chat', { ...question, keep_alive: 0 })).text();
  expect(kept).toEqual([
    [1, Infinity],
    [1, 0],
  ]);
  bus.emit('server.removed', { profileId: 1 });
  bus.emit('server.removed', { profileId: 1 });
  expect(kept.slice(2)).toEqual([[1, null]]);
});

test.each([
  ['/api/chat', { model: 'Coding', messages: [] }, { message: { role: 'assistant', content: '' }, done_reason: 'load' }],
  ['/api/chat', { model: 'Coding', keep_alive: 0 }, { message: { role: 'assistant', content: '' }, done_reason: 'unload' }],
  ['/api/generate', { model: 'Coding' }, { response: '', done_reason: 'load' }],
  ['/api/generate', { model: 'Coding', prompt: '', keep_alive: '0s' }, { response: '', done_reason: 'unload' }],
])('%s without a question: %j', async (path, body, expected) => {
  const { ask, calls } = await setUp();
  const lines = linesOf(await (await ask(path, body)).text());
  expect(lines).toEqual([expect.objectContaining({ ...expected, done: true })]);
  expect(calls).toEqual([]);
});

test('what a model cannot do is refused in the words that clients fall back by', async () => {
  const { ask, calls } = await setUp();
  const tools = [{ type: 'function', function: { name: 'f' } }];
  for (const [more, words] of [
    [{ tools }, '"Coding" does not support tools'],
    [{ think: true }, '"Coding" does not support thinking'],
    [{ think: 'low' }, '"Coding" does not support thinking'],
  ] as const) {
    const answer = await ask('/api/chat', { ...question, ...more });
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining(words) }]);
  }
  expect((await ask('/api/chat', { ...question, think: false, tools: [] })).status).toBe(200);
  expect(calls).toHaveLength(1);
  const raw = await ask('/api/generate', { model: 'Coding', prompt: 'x', raw: true, system: 'y' });
  expect([raw.status, await raw.json()]).toEqual([400, { error: expect.stringContaining('raw mode') }]);
});

test('the engine is asked by the bare name, with everything the client said; the client gets its own name back', async () => {
  const { ask, calls, warnings } = await setUp();
  const [line] = linesOf(await (await ask('/api/chat', { ...question, model: 'Coding:latest', options: { num_ctx: 1, seed: 3 } })).text());
  expect(line).toMatchObject({ model: 'Coding:latest' });
  expect(calls[0]).toMatchObject({
    protocol: 'ollama',
    model: 'Coding',
    endpoint: '/v1/chat/completions',
    body: { model: 'Coding', seed: 3 },
  });
  expect(warnings).toEqual([expect.stringContaining('num_ctx')]);
});

test('raw goes to the text completion, whose text comes as it is', async () => {
  const { ask, calls } = await setUp({
    chat: async function* () {
      yield { choices: [{ index: 0, text: '\n\nupon', finish_reason: null }] } as unknown as ChatChunk;
    },
  });
  const answer = await (await ask('/api/generate', { model: 'Coding', prompt: 'Once', raw: true, stream: false })).json();
  expect(answer).toMatchObject({ response: '\n\nupon', done: true });
  expect(calls[0]).toMatchObject({ endpoint: '/v1/completions', body: { prompt: 'Once' } });
});

test('embeddings in the order that was asked; an engine that answers nonsense is told', async () => {
  const data = [
    { index: 1, embedding: [0, 2] },
    { index: 0, embedding: [3, 4] },
  ];
  const { ask, calls } = await setUp({ whole: async () => JSON.stringify({ data, usage: { prompt_tokens: 5 } }) });
  expect(await (await ask('/api/embed', { model: 'Coding', input: ['a', 'b'], dimensions: 2 })).json()).toMatchObject({
    model: 'Coding',
    embeddings: [
      [0.6, 0.8],
      [0, 1],
    ],
    prompt_eval_count: 5,
  });
  expect(calls[0]).toMatchObject({ endpoint: '/v1/embeddings', body: { input: ['a', 'b'], dimensions: 2 } });
  expect(await (await ask('/api/embeddings', { model: 'Coding', prompt: 'a' })).json()).toEqual({ embedding: [3, 4] });
  expect((await ask('/api/embed', { model: 'Coding', input: ['x'.repeat(2_000_000), 'b'] })).status).toBe(200);
  const broken = await (await setUp()).ask('/api/embed', { model: 'Coding', input: 'a' });
  expect([broken.status, await broken.json()]).toEqual([502, { error: expect.stringContaining('broke off') }]);
});

describe('the list', () => {
  test('profiles whose model is here, and models without a profile', async () => {
    const profiles = [
      profileOf(1, 'Coding', 'org/a'),
      profileOf(2, 'b', 'org/b', { origin: 'auto' }),
      profileOf(3, 'Renamed', 'org/c', { origin: 'auto' }),
      profileOf(4, 'Gone', 'org/gone'),
      profileOf(5, 'Ears', 'org/d', { modelType: 'whisper' }),
      profileOf(6, 'Folder', '/models/x'),
    ];
    const models = [
      ...['org/a', 'org/b', 'org/c', 'org/d', 'org/free'].map((id) => local(id)),
      local('org/pictures', { modelType: 'image-generation' }),
      { ...local('org/half'), complete: false },
      { ...local('/models/x'), localPath: '/models/x', source: 'folder' as const },
      { ...local('/models/y'), localPath: '/models/y', source: 'folder' as const },
    ];
    const { get, ask } = await setUp({ profiles, models });
    expect((await get('/api/tags')).models.map(({ name }) => name)).toEqual(['Coding', 'org/b', 'Renamed', 'Folder', 'org/free']);
    expect((await get('/api/ps')).models.map(({ name }) => name)).toEqual(['Coding']);
    expect((await ask('/api/show', { model: 'org/free' })).status).toBe(200);
    const gone = await ask('/api/show', { model: 'Gone' });
    expect([gone.status, await gone.json()]).toEqual([404, { error: expect.stringContaining('mlx-manager pull org/gone') }]);
  });
});

test('the owner of a key sees and loads what the key names', async () => {
  const { ask } = await setUp({ profiles: [profileOf(1, 'Coding', 'org/a'), profileOf(2, 'Chat', 'org/b')] });
  const headers = { authorization: 'Bearer mlxm_some' };
  const tags = (await (await ask('/api/tags', undefined, { method: 'GET', headers })).json()) as { models: { name: string }[] };
  expect(tags.models.map(({ name }) => name)).toEqual(['Coding']);
  expect((await ask('/api/show', { model: 'Coding' }, { headers })).status).toBe(200);
  expect((await ask('/api/show', { model: 'Chat' }, { headers })).status).toBe(403);
  expect((await ask('/api/chat', { model: 'Chat' }, { headers })).status).toBe(403);
  expect((await ask('/api/chat', { model: 'Coding' }, { headers })).status).toBe(200);
});

describe('deleting', () => {
  const token = { headers: { authorization: 'Bearer the-token' }, method: 'DELETE' };

  test('needs a key or the switch', async () => {
    const { ask, removed } = await setUp();
    expect((await ask('/api/delete', { model: 'Coding' }, { method: 'DELETE' })).status).toBe(403);
    expect((await ask('/api/pull', { model: 'org/x' })).status).toBe(403);
    expect(removed).toEqual([]);
    expect((await ask('/api/delete', { model: 'Coding' }, token)).status).toBe(200);
    expect(removed).toEqual(['org/a']);
    const open = await setUp({ writesOpen: true });
    expect((await open.ask('/api/delete', { name: 'org/b' }, { method: 'DELETE' })).status).toBe(200);
    expect(open.removed).toEqual(['org/b']);
  });

  test('a key deletes and downloads only what it may use', async () => {
    const { ask, removed } = await setUp();
    const headers = { authorization: 'Bearer mlxm_x' };
    expect((await ask('/api/delete', { model: 'org/b' }, { headers, method: 'DELETE' })).status).toBe(403);
    const pull = await ask('/api/pull', { model: 'org/x' }, { headers });
    expect([pull.status, await pull.json()]).toEqual([403, { error: expect.stringContaining('may not use org/x') }]);
    expect(removed).toEqual([]);
    expect((await ask('/api/delete', { model: 'org/a' }, { headers, method: 'DELETE' })).status).toBe(200);
    expect(removed).toEqual(['org/a']);
  });

  test('a profile that the agent made goes with its model; a model that others use stays', async () => {
    const auto = await setUp({ profiles: [profileOf(7, 'a', 'org/a', { origin: 'auto' })] });
    expect((await auto.ask('/api/delete', { model: 'org/a' }, token)).status).toBe(200);
    expect(auto.removed).toEqual(['org/a', 7]);
    const shared = await setUp({ profiles: [profileOf(1, 'Coding', 'org/a'), profileOf(2, 'Chat', 'org/a')] });
    const answer = await shared.ask('/api/delete', { model: 'Coding' }, token);
    expect([answer.status, await answer.json()]).toEqual([409, { error: expect.stringContaining('"Chat"') }]);
    expect(shared.removed).toEqual([]);
  });
});
