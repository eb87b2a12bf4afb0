/** Pause, resume, cancel, and a process that is killed in the middle. */
import { jest } from '@jest/globals';
import { access, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadTask } from '@mlx-manager/shared';
import { bundle, startChild, type Bundle } from '../support/child.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { isOver, makeDownloads, type DownloadRig } from '../support/downloads.js';

// Seconds are enough on an idle machine; others may be at work on this one.
jest.setTimeout(60_000);

const MODEL = 'org/big';
const SIZE = 8_000_001;
const rigs: DownloadRig[] = [];
let child: Bundle;
let hub: StandInHub;

const rigFor = (options: Parameters<typeof makeDownloads>[1] = {}): DownloadRig => {
  const rig = makeDownloads(hub.url, options);
  rigs.push(rig);
  return rig;
};
const weightBytes = (): number => hub.bytesSent((request) => request.at === 'cdn');
const partials = async (rig: DownloadRig): Promise<string[]> =>
  (await readdir(rig.cache.layout(MODEL).blobs)).filter((name) => name.endsWith('.incomplete'));
const expectWhole = async (task: DownloadTask): Promise<void> => {
  expect(task).toMatchObject({ status: 'completed', error: null });
  expect((await readFile(join(task.localPath!, 'model.safetensors'))).equals(hub.contentOf(MODEL, 'model.safetensors'))).toBe(true);
};

beforeAll(async () => {
  child = await bundle('download-child');
});
afterAll(async () => child.remove());
beforeEach(async () => {
  hub = await startHub({ models: [{ id: MODEL, files: { 'config.json': '{}', 'model.safetensors': { size: SIZE, seed: 'big' } } }] });
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  await hub.stop();
});

test('after kill -9 in the middle, twice, a download goes on from the bytes on the disk', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 1_000_000 });
  const home = mkdtempSync(join(tmpdir(), 'mlx-manager-kill-'));
  const rig = rigFor({ home });
  for (const part of [0.25, 0.6]) {
    const process = startChild<DownloadTask>(child.file, [hub.url, home, MODEL]);
    await process.until((task) => task.downloadedBytes > SIZE * part);
    await process.kill();
  }
  expect(await partials(rig)).toHaveLength(1);
  expect(await rig.cache.find(MODEL)).toMatchObject({ hasPartial: true, revisions: [] });
  slow();
  const last = startChild<DownloadTask>(child.file, [hub.url, home, MODEL]);
  const begun = await last.until((task) => task.status === 'downloading');
  expect(begun.downloadedBytes).toBeGreaterThan(SIZE * 0.6 - 500_000);
  const done = await last.until(isOver);
  expect(await last.exit()).toBe(0);
  await expectWhole(done);
  // Fetched again is at most what was on the line: four connections, each with less than half a second not yet written, and socket buffers.
  expect(weightBytes() - SIZE).toBeLessThan(SIZE * 0.4);
  expect(await readdir(rig.journals)).toEqual([]);
  expect(await partials(rig)).toEqual([]);
});

test('pause keeps what is here, a restart keeps the pause, resume fetches only the rest', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 2_000_000 });
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > SIZE / 3);
  const paused = await rig.service.pause(taskId);
  expect(paused).toMatchObject({ status: 'paused', speedMbps: 0, etaSeconds: null });
  expect(await rig.service.pause(taskId)).toMatchObject({ status: 'paused' });
  const requests = hub.requests.length;
  await rig.service.stop();

  const later = rigFor({ home: rig.home });
  await later.service.resumeAll();
  expect(later.service.get(taskId)).toMatchObject({ status: 'paused', downloadedBytes: paused.downloadedBytes });
  expect(hub.requests).toHaveLength(requests);
  slow();
  const before = weightBytes();
  await later.service.resume(taskId);
  await expectWhole(await later.until(taskId, isOver));
  expect(weightBytes() - before).toBe(SIZE + 2 - paused.downloadedBytes);
});

test('a stopped agent goes on at its next start by itself', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 2_000_000 });
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > SIZE / 3);
  await rig.service.stop();
  await expect(rig.service.start(MODEL)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  slow();
  const later = rigFor({ home: rig.home });
  await later.service.resumeAll();
  await expectWhole(await later.until(taskId, isOver));
});

