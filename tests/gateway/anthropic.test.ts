/** The official Anthropic client against a real engine behind a real agent. */
import Anthropic from '@anthropic-ai/sdk';
import fetch from 'node-fetch';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { slowly } from '../support/slow-engine.js';

const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
let hub: StandInHub;
let rig: Rig;
let anthropic: Anthropic;
let profileId: number;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  hub = await startHub({ models: [{ id: MODEL, folder: tinyModel, info: { downloads: 10 } }] });
  rig = await startAgent({ hubUrl: hub.url });
  const { client, agent } = rig;
  const { taskId } = await client.downloadModel({ body: { modelId: MODEL } });
  for await (const task of client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(JSON.stringify(task.error));
  const profile = await client.createProfile({ body: { name: 'Tiny', modelPath: MODEL, engine: 'mlx-lm', aliases: ['claude-tiny'] } });
  profileId = profile.id;
  await startAndWait(client, profileId);
  anthropic = new Anthropic({ apiKey: 'any', baseURL: agent.address, maxRetries: 0 });
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

const capital = {
  model: 'Tiny',
  max_tokens: 200,
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }],
};
const story = { ...capital, max_tokens: 400, messages: [{ role: 'user' as const, content: 'Tell me a long story.' }] };
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Get the weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const paris = { type: 'text', text: 'The capital of France is Paris.' };

test('plain, by alias', async () => {
  const message = await anthropic.messages.create({ ...capital, model: 'claude-tiny' });
  expect(message).toMatchObject({ type: 'message', role: 'assistant', model: 'claude-tiny', stop_reason: 'end_turn', stop_sequence: null });
  expect(message.content).toEqual([paris]);
  expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBe(22);
  expect(message.usage.output_tokens).toBe(8);
  expect(message._request_id).toMatch(/^req_/);
});

test('streamed: the same message, with an estimate of the prompt at the start', async () => {
  const stream = anthropic.messages.stream(capital);
  const events: Anthropic.MessageStreamEvent[] = [];
  // The client goes on writing into the first event.
  stream.on('streamEvent', (event) => events.push(structuredClone(event)));
  const message = await stream.finalMessage();
  expect(message.content).toEqual([paris]);
  expect(message.stop_reason).toBe('end_turn');
  expect(message.usage.output_tokens).toBe(8);
  expect(events.length).toBeGreaterThan(8);
  expect(events[0]?.type === 'message_start' && events[0].message.usage.input_tokens).toBeGreaterThan(5);
});

test('thinking on and off', async () => {
  const on = await anthropic.messages.create({ ...capital, max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } });
  expect(on.content).toEqual([
    { type: 'thinking', thinking: expect.stringContaining('capital'), signature: expect.stringMatching(/./) },
    paris,
  ]);
  const streamed = anthropic.messages.stream({ ...capital, max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } });
  let signature = '';
  streamed.on('signature', (value) => (signature = value));
  expect((await streamed.finalMessage()).content).toEqual(on.content);
  expect(signature).not.toBe('');
  const off = await anthropic.messages.create({ ...capital, thinking: { type: 'disabled' } });
  expect(off.content).toEqual([paris]);
  // A turn with thinking in it can be sent back.
  const next = await anthropic.messages.create({
    ...capital,
    messages: [
      ...capital.messages,
      { role: 'assistant', content: on.content },
      { role: 'user', content: 'What is the capital of France?' },
    ],
  });
  expect(next.content[0]?.type).toBe('text');
});

