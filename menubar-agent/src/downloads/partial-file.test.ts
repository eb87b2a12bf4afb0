import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubFile } from '../hub/index.js';
import { bytesPresent, PartialFile } from './partial-file.js';

const SIZE = 1_500_000;
const content = randomBytes(SIZE);
const lfs: HubFile = { path: 'w', sizeBytes: SIZE, oid: 'f'.repeat(40), sha256: createHash('sha256').update(content).digest('hex') };
const small: HubFile = {
  path: 's',
  sizeBytes: SIZE,
  sha256: null,
  oid: createHash('sha1').update(`blob ${SIZE}\0`).update(content).digest('hex'),
};
let folder: string;
let path: string;
const open = (file = lfs): Promise<PartialFile> => PartialFile.open(file, path, join(folder, 'journals'));
const put = (partial: PartialFile, start: number, end: number): Promise<number> =>
  partial.write(start, [content.subarray(start, (start + end) >> 1), content.subarray((start + end) >> 1, end)]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlx-manager-partial-'));
  path = join(folder, 'blob.incomplete');
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ['in order', lfs, [0, 1, 2, 3, 4]],
  ['backwards', lfs, [4, 3, 2, 1, 0]],
  ['mixed, by git’s checksum', small, [2, 0, 4, 1, 3]],
])('%s: the checksum follows', async (_, file, order) => {
  const partial = await open(file);
  for (const i of order) {
    expect(partial.isWhole).toBe(false);
    expect((await stat(path)).size).toBe(SIZE + 1);
    expect(await put(partial, i * 300_000, (i + 1) * 300_000)).toBe(300_000);
  }
  expect(partial.isWhole).toBe(true);
  expect(await partial.verify()).toBe(true);
  await partial.close();
  expect((await readFile(path)).equals(content)).toBe(true);
});

test('it goes on after it was closed in the middle, and overlaps are not written twice', async () => {
  const first = await open();
  await put(first, 600_000, 900_000);
  await put(first, 0, 100_000);
  await first.close();
  expect(await bytesPresent(join(folder, 'journals'), path, SIZE)).toBe(400_000);
  const second = await open();
  expect(second.present.total).toBe(400_000);
  // The same stretch again, with other bytes: what is here stays.
  expect(await second.write(50_000, [new Uint8Array(50_000), content.subarray(100_000, 600_000)])).toBe(500_000);
  await put(second, 900_000, SIZE);
  expect(await second.verify()).toBe(true);
  await second.close();
  expect(await second.write(0, [content])).toBe(0);
});

test('one wrong byte is noticed, also one that changed on the disk before the restart', async () => {
  const first = await open();
  await put(first, 0, 700_000);
  await first.close();
  const bytes = await readFile(path);
  bytes[5] = bytes[5]! ^ 1;
  await writeFile(path, bytes);
  const second = await open();
  await put(second, 700_000, SIZE);
  expect(await second.verify()).toBe(false);
  await second.discard();
  expect(await bytesPresent(join(folder, 'journals'), path, SIZE)).toBe(0);
});

test('a journal without its bytes counts for nothing; bytes without a journal count only as a prefix', async () => {
  const partial = await open();
  await put(partial, 700_000, SIZE);
  await partial.close();
  await truncate(path, 800_000);
  expect(await bytesPresent(join(folder, 'journals'), path, SIZE)).toBe(0);
  await rm(join(folder, 'journals'), { recursive: true });
  expect(await bytesPresent(join(folder, 'journals'), path, SIZE)).toBe(800_000);
  await truncate(path, SIZE + 1);
  expect(await bytesPresent(join(folder, 'journals'), path, SIZE)).toBe(0);
});

test('a folder that is not there, or a file in its place, is told as such', async () => {
  await expect(PartialFile.open(lfs, join(folder, 'nowhere/x'), folder)).rejects.toMatchObject({ code: 'CACHE_NOT_WRITABLE' });
  await writeFile(path, '');
  await expect(PartialFile.open(lfs, join(path, 'x'), folder)).rejects.toMatchObject({ code: 'CACHE_NOT_WRITABLE' });
});