test('cancel frees the disk; what another snapshot shows stays', async () => {
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  const first = await rig.until(taskId, isOver);
  hub.fault({ at: 'cdn', throttle: 500_000 });
  await hub.pushCommit(MODEL, { 'second.safetensors': { size: 3_000_000, seed: 'second' }, 'notes.txt': 'new' });
  await rig.service.start(MODEL, 'main', { update: true });
  await rig.until(taskId, (task) => task.status === 'downloading' && task.filesDone === 3);
  expect(await partials(rig)).toHaveLength(1);
  const cancelled = await rig.service.cancel(taskId);
  expect(cancelled).toMatchObject({ status: 'cancelled', downloadedBytes: 0, error: null });
  expect(await partials(rig)).toEqual([]);
  expect(await readdir(rig.cache.layout(MODEL).blobs)).toHaveLength(2);
  await expectWhole({ ...first, status: 'completed' });
  expect(await readdir(rig.journals)).toEqual([]);
  await rig.service.remove(taskId);
  expect(rig.service.list()).toEqual([]);
  expect(() => rig.service.get(taskId)).toThrow(expect.objectContaining({ code: 'DOWNLOAD_NOT_FOUND' }));
});

test('cancelling the only download of a model leaves no trace; wanted again, it is the same task', async () => {
  hub.fault({ at: 'cdn', throttle: 1_000_000, times: 4 });
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > 300_000);
  await rig.service.cancel(taskId);
  await expect(access(rig.cache.layout(MODEL).folder)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await rig.service.start(MODEL)).taskId).toBe(taskId);
  await expectWhole(await rig.until(taskId, isOver));
});

test('commands that do not fit a task’s state are refused in words', async () => {
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  await expect(rig.service.remove(taskId)).rejects.toMatchObject({ code: 'DOWNLOAD_STATE' });
  await rig.until(taskId, isOver);
  for (const command of ['pause', 'resume', 'cancel'] as const) {
    await expect(rig.service[command](taskId)).rejects.toMatchObject({
      code: 'DOWNLOAD_STATE',
      message: expect.stringMatching(/^A download that is completed cannot be /),
    });
  }
  await expect(rig.service.pause('nobody')).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_FOUND' });
});

test('a waiting task can be paused and cancelled; the machine is kept awake only while one runs', async () => {
  const held = new Set<string>();
  const sleepGuard = {
    hold: (reason: string) => {
      held.add(reason);
      return () => void held.delete(reason);
    },
  };
  hub.fault({ at: 'cdn', throttle: 4_000_000 });
  await hub.addModel({ id: 'org/other', files: { 'config.json': '{}' } });
  const rig = rigFor({ maxDownloads: () => 1, sleepGuard });
  const first = await rig.service.start(MODEL);
  const second = await rig.service.start('org/other');
  expect(await rig.service.pause(second.taskId)).toMatchObject({ status: 'paused' });
  await rig.service.resume(second.taskId);
  expect(await rig.service.cancel(second.taskId)).toMatchObject({ status: 'cancelled' });
  expect([...held]).toEqual([`downloading ${MODEL}`]);
  await expectWhole(await rig.until(first.taskId, isOver));
  await rig.service.stop();
  expect(held.size).toBe(0);
});

test('a partial file that an older hf left is gone on with; a damaged one costs one more download', async () => {
  const content = hub.contentOf(MODEL, 'model.safetensors');
  for (const damaged of [false, true]) {
    const rig = rigFor();
    const files = (await (await fetch(`${hub.url}/api/models/${MODEL}/tree/main`)).json()) as { path: string; lfs?: { oid: string } }[];
    const layout = rig.cache.layout(MODEL);
    await rig.cache.prepare(layout);
    const start = Buffer.from(content.subarray(0, 5_000_000));
    if (damaged) start[17] = start[17]! ^ 1;
    await writeFile(layout.partial(files.find((file) => file.path === 'model.safetensors')!.lfs!.oid), start);
    const before = weightBytes();
    const { taskId } = await rig.service.start(MODEL);
    await expectWhole(await rig.until(taskId, isOver));
    expect(weightBytes() - before).toBe(SIZE - 5_000_000 + (damaged ? SIZE : 0));
  }
});

test('an unfinished file is longer than it will be, so that no tool takes it for a prefix', async () => {
  hub.fault({ at: 'cdn', throttle: 1_000_000 });
  const rig = rigFor();
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > 300_000);
  await rig.service.pause(taskId);
  const [name] = await partials(rig);
  const path = join(rig.cache.layout(MODEL).blobs, name!);
  expect((await stat(path)).size).toBe(SIZE + 1);
  expect((await rig.cache.find(MODEL))!.sizeBytes).toBeLessThan(SIZE / 2);
});
