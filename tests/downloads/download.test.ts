/** A model comes down whole, from a hub that behaves. */
import { jest } from '@jest/globals';
import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadTask } from '@mlx-manager/shared';
import { GOOD_TOKEN, startHub, STRANGER_TOKEN, type StandInHub } from '../support/hub/index.js';
import { isOver, makeDownloads, type DownloadRig } from '../support/downloads.js';

// Seconds are enough on an idle machine; others may be at work on this one.
jest.setTimeout(60_000);

const TINY = 'mlx-community/tiny-qwen3';
const folder = join(import.meta.dirname, '../fixtures/models/tiny-qwen3');
const rigs: DownloadRig[] = [];
let hub: StandInHub;

const rigFor = (options: Parameters<typeof makeDownloads>[1] = {}): DownloadRig => {
  const rig = makeDownloads(hub.url, options);
  rigs.push(rig);
  return rig;
};
const download = async (rig: DownloadRig, modelId: string, revision?: string) => {
  const { taskId } = await rig.service.start(modelId, revision);
  return rig.until(taskId, isOver);
};
/** Compares bytes; jest's own comparison of large buffers takes seconds. */
const expectSame = async (path: string, content: Buffer): Promise<void> => expect((await readFile(path)).equals(content)).toBe(true);

beforeEach(async () => {
  hub = await startHub({ models: [{ id: TINY, folder }] });
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  await hub.stop();
});

test('a model becomes a snapshot in Hugging Face’s own layout, byte for byte', async () => {
  const rig = rigFor();
  const changed: unknown[] = [];
  rig.bus.on('model.changed', (event) => changed.push(event));
  const task = await download(rig, TINY);
  expect(task).toMatchObject({ status: 'completed', progress: 100, error: null, commit: hub.commitOf(TINY), filesDone: 8, filesTotal: 8 });
  expect(task.downloadedBytes).toBe(task.totalBytes);
  for (const name of await readdir(folder)) {
    await expectSame(join(task.localPath!, name), await readFile(join(folder, name)));
    expect(await readlink(join(task.localPath!, name))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40,64}$/);
  }
  const repo = join(rig.root, 'models--mlx-community--tiny-qwen3');
  expect(await readFile(join(repo, 'refs/main'), 'utf8')).toBe(hub.commitOf(TINY));
  expect((await readdir(join(repo, 'blobs'))).some((name) => name.includes('incomplete'))).toBe(false);
  expect(await readFile(join(rig.root, 'CACHEDIR.TAG'), 'utf8')).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
  expect(await readdir(rig.journals)).toEqual([]);
  expect(await rig.cache.find(TINY)).toMatchObject({ hasPartial: false, revisions: [{ complete: true, refs: ['main'] }] });
  expect(changed).toEqual([{ modelId: TINY, change: 'added' }]);
  // One request for each small file; the large one is asked for once at the hub and then fetched from the CDN only.
  const resolves = hub.requests.filter((request) => request.at === 'hub' && request.path.endsWith('/model.safetensors'));
  expect(resolves).toHaveLength(1);
  const content = hub.requests.filter((request) => request.at === 'cdn' || request.path.includes('/resolve/'));
  expect(content.every((request) => request.headers['accept-encoding'] === 'identity')).toBe(true);
});

test('a redirect on the hub itself is followed, with the token', async () => {
  const rig = rigFor({ token: GOOD_TOKEN });
  const location = `/${TINY}/resolve/${hub.commitOf(TINY)}/config.json?elsewhere`;
  hub.fault({ path: /^config\.json$/, status: 307, headers: { location }, times: 1 });
  expect(await download(rig, TINY)).toMatchObject({ status: 'completed' });
  const asked = hub.requests.filter((request) => request.path.endsWith('/config.json'));
  expect(asked.map((request) => [request.status, request.query.has('elsewhere'), request.headers.authorization])).toEqual([
    [307, false, `Bearer ${GOOD_TOKEN}`],
    [200, true, `Bearer ${GOOD_TOKEN}`],
  ]);
});

