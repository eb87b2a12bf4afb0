/** The gateway over engines that misbehave. Real engines are asked in tests/. */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { ENDS, says, sse, SSE, standInGateway, type StandIn } from '../../../../tests/support/gateway/index.js';
import { engineError } from '../engine-error.js';

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function gateway(listener: RequestListener, options: Parameters<typeof standInGateway>[1] = {}): Promise<StandIn> {
  const standIn = await standInGateway(listener, options);
  open.push(standIn);
  return standIn;
}

test('an engine that does not answer is told as ENGINE_UNREACHABLE and looked at', async () => {
  const made = await gateway(() => undefined);
  made.closeEngine();
  const { ask, stalls } = made;
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([
    502,
    { error: expect.objectContaining({ code: 'engine_unreachable', type: 'server_error' }) },
  ]);
  expect(stalls).toEqual([3, 3]); // it is tried a second time
});

test('an engine that breaks off in a stream: ENGINE_STREAM_BROKEN as the last event', async () => {
  const made = await gateway((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n', () => response.destroy());
  });
  const { ask, stalls } = made;
  const text = await (await ask({ stream: true })).text();
  expect(text).toContain('"Hel"');
  expect(text.trim().split('\n\n').at(-1)).toContain('"code":"engine_stream_broken"');
  expect(stalls).toEqual([3]);
});

test('a stream that just ends, without its last event, broke off too', async () => {
  const made = await gateway((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices":[]}\n\n'),
  );
  const { ask, stalls } = made;
  expect(await (await ask({ stream: true })).text()).toContain('engine_stream_broken');
  expect(stalls).toEqual([3]);
});

test('one that ends with it did not, however its bytes are cut', async () => {
  const made = await gateway((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[]}\n\ndata: [DO');
    setImmediate(() => response.end('NE]\n\n'));
  });
  const { ask, stalls } = made;
  expect(await (await ask({ stream: true })).text()).toBe('data: {"choices":[]}\n\ndata: [DONE]\n\n');
  expect(stalls).toEqual([]);
});

test('a whole answer that breaks off is an error', async () => {
  const { ask, stalls } = await gateway((_request, response) => response.writeHead(200, SSE).write(says('Hel'), () => response.destroy()));
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([502, { error: expect.objectContaining({ code: 'engine_stream_broken' }) }]);
  expect(stalls).toEqual([3]);
});

test('an error inside a stream ends it; what the engine says of it is told', async () => {
  const { ask } = await gateway((_request, response) =>
    response.writeHead(200, SSE).end(says('Hel') + sse({ error: { message: 'oom' } }) + ENDS),
  );
  const text = await (await ask({ stream: true })).text();
  expect(text).not.toContain('[DONE]');
  expect(text.trim().split('\n\n').at(-1)).toMatch(/engine_stream_broken|oom/);
  expect(text).toContain('oom');
});

test('a whole answer is put together from the engine’s stream, under the name that was asked for', async () => {
  const { ask, traces, held } = await gateway((_request, response) => {
    const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9, prompt_tokens_details: { cached_tokens: 5 } };
    response
      .writeHead(200, SSE)
      .end(
        says('Hel') +
          says('lo') +
          sse({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] }) +
          sse({ choices: [], usage }) +
          'data: [DONE]\n\n',
      );
  });
  expect(await (await ask({ model: 'cOding' })).json()).toMatchObject({
    object: 'chat.completion',
    model: 'cOding',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 7, completion_tokens: 2 },
  });
  expect(traces).toMatchObject([
    {
      trace: {
        profileId: 3,
        promptTokens: 7,
        completionTokens: 2,
        cachedTokens: 5,
        finishReason: 'length',
        outcome: 'ok',
        status: 200,
        pieces: 2,
      },
      answer: { text: 'Hello', reasoning: '' },
    },
  ]);
  expect(held.size).toBe(0);
});

test('usage is in a stream only for those who asked', async () => {
  const { ask } = await gateway((_request, response) => {
    const usage = { prompt_tokens: 7, completion_tokens: 2 };
    response.writeHead(200, SSE).end(says('Hi') + sse({ choices: [], usage }) + 'data: [DONE]\n\n');
  });
  expect(await (await ask({ stream: true })).text()).not.toContain('usage');
  expect(await (await ask({ stream: true, stream_options: { include_usage: true } })).text()).toContain('"prompt_tokens":7');
});

test('while nothing comes a stream is kept alive by comments, never by text; the early error keeps its status', async () => {
  const pinged = Promise.withResolvers<undefined>();
  const { ask } = await gateway((_request, response) => void response.writeHead(200, SSE).end(says('Hi') + ENDS), {
    timings: { open: 1, ping: 5 },
    admit: () => pinged.promise,
  });
  const answer = await ask({ stream: true });
  let text = '';
  for await (const chunk of answer.body!) {
    text += String(chunk);
    if (text.split(': keep-alive\n\n').length > 2) pinged.resolve(undefined);
  }
  expect(text.replaceAll(': keep-alive\n\n', '')).toMatch(/^data: .*Hi/);
});

