/** Real HTTP against a stand-in provider of either protocol. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { json, openaiEvents, startProvider, stream, type StandInProvider } from '../../../../tests/support/provider.js';
import type { ChatChunk, ChatStream } from '../core/chunks.js';
import { EngineRefusal } from '../core/refusal.js';
import { providerChat, providerPass } from './ask.js';
import { testProvider } from './test-call.js';
import type { ProviderAt } from './types.js';

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.txt`), 'utf8');
const never = new AbortController().signal;
const asked = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const hello = openaiEvents(
  { id: 'c', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' } }] },
  { id: 'c', choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: 'stop' }] },
  { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
);

let server: StandInProvider;
beforeEach(async () => {
  server = await startProvider();
});
afterEach(() => server.stop());
const at = (protocol: 'openai' | 'anthropic' = 'openai'): ProviderAt => ({
  id: 7,
  name: 'Cloud',
  protocol,
  baseUrl: server.url,
  headers: {},
});
const text = (chunks: readonly ChatChunk[]): string => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

async function all(answer: ChatStream): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return chunks;
}
type Failure = Error & { code?: string; status?: number; action?: string };
/** What was said before the failure, and the failure. */
async function failing(answer: ChatStream): Promise<{ said: string; error: Failure }> {
  const chunks: ChatChunk[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk);
  } catch (error) {
    return { said: text(chunks), error: error as Failure };
  }
  throw new Error('it did not fail');
}

test('a chat with a provider of OpenAI’s protocol', async () => {
  server.answer = stream(hello);
  const chunks = await all(providerChat({ ...at(), headers: { 'x-team': 'a' } }, 'sk-1', asked, never));
  expect(text(chunks)).toBe('Hello');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3 } });
  const [request] = server.asked;
  expect(request).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    body: { ...asked, stream: true, stream_options: { include_usage: true } },
  });
  expect(request!.headers).toMatchObject({ authorization: 'Bearer sk-1', 'x-team': 'a', accept: 'text/event-stream' });
  expect(request!.headers['user-agent']).toMatch(/^mlx-manager-gateway\//);
});

test('a chat with a provider of Anthropic’s protocol', async () => {
  server.answer = stream(fixture('tool-use'));
  const chunks = await all(providerChat(at('anthropic'), 'sk-2', { ...asked, max_tokens: 9 }, never));
  expect(text(chunks)).toContain('weather in Paris');
  expect(chunks.at(-1)).toMatchObject({ usage: { prompt_tokens: 377, completion_tokens: 65 } });
  expect(server.asked[0]).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'sk-2', 'anthropic-version': '2023-06-01' },
    body: { model: 'm', max_tokens: 9, stream: true },
  });
  expect(server.asked[0]!.headers).not.toHaveProperty('authorization');
});

test('a connection is used again', async () => {
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // The end of the body comes after the last event, in a packet of its own.
    response.write(hello, () => setImmediate(() => response.end()));
  };
  for (let i = 0; i < 10; i++) {
    expect(text(await all(providerChat(at(), null, asked, never)))).toBe('Hello');
    await server.idle();
  }
  // The end may reach us after the next request has begun: then there are two, never one for each.
  expect(server.connections).toBeLessThan(5);
});

test('text completions too, and no key where none is wanted', async () => {
  server.answer = stream(openaiEvents({ choices: [{ index: 0, text: 'abc', finish_reason: 'stop' }] }));
  const chunks = await all(providerChat(at(), null, { model: 'm', prompt: 'x' }, never, '/v1/completions'));
  expect(chunks[0]).toMatchObject({ choices: [{ text: 'abc' }] });
  expect(server.asked[0]!.path).toBe('/v1/completions');
  expect(server.asked[0]!.headers).not.toHaveProperty('authorization');
});

test('a provider that gives a whole answer for a stream', async () => {
  server.answer = json(200, { id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }] });
  expect(text(await all(providerChat(at(), null, asked, never)))).toBe('Hello');
});