test('the order of events: queued, starting, downloading, completed, and never more than the bytes there are', async () => {
  const rig = rigFor();
  await download(rig, TINY);
  const statuses = rig.updates.map((task) => task.status);
  expect(statuses.filter((status, i) => status !== statuses[i - 1])).toEqual(['queued', 'starting', 'downloading', 'completed']);
  for (const task of rig.updates) {
    expect(task.downloadedBytes).toBeLessThanOrEqual(task.totalBytes ?? 0);
    if (task.status !== 'completed') expect(task.progress).toBeLessThan(100);
  }
});

test('a throttled download tells its speed and the time left, at most four times a second', async () => {
  hub.fault({ at: 'cdn', throttle: 700_000 });
  const rig = rigFor({ connections: () => 2 });
  await download(rig, TINY);
  const moving = rig.updates.filter((task) => task.status === 'downloading' && task.speedMbps > 0);
  expect(moving.length).toBeGreaterThan(2);
  expect(moving.at(-1)!.speedMbps).toBeGreaterThan(0.2);
  expect(moving.at(-1)!.speedMbps).toBeLessThan(5);
  expect(moving.at(-1)!.etaSeconds).toBeGreaterThanOrEqual(0);
  const seconds = (Date.parse(moving.at(-1)!.updatedAt) - Date.parse(moving[0]!.updatedAt)) / 1000;
  expect(moving.length).toBeLessThanOrEqual(4 * seconds + 2);
});

test('folders, empty files, equal files and odd names keep their places', async () => {
  const files = {
    'config.json': '{}',
    'model.safetensors': { size: 700_001, seed: 'odd' },
    'deep/er/copy.json': '{}',
    'deep/empty.txt': '',
    'ein Leerzeichen & 100%.txt': 'x',
  };
  await hub.addModel({ id: 'org/odd', files });
  const rig = rigFor();
  const task = await download(rig, 'org/odd');
  expect(task).toMatchObject({ status: 'completed', filesDone: 5, filesTotal: 5 });
  for (const path of Object.keys(files)) await expectSame(join(task.localPath!, path), hub.contentOf('org/odd', path));
  expect(await readlink(join(task.localPath!, 'deep/er/copy.json'))).toMatch(/^\.\.\/\.\.\/\.\.\/\.\.\/blobs\//);
});

test('two wishes for one model share one task; a third after the end is answered without asking the hub', async () => {
  const rig = rigFor();
  const [first, second] = await Promise.all([rig.service.start(TINY), rig.service.start(TINY)]);
  expect(second.taskId).toBe(first.taskId);
  await rig.until(first.taskId, isOver);
  expect(rig.service.list()).toHaveLength(1);
  const requests = hub.requests.length;
  expect(await rig.service.start(TINY)).toMatchObject({ taskId: first.taskId, status: 'completed' });
  expect(hub.requests).toHaveLength(requests);
});

test('a model that another tool put there is completed at once; one that was deleted since comes again', async () => {
  const rig = rigFor();
  await download(rig, TINY);
  const later = rigFor({ home: rig.home, repository: { all: () => [], save: () => undefined, remove: () => undefined } });
  expect(await later.service.start(TINY)).toMatchObject({
    status: 'completed',
    progress: 100,
    localPath: rig.service.list()[0]!.localPath,
  });
  await rig.cache.remove(TINY);
  expect(await download(rig, TINY)).toMatchObject({ status: 'completed' });
  expect(await rig.cache.find(TINY)).toMatchObject({ revisions: [{ complete: true }] });
});

test('a new commit is fetched when an update is asked for, and what did not change is not fetched again', async () => {
  const rig = rigFor();
  const before = await download(rig, TINY);
  const commit = await hub.pushCommit(TINY, { 'README.md': 'a new text' });
  const sent = hub.bytesSent((request) => request.path.includes('/resolve/') || request.at === 'cdn');
  const { taskId } = await rig.service.start(TINY, 'main', { update: true });
  const after = await rig.until(taskId, (task) => isOver(task) && task.commit === commit);
  expect(after.localPath).not.toBe(before.localPath);
  expect(hub.bytesSent((request) => request.path.includes('/resolve/') || request.at === 'cdn') - sent).toBe('a new text'.length);
  const model = await rig.cache.find(TINY);
  expect(model!.revisions.map((revision) => [revision.commit, revision.refs])).toEqual([
    [commit, ['main']],
    [before.commit, []],
  ]);
});

test('a task stays on the commit it began with when main moves on', async () => {
  hub.fault({ at: 'cdn', throttle: 2_000_000 });
  const rig = rigFor();
  const { taskId } = await rig.service.start(TINY);
  await rig.until(taskId, (task) => task.status === 'downloading');
  await rig.service.pause(taskId);
  const first = hub.commitOf(TINY);
  await hub.pushCommit(TINY, { 'config.json': '{"changed":true}' });
  await rig.service.resume(taskId);
  const task = await rig.until(taskId, isOver);
  expect(task).toMatchObject({ status: 'completed', commit: first });
  await expectSame(join(task.localPath!, 'config.json'), await readFile(join(folder, 'config.json')));
});

test('not more tasks than allowed run at once, and a raised limit counts at once', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 500_000 });
  const ids = ['org/a', 'org/b', 'org/c'];
  for (const id of ids) await hub.addModel({ id, files: { 'config.json': '{}', 'model.safetensors': { size: 900_000, seed: id } } });
  let limit = 1;
  const rig = rigFor({ maxDownloads: () => limit });
  const tasks: DownloadTask[] = [];
  for (const id of ids) tasks.push(await rig.service.start(id));
  const running = (): number => rig.service.list().filter((task) => ['starting', 'downloading'].includes(task.status)).length;
  let most = 0;
  rig.bus.on('download.updated', () => (most = Math.max(most, running())));
  await rig.until(tasks[0]!.taskId, isOver);
  await rig.until(tasks[1]!.taskId, (task) => task.status === 'downloading');
  expect(most).toBe(1);
  limit = 2;
  rig.bus.emit('settings.updated', {} as never);
  expect(running()).toBe(2);
  slow();
  await Promise.all(tasks.map((task) => rig.until(task.taskId, (now) => now.status === 'completed')));
  expect(most).toBe(2);
});

