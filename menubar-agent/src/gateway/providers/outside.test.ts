/** Requests that providers answer, by the rules: a real gateway, a stand-in engine and a stand-in provider over HTTP, a real database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError, type RoutingRuleInput } from '@mlx-manager/shared';
import { ENDS, says, SSE, standInGateway, type StandIn } from '../../../../tests/support/gateway/index.js';
import { json, openaiEvents, startProvider, stream, type StandInProvider } from '../../../../tests/support/provider.js';
import { EventBus, silentLogger, systemClock } from '../../core/index.js';
import { openDatabase, ProvidersRepository, RoutingRulesRepository, type Connection } from '../../store/index.js';
import { Providers } from './index.js';
import { Routing } from '../routing/index.js';

const hello = openaiEvents(
  { id: 'c', model: 'big-1', choices: [{ index: 0, delta: { role: 'assistant', content: 'From outside' } }] },
  { id: 'c', model: 'big-1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
);
const thinking = readFileSync(join(import.meta.dirname, 'fixtures/thinking.txt'), 'utf8');

let db: Connection;
let server: StandInProvider;
let providers: Providers;
let routing: Routing;
let enabled: boolean;
let gateway: StandIn;
let fails: AgentError | null;
const target = { profileId: null, providerId: 1, model: 'big' };
const rule = (options: Omit<RoutingRuleInput, 'name'>): unknown => routing.create({ name: 'Rule', ...options });

beforeEach(async () => {
  db = openDatabase(':memory:');
  server = await startProvider(stream(hello));
  const secrets = new Map<string, string>();
  const common = { bus: new EventBus(() => undefined), clock: systemClock, logger: silentLogger() };
  enabled = true;
  fails = null;
  providers = new Providers({
    ...common,
    repository: new ProvidersRepository(db),
    vault: {
      kind: 'file',
      read: async (name) => secrets.get(name) ?? null,
      write: async (name, value) => {
        if (value === null) secrets.delete(name);
        else secrets.set(name, value);
      },
      clear: async () => secrets.clear(),
    },
    usersOf: () => [],
  });
  await providers.create({ name: 'Cloud', protocol: 'openai', baseUrl: server.url, key: 'sk-1' });
  routing = new Routing({
    ...common,
    repository: new RoutingRulesRepository(db),
    enabled: () => enabled,
    known: { profileName: (id) => (id === 3 ? 'Coding' : null), provider: (id) => providers.known().find((one) => one.id === id) ?? null },
  });
  gateway = await standInGateway((_request, response) => void response.writeHead(200, SSE).end(says('From here') + ENDS), {
    routing,
    providers,
    admit: async () => {
      if (fails) throw fails;
    },
  });
});
afterEach(async () => {
  await gateway.close();
  await server.stop();
  db.close();
});
const provider = (answer: { headers: { get(name: string): string | null } }): string | null => answer.headers.get('x-mlx-manager-provider');

test('routing off: nothing leaves, whatever the rules say', async () => {
  rule({ target });
  enabled = false;
  const answer = await gateway.ask();
  expect([await answer.text(), provider(answer)]).toEqual([expect.stringContaining('From here'), null]);
  expect(server.asked).toEqual([]);
  expect(gateway.traces[0]!.trace).toMatchObject({ provider: null, rule: null, profileId: 3 });
});

test('a rule sends a request out: marked in a header and in the trace', async () => {
  rule({ target });
  const answer = await gateway.ask({ model: 'anything', stream: true });
  expect(await answer.text()).toContain('From outside');
  expect(provider(answer)).toBe('Cloud');
  expect(server.asked[0]).toMatchObject({
    path: '/v1/chat/completions',
    body: { model: 'big', stream: true },
    headers: { authorization: 'Bearer sk-1' },
  });
  expect(gateway.traces[0]!.trace).toMatchObject({
    provider: 'Cloud',
    rule: 'Rule',
    profileId: null,
    engine: null,
    outcome: 'ok',
    promptTokens: 3,
    completionTokens: 2,
    finishReason: 'stop',
  });
  expect(gateway.held.size).toBe(0);
});

test('an OpenAI client is answered by a provider of Anthropic’s protocol', async () => {
  await providers.create({ name: 'Claude', protocol: 'anthropic', baseUrl: server.url });
  rule({ target: { profileId: null, providerId: 2, model: 'claude-opus-4-6' } });
  server.answer = stream(thinking);
  const whole = (await (await gateway.ask({ reasoning_effort: 'low' })).json()) as { choices: [{ message: unknown }] };
  expect(whole.choices[0].message).toMatchObject({
    content: 'The greatest common divisor is **21**. 🎉',
    reasoning_content: expect.stringContaining('1071'),
  });
  // Whole, it is passed through too.
  const message = {
    id: 'm',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 4, output_tokens: 2 },
  };
  server.answer = json(200, message);
  expect(await (await gateway.ask({ max_tokens: 50 }, { path: '/v1/messages' })).json()).toEqual(message);
  expect(gateway.traces.at(-1)!.trace).toMatchObject({ provider: 'Claude', promptTokens: 4, completionTokens: 2 });
});

test.each(['QUEUE_FULL', 'NOT_ENOUGH_MEMORY', 'SERVER_FAILED'] as const)('%s here: the fallback answers', async (code) => {
  rule({ fallbacks: [target] });
  fails = new AgentError(code);
  const answer = await gateway.ask();
  expect([answer.status, await answer.text(), provider(answer)]).toEqual([200, expect.stringContaining('From outside'), 'Cloud']);
  expect(gateway.traces[0]!.trace).toMatchObject({ provider: 'Cloud', rule: 'Rule', outcome: 'ok' });
  // Only what the rule falls back for.
  routing.update(1, { fallbackOn: code === 'QUEUE_FULL' ? ['failed'] : ['full'] });
  expect([(await gateway.ask()).status, server.asked.length]).toEqual([fails.status, 1]);
});

test('a provider that fails: the next one, here too; the last one’s refusal when none answers', async () => {
  server.answer = json(503, { error: { message: 'Down.' } }, { 'retry-after': '9' });
  rule({ target, fallbacks: [{ profileId: 3, providerId: null, model: null }] });
  const answer = await gateway.ask({ model: 'anything' });
  expect([await answer.text(), provider(answer)]).toEqual([expect.stringContaining('From here'), null]);
  expect(gateway.traces[0]!.trace).toMatchObject({ provider: null, profileId: 3, outcome: 'ok' });
  routing.update(1, { fallbacks: [] });
  const refused = await gateway.ask();
  expect([refused.status, refused.headers.get('retry-after'), provider(refused)]).toEqual([503, '9', 'Cloud']);
  expect(await refused.text()).toContain('The provider Cloud says: Down.');
});

test('a provider that breaks off in mid-stream ends the stream with the protocol’s error; nobody else is asked', async () => {
  rule({ target, fallbacks: [{ profileId: 3, providerId: null, model: null }] });
  server.answer = stream(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hal' } }] })}\n\n`, { cut: true });
  const text = await (await gateway.ask({ stream: true })).text();
  expect(text).toContain('Hal');
  expect(text).toContain('provider_stream_broken');
  expect(text).not.toContain('From here');
});

test('a client that leaves ends the provider’s work', async () => {
  rule({ target });
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`${hello.split('\n\n')[0] ?? ''}\n\n`);
  };
  const leaving = new AbortController();
  const answer = await gateway.ask({ stream: true }, { signal: leaving.signal });
  const finished = gateway.finished();
  for await (const _ of answer.body!) break;
  leaving.abort();
  expect(await server.left).toBe(true);
  expect((await finished).outcome).toBe('cancelled');
});

test('embeddings go to a provider of OpenAI’s protocol as they are', async () => {
  rule({ target });
  server.answer = json(200, { data: [{ embedding: [1] }], model: 'big', usage: { prompt_tokens: 4, total_tokens: 4 } });
  const answer = await gateway.ask({ input: 'x', messages: undefined }, { path: '/v1/embeddings' });
  expect(await answer.json()).toMatchObject({ data: [{ embedding: [1] }] });
  expect([server.asked[0]!.path, server.asked[0]!.body.model, provider(answer)]).toEqual(['/v1/embeddings', 'big', 'Cloud']);
});

test('an Anthropic client gets the bytes of a provider of its own protocol, signatures and all', async () => {
  await providers.create({ name: 'Claude', protocol: 'anthropic', baseUrl: server.url, key: 'sk-2' });
  rule({ target: { profileId: null, providerId: 2, model: 'claude-opus-4-6' } });
  server.answer = stream(thinking);
  const system = [{ type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } }];
  const answer = await gateway.ask({ system, max_tokens: 50, stream: true }, { path: '/v1/messages' });
  expect([await answer.text(), provider(answer)]).toEqual([thinking, 'Claude']);
  expect(server.asked[0]).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'sk-2' },
    body: { system, model: 'claude-opus-4-6' },
  });
  expect(gateway.traces[0]!.trace).toMatchObject({ provider: 'Claude', promptTokens: 25, completionTokens: 80, outcome: 'ok' });
});