test('its refusal in its own words, with its pause', async () => {
  server.answer = json(429, { error: { message: 'Slow down.', type: 'rate_limit_error', code: 'slow' } }, { 'retry-after': '17' });
  const { error } = await failing(providerChat(at(), 'k', asked, never));
  expect(error).toBeInstanceOf(EngineRefusal);
  expect(error).toMatchObject({
    status: 429,
    message: 'The provider Cloud says: Slow down.',
    retryAfter: '17',
    fields: { type: 'rate_limit_error', code: 'slow' },
  });
  server.answer = json(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
  expect((await failing(providerChat(at('anthropic'), 'k', asked, never))).error).toMatchObject({
    status: 529,
    message: expect.stringContaining('Overloaded'),
  });
});

test.each([401, 402, 403])('%i is our key’s fault, not the client’s: PROVIDER_KEY_REJECTED', async (status) => {
  server.answer = json(status, { error: { message: 'Incorrect API key provided' } });
  const { error } = await failing(providerChat(at(), 'sk-secret', asked, never));
  expect(error).toMatchObject({ code: 'PROVIDER_KEY_REJECTED', status: 502, details: { providerId: 7 } });
  expect(error.message).toBe('The provider Cloud does not accept the key it was given: Incorrect API key provided.');
  expect(JSON.stringify([error, error.message, error.action])).not.toContain('sk-secret');
});

test('nobody listens: PROVIDER_UNREACHABLE', async () => {
  const { baseUrl } = at();
  await server.stop();
  server = await startProvider();
  const { error } = await failing(providerChat({ ...at(), baseUrl }, 'k', asked, never));
  expect(error).toMatchObject({ code: 'PROVIDER_UNREACHABLE', status: 502, message: expect.stringContaining('ECONNREFUSED') });
});

test('a redirection is not followed: it would carry the key elsewhere', async () => {
  const other = await startProvider(stream(hello));
  try {
    server.answer = (response) => void response.writeHead(307, { location: `${other.url}/v1/chat/completions` }).end();
    const { error } = await failing(providerChat(at(), 'k', asked, never));
    expect(error).toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.stringContaining('points to') });
    expect(other.asked).toEqual([]);
  } finally {
    await other.stop();
  }
});

test.each([
  ['cut off', true],
  ['ended without its last event', false],
])('a stream that is %s: PROVIDER_STREAM_BROKEN', async (_, cut) => {
  server.answer = stream(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hel' } }] })}\n\n`, { cut });
  const { said, error } = await failing(providerChat(at(), 'k', asked, never));
  expect([said, error.code, error.status]).toEqual(['Hel', 'PROVIDER_STREAM_BROKEN', 502]);
});

test('what is no JSON breaks the stream too', async () => {
  server.answer = stream('data: <html>\n\n');
  expect((await failing(providerChat(at(), 'k', asked, never))).error).toMatchObject({ code: 'PROVIDER_STREAM_BROKEN' });
});

test('an error that is told in the stream: a refusal before the first word, else PROVIDER_STREAM_BROKEN', async () => {
  const told = { error: { message: 'No capacity', type: 'server_error', code: 503 } };
  server.answer = stream(openaiEvents(told));
  expect((await failing(providerChat(at(), 'k', asked, never))).error).toMatchObject({ status: 503, message: 'No capacity' });
  server.answer = stream(fixture('overloaded'));
  const { said, error } = await failing(providerChat(at('anthropic'), 'k', asked, never));
  expect([said, error.code]).toEqual(['Once upon', 'PROVIDER_STREAM_BROKEN']);
  expect(error.message).toContain('Overloaded');
});

test('who stops reading closes the connection; so does an aborted signal, whose reason is thrown', async () => {
  const endless: StandInProvider['answer'] = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' } }] })}\n\n`);
  };
  server.answer = endless;
  for await (const _ of providerChat(at(), 'k', asked, never)) break;
  await server.left;

  await server.stop();
  server = await startProvider(endless);
  const leaving = new AbortController();
  const reason = new Error('the client left');
  const reading = (async () => {
    for await (const _ of providerChat(at(), 'k', asked, leaving.signal)) leaving.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  await server.left;
});

test('passing through: the client’s bytes but for the model, our key, the provider’s bytes back', async () => {
  const answer = fixture('thinking');
  server.answer = (response) =>
    void response
      .writeHead(200, {
        'content-type': 'text/event-stream',
        'request-id': 'r1',
        'set-cookie': 'a=b',
        'anthropic-ratelimit-requests-remaining': '9',
      })
      .end(answer);
  const body =
    '{ "thinking": {"type":"enabled","budget_tokens":2000}, "model": "local-name", "big": 12345678901234567890, "messages": [] }';
  const headers = {
    'anthropic-beta': 'interleaved-thinking-2025-05-14',
    'anthropic-version': '2023-01-01',
    'x-api-key': 'client-key',
    authorization: 'Bearer client-key',
    cookie: 'c=d',
  };
  const passed = await providerPass(
    at('anthropic'),
    'sk-3',
    { path: '/v1/messages', body, model: 'claude-opus-4-6', stream: true, headers },
    never,
  );
  const parts: Uint8Array[] = [];
  for await (const part of passed.body) parts.push(part);
  expect(Buffer.concat(parts).toString('utf8')).toBe(answer);
  expect(passed).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'request-id': 'r1', 'anthropic-ratelimit-requests-remaining': '9' },
  });
  expect(passed.headers).not.toHaveProperty('set-cookie');
  expect(server.asked[0]!.text).toBe(body.replace('local-name', 'claude-opus-4-6'));
  expect(server.asked[0]!.headers).toMatchObject({
    'x-api-key': 'sk-3',
    'anthropic-beta': headers['anthropic-beta'],
    'anthropic-version': '2023-01-01',
  });
  expect(JSON.stringify(server.asked[0]!.headers)).not.toMatch(/client-key|c=d/);
});

