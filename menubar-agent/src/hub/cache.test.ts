/** The cache as other tools may have left it. */
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLogger } from '../core/index.js';
import { createHubCache, type WritableHubCache } from './index.js';
import { isSafeRepoPath, modelIdOfFolder } from './paths.js';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
const ID = 'org/model';
let root: string;
let repo: string;
let cache: WritableHubCache;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlx-manager-cache-'));
  repo = join(root, 'models--org--model');
  cache = createHubCache({ root: () => root, logger: silentLogger() });
});
afterEach(() => rm(root, { recursive: true }));

/** Writes a file of a snapshot as a link to a blob. */
const link = async (commit: string, path: string, etag: string, content = path): Promise<void> => {
  const pointer = join(repo, 'snapshots', commit, path);
  await mkdir(dirname(pointer), { recursive: true });
  await mkdir(join(repo, 'blobs'), { recursive: true });
  await writeFile(join(repo, 'blobs', etag), content);
  await symlink(join('../'.repeat(path.split('/').length + 1), 'blobs', etag), pointer);
};
const ref = async (name: string, commit: string): Promise<void> => {
  await mkdir(dirname(join(repo, 'refs', name)), { recursive: true });
  await writeFile(join(repo, 'refs', name), commit);
};
const whole = async (commit: string, tag = ''): Promise<void> => {
  await link(commit, 'config.json', `c1${tag}`, '{}');
  await link(commit, 'model.safetensors', `e1${tag}`, 'weights');
};
const tree = async (commit: string, files: Record<string, number>): Promise<void> => {
  await mkdir(join(repo, 'trees'), { recursive: true });
  const entries = Object.fromEntries(Object.entries(files).map(([path, size]) => [path, { size, blob_id: 'x' }]));
  await writeFile(join(repo, 'trees', `${commit}.json`), JSON.stringify({ format_version: 1, files: entries }));
};
const complete = async (): Promise<boolean | undefined> => (await cache.find(ID))?.revisions[0]?.complete;
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('scan', () => {
  test('a cache that is missing, a file, or full of other things holds no models', async () => {
    expect(await createHubCache({ root: () => join(root, 'nowhere'), logger: silentLogger() }).scan()).toEqual([]);
    await writeFile(join(root, 'CACHEDIR.TAG'), '');
    for (const name of ['.locks', 'blobs', 'datasets--a--b', 'models--', 'models--a--b--c', 'models--..--..', 'version.txt'])
      await mkdir(join(root, name));
    expect(await cache.scan()).toEqual([]);
    expect(await createHubCache({ root: () => join(root, 'CACHEDIR.TAG'), logger: silentLogger() }).scan()).toEqual([]);
  });

  test('links, subfolders, several revisions and refs; main stands first, each blob counts once', async () => {
    await whole(A);
    await link(A, 'sub/er/notes.md', 'd1', 'notes');
    await whole(B);
    await ref('main', A);
    await ref('refs/pr/1', B);
    const [model] = await cache.scan();
    expect(model).toMatchObject({ modelId: ID, path: repo, hasPartial: false, sizeBytes: 2 + 7 + 5 });
    expect(model!.revisions.map(({ commit, refs, complete: done }) => [commit, refs, done])).toEqual([
      [A, ['main'], true],
      [B, ['refs/pr/1'], true],
    ]);
    expect(model!.revisions[0]!.files).toContainEqual({ path: 'sub/er/notes.md', sizeBytes: 5, blobPath: join(repo, 'blobs', 'd1') });
  });

  test('files in place of links, and no refs', async () => {
    await mkdir(join(repo, 'snapshots', A), { recursive: true });
    await writeFile(join(repo, 'snapshots', A, 'config.json'), '{}');
    await writeFile(join(repo, 'snapshots', A, 'weights.npz'), '1234');
    expect(await cache.find(ID)).toMatchObject({ sizeBytes: 6, revisions: [{ refs: [], complete: true }] });
  });

  test('a ref with a newline, a broken link, a link onto itself: read, not thrown', async () => {
    await whole(A);
    await ref('main', `${A}\n`);
    await symlink('../../blobs/gone', join(repo, 'snapshots', A, 'gone.txt'));
    await symlink('loop', join(repo, 'snapshots', A, 'loop'));
    const model = await cache.find(ID);
    expect(model!.revisions[0]).toMatchObject({ refs: ['main'], complete: false });
    expect(model!.revisions[0]!.files.map((file) => file.path)).toEqual(['config.json', 'model.safetensors']);
  });

  test('blobs that are links into the shared store count with their size, and keep their first hop', async () => {
    await whole(A);
    await mkdir(join(root, 'blobs/ab'), { recursive: true });
    await writeFile(join(root, 'blobs/ab/xet'), 'shared bytes');
    await rm(join(repo, 'blobs/e1'));
    await symlink('../../blobs/ab/xet', join(repo, 'blobs/e1'));
    const model = await cache.find(ID);
    expect(model!.sizeBytes).toBe(2 + 12);
    expect(model!.revisions[0]!.files[1]).toMatchObject({ blobPath: join(repo, 'blobs/e1'), sizeBytes: 12 });
  });
});