test.each(['whole', 'streamed'])('tools, there and back, %s', async (form) => {
  const ask = async (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
    const body = { model: 'Tiny', max_tokens: 200, temperature: 0, tools: [weather], messages };
    return form === 'whole' ? anthropic.messages.create(body) : anthropic.messages.stream(body).finalMessage();
  };
  const question: Anthropic.MessageParam = { role: 'user', content: 'What is the weather in Paris?' };
  const first = await ask([question]);
  expect(first.stop_reason).toBe('tool_use');
  const call = first.content.find((block) => block.type === 'tool_use')!;
  expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' }, id: expect.stringMatching(/./) });
  const second = await ask([
    question,
    { role: 'assistant', content: first.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 21 degrees' }] },
  ]);
  expect(second.stop_reason).toBe('end_turn');
  expect(second.content).toEqual([{ type: 'text', text: expect.stringContaining('Paris') }]);
});

test('a model that may call nothing calls nothing', async () => {
  const message = await anthropic.messages.create({
    ...capital,
    messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
    tools: [weather],
    tool_choice: { type: 'none' },
  });
  expect(message.content.some((block) => block.type === 'tool_use')).toBe(false);
});

test('stop reasons: max_tokens and stop_sequence', async () => {
  const short = await anthropic.messages.create({ ...story, max_tokens: 5 });
  expect([short.stop_reason, short.usage.output_tokens]).toEqual(['max_tokens', 5]);
  const stopped = await anthropic.messages.create({ ...capital, stop_sequences: [' is'] });
  expect(stopped).toMatchObject({
    stop_reason: 'stop_sequence',
    stop_sequence: ' is',
    content: [{ type: 'text', text: 'The capital of France' }],
  });
});

test('what Claude Code sends: billing line, system inside messages, cache marks, tools of Anthropic’s', async () => {
  const answer = await fetch(`${rig.agent.address}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'any', 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b' },
    body: JSON.stringify({
      ...capital,
      system: [{ type: 'text', text: 'x-anthropic-billing-header: cch=1;', cache_control: { type: 'ephemeral' } }],
      messages: [
        ...capital.messages.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }, { type: 'novelty' }] })),
      ],
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      metadata: { user_id: 'u' },
      context_management: { edits: [] },
    }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ content: [paris] })]);
});

test('a client that leaves in mid-stream ends the engine’s work, and the next is answered', async () => {
  await slowly(rig.client, async () => {
    const stream = anthropic.messages.stream(story);
    const seen = Promise.withResolvers<undefined>();
    stream.on('text', () => seen.resolve(undefined));
    const ended = expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await seen.promise;
    stream.abort();
    await ended;
  });
  expect((await anthropic.messages.create(capital)).content).toEqual([paris]);
});

test('errors in Anthropic’s shape', async () => {
  await expect(anthropic.messages.create({ ...capital, model: 'claude-tinny' })).rejects.toMatchObject({
    constructor: Anthropic.NotFoundError,
    status: 404,
    error: { type: 'error', error: { type: 'not_found_error', message: expect.stringContaining('"claude-tiny"') } },
  });
  await expect(anthropic.messages.create({ ...capital, max_tokens: -1 })).rejects.toMatchObject({
    constructor: Anthropic.BadRequestError,
    error: { type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining('max_tokens') } },
  });
  const raw = async (path: string, init: Parameters<typeof fetch>[1]) => {
    const answer = await fetch(rig.agent.address + path, init);
    return [answer.status, await answer.json()];
  };
  const shape = (type: string) => ({ type: 'error', error: { type, message: expect.any(String) } });
  const post = (body: string, headers = {}) => ({ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  expect(await raw('/v1/messages', post('{'))).toEqual([400, shape('invalid_request_error')]);
  expect(await raw('/v1/messages', post('{}', { host: 'evil.example' }))).toEqual([403, shape('permission_error')]);
  expect(await raw('/v1/messages/unknown', post('{}'))).toEqual([404, shape('not_found_error')]);
  expect(await raw('/v1/messages', { method: 'GET' })).toEqual([404, shape('not_found_error')]);
});

test('count_tokens: counted with the model’s own tokenizer, tools and all', async () => {
  const { data, response } = await anthropic.messages.countTokens({ model: 'Tiny', messages: capital.messages }).withResponse();
  expect(response.headers.get('x-mlx-manager-count')).toBeNull();
  expect(data.input_tokens).toBe(22);
  const more = await anthropic.messages.countTokens({ model: 'Tiny', messages: capital.messages, tools: [weather], system: 'Be kind.' });
  expect(more.input_tokens).toBeGreaterThan(data.input_tokens + 20);
  await expect(anthropic.messages.countTokens({ model: 'nobody', messages: capital.messages })).rejects.toBeInstanceOf(
    Anthropic.NotFoundError,
  );
});

test('over mlx-openai-server, which calls thinking otherwise, the same', async () => {
  await installedEngine('mlx-openai-server');
  const profile = await rig.client.createProfile({
    body: {
      name: 'Other',
      modelPath: MODEL,
      engine: 'mlx-openai-server',
      reasoningParser: 'qwen3',
      toolCallParser: 'qwen3',
      enableAutoToolChoice: true,
    },
  });
  await startAndWait(rig.client, profile.id);
  const thought = { ...capital, model: 'Other', max_tokens: 2000, thinking: { type: 'enabled' as const, budget_tokens: 1024 } };
  const expected = [{ type: 'thinking', thinking: expect.stringContaining('capital'), signature: expect.stringMatching(/./) }, paris];
  expect((await anthropic.messages.create(thought)).content).toEqual(expected);
  expect((await anthropic.messages.stream(thought).finalMessage()).content).toEqual(expected);
  expect((await anthropic.messages.create({ ...capital, model: 'Other' })).content).toEqual([paris]);
  const call = await anthropic.messages
    .stream({ ...capital, model: 'Other', messages: [{ role: 'user', content: 'What is the weather in Paris?' }], tools: [weather] })
    .finalMessage();
  expect(call.content).toEqual([expect.objectContaining({ type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } })]);
  expect(call.stop_reason).toBe('tool_use');
  await rig.client.stopServer({ params: { profileId: profile.id } });
}, 900_000);

test('an engine killed in mid-stream: an error event, told by the client as such', async () => {
  const { client } = rig;
  const { pid } = (await client.listServers()).find((server) => server.profileId === profileId)!;
  await slowly(client, async () => {
    const stream = anthropic.messages.stream(story);
    const seen = Promise.withResolvers<undefined>();
    stream.on('text', () => seen.resolve(undefined));
    const ended = expect(stream.done()).rejects.toMatchObject({
      constructor: Anthropic.APIError,
      error: { type: 'error', error: { type: 'api_error', message: expect.stringContaining('broke off') } },
    });
    await seen.promise;
    process.kill(pid!, 'SIGKILL');
    await ended;
  });
}, 60_000);