test('what the engine refuses is passed on in OpenAI’s shape', async () => {
  const made = await gateway((_request, response) =>
    response.writeHead(422, { 'content-type': 'application/json', 'retry-after': '3', 'x-own': '1' }).end('{"error":"too long"}'),
  );
  const { ask, stalls } = made;
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
  const made = await gateway((_request, response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"generation thread died"}'),
  );
  const { ask, stalls } = made;
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([502, { error: expect.objectContaining({ code: 'engine_unreachable' }) }]);
  expect(stalls).toEqual([3, 3]); // it is tried a second time
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
  const made = await gateway(() => asked++);
  const { ask } = made;
  const answer = await ask(body);
  expect([answer.status, asked]).toEqual([400, 0]);
  expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(Object.keys(body)[0]);
});

test('a client cannot name folders to load', async () => {
  const bodies: string[] = [];
  const made = await gateway((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.writeHead(200, SSE).end(ENDS));
  });
  const { ask } = made;
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
  const made = await gateway((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      response.writeHead(200, SSE).end(ENDS);
    });
  });
  const { ask } = made;
  await ask({ stream: true, custom_field: { keptAsItIs: 1 } });
  expect(bodies[0]).toMatchObject({ model: 'default_model', stream_options: { include_usage: true }, custom_field: { keptAsItIs: 1 } });
});

test('a client that leaves ends the engine’s work', async () => {
  const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const made = await gateway((_request, response) => {
    arrived.resolve({ closed: once(response, 'close') });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {}\n\n');
  });
  const { ask, stalls } = made;
  const left = new AbortController();
  await ask({ stream: true }, { signal: left.signal });
  const { closed } = await arrived.promise;
  left.abort();
  await closed;
  expect(stalls).toEqual([]);
});

test('one that leaves before the first byte, too', async () => {
  const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
  const made = await gateway((request) => arrived.resolve({ closed: once(request.socket, 'close') }));
  const { ask } = made;
  const left = new AbortController();
  const asking = expect(ask({}, { signal: left.signal })).rejects.toThrow();
  const { closed } = await arrived.promise;
  left.abort();
  await Promise.all([asking, closed]);
});

test('a large answer arrives whole however slowly it is read', async () => {
  const part = `data: ${'x'.repeat(64 * 1024)}\n\n`;
  const made = await gateway((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let i = 0; i < 100; i++) response.write(part);
    response.end('data: [DONE]\n\n');
  });
  const { ask } = made;
  expect((await (await ask({ stream: true })).text()).length).toBe(part.length * 100 + 'data: [DONE]\n\n'.length);
});

test('one that reads nothing loses its place at the engine', async () => {
  const closed = Promise.withResolvers<true>();
  const made = await gateway(
    (_request, response) => {
      response.once('close', () => closed.resolve(true));
      response.writeHead(200, SSE);
      const more = (): void => {
        while (!response.destroyed) if (!response.write(says('x'.repeat(64 * 1024)))) return void response.once('drain', more);
      };
      more();
    },
    { timings: { open: 2_000, ping: 5_000, unread: 300 } },
  );
  const { hostname, port } = new URL(made.address);
  const body = JSON.stringify({ model: 'Coding', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
  const client = connect(Number(port), hostname).pause();
  client.on('error', () => undefined); // it is cut off
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const over = made.finished();
  client.write(head + body);
  expect(await over).toMatchObject({ outcome: 'cancelled' });
  await closed.promise;
  expect(made.held.size).toBe(0);
  client.destroy();
});

test('a key counts, and sees, only with the models it names', async () => {
  const mayUse = (names: readonly string[]): boolean => names.includes('Chat');
  const key = { id: 1, name: 'k', priority: null, requestsPerMinute: null, tokensPerMinute: null, models: ['Chat'], mayUse };
  const profiles = [
    { id: 3, name: 'Coding' },
    { id: 4, name: 'Chat', modelPath: 'a/c' },
  ];
  const made = await gateway(() => undefined, { profiles, keys: { recognise: () => ({ key }) } });
  const ask = async (path: string, model: string): Promise<unknown[]> => {
    const answer = await fetch(made.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer mlxm_x' },
      body: JSON.stringify({
        model,
        input: 'Hi',
        ...(path === '/v1/completions' && { prompt: 'Hi' }),
        max_tokens: 1,
        messages: [{ role: 'user', content: 'Hi' }],
      }),
    });
    return [answer.status, await answer.text()];
  };
  for (const path of ['/v1/responses/input_tokens', '/v1/messages/count_tokens']) {
    expect(await ask(path, 'Chat')).toEqual([200, expect.stringContaining('"input_tokens":')]);
    expect(await ask(path, 'Coding')).toEqual([403, expect.stringContaining('may not use Coding')]);
  }
  for (const path of ['/v1/chat/completions', '/v1/completions', '/v1/responses', '/v1/messages', '/v1/embeddings', '/v1/audio/speech']) {
    expect(await ask(path, 'Coding')).toEqual([403, expect.stringContaining('may not use Coding')]);
    expect(await ask(path, 'Codin')).toEqual([404, expect.not.stringContaining('Coding')]);
  }
});