describe('complete', () => {
  test('needs a config and every weight an index names', async () => {
    await link(A, 'config.json', 'c1', '{}');
    expect(await complete()).toBe(false);
    await link(A, 'model-00001-of-00002.safetensors', 'e1');
    await link(
      A,
      'model.safetensors.index.json',
      'i1',
      JSON.stringify({ weight_map: { x: 'model-00001-of-00002.safetensors', y: 'model-00002-of-00002.safetensors' } }),
    );
    expect(await complete()).toBe(false);
    await link(A, 'model-00002-of-00002.safetensors', 'e2');
    expect(await complete()).toBe(true);
    await writeFile(join(repo, 'blobs/i1'), '{"weight_map": {"x": "model-0');
    expect(await complete()).toBe(false);
  });

  test.each([['e9.incomplete'], ['e9.0123abcd.incomplete']])(
    '%s: something is missing; beside its finished blob it is a leftover',
    async (name) => {
      await whole(A);
      await writeFile(join(repo, 'blobs', name), 'part');
      expect(await cache.find(ID)).toMatchObject({ hasPartial: true, sizeBytes: 2 + 7 + 4, revisions: [{ complete: false }] });
      await writeFile(join(repo, 'blobs/e9'), 'all of it');
      expect(await cache.find(ID)).toMatchObject({ hasPartial: true, revisions: [{ complete: true }] });
    },
  );

  test('with the commit’s listing: everything, or at least all that loading needs, in its right size', async () => {
    await whole(A);
    await tree(A, { 'config.json': 2, 'model.safetensors': 7, 'README.md': 10 });
    await writeFile(join(repo, 'blobs', 'other.incomplete'), 'of another revision');
    expect(await complete()).toBe(true);
    await tree(A, { 'config.json': 2, 'model.safetensors': 7, 'tokenizer.json': 10 });
    expect(await complete()).toBe(false);
    await tree(A, { 'config.json': 2, 'model.safetensors': 8 });
    expect(await complete()).toBe(false);
    await writeFile(join(repo, 'trees', `${A}.json`), '{"format_version": 99}');
    await rm(join(repo, 'blobs', 'other.incomplete'));
    expect(await complete()).toBe(true);
  });
});

