import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import fetch from 'node-fetch';
import { z } from 'zod';
import { AgentError, invalidRequest, routes, SESSION_COOKIE, wireObject, type Route } from '@mlx-manager/shared';
import { silentLogger } from '../core/index.js';
import { toAgentError } from './errors.js';
import { Access, HttpServer } from './index.js';

const TOKEN = 'a-token-of-this-test';
const echo = {
  method: 'POST',
  path: '/api/echo/:id',
  summary: '',
  tag: 'test',
  status: 200,
  params: wireObject({ id: z.coerce.number().int() }),
  query: wireObject({ maxSize: z.coerce.number().optional() }),
  body: wireObject({ modelPath: z.string() }, { strict: true }),
  response: wireObject({ theId: z.int(), modelPath: z.string() }),
} as const satisfies Route;
const failing = { method: 'GET', path: '/api/fail', summary: '', tag: 'test', status: 200, response: z.null() } as const satisfies Route;

interface Running {
  base: string;
  http: HttpServer;
  access: Access;
  lists: { hosts: string[]; origins: string[] };
}
const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((http) => http.app.close()));
});

async function serve(): Promise<Running> {
  const lists = { hosts: [] as string[], origins: [] as string[] };
  const access = new Access({ token: TOKEN, allowedHosts: () => lists.hosts, allowedOrigins: () => lists.origins, now: Date.now });
  const http = new HttpServer({ logger: silentLogger(), access });
  http.route(echo, ({ params, body }) => ({ theId: params.id, modelPath: body.modelPath }));
  http.route(failing, () => {
    throw new Error('a secret detail of the inside');
  });
  http.route(routes.health, () => ({ status: 'ok' as const, name: 'mlx-manager' as const, version: '1' }));
  http.app.get('/later', () => 'something');
  http.app.get('/v1/models', () => ({ data: [] }));
  http.app.get('/v1/fail', () => {
    throw new AgentError('UNKNOWN_MODEL', { model: 'x', hint: '' });
  });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  running.push(http);
  const address = http.app.server.address() as { port: number };
  return { base: `http://127.0.0.1:${address.port}`, http, access, lists };
}

