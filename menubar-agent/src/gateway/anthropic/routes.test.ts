/** `/v1/messages` over engines that misbehave. A real engine is asked in tests/gateway. */
import type { RequestListener } from 'node:http';
import { once } from 'node:events';
import { ENDS, says, sse, SSE, standInGateway } from '../../../../tests/support/gateway/index.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function setUp(listener: RequestListener, timings = { open: 5_000, ping: 5_000 }) {
  const standIn = await standInGateway(listener, { timings, profile: { systemPrompt: 'Be kind.', sampling: { temperature: 0.5 } } });
  open.push(standIn);
  const ask = (body: Record<string, unknown> = {}, signal?: AbortSignal) =>
    standIn.ask({ max_tokens: 9, ...body }, { path: '/v1/messages', ...(signal && { signal }) });
  return { ask, stalls: standIn.stalls, warnings: standIn.logged, close: standIn.closeEngine };
}

const typesOf = (text: string): string[] => [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1] ?? '');
const errorOf = (type: string, message: unknown = expect.any(String)) => ({ type: 'error', error: { type, message } });
const lastOf = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1)?.slice(6) ?? '');

test('the engine is asked for a stream, by its own model name, with the profile’s defaults; what was left out is logged', async () => {
  const bodies: string[] = [];
  const { ask, warnings } = await setUp((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.writeHead(200, SSE).end(says('Hello') + ENDS));
  });
  const answer = await ask({ tools: [{ type: 'web_search_20250305', name: 'web_search' }], stop_sequences: ['x'] });
  expect(await answer.json()).toMatchObject({ model: 'Coding', content: [{ type: 'text', text: 'Hello' }] });
  expect(JSON.parse(bodies.join(''))).toEqual({
    model: 'default_model',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 9,
    temperature: 0.5,
    chat_template_kwargs: { enable_thinking: false },
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
    ],
  });
  expect(warnings).toEqual([[{ model: 'Coding' }, expect.stringContaining('web_search')]]);
});

test('while the engine is silent a stream gets real pings after message_start, and no text', async () => {
  const pinged = Promise.withResolvers<undefined>();
  const { ask } = await setUp((_request, response) => void pinged.promise.then(() => response.writeHead(200, SSE).end(says('Hi') + ENDS)), {
    open: 1,
    ping: 5,
  });
  const answer = await ask({ stream: true });
  let text = '';
  for await (const chunk of answer.body!) {
    text += String(chunk);
    if (typesOf(text).filter((type) => type === 'ping').length > 1) pinged.resolve(undefined);
  }
  const types = typesOf(text);
  expect(types.slice(0, 3)).toEqual(['message_start', 'ping', 'ping']);
  expect(types.filter((type) => type !== 'ping')).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(text).toContain('event: ping\ndata: {"type":"ping"}\n\n');
});

test.each([true, false])('an engine that does not answer (stream: %s)', async (stream) => {
  const { ask, stalls, close } = await setUp(() => undefined);
  close();
  const answer = await ask({ stream });
  expect([answer.status, await answer.json()]).toEqual([502, errorOf('api_error', expect.stringContaining('Coding'))]);
  expect(stalls).toEqual([3, 3]); // it is tried a second time
});

test.each([true, false])('what the engine refuses is passed on with its status (stream: %s)', async (stream) => {
  const { ask, stalls } = await setUp((_request, response) => response.writeHead(429, { 'retry-after': '3' }).end('{"error":"full"}'));
  const answer = await ask({ stream });
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([429, '3', errorOf('rate_limit_error', 'full')]);
  expect(stalls).toEqual([]);
});

test('what it refuses when the stream is open already is its last event', async () => {
  const opened = Promise.withResolvers<undefined>();
  const { ask } = await setUp((_request, response) => void opened.promise.then(() => response.writeHead(422).end('{"error":"too long"}')), {
    open: 1,
    ping: 5_000,
  });
  const answer = await ask({ stream: true });
  opened.resolve(undefined);
  const text = await answer.text();
  expect(typesOf(text)).toEqual(['message_start', 'error']);
  expect(lastOf(text)).toEqual(errorOf('invalid_request_error', 'too long'));
});