test('two revisions of one model, which share files, follow each other', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 1_000_000 });
  const rig = rigFor({ maxDownloads: () => 5 });
  const first = await rig.service.start(TINY, 'main');
  const second = await rig.service.start(TINY, hub.commitOf(TINY));
  await rig.until(first.taskId, (task) => task.status === 'downloading');
  expect(rig.service.get(second.taskId).status).toBe('queued');
  slow();
  for (const { taskId } of [first, second]) expect(await rig.until(taskId, isOver)).toMatchObject({ status: 'completed' });
  expect(hub.bytesSent((request) => request.at === 'cdn')).toBeLessThan(4_000_000);
});

test('a gated model fails with where to accept its terms, and comes with a token that may', async () => {
  await hub.addModel({ id: 'org/gated', gated: 'manual', files: { 'config.json': '{}', 'model.safetensors': { size: 100, seed: 'g' } } });
  for (const token of [undefined, STRANGER_TOKEN]) {
    const task = await download(rigFor(token === undefined ? {} : { token }), 'org/gated');
    expect(task).toMatchObject({
      status: 'failed',
      error: { code: 'MODEL_GATED', action: expect.stringContaining(`${hub.url}/org/gated`) },
    });
  }
  const rejected = await download(rigFor({ token: 'hf_wrong' }), 'org/gated');
  expect(rejected.error?.code).toBe('HUB_TOKEN_REJECTED');
  hub.requests.length = 0;
  expect(await download(rigFor({ token: GOOD_TOKEN }), 'org/gated')).toMatchObject({ status: 'completed' });
  expect(
    hub.requests.filter((request) => request.at === 'hub').every((request) => request.headers.authorization === `Bearer ${GOOD_TOKEN}`),
  ).toBe(true);
  const cdn = hub.requests.filter((request) => request.at === 'cdn');
  expect(cdn.length).toBeGreaterThan(0);
  expect(cdn.every((request) => request.headers.authorization === undefined)).toBe(true);
});