/** Unlike fetch, this sends any Host header. */
function raw(
  base: string,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(base + path, { method, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
/** Sends the path as it is written, which no client library does. */
function rawPath(base: string, path: string, headers = ''): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`);
  });
}
const code = (text: string): string => (JSON.parse(text) as { error: { code: string } }).error.code;
const bearer = { authorization: `Bearer ${TOKEN}` };

describe('who may call', () => {
  test.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer nope' }],
    ['a token of the right length', { authorization: `Bearer ${TOKEN.replace('a', 'b')}` }],
  ])('/api with %s is UNAUTHORIZED', async (_, headers) => {
    const { base } = await serve();
    const answer = await raw(base, '/api/fail', headers);
    expect([answer.status, code(answer.body)]).toEqual([401, 'UNAUTHORIZED']);
  });

  test('an unknown path under /api does not say so before sign-in', async () => {
    const { base } = await serve();
    expect((await raw(base, '/api/nothing', {})).status).toBe(401);
    expect(code((await raw(base, '/api/nothing', bearer)).body)).toBe('NOT_FOUND');
  });

  test.each([
    '/%61pi/fail',
    '/ap%69/fail',
    '/%2561pi/fail',
    '//api/fail',
    '/api//fail',
    '/api/./fail',
    '/v1/../api/fail',
    '/API/fail',
    '/api/fail/',
    '/api/fail?x',
    '/api%2ffail',
  ])('written as %s it needs the token too', async (path) => {
    const { base } = await serve();
    expect(await rawPath(base, path)).toMatch(/^HTTP\/1\.1 40[134] /);
  });

  test('an address with scheme and host is refused', async () => {
    const { base } = await serve();
    expect(await rawPath(base, 'http://x/api/fail', `authorization: Bearer ${TOKEN}\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await rawPath(base, 'http://x/api/fail')).toMatch(/^HTTP\/1\.1 40[14] /);
  });

  test('a route that is added later needs the token by itself', async () => {
    const { base } = await serve();
    expect([(await raw(base, '/later', {})).status, (await raw(base, '/later', bearer)).status]).toEqual([401, 200]);
  });

  test('what is no HTTP, or too long, is answered in our shape', async () => {
    const { base } = await serve();
    expect(await rawPath(base, '/api/%zz', `authorization: Bearer ${TOKEN}\r\n`)).toContain('"code":"NOT_FOUND"');
    expect(await rawPath(base, `/api/echo/${'9'.repeat(600)}`, `authorization: Bearer ${TOKEN}\r\n`)).toMatch(/"code":"NOT_FOUND"/);
    expect(await rawPath(base, '/api/health', `x-long: ${'x'.repeat(40_000)}\r\n`)).toMatch(/^HTTP\/1\.1 431 [\s\S]*PAYLOAD_TOO_LARGE/);
    expect(await rawPath(base, '/api/health', 'no header at all\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*INVALID_REQUEST/);
  });

  test('HEAD does not do a GET’s work', async () => {
    const { base } = await serve();
    expect((await raw(base, '/api/health', {}, 'HEAD')).status).not.toBe(200);
  });

  test('health and /v1 need no token on loopback', async () => {
    const { base } = await serve();
    expect((await raw(base, '/api/health', {})).status).toBe(200);
    expect((await raw(base, '/v1/models', {})).status).toBe(200);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '192.168.1.5', 'localhost.', 'a b'])(
    'a request under the name "%s" is FORBIDDEN_HOST, even with the token',
    async (host) => {
      const { base } = await serve();
      const answer = await raw(base, '/v1/models', { host, ...bearer });
      expect([answer.status, code(answer.body)]).toEqual([403, 'forbidden_host']);
      expect(code((await raw(base, '/api/fail', { host, ...bearer })).body)).toBe('FORBIDDEN_HOST');
    },
  );

  test.each(['127.0.0.1:9', 'localhost', 'LOCALHOST:1234', '[::1]:80'])('loopback may be called %s', async (host) => {
    const { base } = await serve();
    expect((await raw(base, '/v1/models', { host })).status).toBe(200);
  });

  test('a listed host may call, with the token even under /v1', async () => {
    const { base, lists } = await serve();
    lists.hosts.push('Host.Docker.Internal');
    const host = 'host.docker.internal:10239';
    expect((await raw(base, '/v1/models', { host })).status).toBe(401);
    expect((await raw(base, '/v1/models', { host, ...bearer })).status).toBe(200);
    expect((await raw(base, '/v1/models', { host, 'x-api-key': TOKEN })).status).toBe(200);
    expect((await raw(base, '/v1/models', { host, 'x-api-key': 'other' })).status).toBe(401);
  });

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://localhost'])(
    'a page of %s is FORBIDDEN_ORIGIN',
    async (origin) => {
      const { base } = await serve();
      const answer = await raw(base, '/api/fail', { origin, ...bearer });
      expect([answer.status, code(answer.body)]).toEqual([403, 'FORBIDDEN_ORIGIN']);
    },
  );

  test('a foreign page’s image or script is refused, a followed link is not', async () => {
    const { base } = await serve();
    expect((await raw(base, '/v1/models', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await raw(base, '/v1/models', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
  });

  test('a listed origin may call with the token and is told so; its preflight passes', async () => {
    const { base, lists } = await serve();
    const origin = 'app://obsidian.md';
    lists.origins.push(origin);
    expect((await raw(base, '/v1/models', { origin })).status).toBe(401);
    const answer = await raw(base, '/v1/models', { origin, ...bearer });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
    const preflight = await raw(base, '/v1/models', { origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, origin]);
  });

  test('our own page is not foreign', async () => {
    const { base } = await serve();
    expect((await raw(base, '/v1/models', { origin: base })).status).toBe(200);
  });
});

describe('the one-time link', () => {
  test('signs a browser in once', async () => {
    const { base, access } = await serve();
    const { code: link } = access.createLink();
    const cookie = access.redeemLink(link).split(';')[0] as string;
    expect((await raw(base, '/api/nothing', { cookie })).status).toBe(404);
    expect(() => access.redeemLink(link)).toThrow(expect.objectContaining({ code: 'LINK_EXPIRED' }));
  });

  test('a cookie that was changed, or has ended, is worth nothing', async () => {
    const { base, access } = await serve();
    const cookie = access.redeemLink(access.createLink().code).split(';')[0] as string;
    const [end, signature] = cookie.slice(SESSION_COOKIE.length + 1).split('.');
    for (const value of [`${Number(end) + 1}.${signature}`, `${end}.${signature}x`, `1.${signature}`, 'x']) {
      expect((await raw(base, '/api/nothing', { cookie: `${SESSION_COOKIE}=${value}` })).status).toBe(401);
    }
  });

  test('a code too old is worth nothing', () => {
    let now = 1000;
    const access = new Access({ token: TOKEN, allowedHosts: () => [], allowedOrigins: () => [], now: () => now });
    const { code: link, expiresAt } = access.createLink();
    now = expiresAt + 1;
    expect(() => access.redeemLink(link)).toThrow(expect.objectContaining({ code: 'LINK_EXPIRED' }));
  });
});

describe('requests and answers', () => {
  const post = (base: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/api/echo/7?max_size=3`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...bearer, ...headers },
    });

  test('names change between wire and inside', async () => {
    const { base } = await serve();
    expect(await (await post(base, '{"model_path":"a"}')).json()).toEqual({ the_id: 7, model_path: 'a' });
  });

  test('what is wrong is named as the client wrote it', async () => {
    const { base } = await serve();
    const answer = (await (await post(base, '{"model_path":1,"modelPath":"x"}')).json()) as {
      error: { code: string; details: { problems: { field: string }[] } };
    };
    expect(answer.error.code).toBe('INVALID_REQUEST');
    expect(answer.error.details.problems.map((problem) => problem.field)).toEqual(['model_path', 'body']);
  });

  test('no JSON, another type, too much: each says so', async () => {
    const { base } = await serve();
    expect(code(await (await post(base, '{')).text())).toBe('INVALID_REQUEST');
    expect(code(await (await post(base, 'x', { 'content-type': 'text/plain' })).text())).toBe('UNSUPPORTED_MEDIA_TYPE');
    const large = await post(base, JSON.stringify({ model_path: 'x'.repeat(2 * 1024 * 1024) }));
    expect([large.status, code(await large.text())]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('what is nested too deep for whoever writes it out again is refused', async () => {
    const { base } = await serve();
    const nested = (levels: number): string => `{"model_path":"x","more":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    for (const levels of [200, 100_000]) {
      const answer = await post(base, nested(levels));
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('nested deeper than 200 levels')]);
    }
    expect(await (await post(base, nested(199))).text()).toContain('Unrecognized key');
  });

  test('of many problems the first are named', async () => {
    const { base } = await serve();
    const answer = await post(
      base,
      JSON.stringify({ model_path: 'x', ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 1])) }),
    );
    expect((await answer.text()).length).toBeLessThan(4_000);
    const { success, error } = z.array(z.string()).safeParse(Array.from({ length: 5_000 }, () => 1));
    expect(success).toBe(false);
    const { message, details } = invalidRequest(error!, 'body');
    expect(message).toMatch(/19: [^;]+; and 4980 more/);
    expect(details.problems).toHaveLength(20);
  });

  test('an unexpected error leaks nothing', async () => {
    const { base } = await serve();
    const answer = await raw(base, '/api/fail', bearer);
    expect([answer.status, code(answer.body)]).toEqual([500, 'INTERNAL']);
    expect(answer.body).not.toMatch(/secret|at .*\.ts/);
  });

  test('under /v1 errors have OpenAI’s shape', async () => {
    const { base } = await serve();
    const answer = await raw(base, '/v1/fail', {});
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toEqual({
      error: { message: expect.stringContaining('No profile'), type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    });
  });

  test('while it stops, new requests get SHUTTING_DOWN', async () => {
    const { base, http } = await serve();
    http.beginShutdown();
    expect(code((await raw(base, '/api/health', {})).body)).toBe('SHUTTING_DOWN');
  });
});

