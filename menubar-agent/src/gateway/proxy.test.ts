/** The gateway over engines that misbehave. Real engines are asked in tests/. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fetch from 'node-fetch';
import type { Profile } from '@mlx-manager/shared';
import { silentLogger } from '../core/index.js';
import { getAdapter, type LaunchSpec } from '../engines/index.js';
import { Access, HttpServer } from '../http/index.js';
import type { Pool } from '../pool/index.js';
import { engineError } from './engine-error.js';
import { registerGateway } from './index.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function engine(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function gateway(
  baseUrl: string,
): Promise<{ ask: (body?: Record<string, unknown>, signal?: AbortSignal) => ReturnType<typeof fetch>; stalls: number[] }> {
  const stalls: number[] = [];
  const http = new HttpServer({
    logger: silentLogger(),
    access: new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now }),
  });
  const profile = {
    id: 3,
    name: 'Coding',
    aliases: [],
    modelPath: 'a/b',
    modelType: 'lm',
    engine: null,
    systemPrompt: null,
    sampling: {},
  } as unknown as Profile;
  const pool = {
    target: () => ({ baseUrl, spec: { modelName: 'a/b' } as LaunchSpec, adapter: getAdapter('mlx-lm') }),
    used: () => undefined,
  } as unknown as Pool;
  registerGateway(http, {
    pool,
    logger: silentLogger(),
    profiles: () => [profile],
    stateOf: () => 'healthy',
    contextWindowOf: async () => null,
    onStall: (id) => stalls.push(id),
  });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  open.push({ close: () => http.app.close() });
  const address = `http://127.0.0.1:${(http.app.server.address() as AddressInfo).port}`;
  return {
    stalls,
    ask: (body = {}, signal) =>
      fetch(`${address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'Coding', messages: [{ role: 'user', content: 'Hi' }], ...body }),
        ...(signal && { signal: signal }),
      }),
  };
}

test('an engine that does not answer is told as ENGINE_UNREACHABLE and looked at', async () => {
  const { url, server } = await engine(() => undefined);
  server.close();
  const { ask, stalls } = await gateway(url);
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([
    502,
    { error: expect.objectContaining({ code: 'engine_unreachable', type: 'server_error' }) },
  ]);
  expect(stalls).toEqual([3]);
});

test('an engine that breaks off in a stream: ENGINE_STREAM_BROKEN as the last event', async () => {
  const { url } = await engine((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n', () => response.destroy());
  });
  const { ask, stalls } = await gateway(url);
  const text = await (await ask({ stream: true })).text();
  expect(text).toContain('"Hel"');
  expect(text.trim().split('\n\n').at(-1)).toContain('"code":"engine_stream_broken"');
  expect(stalls).toEqual([3]);
});

test('a stream that just ends, without its last event, broke off too', async () => {
  const { url } = await engine((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices":[]}\n\n'),
  );
  const { ask, stalls } = await gateway(url);
  expect(await (await ask({ stream: true })).text()).toContain('engine_stream_broken');
  expect(stalls).toEqual([3]);
});

test('one that ends with it did not, however its bytes are cut', async () => {
  const { url } = await engine((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[]}\n\ndata: [DO');
    setImmediate(() => response.end('NE]\n\n'));
  });
  const { ask, stalls } = await gateway(url);
  expect(await (await ask({ stream: true })).text()).toBe('data: {"choices":[]}\n\ndata: [DONE]\n\n');
  expect(stalls).toEqual([]);
});

test('a whole answer that breaks off is no answer', async () => {
  const { url } = await engine((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"half":', () => response.destroy());
  });
  const { ask } = await gateway(url);
  await expect(ask().then((answer) => answer.text())).rejects.toThrow();
});

test('what the engine refuses is passed on in OpenAI’s shape', async () => {
  const { url } = await engine((_request, response) =>
    response.writeHead(422, { 'content-type': 'application/json', 'retry-after': '3', 'x-own': '1' }).end('{"error":"too long"}'),
  );
  const { ask, stalls } = await gateway(url);
  const answer = await ask();
  expect([answer.status, await answer.json(), answer.headers.get('retry-after'), answer.headers.get('x-own')]).toEqual([
    422,
    { error: { message: 'too long', type: 'invalid_request_error', code: null, param: null } },
    '3',
    null,
  ]);
  expect(stalls).toEqual([]);
});

test('an engine that says it is dead is looked at at once', async () => {
  const { url } = await engine((_request, response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"generation thread died"}'),
  );
  const { ask, stalls } = await gateway(url);
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([502, { error: expect.objectContaining({ code: 'engine_unreachable' }) }]);
  expect(stalls).toEqual([3]);
});

test.each([
  { stop: 5 },
  { stop: [1] },
  { max_tokens: 0 },
  { temperature: 'hot' },
  { tools: {} },
  { logit_bias: [] },
  { stream: 'yes' },
  { seed: 1.5 },
])('what could end an engine never reaches it: %j', async (body) => {
  let asked = 0;
  const { url } = await engine(() => asked++);
  const { ask } = await gateway(url);
  const answer = await ask(body);
  expect([answer.status, asked]).toEqual([400, 0]);
  expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(Object.keys(body)[0]);
});

test('a client cannot name folders to load', async () => {
  const bodies: string[] = [];
  const { url } = await engine((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  const { ask } = await gateway(url);
  await ask({ draft_model: '/tmp/x', adapters: '/etc' });
  expect(bodies.join('')).not.toMatch(/draft_model|adapters/);
});

test.each([
  [400, '{"error":"plain"}', 400, 'plain'],
  [400, '{"error":{"message":"deep","type":"t","code":"c"}}', 400, 'deep'],
  [500, '{"detail":{"error":{"message":"deeper"}}}', 500, 'deeper'],
  [422, '{"detail":[{"loc":["body"],"msg":"one"},{"msg":"two"}]}', 422, 'one; two'],
  [404, 'Not here', 400, 'Not here'],
  [503, '', 503, 'The engine answered 503 without a word.'],
])('an engine’s error %i %s becomes %i “%s”', (status, text, own, message) => {
  expect(engineError(status, text)).toMatchObject({ status: own, body: { error: { message } } });
});

test('the engine is asked by its own model name; usage is asked for in streams', async () => {
  const bodies: unknown[] = [];
  const { url } = await engine((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const { ask } = await gateway(url);
  await ask({ stream: true, custom_field: { keptAsItIs: 1 } });
  expect(bodies[0]).toMatchObject({ model: 'default_model', stream_options: { include_usage: true }, custom_field: { keptAsItIs: 1 } });
});

test('a client that leaves ends the engine’s work', async () => {
  const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const { url } = await engine((_request, response) => {
    arrived.resolve({ closed: once(response, 'close') });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {}\n\n');
  });
  const { ask, stalls } = await gateway(url);
  const left = new AbortController();
  await ask({ stream: true }, left.signal);
  const { closed } = await arrived.promise;
  left.abort();
  await closed;
  expect(stalls).toEqual([]);
});

test('one that leaves before the first byte, too', async () => {
  const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const { url } = await engine((request) => arrived.resolve({ closed: once(request.socket, 'close') }));
  const { ask } = await gateway(url);
  const left = new AbortController();
  const asking = expect(ask({}, left.signal)).rejects.toThrow();
  const { closed } = await arrived.promise;
  left.abort();
  await Promise.all([asking, closed]);
});

test('a large answer arrives whole however slowly it is read', async () => {
  const part = `data: ${'x'.repeat(64 * 1024)}\n\n`;
  const { url } = await engine((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let i = 0; i < 100; i++) response.write(part);
    response.end('data: [DONE]\n\n');
  });
  const { ask } = await gateway(url);
  expect((await (await ask({ stream: true })).text()).length).toBe(part.length * 100 + 'data: [DONE]\n\n'.length);
});