describe('remove', () => {
  test('one revision takes with it what no other uses, its refs, its listing and its notes of absence', async () => {
    await whole(A);
    await link(A, 'only-a.txt', 'oa', '12345');
    await whole(B);
    await ref('main', B);
    await ref('old', A);
    await tree(A, {});
    await mkdir(join(repo, '.no_exist', A), { recursive: true });
    expect(await cache.remove(ID, A)).toEqual({ freedBytes: 5 });
    expect((await readdir(join(repo, 'blobs'))).sort()).toEqual(['c1', 'e1']);
    expect(await cache.find(ID)).toMatchObject({ revisions: [{ commit: B, refs: ['main'], complete: true }] });
    expect(await readdir(join(repo, 'trees'))).toEqual([]);
    expect(await readdir(join(repo, '.no_exist'))).toEqual([]);
    expect(await readdir(join(repo, 'refs'))).toEqual(['main']);
  });

  test('the last revision takes the repository and its locks with it, unless something is still on its way', async () => {
    await whole(A);
    await mkdir(join(root, '.locks/models--org--model'), { recursive: true });
    await mkdir(join(root, '.locks/models--org--other'), { recursive: true });
    await writeFile(join(repo, 'blobs/x.incomplete'), 'part');
    await cache.remove(ID, A);
    expect(await readdir(join(repo, 'blobs'))).toEqual(['x.incomplete']);
    await whole(A);
    await rm(join(repo, 'blobs/x.incomplete'));
    expect(await cache.remove(ID, A)).toEqual({ freedBytes: 9 });
    expect(await readdir(root)).toEqual(['.locks']);
    expect(await readdir(join(root, '.locks'))).toEqual(['models--org--other']);
  });

  test('of a shared blob only the link goes; of a link that leaves the repository only the link goes', async () => {
    await whole(A);
    await mkdir(join(root, 'blobs/ab'), { recursive: true });
    await writeFile(join(root, 'blobs/ab/xet'), 'shared bytes');
    await writeFile(join(root, 'private.txt'), 'not ours');
    await rm(join(repo, 'blobs/e1'));
    await symlink('../../blobs/ab/xet', join(repo, 'blobs/e1'));
    await symlink('../../../private.txt', join(repo, 'snapshots', A, 'private.txt'));
    await whole(B, 'b');
    await cache.remove(ID, A);
    expect(await exists(join(repo, 'blobs/e1'))).toBe(false);
    expect(await readFile(join(root, 'blobs/ab/xet'), 'utf8')).toBe('shared bytes');
    expect(await readFile(join(root, 'private.txt'), 'utf8')).toBe('not ours');
    await symlink('../../../private.txt', join(repo, 'snapshots', B, 'private.txt'));
    await cache.remove(ID);
    expect(await exists(repo)).toBe(false);
    expect(await readFile(join(root, 'private.txt'), 'utf8')).toBe('not ours');
  });

  test('a partial file with holes frees what the disk held', async () => {
    await mkdir(join(repo, 'blobs'), { recursive: true });
    await writeFile(join(repo, 'blobs/x.incomplete'), 'part');
    await truncate(join(repo, 'blobs/x.incomplete'), 1e9);
    expect((await cache.find(ID))!.sizeBytes).toBeLessThan(1e6);
    expect((await cache.remove(ID)).freedBytes).toBeLessThan(1e6);
  });

  test('names that would lead out are no models, and a link in the place of a repository is all that goes', async () => {
    await whole(A);
    for (const id of ['../..', 'org/../..', '..', 'a/b/c', 'org/model/', '/etc', 'org\\model', '']) {
      await expect(cache.remove(id)).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
      expect(await cache.find(id)).toBeNull();
    }
    for (const commit of ['..', '../blobs', 'nowhere', ''])
      await expect(cache.remove(ID, commit)).rejects.toMatchObject({ code: 'REVISION_NOT_FOUND' });
    await symlink(repo, join(root, 'models--org--alias'));
    expect(await cache.find('org/alias')).toMatchObject({ revisions: [{ complete: true }] });
    expect(await cache.remove('org/alias')).toEqual({ freedBytes: 0 });
    expect(await complete()).toBe(true);
  });
});

test('names of folders and of files', () => {
  expect(modelIdOfFolder('models--org--name.x')).toBe('org/name.x');
  expect(modelIdOfFolder('models--gpt2')).toBe('gpt2');
  expect(modelIdOfFolder('datasets--org--name')).toBeNull();
  for (const path of ['config.json', 'a/b/c.txt', 'with space.txt', '.gitattributes', 'ü.json']) expect(isSafeRepoPath(path)).toBe(true);
  for (const path of ['', '/a', 'a/', '..', 'a/../b', './a', 'a\\b', 'a\u0000b', 'a\nb', 'x'.repeat(256), 'C:\\x'])
    expect(isSafeRepoPath(path)).toBe(false);
});
