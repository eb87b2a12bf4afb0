/** `/v1/responses` over a stand-in engine, read by OpenAI's own client. A real engine is asked in tests/gateway. */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import OpenAI from 'openai';
import { bodyOf, says, sse, SSE, standInGateway, type StandIn } from '../../../../tests/support/gateway/index.js';
import { checkResponse } from '../../../../tests/support/responses.js';
import type { Logger } from '../../core/index.js';
import { Access, HttpServer } from '../../http/index.js';
import type { ResponsesEvent } from './events.js';
import { registerResponses } from './routes.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @param listener the engine. */
async function setUp(
  listener: RequestListener,
  timings = { open: 5_000, ping: 5_000 },
): Promise<{ standIn: StandIn; openai: OpenAI; address: string; warnings: unknown[][] }> {
  const standIn = await standInGateway(listener);
  const warnings: unknown[][] = [];
  const log = (...said: unknown[]): void => void warnings.push(said);
  const logger = { trace: log, debug: log, info: log, warn: log, error: log, fatal: log } as unknown as Logger;
  const access = new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const { app } = new HttpServer({ logger, access });
  registerResponses(app, { gateway: standIn.gateway, bodyLimit: 1e6, logger, timings });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(
    () => app.close(),
    () => standIn.close(),
  );
  return {
    standIn,
    address,
    warnings,
    openai: new OpenAI({ baseURL: `${address}/v1`, apiKey: 'any', maxRetries: 0, fetch: globalThis.fetch }),
  };
}

const usage = sse({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 5 } } });
const ends = (reason: string): string => sse({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }) + usage + 'data: [DONE]\n\n';
const thinks = (reasoning_content: string): string => sse({ choices: [{ index: 0, delta: { reasoning_content }, finish_reason: null }] });
const calls = (index: number, id: string, name: string, args: string): string =>
  sse({
    choices: [
      { index: 0, delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] }, finish_reason: null },
    ],
  });
const answers =
  (text: string, bodies: unknown[] = []): RequestListener =>
  (request, response) => {
    void bodyOf(request).then((body) => {
      bodies.push(body);
      response.writeHead(200, SSE).end(text);
    });
  };