test.each(['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])('%s is told as a full disk', (code) => {
  const cause = Object.assign(new Error('database or disk is full'), { code });
  expect(toAgentError(cause, { method: 'POST', url: '/api/chats' })).toMatchObject({ code: 'STORAGE_FULL', status: 507, cause });
});

test('work that is given up because its caller left is not logged as a failure; other failures are', async () => {
  const errors: unknown[] = [];
  const access = new Access({ token: TOKEN, allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const logger = Object.assign(silentLogger(), { error: (what: unknown) => void errors.push(what) });
  const begun = Promise.withResolvers<null>();
  const answered = Promise.withResolvers<null>();
  // The last thing that is done about an error.
  const errorShape = ({ code: known }: AgentError) => {
    answered.resolve(null);
    return { error: { code: known } };
  };
  const http = new HttpServer({ logger, access, errorShape });
  running.push(http);
  http.route(failing, async (_input, { request }) => {
    begun.resolve(null);
    await new Promise((left) => request.raw.socket.once('close', left));
    throw new DOMException('This operation was aborted', 'AbortError');
  });
  http.route({ ...failing, path: '/api/broken' }, () => {
    throw new DOMException('not by the caller', 'AbortError');
  });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.app.server.address() as { port: number };
  const base = `http://127.0.0.1:${port}`;
  const asked = httpRequest(`${base}/api/fail`, { headers: bearer });
  asked.on('error', () => undefined);
  asked.end();
  await begun.promise;
  asked.destroy();
  await answered.promise;
  expect(errors).toEqual([]);
  expect((await raw(base, '/api/broken', bearer)).status).toBe(500);
  expect(errors).toHaveLength(1);
});