test('a missing model, a missing revision and an unsafe file name fail for good, without trying again', async () => {
  const rig = rigFor();
  expect((await download(rig, 'org/nowhere')).error?.code).toBe('MODEL_NOT_FOUND');
  expect((await download(rig, TINY, 'no-such-branch')).error?.code).toBe('REVISION_NOT_FOUND');
  for (const [i, name] of ['../../../../escape.txt', '/etc/passwd', 'a/../../b', 'a\\b', 'a//b'].entries()) {
    await hub.addModel({ id: `org/evil-${i}`, files: { 'config.json': '{}', [name]: 'x' } });
    expect((await download(rig, `org/evil-${i}`)).error).toMatchObject({ code: 'HUB_ERROR', message: expect.stringContaining('not safe') });
  }
  expect(hub.requests.some((request) => request.path.includes('resolve'))).toBe(false);
  expect(hub.requests.filter((request) => request.path.includes('nowhere'))).toHaveLength(1);
});

test('a blob that is a dead link, and one of the wrong size, are fetched anew', async () => {
  const rig = rigFor();
  const layout = rig.cache.layout(TINY);
  await mkdir(layout.blobs, { recursive: true });
  const files = (await (await fetch(`${hub.url}/api/models/${TINY}/tree/main`)).json()) as {
    path: string;
    oid: string;
    lfs?: { oid: string };
  }[];
  const etag = (path: string): string => {
    const file = files.find((candidate) => candidate.path === path)!;
    return file.lfs?.oid ?? file.oid;
  };
  await symlink('../../blobs/aa/gone', layout.blob(etag('model.safetensors')));
  await writeFile(layout.blob(etag('config.json')), 'short');
  const task = await download(rig, TINY);
  expect(task.status).toBe('completed');
  await expectSame(join(task.localPath!, 'model.safetensors'), await readFile(join(folder, 'model.safetensors')));
  await expectSame(join(task.localPath!, 'config.json'), await readFile(join(folder, 'config.json')));
});

test('a disk that is too small is told before anything is fetched; a cache that cannot be written, too', async () => {
  const task = await download(rigFor({ freeBytes: async () => 1_000_000 }), TINY);
  expect(task.error).toMatchObject({ code: 'DISK_FULL', message: 'The disk has 0 GB free; 0 GB are needed.' });
  expect(hub.requests.some((request) => request.path.includes('resolve'))).toBe(false);
  const rig = rigFor();
  await writeFile(rig.root, 'a file in the place of the cache');
  expect((await download(rig, TINY)).error).toMatchObject({ code: 'CACHE_NOT_WRITABLE', message: expect.stringContaining(rig.root) });
  await rm(rig.root);
  await rig.service.resume(rig.service.list()[0]!.taskId);
  expect(await rig.until(rig.service.list()[0]!.taskId, isOver)).toMatchObject({ status: 'completed' });
});

const manyTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 5_000; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test('asked for while the agent resumes what was left: it runs once', async () => {
  const rig = rigFor();
  // The cache is looked through while everything that was left over is taken up.
  const find = rig.cache.find.bind(rig.cache);
  let resumed: Promise<unknown> = Promise.resolve();
  rig.cache.find = async (modelId) => {
    await Promise.race([resumed, manyTurns()]);
    return find(modelId);
  };
  const started = rig.service.start(TINY);
  resumed = rig.service.resumeAll();
  const [{ taskId }] = await Promise.all([started, resumed]);
  await rig.until(taskId, isOver);
  // A second run would begin as soon as the first one has let go.
  await manyTurns();
  expect(rig.service.get(taskId).status).toBe('completed');
  expect(rig.updates.filter(({ status }) => status === 'queued')).toHaveLength(1);
  expect(rig.updates.at(-1)?.status).toBe('completed');
});
