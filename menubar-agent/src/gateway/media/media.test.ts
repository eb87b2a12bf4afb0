/** Sound and pictures through the official SDK. The engine is a stand-in whose answers are those of mlx-openai-server 1.8.1 (app/schemas/openai.py): no such model runs on Linux. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import { AgentError, type Profile } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../../core/index.js';
import { getAdapter, type EngineAdapter, type LaunchSpec } from '../../engines/index.js';
import { Access, HttpServer, RateLimits } from '../../http/index.js';
import { Gateway } from '../core/gateway.js';
import { ModelIndex } from '../core/model-index.js';
import type { Trace } from '../core/trace.js';
import { unrouted } from '../routing/index.js';
import { shaping } from '../shaping/shaping.js';
import { registerMedia } from './routes.js';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');
const transcription = { text: 'Hello there.', usage: { type: 'duration', seconds: 2 } };
const picture = (seed: unknown): object => ({
  created: 1_760_000_000,
  data: [{ url: null, b64_json: Buffer.from(`seed ${String(seed)}`).toString('base64') }],
});

interface Asked {
  readonly path: string | undefined;
  readonly type: string;
  readonly fields: Record<string, unknown>;
  /** Name and text of each file. */
  readonly files: [string, string, string][];
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const type = request.headers['content-type'] ?? '';
  const body = Buffer.concat(pieces);
  const asked: Asked = { path: request.url, type, fields: {}, files: [] };
  if (type.startsWith('application/json')) return { ...asked, fields: JSON.parse(body.toString()) as Record<string, unknown> };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- another parser than the one that is tested
  for (const [name, value] of await new Response(body, { headers: { 'content-type': type } }).formData()) {
    if (typeof value === 'string') asked.fields[name] = value;
    else asked.files.push([name, value.name, await value.text()]);
  }
  return asked;
}

/** An engine that can speak: none of ours does yet. */
const speaker: EngineAdapter = { ...getAdapter('mlx-openai-server') };
const speaking: EngineAdapter = {
  ...speaker,
  capabilities: { ...speaker.capabilities, endpoints: [...speaker.capabilities.endpoints, '/v1/audio/speech'] },
};

const profiles = [
  { id: 1, name: 'Coding', modelType: 'lm', modelPath: 'a/lm' },
  { id: 2, name: 'Whisper', modelType: 'whisper', modelPath: 'a/whisper' },
  { id: 3, name: 'Painter', modelType: 'image-generation', modelPath: 'a/flux' },
  { id: 4, name: 'Editor', modelType: 'image-edit', modelPath: 'a/kontext' },
].map((one) => ({ aliases: [], engine: null, ...one })) as unknown as Profile[];