test('an engine that says it is dead is looked at at once', async () => {
  const { ask, stalls } = await setUp((_request, response) => response.writeHead(404).end('{"error":"generation thread died"}'));
  expect((await ask()).status).toBe(502);
  expect(stalls).toEqual([3, 3]); // it is tried a second time
});

test.each<[string, RequestListener]>([
  ['breaks off', (_request, response) => response.writeHead(200, SSE).write(says('Hel'), () => response.destroy())],
  ['ends without its last event', (_request, response) => response.writeHead(200, SSE).end(says('Hel'))],
  [
    'sends an error and then a normal end',
    (_request, response) => response.writeHead(200, SSE).end(says('Hel') + sse({ error: { message: 'oom' } }) + ENDS),
  ],
  ['sends what is no JSON', (_request, response) => response.writeHead(200, SSE).end(`${says('Hel')}data: {"cho\n\n`)],
])('an engine that %s: an error event, or a 502', async (_name, listener) => {
  const { ask, stalls } = await setUp(listener);
  const text = await (await ask({ stream: true })).text();
  expect(typesOf(text)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error']);
  expect(lastOf(text)).toEqual(errorOf('api_error', expect.stringContaining('broke off')));
  const whole = await ask();
  expect([whole.status, await whole.json()]).toEqual([502, errorOf('api_error')]);
  expect(stalls).toEqual([3, 3]);
});

test('what the engine says of its error is told', async () => {
  const { ask } = await setUp((_request, response) => response.writeHead(200, SSE).end(sse({ error: { message: 'out of memory' } })));
  // Nothing was said before: the answer can still have the status of the error.
  expect(await (await ask({ stream: true })).json()).toEqual(errorOf('api_error', expect.stringContaining('out of memory')));
  expect(await (await ask()).json()).toEqual(errorOf('api_error', expect.stringContaining('out of memory')));
});

test.each([
  [true, 'in mid-stream'],
  [false, 'before the whole answer'],
])('a client that leaves (stream: %s, %s) ends the engine’s work', async (stream) => {
  const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const { ask, stalls, warnings } = await setUp((_request, response) => {
    arrived.resolve({ closed: once(response, 'close') });
    response.writeHead(200, SSE).write(says('Hel'));
  });
  const left = new AbortController();
  const asking = ask({ stream }, left.signal).then((answer) => answer.text());
  const failed = expect(asking).rejects.toThrow();
  const { closed } = await arrived.promise;
  left.abort();
  await Promise.all([closed, failed]);
  expect([stalls, warnings]).toEqual([[], []]);
});

test('a stop sequence ends the answer and the engine’s work', async () => {
  const closed = Promise.withResolvers<undefined>();
  const { ask, stalls } = await setUp((_request, response) => {
    response.on('close', () => closed.resolve(undefined));
    response.writeHead(200, SSE).write(says('One EN') + says('D two'));
  });
  const answer = await ask({ stop_sequences: ['END'] });
  expect(await answer.json()).toMatchObject({ content: [{ text: 'One ' }], stop_reason: 'stop_sequence', stop_sequence: 'END' });
  await closed.promise;
  expect(stalls).toEqual([]);
});

test('a large answer arrives whole', async () => {
  const part = 'x'.repeat(64 * 1024);
  const { ask } = await setUp((_request, response) => {
    response.writeHead(200, SSE);
    for (let i = 0; i < 50; i++) response.write(says(part));
    response.end(ENDS);
  });
  const text = await (await ask({ stream: true })).text();
  expect(text.split(part).length - 1).toBe(50);
  expect(typesOf(text).at(-1)).toBe('message_stop');
});

test.each([{ stop_sequences: 5 }, { messages: 'Hi' }, { model: 'Nobody' }])('%j is refused in Anthropic’s shape', async (wrong) => {
  const { ask } = await setUp(() => undefined);
  const answer = await ask(wrong);
  expect(answer.status).toBe('model' in wrong ? 404 : 400);
  expect(await answer.json()).toEqual(errorOf('model' in wrong ? 'not_found_error' : 'invalid_request_error'));
});

test.each([true, false])('for `auto` the answer names the model that was found (stream: %s)', async (stream) => {
  const { ask } = await setUp((_request, response) => response.writeHead(200, SSE).end(says('Hi') + ENDS));
  for (const model of ['auto', undefined]) expect(await (await ask({ model, stream })).text()).toContain('"model":"Coding"');
});
