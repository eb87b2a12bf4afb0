/** The client against a stand-in hub. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GOOD_TOKEN, startHub, type StandInHub } from '../../../tests/support/hub/index.js';
import { createHubClient, createHubTransport, type HubClient } from './index.js';

const TINY = 'mlx-community/tiny-qwen3';
const folder = join(import.meta.dirname, '../../../tests/fixtures/models/tiny-qwen3');
let hub: StandInHub;
let client: HubClient;
const clientWith = (token: string | null, timeoutMs = 5_000, endpoint = hub.url): HubClient =>
  createHubClient({ endpoint: () => endpoint, token: () => token, timeoutMs, userAgent: 'mlx-manager/test' });

beforeEach(async () => {
  const listed = Array.from({ length: 25 }, (_, i) => ({
    id: `${i % 2 === 0 ? 'mlx-community' : 'someone'}/Model-${String(i).padStart(2, '0')}`,
    files: {
      'config.json': JSON.stringify({
        model_type: 'qwen3',
        architectures: ['Qwen3ForCausalLM'],
        quantization_config: { bits: 4, group_size: 64 },
      }),
    },
    info: {
      downloads: i * 10,
      likes: 100 - i,
      trendingScore: i % 7,
      usedStorage: i * 1e9,
      lastModified: `2026-01-${String(i + 1).padStart(2, '0')}T00:00:00.000Z`,
    },
  }));
  hub = await startHub({ models: [{ id: TINY, folder, info: { downloads: 5000 } }, ...listed] });
  client = clientWith(null);
});
afterEach(() => hub.stop());

test('a page of models is one request, with everything a search result shows', async () => {
  const page = await client.listModels({ filter: ['mlx'], sort: 'downloads', limit: 10 });
  expect(hub.requests).toHaveLength(1);
  expect(hub.requests[0]!.headers['user-agent']).toBe('mlx-manager/test');
  expect(page.models).toHaveLength(10);
  expect(page.models[0]).toMatchObject({
    ...{
      id: TINY,
      author: 'mlx-community',
      downloads: 5000,
      gated: false,
      private: false,
      pipelineTag: 'text-generation',
      commit: hub.commitOf(TINY),
    },
    config: {
      model_type: 'qwen3',
      architectures: ['Qwen3ForCausalLM'],
      tokenizer_config: { chat_template: expect.stringContaining('im_start') },
    },
    usedStorage: 2_629_104,
    lastModified: '2026-01-01T00:00:00.000Z',
  });
  expect(page.models[0]!.safetensors!.total).toBeGreaterThan(1000);
  expect(page.models[0]!.tags).toContain('mlx');
  expect(page.models[1]).toMatchObject({
    id: 'mlx-community/Model-24',
    downloads: 240,
    usedStorage: 24e9,
    config: { quantization_config: { bits: 4, group_size: 64 } },
  });
});

test('pages follow each other by cursor, without repeats or gaps', async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await client.listModels({ filter: ['mlx'], sort: 'downloads', limit: 10, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.models.map((model) => model.id));
    cursor = page.next ?? undefined;
    pages += 1;
  } while (cursor !== undefined);
  expect(pages).toBe(3);
  expect(hub.requests).toHaveLength(3);
  expect(new Set(seen).size).toBe(26);
});

test('a page that is shorter than its limit is one request all the same', async () => {
  let asked = 0;
  const sparse = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/json', link: '<http://hub.test/api/models?cursor=more>; rel="next"' });
    response.end(JSON.stringify([{ _id: '1', id: 'org/one' }]));
  });
  sparse.listen(0, '127.0.0.1');
  await once(sparse, 'listening');
  try {
    const here = clientWith(null, 5_000, `http://127.0.0.1:${(sparse.address() as AddressInfo).port}`);
    expect(await here.listModels({ filter: ['mlx'], sort: 'downloads', limit: 5 })).toMatchObject({
      models: [{ id: 'org/one', author: 'org', downloads: 0, lastModified: null, tags: [], config: null, usedStorage: null, commit: null }],
      next: 'more',
    });
    expect(asked).toBe(1);
  } finally {
    sparse.close();
  }
});

test('query, author, tags and every order go to the hub', async () => {
  const ids = async (params: Partial<Parameters<HubClient['listModels']>[0]>) =>
    (await client.listModels({ filter: ['mlx'], sort: 'downloads', limit: 3, ...params })).models.map((model) => model.id.split('/')[1]);
  expect(await ids({ query: 'model-07' })).toEqual(['Model-07']);
  expect(await ids({ author: 'someone' })).toEqual(['Model-23', 'Model-21', 'Model-19']);
  expect(await ids({ filter: ['mlx', 'no-such-tag'] })).toEqual([]);
  expect(await ids({ sort: 'likes' })).toEqual(['Model-00', 'Model-01', 'Model-02']);
  expect(await ids({ sort: 'modified' })).toEqual(['Model-24', 'Model-23', 'Model-22']);
  expect(await ids({ sort: 'trending' })).toEqual(['Model-06', 'Model-20', 'Model-13']);
});

test('info and files of one model, at a branch or a commit', async () => {
  const info = await client.modelInfo(TINY);
  expect(info).toMatchObject({ id: TINY, commit: hub.commitOf(TINY) });
  expect(await client.modelInfo(TINY, info.commit)).toEqual(info);
  const files = await client.listFiles(TINY, info.commit);
  expect(files).toHaveLength(8);
  expect(files.find((file) => file.path === 'model.safetensors')).toMatchObject({
    sizeBytes: 2_629_104,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(files.find((file) => file.path === 'config.json')).toMatchObject({
    sizeBytes: 728,
    sha256: null,
    oid: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});

test('a tree of more than a page is read to its end, folders left out', async () => {
  const files = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`part-${i % 3}/file-${i}.txt`, String(i)]));
  await hub.addModel({ id: 'org/wide', files });
  const listed = await client.listFiles('org/wide', 'main');
  expect(listed.map((file) => file.path).sort()).toEqual(Object.keys(files).sort());
  expect(hub.requests).toHaveLength(2);
});

test('a mirror’s links to the real hub are fetched from the mirror', async () => {
  const asked: string[] = [];
  const mirror = createServer((request, response) => {
    asked.push(request.url ?? '');
    const next = '<https://huggingface.co/api/models/org/m/tree/main?recursive=true&cursor=x>; rel="next"';
    response.writeHead(200, { 'content-type': 'application/json', ...(asked.length === 1 ? { link: next } : {}) });
    response.end(JSON.stringify([{ type: 'file', path: `f${asked.length}`, size: 1, oid: 'a'.repeat(40) }]));
  });
  mirror.listen(0, '127.0.0.1');
  await once(mirror, 'listening');
  try {
    const { port } = mirror.address() as AddressInfo;
    const files = await clientWith(null, 5_000, `http://127.0.0.1:${port}`).listFiles('org/m', 'main');
    expect(files.map((file) => file.path)).toEqual(['f1', 'f2']);
    expect(asked[1]).toBe('/api/models/org/m/tree/main?recursive=true&cursor=x');
  } finally {
    mirror.close();
  }
});

test('a text file is read through the CDN too; one that is not there is null', async () => {
  expect(JSON.parse((await client.readTextFile(TINY, 'main', 'config.json'))!)).toMatchObject({ model_type: 'qwen3' });
  expect(await client.readTextFile(TINY, 'main', 'chat_template.jinja')).toBeNull();
  await hub.addModel({ id: 'org/large', files: { 'vocab.json': 'x'.repeat(1_100_000) } });
  expect((await clientWith(GOOD_TOKEN).readTextFile('org/large', 'main', 'vocab.json'))!).toHaveLength(1_100_000);
  expect(hub.requests.at(-1)).toMatchObject({ at: 'cdn' });
  expect(hub.requests.at(-1)!.headers.authorization).toBeUndefined();
});

test('a token of any form is accepted, and never leaves the hub’s origin', async () => {
  await hub.addModel({ id: 'org/private', private: true, files: { 'config.json': '{}' } });
  await expect(client.modelInfo('org/private')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  expect((await clientWith(GOOD_TOKEN).modelInfo('org/private')).private).toBe(true);
  await expect(clientWith('not-a-hub-token').modelInfo('org/private')).rejects.toMatchObject({ code: 'HUB_TOKEN_REJECTED' });
  expect(hub.requests.at(-1)!.headers.authorization).toBe('Bearer not-a-hub-token');
  // A redirect chain that comes back to the hub by way of another origin does not get the token back.
  const detour = createServer((_, response) => response.writeHead(302, { location: `${hub.url}/api/models/${TINY}` }).end());
  detour.listen(0, '127.0.0.1');
  await once(detour, 'listening');
  try {
    const transport = createHubTransport({ endpoint: () => hub.url, token: () => GOOD_TOKEN });
    const answer = await transport.request(`http://127.0.0.1:${(detour.address() as AddressInfo).port}/`);
    expect(answer.response.ok).toBe(true);
    expect(hub.requests.at(-1)!.headers.authorization).toBeUndefined();
    await answer.response.body?.cancel();
  } finally {
    detour.close();
  }
});

describe('failures in words a user understands', () => {
  const cases: [string, object, string, string][] = [
    ['429', { status: 429, headers: { 'retry-after': '17' } }, 'HUB_RATE_LIMITED', 'The hub asks for a pause of 17 s.'],
    ['429 by window', { status: 429, headers: { ratelimit: '"api";r=0;t=42' } }, 'HUB_RATE_LIMITED', 'The hub asks for a pause of 42 s.'],
    ['500', { status: 500 }, 'HUB_ERROR', 'The hub answered 500 to the model list.'],
    ['a cut connection', { cutAfter: 0 }, 'HUB_UNREACHABLE', 'the connection was cut.'],
    ['silence', { stallAfter: 0 }, 'HUB_UNREACHABLE', 'it did not answer in time.'],
  ];
  test.each(cases)('%s', async (_, fault, code, message) => {
    hub.fault(fault);
    const list = clientWith(null, 300).listModels({ filter: ['mlx'], sort: 'downloads', limit: 3 });
    await expect(list).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('a captive portal’s page', async () => {
    const portal = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'));
    portal.listen(0, '127.0.0.1');
    await once(portal, 'listening');
    try {
      const here = clientWith(null, 1_000, `http://127.0.0.1:${(portal.address() as AddressInfo).port}`);
      await expect(here.modelInfo(TINY)).rejects.toMatchObject({ code: 'HUB_ERROR', message: expect.stringContaining('not JSON') });
    } finally {
      portal.close();
    }
  });

  test('a gated model, a missing one and a missing revision', async () => {
    await hub.addModel({ id: 'org/gated', gated: 'auto', files: { 'config.json': '{}' } });
    expect((await client.modelInfo('org/gated')).gated).toBe(true);
    await expect(client.readTextFile('org/gated', 'main', 'config.json')).rejects.toMatchObject({
      code: 'MODEL_GATED',
      details: { url: `${hub.url}/org/gated` },
    });
    await expect(client.modelInfo('org/nowhere')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    for (const revision of ['nowhere', 'refs/pr/1']) {
      await expect(client.listFiles(TINY, revision)).rejects.toMatchObject({ code: 'REVISION_NOT_FOUND' });
    }
  });

  test('a caller’s own abort stays what it is', async () => {
    hub.fault({ stallAfter: 0 });
    const controller = new AbortController();
    const info = client.modelInfo(TINY, 'main', controller.signal);
    await hub.waitForRequest(() => true);
    controller.abort(new Error('changed my mind'));
    await expect(info).rejects.toThrow('changed my mind');
  });
});
