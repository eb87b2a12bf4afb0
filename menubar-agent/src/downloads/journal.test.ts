import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteRanges } from './byte-ranges.js';
import { fileExists } from './files.js';
import { Journal, journalPath, readJournal, removeJournal, sweepJournals } from './journal.js';

let folder: string;
let partial: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlx-manager-journal-'));
  partial = join(folder, 'blob.incomplete');
});
afterEach(() => rm(folder, { recursive: true }));

test('what was noted is known again, without a line that was torn', async () => {
  expect(await readJournal(folder, partial, 100)).toBeNull();
  const journal = await Journal.open(folder, partial, 100, new ByteRanges([{ start: 0, end: 10 }]));
  await journal.note({ start: 20, end: 30 });
  await journal.note({ start: 10, end: 15 });
  await journal.close();
  await appendFile(journal.path, '40 5');
  expect([...(await readJournal(folder, partial, 100))!]).toEqual([
    { start: 0, end: 15 },
    { start: 20, end: 30 },
  ]);
  expect((await stat(journal.path)).mode & 0o777).toBe(0o600);
  // Opened again it is short and whole, and goes on.
  const again = await Journal.open(folder, partial, 100, (await readJournal(folder, partial, 100))!);
  await again.note({ start: 50, end: 60 });
  await again.close();
  expect((await readFile(again.path, 'utf8')).split('\n')).toHaveLength(5);
  expect((await readJournal(folder, partial, 100))!.total).toBe(35);
});

test('a journal of another file, another size or another form counts for nothing', async () => {
  await (await Journal.open(folder, partial, 100, new ByteRanges([{ start: 0, end: 10 }]))).close();
  expect(await readJournal(folder, partial, 101)).toBeNull();
  expect(await readJournal(folder, `${partial}2`, 100)).toBeNull();
  await writeFile(journalPath(folder, partial), 'nonsense\n0 10\n');
  expect(await readJournal(folder, partial, 100)).toBeNull();
  await writeFile(journalPath(folder, partial), `${JSON.stringify({ version: 1, path: partial, size: 100 })}\nx y\n-5 10\n90 101\n3 4\n`);
  expect([...(await readJournal(folder, partial, 100))!]).toEqual([{ start: 3, end: 4 }]);
});

test('journals whose file is gone are swept away', async () => {
  await writeFile(partial, '');
  await (await Journal.open(folder, partial, 5, new ByteRanges())).close();
  await (await Journal.open(folder, `${partial}-gone`, 5, new ByteRanges())).close();
  await writeFile(join(folder, 'torn.journal'), '{"ver');
  await sweepJournals(folder, fileExists);
  expect((await readdir(folder)).sort()).toEqual([journalPath(folder, partial).split('/').at(-1), 'blob.incomplete'].sort());
  await removeJournal(folder, partial);
  await removeJournal(folder, partial);
  await sweepJournals(join(folder, 'nowhere'), fileExists);
  expect(await readdir(folder)).toEqual(['blob.incomplete']);
});
