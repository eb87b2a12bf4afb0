/** A real stand-in child in the place of caffeinate. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcessTable, createSleepGuard } from './index.js';

const table = createProcessTable();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-sleep-'));
});
afterEach(async () => {
  // A test that failed half-way has let go of nothing.
  for (const pid of pids()) if ((await table.startTime(pid)) !== null) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Writes its pid into a new file, then idles until it is ended, or ends at once. */
const standIn = (ends = false): { file: string; args: string[] } => ({
  file: process.execPath,
  args: [
    '-e',
    `const fs = require('fs'); const f = ${JSON.stringify(folder)} + '/' + process.pid; fs.writeFileSync(f + '.tmp', ''); fs.renameSync(f + '.tmp', f); ${ends ? '' : 'setInterval(() => {}, 1e6)'}`,
  ],
});
const pids = (): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

test('one child while anything holds, none afterwards; a later hold starts another', async () => {
  const guard = createSleepGuard({ platform: 'darwin', command: standIn() });
  const first = guard.hold('download');
  const second = guard.hold('answer');
  await until(() => pids().length === 1);
  const [pid] = pids();
  first();
  first();
  // Ending takes less time than the start of another guard's child, so that a child ended by mistake would be gone by then.
  const other = createSleepGuard({ platform: 'darwin', command: standIn() }).hold('marker');
  await until(() => pids().length === 2);
  expect(await table.startTime(pid!)).not.toBeNull();
  other();
  second();
  for (const each of pids()) await until(async () => (await table.startTime(each)) === null);
  expect(pids()).toHaveLength(2);

  const third = guard.hold('again');
  await until(() => pids().length === 3);
  third();
  for (const each of pids()) await until(async () => (await table.startTime(each)) === null);
});

test('a hold let go at once starts nothing', async () => {
  const guard = createSleepGuard({ platform: 'darwin', command: standIn() });
  guard.hold('short')();
  // The next hold's child is the first one there is: the short hold had its turn before.
  const release = guard.hold('next');
  await until(() => pids().length > 0);
  const [pid] = pids();
  release();
  await until(async () => (await table.startTime(pid!)) === null);
  expect(pids()).toEqual([pid]);
});

test('a child that ends by itself is told, and the next hold tries again', async () => {
  const warnings: unknown[] = [];
  const logger = { warn: (...args: unknown[]) => void warnings.push(args) };
  const guard = createSleepGuard({ platform: 'darwin', command: standIn(true), logger: logger as never });
  const first = guard.hold('download');
  await until(() => warnings.length === 1);
  const second = guard.hold('answer');
  await until(() => warnings.length === 2);
  expect(pids().length).toBe(2);
  first();
  second();

  const missing = createSleepGuard({ platform: 'darwin', command: { file: join(folder, 'missing'), args: [] }, logger: logger as never });
  const third = missing.hold('x');
  await until(() => warnings.length === 3);
  expect(JSON.stringify(warnings[2])).toContain('ENOENT');
  third();
});

test('elsewhere nothing runs', async () => {
  const guard = createSleepGuard({ platform: 'linux', command: standIn() });
  const release = guard.hold('download');
  const onMac = createSleepGuard({ platform: 'darwin', command: standIn() });
  const other = onMac.hold('marker');
  await until(() => pids().length > 0);
  const [pid] = pids();
  expect(pids()).toHaveLength(1);
  release();
  other();
  await until(async () => (await table.startTime(pid!)) === null);
});

/** There is no event for what a stranger does. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come true in 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
