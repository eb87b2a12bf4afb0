/** Models on the disk: a real cache in Hugging Face's layout, real folders, a real database. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EventBus, silentLogger } from '../core/index.js';
import { createHubCache, type HubFile, type WritableHubCache } from '../hub/index.js';
import { ModelDatesRepository, openDatabase, type Connection } from '../store/index.js';
import { LocalModels } from './index.js';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
const CONFIG = JSON.stringify({
  model_type: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  max_position_embeddings: 4096,
});
/** Bytes of keys and values of one token at 16 bits: 2 × layers × heads × width × 2. */
const KV_BYTES = 2 * 2 * 2 * 16 * 2;
const MODEL = { 'config.json': CONFIG, 'model.safetensors': 'w'.repeat(1000) };

let home: string;
let cache: WritableHubCache;
let db: Connection;
let dates: ModelDatesRepository;
let local: LocalModels;
let folders: string[];
let users: Record<string, string[]>;
let downloads: Record<string, string>;
let announced: unknown[];
let warnings: unknown[];

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'mlx-manager-local-')));
  const logger = silentLogger();
  warnings = [];
  logger.warn = (...args: unknown[]) => void warnings.push(args);
  cache = createHubCache({ root: () => join(home, 'hub'), logger });
  db = openDatabase(':memory:');
  dates = new ModelDatesRepository(db);
  const bus = new EventBus((error) => {
    throw error;
  });
  announced = [];
  bus.on('model.changed', (change) => announced.push(change));
  folders = [join(home, 'models')];
  users = {};
  downloads = {};
  local = new LocalModels({
    ...{ cache, dates, bus, logger },
    modelFolders: () => folders,
    profilesOf: (model) => (model.endsWith('whole') ? [7] : []),
    usersOf: (folder) => users[folder] ?? [],
    downloadOf: (modelId) => downloads[modelId] ?? null,
  });
});
afterEach(() => {
  db.close();
  rmSync(home, { recursive: true, force: true });
});

const snapshot = (modelId: string, commit: string): string => cache.layout(modelId).snapshot(commit);

/** A downloaded revision, written as a download writes it. */
async function cached(modelId: string, commit = A, contents: Record<string, string> = MODEL, revision = 'main'): Promise<void> {
  const layout = cache.layout(modelId);
  await cache.prepare(layout);
  const files: HubFile[] = Object.entries(contents).map(([path, text]) => {
    const oid = createHash('sha1').update(text).digest('hex');
    writeFileSync(layout.blob(oid), text);
    return { path, oid, sizeBytes: text.length, sha256: null };
  });
  await cache.writeSnapshot(layout, commit, revision, files);
}

/** What older tools leave: a snapshot without the listing of its commit. */
function foreign(modelId: string, contents: Record<string, string>, revision = 'main'): void {
  const layout = cache.layout(modelId);
  mkdirSync(layout.snapshot(A), { recursive: true });
  mkdirSync(layout.refs, { recursive: true });
  writeFileSync(join(layout.refs, revision), A);
  for (const [path, text] of Object.entries(contents)) writeFileSync(join(layout.snapshot(A), path), text);
}