const eventsIn = (text: string): ResponsesEvent[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as ResponsesEvent);
const post = (address: string, body: Record<string, unknown>): Promise<Response> =>
  fetch(`${address}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'Coding', input: 'Hi', ...body }),
  });

const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: {} },
};
const patch: OpenAI.Responses.CustomTool = { type: 'custom', name: 'apply_patch' };
const everything =
  thinks('Hm.') +
  says('Look:') +
  calls(0, 'a', 'get_weather', '{"city":"Paris"}') +
  calls(1, 'b', 'apply_patch', '{"input":"*** x"}') +
  ends('tool_calls');

test.each(['whole', 'streamed'])('OpenAI’s own client reads every kind of item, %s', async (form) => {
  const { openai, address } = await setUp(answers(everything));
  const asked = {
    model: 'Coding',
    input: 'Weather?',
    tools: [weather, patch],
    include: ['reasoning.encrypted_content' as const],
    metadata: { a: 'b' },
  };
  const response = form === 'whole' ? await openai.responses.create(asked) : await openai.responses.stream(asked).finalResponse();
  expect(response).toMatchObject({ object: 'response', status: 'completed', model: 'Coding', metadata: { a: 'b' }, output_text: 'Look:' });
  expect(response.output).toMatchObject([
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm.' }], encrypted_content: expect.any(String) },
    { type: 'message', content: [{ type: 'output_text', text: 'Look:' }] },
    { type: 'function_call', call_id: 'a', name: 'get_weather', arguments: '{"city":"Paris"}' },
    { type: 'custom_tool_call', call_id: 'b', name: 'apply_patch', input: '*** x' },
  ]);
  expect(response.usage).toEqual({
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 9,
  });
  // The bytes themselves, in an order that a strict client expects.
  const wire = await post(address, { stream: true, tools: [weather, patch] });
  expect(wire.headers.get('content-type')).toContain('text/event-stream');
  const text = await wire.text();
  expect(checkResponse(eventsIn(text)).output).toHaveLength(4);
  expect(text).toMatch(/^event: response\.created\ndata: {/);
  expect(text).not.toContain('[DONE]');
});

test('thinking as a summary, and a stream that signals its life: OpenAI’s client takes both', async () => {
  const pinged = Promise.withResolvers<undefined>();
  const { openai } = await setUp(
    (_request, response) => {
      response.writeHead(200, SSE).write(thinks('Hm.'));
      void pinged.promise.then(() => response.end(says('Yes.') + ends('stop')));
    },
    { open: 1, ping: 5 },
  );
  const stream = openai.responses.stream({ model: 'Coding', input: 'Hi', reasoning: { summary: 'auto' } });
  const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
  stream.on('event', (event) => {
    seen.push(event);
    // Codex gives up when no event comes for a while, and comments are none to it.
    if ((event.type as string) === 'keepalive') pinged.resolve(undefined);
  });
  const response = await stream.finalResponse();
  expect(response.output).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    { content: [{ text: 'Yes.' }] },
  ]);
  expect(seen.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
  checkResponse(seen as unknown as ResponsesEvent[]);
});

test('a structured answer is parsed by OpenAI’s client; the engine is asked for it', async () => {
  const bodies: unknown[] = [];
  const { openai } = await setUp(answers(says('{"city":"Paris"}') + ends('stop'), bodies));
  const format = { type: 'json_schema' as const, name: 'place', schema: { type: 'object' }, strict: true };
  const response = await openai.responses.create({ model: 'Coding', input: 'Hi', text: { format } });
  expect(response.output_text).toBe('{"city":"Paris"}');
  expect(response.text).toEqual({ format });
  expect(bodies).toMatchObject([{ response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true } } }]);
});

test('cut off: response.incomplete is the last event', async () => {
  const { openai } = await setUp(answers(says('Once') + ends('length')));
  const response = await openai.responses.stream({ model: 'Coding', input: 'Hi', max_output_tokens: 1 }).finalResponse();
  expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output_text: 'Once' });
});

test('a conversation by previous_response_id, from a stream too; its instructions are not carried on [lmstudio-bug-tracker 1188]', async () => {
  const bodies: { messages?: unknown }[] = [];
  const { openai } = await setUp(answers(says('Hello') + ends('stop'), bodies));
  let previous: string | undefined;
  for await (const event of await openai.responses.create({ model: 'Coding', input: 'One', instructions: 'Be kind.', stream: true })) {
    if (event.type === 'response.completed') {
      previous = event.response.id;
      break;
    }
  }
  const second = await openai.responses.create({ model: 'Coding', input: 'Two', previous_response_id: previous! });
  expect(second.previous_response_id).toBe(previous);
  const third = await openai.responses.create({
    model: 'Coding',
    input: [{ role: 'user', content: 'Three' }],
    previous_response_id: second.id,
  });
  const user = (content: string) => ({ role: 'user', content });
  const assistant = { role: 'assistant', content: 'Hello' };
  expect(bodies.map(({ messages }) => messages)).toEqual([
    [{ role: 'system', content: 'Be kind.' }, user('One')],
    [user('One'), assistant, user('Two')],
    [user('One'), assistant, user('Two'), assistant, user('Three')],
  ]);

  const retrieved = await openai.responses.retrieve(third.id);
  expect(retrieved).toEqual(third);
  const items = await openai.responses.inputItems.list(third.id);
  expect(items.data).toMatchObject([{ type: 'message', role: 'user', content: 'Three', id: expect.stringMatching(/^msg_/) }]);
  await openai.responses.delete(second.id);
  await expect(openai.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404, code: 'response_not_found' });
  await expect(openai.responses.create({ model: 'Coding', input: 'Four', previous_response_id: third.id })).rejects.toMatchObject({
    status: 404,
    code: 'response_not_found',
    message: expect.stringContaining(second.id),
  });
});

test('items by reference, as the AI SDK sends them', async () => {
  const bodies: { messages?: unknown }[] = [];
  const { openai } = await setUp(answers(calls(0, 'a', 'get_weather', '{}') + ends('tool_calls'), bodies));
  const first = await openai.responses.create({ model: 'Coding', input: 'Weather?', tools: [weather] });
  const input: OpenAI.Responses.ResponseInputItem[] = [
    { role: 'user', content: 'Weather?' },
    { type: 'item_reference', id: (first.output[0] as { id: string }).id },
    { type: 'function_call_output', call_id: 'a', output: 'sunny' },
  ];
  await openai.responses.create({ model: 'Coding', input });
  expect(bodies[1]?.messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', tool_calls: [{ id: 'a' }] },
    { role: 'tool', content: 'sunny' },
  ]);
});

test('store: false keeps nothing', async () => {
  const { openai } = await setUp(answers(says('Hello') + ends('stop')));
  const response = await openai.responses.create({ model: 'Coding', input: 'One', store: false });
  expect(response).toHaveProperty('store', false);
  await expect(openai.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
});

test('what cannot be asked is refused in OpenAI’s shape', async () => {
  const { address, openai } = await setUp(answers(says('Hello') + ends('stop')));
  const refused = { status: 400, code: 'invalid_request', type: 'invalid_request_error' };
  await expect(openai.responses.create({ model: 'Coding' })).rejects.toMatchObject(refused);
  await expect(openai.responses.create({ model: 'Coding', input: 'Hi', temperature: -1 })).rejects.toMatchObject(refused);
  await expect(openai.responses.create({ model: 'nobody', input: 'Hi' })).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  await expect(openai.responses.create({ model: 'nobody', input: 'Hi', stream: true })).rejects.toMatchObject({ status: 404 });
  const { id } = await openai.responses.create({ model: 'Coding', input: 'Hi' });
  await expect(openai.responses.cancel(id)).rejects.toMatchObject(refused);
  expect((await fetch(`${address}/v1/responses/${id}?stream=true`)).status).toBe(400);
});

test('without a model: the one that answers is named in the answer', async () => {
  const { openai } = await setUp(answers(says('Hello') + ends('stop')));
  expect((await openai.responses.create({ input: 'Hi' })).model).toBe('Coding');
  expect((await openai.responses.stream({ model: 'auto', input: 'Hi' }).finalResponse()).model).toBe('Coding');
});

test('what a request would be as tokens: an estimate that says so, and grows', async () => {
  const { openai } = await setUp(answers(''));
  const { data, response } = await openai.responses.inputTokens.count({ model: 'Coding', input: 'Hi' }).withResponse();
  expect([data.object, response.headers.get('x-mlx-manager-count')]).toEqual(['response.input_tokens', 'estimated']);
  const more = await openai.responses.inputTokens.count({ model: 'Coding', input: 'Hi', instructions: 'Be kind.', tools: [weather] });
  expect(more.input_tokens).toBeGreaterThan(data.input_tokens + 10);
});

test('what is left out is logged', async () => {
  const { openai, warnings } = await setUp(answers(says('Hello') + ends('stop')));
  await openai.responses.create({ model: 'Coding', input: 'Hi', tools: [{ type: 'web_search' }] });
  expect(warnings).toContainEqual([{ model: 'Coding' }, expect.stringContaining('web_search')]);
});

test.each([true, false])('what the engine refuses keeps its status (stream: %s)', async (stream) => {
  const { address } = await setUp((_request, response) => response.writeHead(429, { 'retry-after': '3' }).end('{"error":"full"}'));
  const answer = await post(address, { stream });
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    429,
    '3',
    { error: { message: 'full', type: 'rate_limit_error', code: null, param: null } },
  ]);
});

test('a prompt that is too long has the code at which Codex makes it shorter', async () => {
  const { address } = await setUp((_request, response) => response.writeHead(400).end('{"error":"maximum context length is 4096 tokens"}'));
  expect(await (await post(address, {})).json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
});

test('what fails when the stream is open ends it with response.failed, numbered on', async () => {
  const opened = Promise.withResolvers<undefined>();
  const { address } = await setUp(
    (_request, response) => void opened.promise.then(() => response.writeHead(429, { 'retry-after': '3' }).end('{"error":"full"}')),
    { open: 1, ping: 5_000 },
  );
  const answer = await post(address, { stream: true });
  opened.resolve(undefined);
  const events = eventsIn(await answer.text());
  expect(answer.status).toBe(200);
  expect(checkResponse(events)).toMatchObject({
    status: 'failed',
    error: { code: 'rate_limit_exceeded', message: 'full Please try again in 3s.' },
  });
});

test('an engine that breaks off in the middle: response.failed, and OpenAI’s client says so', async () => {
  const { openai, address } = await setUp((_request, response) =>
    response.writeHead(200, SSE).write(says('Hel'), () => response.destroy()),
  );
  const events = eventsIn(await (await post(address, { stream: true })).text());
  expect(checkResponse(events)).toMatchObject({
    status: 'failed',
    error: { code: 'server_error', message: expect.stringContaining('broke off') },
  });
  const response = await openai.responses.stream({ model: 'Coding', input: 'Hi' }).finalResponse();
  expect(response.status).toBe('failed');
  await expect(openai.responses.create({ model: 'Coding', input: 'Hi' })).rejects.toMatchObject({
    status: 502,
    code: 'engine_stream_broken',
  });
});

test('a client that leaves ends the engine’s work', async () => {
  const left = Promise.withResolvers<undefined>();
  const { openai, standIn } = await setUp((_request, response) => {
    response.writeHead(200, SSE).write(says('Hel'));
    void once(response, 'close').then(() => left.resolve(undefined));
  });
  const over = standIn.finished();
  for await (const event of await openai.responses.create({ model: 'Coding', input: 'Hi', stream: true })) {
    if (event.type === 'response.output_text.delta') break;
  }
  await left.promise;
  expect(await over).toMatchObject({ outcome: 'cancelled', protocol: 'responses', endpoint: '/v1/chat/completions' });
});