test('passing through: a refusal is thrown, a broken stream too; a whole answer ends as it ends', async () => {
  const request = { path: '/v1/chat/completions', body: '{"model":"a"}', model: 'm', stream: true };
  const drain = async (): Promise<string> => {
    let said = '';
    for await (const part of (await providerPass(at(), 'k', request, never)).body) said += Buffer.from(part).toString('utf8');
    return said;
  };
  server.answer = json(503, { error: { message: 'Down.' } });
  await expect(drain()).rejects.toMatchObject({ status: 503 });
  server.answer = stream('data: {"choices":[{"delta":{"content":"[DONE] \\"message_stop\\""}}]}\n\n');
  await expect(drain()).rejects.toMatchObject({ code: 'PROVIDER_STREAM_BROKEN' });
  server.answer = stream(hello, { cut: false });
  expect(await drain()).toBe(hello);
  server.answer = json(200, { data: [] });
  expect(await drain()).toBe('{"data":[]}');
});

test('the test call says what happened', async () => {
  server.answer = json(200, { object: 'list', data: [{ id: 'a' }, { id: 'b' }] });
  expect(await testProvider(at(), 'k')).toMatchObject({ ok: true, status: 200, models: ['a', 'b'], action: null });
  expect(server.asked[0]).toMatchObject({ method: 'GET', path: '/v1/models', headers: { authorization: 'Bearer k' } });
  server.answer = json(401, { error: { message: 'bad key' } });
  expect(await testProvider(at(), 'k')).toMatchObject({
    ok: false,
    status: 401,
    message: expect.stringContaining('bad key'),
    action: expect.stringContaining('key'),
  });
  server.answer = json(404, {});
  expect(await testProvider(at(), 'k')).toMatchObject({ ok: false, status: 404, action: expect.stringContaining('base_url') });
  server.answer = json(503, { error: 'Down' });
  expect(await testProvider(at(), 'k')).toMatchObject({ ok: false, status: 503, message: expect.stringContaining('Down') });
  server.answer = (response) => void response.writeHead(200).end('<html>');
  expect(await testProvider(at(), 'k')).toMatchObject({ ok: false, status: 200, message: expect.stringContaining('no list') });
  expect(await testProvider({ ...at(), baseUrl: 'http://127.0.0.1:9' }, 'k')).toMatchObject({ ok: false, status: null });
});

test.each([
  [500, 'text/plain', /^The provider Cloud says: a+/],
  [200, 'application/json', /has no end/],
  [200, 'text/event-stream', /has no end/],
])(
  'what has no end is not waited for (%d, %s)',
  async (status, type, words) => {
    const closed = new Promise<void>((resolve) => {
      server.answer = (response) => {
        response.writeHead(status, { 'content-type': type });
        const piece = Buffer.alloc(256 * 1024, 'a');
        const more = (): void => {
          while (!response.destroyed) if (!response.write(piece)) return void response.once('drain', more);
        };
        response.once('close', () => resolve());
        more();
      };
    });
    const { error } = await failing(providerChat(at(), null, asked, never));
    expect(error.message).toMatch(words);
    await closed;
  },
  30_000,
);

test('a key that the provider repeats is told to nobody', async () => {
  const complaint = { error: { message: 'Incorrect API key provided: sk-secret-1' } };
  const told = async (): Promise<string> => {
    const { error } = await failing(providerChat(at(), 'sk-secret-1', asked, never));
    return `${error.message} ${JSON.stringify(error)}`;
  };
  for (const status of [400, 401, 500]) {
    server.answer = json(status, complaint);
    expect(await told()).toContain('Incorrect API key provided: [key]');
    expect(await told()).not.toContain('sk-secret');
  }
  for (const events of [[complaint], [{ choices: [{ index: 0, delta: { content: 'x' } }] }, complaint]]) {
    server.answer = stream(openaiEvents(...events));
    expect(await told()).not.toContain('sk-secret');
  }
});

test('nor what is passed on whole', async () => {
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const more = (): void => {
      while (!response.destroyed) if (!response.write(piece)) return void response.once('drain', more);
    };
    more();
  };
  const { body } = await providerPass(at(), null, { path: '/v1/embeddings', body: '{}', model: 'm', stream: false }, never);
  let bytes = 0;
  const reading = (async () => {
    for await (const part of body) bytes += part.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'PROVIDER_STREAM_BROKEN', message: expect.stringContaining('has no end') });
  expect(bytes).toBeLessThan(300 * 1024 * 1024);
}, 30_000);