function folder(path: string, contents: Record<string, string> = MODEL): string {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const listed = async (): Promise<string[]> => (await local.list()).map(({ modelId }) => modelId);

describe('the list', () => {
  test('nothing is there, and folders that do not exist', async () => {
    expect(await local.list()).toEqual([]);
    expect(await local.completeIds()).toEqual(new Set());
    expect(warnings).toEqual([]);
  });

  test('a download: size once through links, dates, profiles, what it can do', async () => {
    await cached('org/whole', A, { ...MODEL, 'README.md': '---\ntags:\n- mlx\n- tool-use\n---\nText' });
    await cached('org/whole', B, { ...MODEL, 'more.json': '{}' }, 'v2'); // shares the weights
    dates.markDownloaded('org/whole', '2026-01-02T00:00:00.000Z');
    local.markUsed('org/whole', Date.UTC(2026, 0, 3));
    const [model] = await local.list();
    const bytes = CONFIG.length + 1000 + '---\ntags:\n- mlx\n- tool-use\n---\nText'.length + 2;
    expect(model).toMatchObject({
      modelId: 'org/whole',
      localPath: snapshot('org/whole', A),
      sizeBytes: bytes,
      sizeGb: 0,
      revision: A,
      revisions: [A, B],
      complete: true,
      source: 'hub_cache',
      downloadedAt: '2026-01-02T00:00:00.000Z',
      lastUsedAt: '2026-01-03T00:00:00.000Z',
      profileIds: [7],
      characteristics: { architecture: 'Qwen', contextWindow: 4096, kvBytesPerToken: KV_BYTES, toolUse: true },
      memory: { basis: 'config', weightsBytes: 1000, contextLength: 4096, kvCacheBytes: 4096 * KV_BYTES },
    });
    expect(await local.find('org/whole')).toEqual(model);
  });

  test('without a note of ours the date is that of the files', async () => {
    await cached('org/whole');
    const [model] = await local.list();
    expect(Math.abs(Date.parse(model!.downloadedAt!) - Date.now())).toBeLessThan(60_000);
    expect(model!.lastUsedAt).toBeNull();
  });

  test('unfinished ones are shown as such and are not complete', async () => {
    const layout = cache.layout('org/started');
    await cache.prepare(layout);
    writeFileSync(layout.partial('e'.repeat(64)), 'part');
    foreign('org/shard', { 'config.json': CONFIG, 'model.safetensors.index.json': '{"weight_map":{"a":"model-1.safetensors"}}' });
    await cached('org/whole');
    expect((await local.list()).map(({ modelId, complete, sizeBytes }) => [modelId, complete, sizeBytes > 0])).toEqual([
      ['org/shard', false, true],
      ['org/started', false, true],
      ['org/whole', true, true],
    ]);
    expect(await local.find('org/started')).toMatchObject({ revision: null, localPath: layout.folder, revisions: [], downloadedAt: null });
    expect(await local.completeIds()).toEqual(new Set(['org/whole']));
  });

  test('models of other runtimes alone are left out', async () => {
    await cached('org/gguf', A, { 'config.json': CONFIG, 'model-Q4.gguf': 'x' });
    await cached('org/torch', A, { 'config.json': CONFIG, 'pytorch_model.bin': 'x' });
    foreign('org/llama-cpp', { 'model-Q4_K_M.gguf': 'x' });
    foreign('org/both', { ...MODEL, 'model.gguf': 'x' });
    expect(await listed()).toEqual(['org/both']);
    expect(await local.find('org/llama-cpp')).toBeNull();
    expect(await local.find('org/gguf')).toBeNull();
  });

  test('model folders: the folder itself, one level and two levels below, no deeper', async () => {
    const [one, two] = [folder(join(home, 'models', 'whole')), folder(join(home, 'models', 'org', 'name'))];
    folder(join(home, 'models', 'a', 'b', 'c'));
    folder(join(home, 'models', '.hidden'));
    folder(join(home, 'models', 'config-only'), { 'config.json': CONFIG });
    folder(join(home, 'models', 'gguf-only'), { 'config.json': CONFIG, 'm.gguf': 'x' });
    folder(join(home, 'models', 'npz'), { 'config.json': '{"model_type":"whisper"}', 'weights.npz': 'x' });
    const self = folder(join(home, 'self'));
    folders = [join(home, 'models'), self];
    expect((await local.list()).map(({ modelId, source, complete }) => [modelId, source, complete])).toEqual(
      [join(home, 'models', 'npz'), two, one, self].map((path) => [path, 'folder', true]),
    );
    expect(await local.find(one)).toMatchObject({
      localPath: one,
      sizeBytes: CONFIG.length + 1000,
      revision: null,
      profileIds: [7],
      memory: { weightsBytes: 1000 },
      characteristics: { architecture: 'Qwen' },
    });
    expect(await local.find(`${one}/`)).toMatchObject({ localPath: one });
    expect(await local.find(join(home, 'models', 'config-only'))).toBeNull();
  });

  test('a folder counts with what is in its subfolders, and each model once though two settings reach it', async () => {
    const path = folder(join(home, 'models', 'org', 'name'), { ...MODEL, 'adapters/a.json': '12345' });
    folders = [join(home, 'models'), join(home, 'models', 'org'), `${path}/`];
    expect(await local.list()).toMatchObject([{ modelId: path, sizeBytes: CONFIG.length + 1000 + 5 }]);
  });

  test('a model folder that is a file is said in the log and hides nothing', async () => {
    writeFileSync(join(home, 'file'), '');
    folder(join(home, 'models', 'm'));
    folders = [join(home, 'file'), ...folders];
    expect(await listed()).toEqual([join(home, 'models', 'm')]);
    expect(warnings).toHaveLength(1);
  });

  test.each(['{"model_type":', '[]', 'null', '', '"qwen3"'])(
    'a config that holds %j describes nothing and breaks nothing',
    async (config) => {
      await cached('org/odd', A, { 'config.json': config, 'model.safetensors': 'w'.repeat(500) });
      folder(join(home, 'models', 'odd'), { 'config.json': config, 'model.safetensors': 'w'.repeat(500) });
      for (const model of await local.list()) {
        expect(model).toMatchObject({
          complete: true,
          characteristics: { architecture: null, contextWindow: null, modelType: 'lm' },
          memory: { basis: 'size', weightsBytes: 500, totalBytes: 600, contextLength: null },
        });
      }
      expect(await local.list()).toHaveLength(2);
    },
  );

  test('tags of the model card count, in any usual form of its head', async () => {
    const card = (head: string): Record<string, string> => ({ ...MODEL, 'README.md': head });
    folder(join(home, 'models', 'listed'), card('---\nlicense: mit\ntags:\n- mlx\n- tool-use\nbase_model: x\n---\n# Card'));
    folder(join(home, 'models', 'indented'), card('---\ntags:\n  - tool-use\n---\n'));
    folder(join(home, 'models', 'none'), card('# Card\ntags:\n- tool-use\n'));
    folder(join(home, 'models', 'other-list'), card('---\ndatasets:\n- tool-use\n---\n'));
    expect((await local.list()).map(({ modelId, characteristics }) => [modelId.split('/').at(-1), characteristics.toolUse])).toEqual([
      ['indented', true],
      ['listed', true],
      ['none', false],
      ['other-list', false],
    ]);
  });
});

describe('the folder an engine loads', () => {
  test('is the whole revision, whatever stands beside it', async () => {
    await cached('org/whole', B, MODEL, 'v1');
    foreign('org/whole', { 'config.json': CONFIG }); // `main`, without weights
    expect(await local.folderOf('org/whole', 'P')).toBe(snapshot('org/whole', B));
    expect(await local.find('org/whole')).toMatchObject({ complete: true, revision: B });
  });

  test('of an unfinished or a missing model is an error that names model and profile', async () => {
    foreign('org/half', { 'config.json': CONFIG });
    const layout = cache.layout('org/started');
    await cache.prepare(layout);
    writeFileSync(layout.partial('e'.repeat(64)), '');
    for (const [modelId, code] of [
      ['org/half', 'MODEL_INCOMPLETE'],
      ['org/started', 'MODEL_INCOMPLETE'],
      ['org/missing', 'MODEL_NOT_DOWNLOADED'],
      ['../../etc', 'MODEL_NOT_DOWNLOADED'],
    ] as const) {
      await expect(local.folderOf(modelId, 'Coder')).rejects.toMatchObject({ code, details: { modelId, name: 'Coder' } });
    }
  });
});

describe('memory', () => {
  test('counts the context that is asked for, else a usual one', async () => {
    const path = folder(join(home, 'models', 'm'));
    const usual = await local.memoryOf('m', path, null);
    expect(usual).toMatchObject({ contextLength: 4096, kvCacheBytes: 4096 * KV_BYTES, weightsBytes: 1000, basis: 'config' });
    const short = await local.memoryOf('m', path, 100);
    expect(short).toMatchObject({ contextLength: 100, kvCacheBytes: 100 * KV_BYTES });
    expect(usual.totalBytes - short.totalBytes).toBe(3996 * KV_BYTES);
  });

  test('of weights that lie in the cache is that of what the links lead to', async () => {
    await cached('org/whole');
    expect(await local.memoryOf('org/whole', await local.folderOf('org/whole', 'P'), 1)).toMatchObject({ weightsBytes: 1000 });
  });
});

describe('removing', () => {
  test('a whole model, with our notes of it', async () => {
    await cached('org/whole');
    await cached('org/other');
    dates.markDownloaded('org/whole', '2026-01-02T00:00:00.000Z');
    await local.remove('org/whole');
    expect(await listed()).toEqual(['org/other']);
    expect(dates.of('org/whole')).toBeNull();
    expect(announced).toEqual([{ modelId: 'org/whole', change: 'removed' }]);
    await expect(local.remove('org/whole')).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
  });

  test('one revision, by commit or by the name of a branch; the last one takes the model with it', async () => {
    await cached('org/whole', A, MODEL);
    await cached('org/whole', B, { ...MODEL, 'more.json': '{}' }, 'v2');
    dates.markDownloaded('org/whole', '2026-01-02T00:00:00.000Z');
    await expect(local.remove('org/whole', 'nowhere')).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
    await local.remove('org/whole', 'v2');
    expect(await local.find('org/whole')).toMatchObject({ revisions: [A], complete: true, sizeBytes: CONFIG.length + 1000 });
    expect(dates.of('org/whole')).not.toBeNull();
    await local.remove('org/whole', A);
    expect(await local.list()).toEqual([]);
    expect(dates.of('org/whole')).toBeNull();
    expect(announced).toEqual([
      { modelId: 'org/whole', change: 'added' },
      { modelId: 'org/whole', change: 'removed' },
    ]);
  });

  test('an unfinished download without any revision', async () => {
    const layout = cache.layout('org/started');
    await cache.prepare(layout);
    writeFileSync(layout.partial('e'.repeat(64)), 'part');
    await expect(local.remove('org/started', 'main')).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
    await local.remove('org/started');
    expect(await local.list()).toEqual([]);
  });

  test('what a server or a download uses stays; another revision of it may go', async () => {
    await cached('org/whole', A, MODEL);
    await cached('org/whole', B, { ...MODEL, 'more.json': '{}' }, 'v2');
    users[snapshot('org/whole', A)] = ['Coder', 'Writer'];
    const refused = { code: 'MODEL_IN_USE', message: expect.stringMatching(/Coder.*Writer/) };
    await expect(local.remove('org/whole')).rejects.toMatchObject(refused);
    await expect(local.remove('org/whole', 'main')).rejects.toMatchObject(refused);
    await local.remove('org/whole', B);
    users = {};
    downloads['org/whole'] = 'a download under way';
    await expect(local.remove('org/whole')).rejects.toMatchObject({ code: 'MODEL_IN_USE', details: { users: ['a download under way'] } });
    expect(await local.find('org/whole')).toMatchObject({ revisions: [A], complete: true });
  });

  test('a folder of the owner’s is never touched', async () => {
    const path = folder(join(home, 'models', 'mine'));
    await expect(local.remove(path)).rejects.toMatchObject({ code: 'MODEL_READ_ONLY' });
    await expect(local.remove(`${path}-not`)).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
    await expect(local.remove(home)).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
    expect(await listed()).toEqual([path]);
    expect(announced).toEqual([]);
  });

  test('names that lead out of the cache are no models', async () => {
    symlinkSync(home, join(home, 'out'));
    for (const id of ['../hub', '..', 'a/b/c', '']) await expect(local.remove(id)).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
  });
});
