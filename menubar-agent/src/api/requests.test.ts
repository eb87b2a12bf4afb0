/** /api/requests, /api/usage, /api/alerts and /metrics over real HTTP, on a real database. */
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { createClient, routes } from '@mlx-manager/shared';
import { silentLogger } from '../core/index.js';
import { Access, HttpServer } from '../http/index.js';
import type { Trace } from '../gateway/index.js';
import { callOf, meteringRig, traceOf, type MeteringRig } from '../../../tests/support/metering.js';
import type { ApiDeps } from './deps.js';
import { registerRequests } from './requests.js';

jest.setTimeout(60_000);

const TOKEN = 'a-token-of-this-test';
interface Rig extends MeteringRig {
  readonly base: string;
  readonly client: ReturnType<typeof createClient>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start(options: { captureRequests?: boolean; metricsPublic?: boolean } = {}): Promise<Rig> {
  const rig = meteringRig({ settings: { captureRequests: options.captureRequests ?? false } });
  const access = new Access({ token: TOKEN, allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const http = new HttpServer({ logger: silentLogger(), access });
  const settings = { get: () => options.metricsPublic ?? false };
  registerRequests({ http, metering: rig.metering, settings } as unknown as ApiDeps);
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  ends.push(async () => {
    http.beginShutdown();
    await http.app.close();
    await rig.end();
  });
  const base = `http://127.0.0.1:${(http.app.server.address() as AddressInfo).port}`;
  const signedIn = { authorization: `Bearer ${TOKEN}` };
  return Object.assign(rig, {
    base,
    client: createClient({ fetch, baseUrl: base, token: TOKEN }),
    get: (path: string, headers: Record<string, string> = signedIn) => fetch(base + path, { headers }),
  });
}
const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);

test('pages, newest first; a page’s place stays true while requests come', async () => {
  const rig = await start();
  const sent = Array.from({ length: 7 }, () => rig.send().id);
  const seen: string[] = [];
  let path: string | null = '/api/requests?limit=3&outcome=ok';
  while (path !== null) {
    const answer = await rig.get(path);
    seen.push(...idsOf((await answer.json()) as { id: string }[]));
    path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    rig.send({ outcome: 'ok' });
  }
  expect(seen).toEqual(sent.toReversed());
  expect(await rig.client.listRequests({ query: { limit: 1 } })).toMatchObject([
    { startedAt: '2026-11-21T12:00:00.000Z', tokensPerSecond: 100 },
  ]);
});

test.each<[string, Partial<Trace>]>([
  ['profile=2', { profileId: 2 }],
  ['model=QWEN', { model: 'qwen3' }],
  ['model=org/qwen', { modelPath: 'org/Qwen' }],
  ['key=9', { keyId: 9 }],
  ['client=raycast', { client: 'Raycast/1.2' }],
  ['protocol=anthropic', { protocol: 'anthropic' }],
  ['outcome=cancelled', { outcome: 'cancelled' }],
  ['status=429', { status: 429 }],
  ['min_ms=5000', { endTick: 1000 + 5000 }],
  ['since=2026-11-21T12:00:05Z', { startedAt: Date.UTC(2026, 10, 21, 12, 0, 5) }],
  ['until=2026-11-21T11:59:59.999Z', { startedAt: Date.UTC(2026, 10, 21, 11) }],
  ['search=queue_full', { errorCode: 'QUEUE_FULL' }],
  ['search=LAPTOP', { keyName: 'my laptop' }],
  [`search=${encodeURIComponent('50%_\\')}`, { client: '50%_\\x' }],
  ['profile=2&key=9', { profileId: 2, keyId: 9 }],
])('?%s finds only what fits, in the list, the export and the live stream', async (query, changes) => {
  const rig = await start();
  const live = await follow(rig, `?${query}`);
  rig.send();
  rig.send({ profileId: 2, keyId: 8 }); // fits a part of the last one, and the first
  const { id } = rig.send(changes);
  rig.send({ client: '50xx' });
  const wanted = query === 'profile=2' ? 2 : 1;
  const found = (await (await rig.get(`/api/requests?${query}`)).json()) as { id: string }[];
  expect([found.length, found[0]?.id]).toEqual([wanted, id]);
  const lines = (await (await rig.get(`/api/requests/export?${query}`)).text()).trim().split('\n');
  expect(lines).toHaveLength(wanted);
  await live.until(() => live.finished().length === wanted);
  expect(live.finished().at(-1)?.id).toBe(id);
});

test.each(['limit=0', 'limit=501', 'cursor=x', 'since=yesterday', 'outcome=bad', 'profile=x', 'nonsense=1'])(
  '?%s is refused',
  async (query) => {
    const rig = await start();
    const answer = await rig.get(`/api/requests?${query}`);
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([400, 'INVALID_REQUEST']);
  },
);

test('a search in many requests goes step by step and finds the one far back', async () => {
  const rig = await start();
  const { id } = rig.send({ client: 'needle' });
  for (let i = 0; i < 9000; i++) rig.send();
  expect(idsOf(await rig.client.listRequests({ query: { client: 'needle' } }))).toEqual([id]);
  expect(await rig.client.listRequests({ query: { client: 'no such' } })).toEqual([]);
});

test('one request, with prompt and answer where they were kept; REQUEST_NOT_FOUND where there is none', async () => {
  const rig = await start({ captureRequests: true });
  const { id } = rig.send({}, { text: 'It is blue.', reasoning: 'hm' }, { messages: [{ role: 'user', content: 'Which colour?' }] });
  expect(await rig.client.getRequest({ params: { id } })).toMatchObject({
    request: { id, captured: true },
    capture: { answer: 'It is blue.', reasoning: 'hm', prompt: expect.stringContaining('Which colour?'), truncated: false },
  });
  await rig.client.deleteRequests();
  await expect(rig.client.getRequest({ params: { id } })).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND', status: 404 });
  expect(await rig.client.listRequests()).toEqual([]);
  const plain = await start();
  const other = plain.send().id;
  expect(await plain.client.getRequest({ params: { id: other } })).toMatchObject({ request: { captured: false }, capture: null });
});

describe('export', () => {
  test('CSV is RFC 4180, and no cell is a formula', async () => {
    const rig = await start();
    rig.send({ client: '=cmd|"x", y', model: 'a\nb', keyName: '-1+1' });
    const answer = await rig.get('/api/requests/export?format=csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="requests.csv"');
    const [head, ...rest] = (await answer.text()).split('\r\n');
    expect(head).toMatch(/^started_at,id,outcome,status,/);
    expect(head?.split(',').sort()).toEqual(Object.keys(((await (await rig.get('/api/requests')).json()) as object[])[0]!).sort());
    expect(rest.join('\r\n')).toContain(`"'=cmd|""x"", y"`);
    expect(rest.join('\r\n')).toContain('"a\nb"');
    expect(rest.join('\r\n')).toContain(`,'-1+1,`);
    expect(rest.at(-1)).toBe('');
  });

  test('is read only as fast as the client takes it', async () => {
    const rig = await start();
    const long = 'c'.repeat(200);
    const { id } = rig.send({ client: long, model: long });
    rig.metering.settle();
    const row = (await rig.metering.history.find(id))!;
    rig.repository.insert(Array.from({ length: 15_000 }, (_, i) => ({ ...row, id: `copy-${i}` })));
    const answer = await rig.get('/api/requests/export');
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    // Many more than the buffers on the way hold are not read yet: deleting them now leaves them out.
    await rig.client.deleteRequests();
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
    }
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(15_000 * 1100 * 0.8);
  });
});

test('a summary per profile, key, client and model, with percentiles by nearest rank', async () => {
  const rig = await start();
  for (let i = 1; i <= 100; i++) rig.send({ firstTokenTick: 1000 + i, keyId: 1, keyName: 'old', client: i <= 60 ? 'a' : 'b' });
  rig.send({
    profileId: 2,
    profileName: 'Other',
    keyId: 1,
    keyName: 'new',
    client: null,
    outcome: 'error',
    firstTokenTick: 0,
    completionTokens: null,
    pieces: 0,
  });
  const byProfile = await rig.client.summarizeRequests();
  expect(byProfile.groups).toMatchObject([
    {
      id: 1,
      name: 'Coder',
      requests: 100,
      errors: 0,
      promptTokens: 2000,
      completionTokens: 1100,
      p50FirstTokenMs: 50,
      p95FirstTokenMs: 95,
      avgFirstTokenMs: 50.5,
    },
    {
      id: 2,
      name: 'Other',
      requests: 1,
      errors: 1,
      promptTokens: 20,
      completionTokens: 0,
      p50FirstTokenMs: null,
      avgTokensPerSecond: null,
    },
  ]);
  expect(byProfile.total).toMatchObject({ requests: 101, errors: 1, promptTokens: 2020 });
  const groups = async (by: string) =>
    (await rig.client.summarizeRequests({ query: { by: by as 'key' } })).groups.map(({ id, name, requests }) => [id, name, requests]);
  expect(await groups('key')).toEqual([[1, 'new', 101]]);
  expect(await groups('client')).toEqual([
    [null, 'a', 60],
    [null, 'b', 40],
    [null, null, 1],
  ]);
  expect(await groups('model')).toEqual([[null, 'coder', 101]]);
  const none = await rig.client.summarizeRequests({ query: { since: '2030-01-01T00:00:00Z' } });
  expect(none).toMatchObject({ total: { requests: 0, p95TokensPerSecond: null }, groups: [] });
});

test('the live stream tells what begins and what ends, in this order, until the reader leaves', async () => {
  const rig = await start();
  const live = await follow(rig, '');
  const trace = traceOf();
  rig.metering.begin(trace);
  await live.until(() => live.messages.length === 1);
  expect(live.messages[0]).toMatchObject({ event: 'begun', data: { id: trace.id, model: 'coder', protocol: 'openai' } });
  rig.metering.finish(trace, callOf(trace), null);
  const quick = rig.send();
  rig.metering.settle();
  await live.until(() => live.messages.length === 4);
  for (const { id } of [trace, quick])
    expect(live.messages.filter(({ data }) => data.id === id).map(({ event }) => event)).toEqual(['begun', 'finished']);
  await live.leave();
});

test('totals and alerts are there for who asks', async () => {
  const rig = await start();
  rig.send({ keyId: 3, keyName: 'laptop' });
  expect(await rig.client.getUsage()).toMatchObject({
    servers: [{ profileId: 1, requests: 1, promptTokens: 20, completionTokens: 11 }],
    keys: [{ keyId: 3, keyName: 'laptop', requests: 1 }],
  });
  expect(await rig.client.listAlerts()).toEqual([]);
  rig.memory = 97;
  await rig.metering.checkAlerts();
  expect(await rig.client.listAlerts()).toMatchObject([{ kind: 'memory', severity: 'critical' }]);
});

describe('/metrics', () => {
  test('needs the token, unless the owner opened it', async () => {
    const closed = await start();
    expect((await closed.get('/metrics', {})).status).toBe(401);
    expect((await closed.get('/metrics')).status).toBe(200);
    const open = await start({ metricsPublic: true });
    expect((await open.get('/metrics', {})).status).toBe(200);
    expect((await open.get('/api/requests', {})).status).toBe(401);
  });

  test('is Prometheus’s text format: histograms add up, labels are escaped, names come once', async () => {
    const rig = await start();
    rig.send({ profileName: 'My "best"\\one', firstTokenTick: 1000 + 30 });
    rig.send({ profileName: 'My "best"\\one', firstTokenTick: 1000 + 600_000, endTick: 1000 + 700_000 });
    rig.send({
      outcome: 'refused',
      status: 429,
      profileId: null,
      profileName: null,
      engine: null,
      firstTokenTick: 0,
      completionTokens: null,
      pieces: 0,
    });
    const answer = await rig.get('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    const label = `profile="My \\"best\\"\\\\one",protocol="openai",outcome="ok",gen_ai_operation_name="chat",gen_ai_provider_name="mlx-lm",location="local"`;
    expect(text).toContain(`mlx_manager_requests_total{${label}} 2\n`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{${label},le="0.02"} 0\n`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{${label},le="0.04"} 1\n`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{${label},le="10"} 1\n`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{${label},le="+Inf"} 2\n`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_sum{${label}} 600.03\n`);
    expect(text).toContain(`mlx_manager_requests_total{profile="",protocol="openai",outcome="refused"`);
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? [-+\d.e]+)$/);
    }
    const lines = text
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/ [^ ]+$/, ''));
    expect(new Set(lines).size).toBe(lines.length);
  });
});

test('what is of no client’s interest is not open: every route needs the token', async () => {
  const rig = await start();
  for (const route of Object.values(routes).filter(({ tag }) => tag === 'requests' || tag === 'alerts')) {
    const answer = await fetch(rig.base + route.path.replace(':id', 'x'), { method: route.method });
    expect([route.path, answer.status]).toEqual([route.path, 401]);
  }
});

interface Message {
  readonly event: string;
  readonly data: { id: string } & Record<string, unknown>;
}
interface Live {
  readonly messages: Message[];
  finished(): { id: string }[];
  until(fits: () => boolean): Promise<void>;
  leave(): Promise<void>;
}

/** Reads the live stream. */
async function follow(rig: Rig, query: string): Promise<Live> {
  const left = new AbortController();
  const answer = await fetch(`${rig.base}/api/requests${query}`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream' },
    signal: left.signal,
  });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const reading = (async () => {
    let text = '';
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
      const blocks = (text + part).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks.filter((one) => !one.startsWith(':'))) {
        const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        messages.push({ event: field('event'), data: JSON.parse(field('data')) as Message['data'] });
      }
      for (const check of [...waiting]) check();
    }
  })().catch((error: unknown) => {
    if (!left.signal.aborted) throw error;
  });
  const leave = (): Promise<void> => {
    left.abort();
    return reading;
  };
  ends.unshift(leave);
  return {
    messages,
    finished: () => messages.filter(({ event }) => event === 'finished').map(({ data }) => data),
    until: (fits) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!fits()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    leave,
  };
}