async function setUp(
  answer: (asked: Asked, ...rest: Parameters<RequestListener>) => void,
  options: { find?: (name: string) => Profile; bodyLimit?: number; admit?: () => Promise<void> } = {},
) {
  const asked: Asked[] = [];
  const engine = createServer((request, response) => {
    void readAsked(request).then((one) => {
      asked.push(one);
      answer(one, request, response);
    });
  });
  await once(engine.listen(0, '127.0.0.1'), 'listening');
  open.push(async () => {
    engine.closeAllConnections();
    engine.close();
  });
  const traces: Trace[] = [];
  const stalls: number[] = [];
  const held = new Set<string>();
  const models = new ModelIndex({
    bus: new EventBus((error) => {
      throw error;
    }),
    profiles: () => profiles,
    isRunning: () => true,
    defaultProfileId: () => null,
    lastUsed: () => 0,
    localModel: () => Promise.resolve(null),
    localModels: () => Promise.resolve([]),
    createProfile: () => Promise.reject(new AgentError('INTERNAL')),
  });
  const access = new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const { app } = new HttpServer({ logger: silentLogger(), access });
  const never = (): never => {
    throw new Error('there is no provider');
  };
  const { find } = options;
  const gateway = new Gateway({
    models: find ? ({ find } as unknown as ModelIndex) : models,
    pool: {
      admit: async ({ id, profileId }) => {
        await options.admit?.();
        held.add(id);
        const spec = { modelName: profiles.find((one) => one.id === profileId)?.modelPath } as LaunchSpec;
        const target = { baseUrl: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`, spec, adapter: speaking };
        return { target, queueMs: 2, loadMs: 3, release: () => void held.delete(id) };
      },
      keepAlive: () => undefined,
    },
    sink: { begin: () => undefined, finish: (trace) => traces.push(trace) },
    limits: new RateLimits(),
    routing: { decide: ({ model }) => unrouted(model) },
    providers: { chat: never, pass: never, native: never, known: () => [] },
    shaping,
    logger: silentLogger(),
    onStall: async (id) => void stalls.push(id),
    used: () => undefined,
  });
  registerMedia(app, {
    gateway,
    logger: silentLogger(),
    timings: { open: 2_000, ping: 5_000 },
    bodyLimit: options.bodyLimit ?? 1024 * 1024,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  open.push(() => app.close());
  const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: 'none', maxRetries: 0 });
  return { client, asked, traces, stalls, held, address };
}

const json = (body: unknown, status = 200) =>
  ((_asked, _request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))) as Parameters<typeof setUp>[0];
const sound = (): ReturnType<typeof toFile> => toFile(Buffer.from('RIFF\r\n--x\0ü'), 'hello.wav', { type: 'audio/wav' });

describe('audio.transcriptions', () => {
  test('the file arrives as it is, under the engine’s name for the model', async () => {
    const { client, asked, traces, held } = await setUp(json(transcription));
    const answer = await client.audio.transcriptions.create({
      file: await sound(),
      model: 'whisper',
      language: 'en',
      temperature: 0.2,
      prompt: 'größe',
    });
    expect(answer).toEqual(transcription);
    expect(asked).toEqual([
      {
        path: '/v1/audio/transcriptions',
        type: expect.stringMatching(/^multipart\/form-data; boundary=/),
        fields: { model: 'a/whisper', language: 'en', temperature: '0.2', prompt: 'größe' },
        files: [['file', 'hello.wav', 'RIFF\r\n--x\0ü']],
      },
    ]);
    expect(traces[0]).toMatchObject({
      outcome: 'ok',
      profileId: 2,
      endpoint: '/v1/audio/transcriptions',
      queueMs: 2,
      loadMs: 3,
      status: 200,
    });
    expect(held.size).toBe(0);
  });

  test('plain text is plain, though FastAPI quotes it', async () => {
    const { client, address } = await setUp(json('Hello\nthere.'));
    const file = await sound();
    expect(await client.audio.transcriptions.create({ file, model: 'Whisper', response_format: 'text' })).toBe('Hello\nthere.');
    const form = new FormData();
    form.set('file', file);
    form.set('model', 'Whisper');
    form.set('response_format', 'text');
    const answer = await fetch(`${address}/v1/audio/transcriptions`, { method: 'POST', body: form });
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain; charset=utf-8', 'Hello\nthere.']);
  });

  test('a stream is made of the whole answer', async () => {
    const { client, asked } = await setUp(json(transcription));
    const stream = await client.audio.transcriptions.create({
      file: await sound(),
      model: 'Whisper',
      response_format: 'text',
      stream: true,
    });
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    expect(events).toEqual([
      { type: 'transcript.text.delta', delta: 'Hello there.' },
      { type: 'transcript.text.done', text: 'Hello there.', usage: transcription.usage },
    ]);
    expect(asked[0]?.fields).toEqual({ model: 'a/whisper', response_format: 'json' });
  });

  test('what the engine refuses, and what it breaks off', async () => {
    const refusing = await setUp(json({ detail: [{ loc: ['body', 'file'], msg: 'Not a sound' }] }, 422));
    const file = await sound();
    const refused = expect.objectContaining({ status: 422, message: expect.stringContaining('Not a sound') });
    await expect(refusing.client.audio.transcriptions.create({ file, model: 'Whisper' })).rejects.toEqual(refused);
    await expect(refusing.client.audio.transcriptions.create({ file, model: 'Whisper', response_format: 'text' })).rejects.toEqual(refused);
    expect(refusing.traces[0]).toMatchObject({ outcome: 'error', status: 422 });
    const breaking = await setUp((_asked, _request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"te');
      setImmediate(() => response.destroy());
    });
    await expect(breaking.client.audio.transcriptions.create({ file, model: 'Whisper' })).rejects.toMatchObject({
      status: 502,
      code: 'engine_stream_broken',
    });
    expect([breaking.stalls, breaking.held.size]).toEqual([[2], 0]);
  });

  test('no form, a broken form, no file, too many fields, too large', async () => {
    const { address, asked } = await setUp(json(transcription), { bodyLimit: 50_000 });
    const post = async (body: string | FormData, type?: string): Promise<unknown[]> => {
      const answer = await fetch(`${address}/v1/audio/transcriptions`, {
        method: 'POST',
        body,
        ...(type !== undefined && { headers: { 'content-type': type } }),
      });
      return [answer.status, ((await answer.json()) as { error: { message: string } }).error.message];
    };
    expect(await post('{"model":"Whisper"}', 'application/json')).toEqual([400, expect.stringContaining('must be a form')]);
    expect(await post('nothing', 'multipart/form-data; boundary=x')).toEqual([400, expect.stringContaining('cannot be read')]);
    expect(await post('nothing', 'multipart/form-data')).toEqual([400, expect.stringContaining('cannot be read')]);
    const form = new FormData();
    form.set('model', 'Whisper');
    expect(await post(form)).toEqual([400, expect.stringContaining('file is missing')]);
    for (let i = 0; i < 101; i++) form.set(`f${i}`, 'x');
    form.set('file', new Blob(['x']), 'x.wav');
    expect((await post(form))[0]).toBe(400);
    form.set('file', new Blob(['x'.repeat(60_000)]), 'x.wav');
    expect((await post(form))[0]).toBe(413);
    expect(asked).toEqual([]);
  });
});

describe('images', () => {
  test('generate: one, as the engine answers it', async () => {
    const { client, asked } = await setUp(json(picture(42)));
    const answer = await client.images.generate({ model: 'Painter', prompt: 'A cat', size: 'auto', n: 1 });
    expect(answer.data).toEqual([{ url: null, b64_json: expect.any(String) }]);
    expect(asked[0]).toMatchObject({ path: '/v1/images/generations', fields: { model: 'a/flux', prompt: 'A cat' } });
    expect(Object.keys(asked[0]?.fields ?? {}).sort()).toEqual(['model', 'prompt']);
  });

  test('generate: several, each from a seed of its own', async () => {
    const { client, asked, held } = await setUp((one, _request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(picture(one.fields.seed))),
    );
    const answer = await client.images.generate({ model: 'Painter', prompt: 'A cat', n: 3, ...{ seed: 5 } });
    expect(answer.data?.map((one) => Buffer.from(one.b64_json ?? '', 'base64').toString())).toEqual(['seed 5', 'seed 6', 'seed 7']);
    expect(new Set((await client.images.generate({ model: 'Painter', prompt: 'A cat', n: 2 })).data?.map((one) => one.b64_json)).size).toBe(
      2,
    );
    expect(asked.every((one) => !('n' in one.fields))).toBe(true);
    expect(held.size).toBe(0);
  });

  test('edit: several pictures arrive under the name the engine reads', async () => {
    const { client, asked } = await setUp(json(picture(1)));
    const png = await toFile(PNG, 'a.png', { type: 'image/png' });
    await client.images.edit({ model: 'Editor', image: png, prompt: 'Make it red' });
    await client.images.edit({ model: 'Editor', image: [png, png], prompt: 'Make it red', size: '512x512' });
    expect(asked.map(({ files }) => files.map(([name, file]) => [name, file]))).toEqual([
      [['image', 'a.png']],
      [
        ['image', 'a.png'],
        ['image', 'a.png'],
      ],
    ]);
    expect(asked[1]?.fields).toEqual({ model: 'a/kontext', prompt: 'Make it red', size: '512x512' });
  });

  test('what is wrong with a request', async () => {
    const { client, asked } = await setUp(json(picture(1)));
    await expect(client.images.generate({ model: 'Painter', prompt: 'A cat', n: 11 })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('n must be'),
    });
    await expect(client.images.generate({ model: 'Painter' } as never)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('prompt is missing'),
    });
    await expect(client.post('/images/generations', { body: [] })).rejects.toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });
});

describe('audio.speech', () => {
  const find = (): Profile => profiles[1]!;

  test('sound comes back as the bytes it is', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256));
    const { client, asked, traces } = await setUp(
      (_asked, _request, response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(bytes),
      { find },
    );
    const answer = await client.audio.speech.create({ model: 'tts', voice: 'alloy', input: 'Hello' });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect(asked[0]).toMatchObject({ path: '/v1/audio/speech', fields: { model: 'a/whisper', voice: 'alloy', input: 'Hello' } });
    expect(traces[0]).toMatchObject({ outcome: 'ok' });
  });

  test('an engine that breaks off cuts the connection; one that refuses is heard', async () => {
    const breaking = await setUp(
      (_asked, _request, response) => {
        response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': '100' }).write('half');
        setImmediate(() => response.destroy());
      },
      { find },
    );
    await expect(
      breaking.client.audio.speech.create({ model: 'tts', voice: 'alloy', input: 'x' }).then((answer) => answer.arrayBuffer()),
    ).rejects.toThrow();
    expect(breaking.stalls).toEqual([2]);
    const refusing = await setUp(json({ error: { message: 'No such voice' } }, 400), { find });
    await expect(refusing.client.audio.speech.create({ model: 'tts', voice: 'x', input: 'x' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('No such voice'),
    });
    await expect(refusing.client.audio.speech.create({ model: 'tts', voice: 'x' } as never)).rejects.toMatchObject({ status: 400 });
  });

  test('a client that leaves ends the engine’s work', async () => {
    const left = Promise.withResolvers<null>();
    const { client, traces, held } = await setUp(
      (_asked, _request, response) => {
        response.writeHead(200, { 'content-type': 'audio/mpeg' }).write('first');
        response.on('close', () => left.resolve(null));
      },
      { find },
    );
    const abort = new AbortController();
    const answer = await client.audio.speech.create({ model: 'tts', voice: 'x', input: 'x' }, { signal: abort.signal });
    abort.abort();
    await left.promise;
    await expect(answer.arrayBuffer()).rejects.toThrow();
    while (held.size > 0 || traces.length === 0) await new Promise((done) => setImmediate(done));
    expect(traces[0]?.outcome).toBe('cancelled');
  });
});

describe('who answers', () => {
  test('a model that cannot is refused, naming one that can', async () => {
    const { client, asked, traces } = await setUp(json({}));
    await expect(client.audio.transcriptions.create({ file: await sound(), model: 'Coding' })).rejects.toMatchObject({
      status: 400,
      code: 'model_cannot_answer',
      message: expect.stringContaining('"Whisper"'),
    });
    await expect(client.images.generate({ model: 'Whisper', prompt: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining('"Painter"'),
    });
    await expect(client.audio.speech.create({ model: 'Whisper', voice: 'x', input: 'x' })).rejects.toMatchObject({
      status: 400,
      code: 'model_cannot_answer',
    });
    await expect(client.images.generate({ model: 'no-such-model', prompt: 'x' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    expect(asked).toEqual([]);
    expect(traces.every(({ outcome }) => outcome === 'refused')).toBe(true);
  });

  test('without a name the one that can; a full queue is said', async () => {
    const { client, asked } = await setUp(json(picture(1)));
    await client.images.generate({ prompt: 'x' });
    expect(asked[0]?.fields.model).toBe('a/flux');
    const full = await setUp(json({}), { admit: () => Promise.reject(new AgentError('SHUTTING_DOWN')) });
    await expect(full.client.images.generate({ prompt: 'x' })).rejects.toMatchObject({ status: 503 });
    expect(full.traces[0]).toMatchObject({ outcome: 'refused', errorCode: 'SHUTTING_DOWN', profileId: 3 });
  });
});
