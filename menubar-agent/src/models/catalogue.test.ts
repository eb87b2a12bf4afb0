/** Everything about one model: from the stand-in hub, from the disk, or both. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHub, STRANGER_TOKEN, GOOD_TOKEN, type StandInHub } from '../../../tests/support/hub/index.js';
import { EventBus, silentLogger } from '../core/index.js';
import { createHubCache, createHubClient, etagOf, type WritableHubCache, type HubClient } from '../hub/index.js';
import { ModelDatesRepository, openDatabase, type Connection } from '../store/index.js';
import { Catalogue, LocalModels } from './index.js';

const TINY = 'mlx-community/tiny-qwen3';
const fixture = join(import.meta.dirname, '../../../tests/fixtures/models/tiny-qwen3');

let home: string;
let hub: StandInHub;
let client: HubClient;
let cache: WritableHubCache;
let db: Connection;
let catalogue: Catalogue;
let token: string | null;

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'mlx-manager-catalogue-')));
  hub = await startHub({ models: [{ id: TINY, folder: fixture, info: { downloads: 50, likes: 5 } }] });
  token = null;
  client = createHubClient({ endpoint: () => hub.url, token: () => token, timeoutMs: 5_000 });
  const logger = silentLogger();
  cache = createHubCache({ root: () => join(home, 'hub'), logger });
  db = openDatabase(':memory:');
  const local = new LocalModels({
    ...{ cache, logger },
    dates: new ModelDatesRepository(db),
    bus: new EventBus((error) => {
      throw error;
    }),
    modelFolders: () => [join(home, 'models')],
    profilesOf: () => [],
    usersOf: () => [],
    downloadOf: () => null,
  });
  catalogue = new Catalogue({ hub: client, local, recommendedBytes: async () => 1e9 });
});
afterEach(async () => {
  await hub.stop();
  db.close();
  rmSync(home, { recursive: true, force: true });
});

/** Puts a model of the hub into the cache, as a download does. */
async function download(modelId: string): Promise<string> {
  const commit = hub.commitOf(modelId);
  const files = await client.listFiles(modelId, commit);
  const layout = cache.layout(modelId);
  await cache.prepare(layout);
  for (const file of files) writeFileSync(layout.blob(etagOf(file)), hub.contentOf(modelId, file.path));
  await cache.writeSnapshot(layout, commit, 'main', files);
  return layout.snapshot(commit);
}

test('from the hub: files, what it can do, memory', async () => {
  const detail = await catalogue.detail(TINY);
  expect(detail).toMatchObject({
    modelId: TINY,
    origin: 'hub',
    local: null,
    isDownloaded: false,
    downloads: 50,
    gated: false,
    fits: true,
    // The config itself was read: the hub's extract knows neither.
    characteristics: { architecture: 'Qwen', contextWindow: expect.any(Number), kvBytesPerToken: expect.any(Number) },
    memory: { basis: 'config', weightsBytes: hub.contentOf(TINY, 'model.safetensors').length },
  });
  expect(detail.files).toContainEqual({ path: 'config.json', sizeBytes: hub.contentOf(TINY, 'config.json').length });
});

test('what is here as well is said so', async () => {
  const path = await download(TINY);
  expect(await catalogue.detail(TINY)).toMatchObject({ origin: 'hub', isDownloaded: true, local: { localPath: path, complete: true } });
  expect((await catalogue.search({ query: 'tiny', sort: 'downloads', limit: 5 })).models).toMatchObject([
    { modelId: TINY, isDownloaded: true },
  ]);
});

