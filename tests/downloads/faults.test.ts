/** Everything that goes wrong between the hub and us, and what comes of it. */
import { jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { IMPATIENT, isOver, makeDownloads, type DownloadRig } from '../support/downloads.js';

// Seconds are enough on an idle machine; others may be at work on this one.
jest.setTimeout(60_000);

const MODEL = 'org/faulty';
const SIZE = 2_000_003;
const WEIGHTS = 'model.safetensors';
let hub: StandInHub;
let rig: DownloadRig;

beforeEach(async () => {
  hub = await startHub({
    models: [{ id: MODEL, files: { 'config.json': '{"model_type":"qwen3"}', [WEIGHTS]: { size: SIZE, seed: 'faulty' } } }],
  });
  rig = makeDownloads(hub.url);
});
afterEach(async () => {
  await rig.end();
  await hub.stop();
});

const download = async () => {
  const { taskId } = await rig.service.start(MODEL);
  return rig.until(taskId, isOver);
};
const expectWhole = async (): Promise<void> => {
  const [task] = rig.service.list();
  expect(task).toMatchObject({ status: 'completed', error: null });
  for (const name of ['config.json', WEIGHTS])
    expect((await readFile(join(task!.localPath!, name))).equals(hub.contentOf(MODEL, name))).toBe(true);
};
const weightBytes = (): number => hub.bytesSent((request) => request.at === 'cdn');

test('connections that are cut again and again go on where they were', async () => {
  hub.fault({ at: 'cdn', cutAfter: 100_000, times: 12 });
  await download();
  await expectWhole();
  // What the cut connections had brought was kept: little more than the file came over the line.
  expect(weightBytes()).toBeLessThan(SIZE * 1.3);
});

/** One that bears silence for a second only. */
async function impatientOfSilence(): Promise<void> {
  await rig.end();
  rig = makeDownloads(hub.url, { limits: { ...IMPATIENT, stallMs: 1_000 } });
}

test('a stalled connection is given up and made again', async () => {
  await impatientOfSilence();
  hub.fault({ at: 'cdn', stallAfter: 50_000, times: 2 });
  await download();
  await expectWhole();
});

test('a hub that stays silent fails the task as stalled; resumed, it goes on where it was', async () => {
  await impatientOfSilence();
  const end = hub.fault({ at: 'cdn', stallAfter: 0 });
  const task = await download();
  expect(task).toMatchObject({
    status: 'failed',
    error: { code: 'DOWNLOAD_STALLED', message: 'The hub sent nothing for 1 s, after 3 attempts.' },
  });
  end();
  await rig.service.resume(task.taskId);
  await rig.until(task.taskId, isOver);
  await expectWhole();
});

test('a damaged file is fetched once more', async () => {
  hub.fault({ at: 'cdn', corruptAt: 1_234_567, times: 8 });
  await download();
  await expectWhole();
  expect(weightBytes()).toBeGreaterThan(SIZE);
});

test('a file that always arrives damaged fails as such, leaves nothing that looks whole, and can be resumed', async () => {
  const end = hub.fault({ at: 'cdn', corruptAt: 5 });
  const task = await download();
  expect(task.error).toMatchObject({ code: 'CHECKSUM_MISMATCH', message: `${WEIGHTS} arrived damaged, twice.` });
  expect(weightBytes()).toBe(SIZE * 2);
  expect(await rig.cache.find(MODEL)).toMatchObject({ revisions: [] });
  end();
  await rig.service.resume(task.taskId);
  await rig.until(task.taskId, isOver);
  await expectWhole();
});

test('a damaged small file is noticed by git’s own checksum', async () => {
  hub.fault({ at: 'hub', path: /^config\.json$/, corruptAt: 3 });
  expect((await download()).error).toMatchObject({ code: 'CHECKSUM_MISMATCH', message: 'config.json arrived damaged, twice.' });
});

test('a server that knows no ranges is read once from the start', async () => {
  hub.fault({ at: 'cdn', ignoreRange: true, throttle: 2_000_000 });
  await download();
  await expectWhole();
  // One connection reads it; the others leave after their first try.
  expect(weightBytes()).toBeLessThan(SIZE * 1.6);
});

test('ranges that stop working in the middle cost nothing that is here', async () => {
  hub.fault({ at: 'cdn', throttle: 500_000 });
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > SIZE / 3);
  await rig.service.pause(taskId);
  hub.fault({ at: 'cdn', ignoreRange: true });
  await rig.service.resume(taskId);
  await rig.until(taskId, isOver);
  await expectWhole();
});

test('an expired address is asked for anew', async () => {
  hub.fault({ at: 'cdn', throttle: 500_000 });
  const { taskId } = await rig.service.start(MODEL);
  // The first stretches are on their way; the later ones will find the address dead.
  await hub.waitForRequest((request) => request.at === 'cdn');
  hub.expireUrls();
  await rig.until(taskId, isOver);
  await expectWhole();
  expect(hub.requests.some((request) => request.at === 'cdn' && request.status === 403)).toBe(true);
});

test('addresses that never hold fail the task, and do not go round for ever', async () => {
  hub.fault({ at: 'cdn', status: 403 });
  expect((await download()).error).toMatchObject({ code: 'HUB_ERROR', message: expect.stringContaining('an address that does not hold') });
  expect(hub.requests.length).toBeLessThan(40);
});

test('a 429 is waited for as long as it says', async () => {
  hub.fault({ at: 'hub', path: /^config\.json$/, status: 429, headers: { 'retry-after': '1' }, times: 1 });
  const began = Date.now();
  await download();
  await expectWhole();
  expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
});

test('a hub that asks to wait for ever fails the task as rate limited', async () => {
  hub.fault({ at: 'hub', path: /revision/, status: 429, headers: { 'retry-after': '0' } });
  expect((await download()).error?.code).toBe('HUB_RATE_LIMITED');
});

test('a hub in trouble is asked again; one that stays so fails the task', async () => {
  hub.fault({ at: 'hub', status: 503, times: 2 });
  hub.fault({ at: 'cdn', status: 500, times: 2 });
  await download();
  await expectWhole();
  await rig.cache.remove(MODEL);
  hub.fault({ at: 'cdn', status: 502 });
  expect((await download()).error).toMatchObject({ code: 'HUB_ERROR', message: `The hub answered 502 to ${WEIGHTS} of ${MODEL}.` });
});

test('a network that goes away and comes back', async () => {
  await rig.end();
  rig = makeDownloads(hub.url, { limits: { ...IMPATIENT, maxAttempts: 20, longestDelayMs: 100 } });
  hub.fault({ at: 'cdn', throttle: 500_000 });
  const { taskId } = await rig.service.start(MODEL);
  await rig.until(taskId, (task) => task.downloadedBytes > SIZE / 4);
  await hub.goOffline();
  await hub.goOnline();
  await rig.until(taskId, isOver);
  await expectWhole();
});

test('no network at all fails the task with where the hub should be', async () => {
  await hub.goOffline();
  expect((await download()).error).toMatchObject({
    code: 'HUB_UNREACHABLE',
    message: `The hub at ${hub.url} cannot be reached: the connection was refused.`,
  });
});