describe('when the hub does not answer', () => {
  test('a model that is here is described from the disk, alike', async () => {
    await download(TINY);
    const online = await catalogue.detail(TINY);
    await hub.goOffline();
    const offline = await catalogue.detail(TINY);
    expect(offline).toMatchObject({ origin: 'local', author: 'mlx-community', isDownloaded: true, fits: true, local: { modelId: TINY } });
    // The number of parameters is read from the weights' headers by the hub alone.
    expect({ ...offline.characteristics, parameters: null }).toEqual({ ...online.characteristics, parameters: null });
    expect(offline.memory).toEqual(online.memory);
  });

  test('one that is not here is the hub’s error', async () => {
    await hub.goOffline();
    await expect(catalogue.detail(TINY)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  test('a model that the hub no longer has is still known here', async () => {
    mkdirSync(cache.layout('org/gone').snapshot('a'.repeat(40)), { recursive: true });
    for (const name of ['config.json', 'model.safetensors'])
      writeFileSync(join(cache.layout('org/gone').snapshot('a'.repeat(40)), name), '{}');
    expect(await catalogue.detail('org/gone')).toMatchObject({ origin: 'local', isDownloaded: true });
    await expect(catalogue.detail('org/never')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  test('an answer that fails midway is no half description', async () => {
    hub.fault({ path: /config\.json/, status: 429, headers: { 'retry-after': '3' } });
    await expect(catalogue.detail(TINY)).rejects.toMatchObject({ code: 'HUB_RATE_LIMITED' });
    await download(TINY);
    expect(await catalogue.detail(TINY)).toMatchObject({ origin: 'local', characteristics: { architecture: 'Qwen' } });
  });
});

describe('a gated model', () => {
  const GATED = 'org/Gated-8B';
  const extract = { model_type: 'llama', architectures: ['LlamaForCausalLM'] };
  beforeEach(() =>
    hub.addModel({
      id: GATED,
      gated: 'manual',
      files: {
        'config.json': JSON.stringify({ ...extract, max_position_embeddings: 2048 }),
        'model.safetensors': { size: 3000, seed: 'x' },
      },
      info: { usedStorage: 16e9 },
    }),
  );

  test.each([null, STRANGER_TOKEN])('shows what its page says; its files stay hidden (token %s)', async (as) => {
    token = as;
    expect(await catalogue.detail(GATED)).toMatchObject({
      origin: 'hub',
      gated: true,
      files: [],
      sizeBytes: 16e9,
      fits: false,
      characteristics: { architecture: 'Llama', contextWindow: null },
      memory: { basis: 'size', weightsBytes: 16e9 },
    });
  });

  test('without any size nothing is made up', async () => {
    await hub.addModel({ id: 'org/Sizeless', gated: 'auto', files: {}, info: { usedStorage: undefined } });
    expect(await catalogue.detail('org/Sizeless')).toMatchObject({
      gated: true,
      sizeBytes: null,
      estimatedSizeGb: null,
      fits: null,
      memory: null,
    });
  });

  test('opens to the one who may', async () => {
    token = GOOD_TOKEN;
    const detail = await catalogue.detail(GATED);
    expect(detail.files).toHaveLength(2);
    expect(detail.characteristics.contextWindow).toBe(2048);
  });
});

describe('a folder', () => {
  test('of the owner’s is described from the disk, and the hub is not asked', async () => {
    const path = join(home, 'models', 'mine');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), '{"model_type":"qwen3"}');
    writeFileSync(join(path, 'model.safetensors'), 'w'.repeat(100));
    expect(await catalogue.detail(path)).toMatchObject({
      modelId: path,
      author: null,
      origin: 'local',
      isDownloaded: true,
      sizeBytes: 122,
      local: { source: 'folder' },
      characteristics: { architecture: 'Qwen' },
    });
    expect(hub.requests).toEqual([]);
  });

  test('that is not there is no model', async () => {
    for (const path of [join(home, 'models', 'nothing'), home, '/etc'])
      await expect(catalogue.detail(path)).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL', details: { modelId: path } });
  });
});

describe('the card', () => {
  const README = '---\nlicense: mit\n---\n\n# Tiny\n\nKnows capitals.\n';
  test('is read from the disk where the model is here, else from the hub; its head is left out', async () => {
    await hub.addModel({ id: 'org/carded', folder: fixture, files: { 'README.md': README } });
    expect(await catalogue.card('org/carded')).toEqual({ markdown: '# Tiny\n\nKnows capitals.', origin: 'hub' });
    await download('org/carded');
    await hub.goOffline();
    expect(await catalogue.card('org/carded')).toEqual({ markdown: '# Tiny\n\nKnows capitals.', origin: 'local' });
    await expect(catalogue.card('org/never')).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  test('is null where there is none, or its owner hides it', async () => {
    await hub.addModel({ id: 'org/without', files: { 'config.json': '{}' } });
    await hub.addModel({ id: 'org/hidden', files: { 'README.md': README }, gated: 'manual' });
    expect(await catalogue.card('org/without')).toEqual({ markdown: null, origin: 'hub' });
    expect(await catalogue.card('org/hidden')).toEqual({ markdown: null, origin: 'hub' });
    await expect(catalogue.card('/no/such/folder')).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
  });
});
