import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'locks', 'engine');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** This process lives since `now`; everything else is dead. */
const startTimeOf = async (pid: number): Promise<string | null> => (pid === process.pid ? 'now' : null);

test('one after the other, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  const waits: number[] = [];
  const task = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside--;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(path, { startTimeOf, onWait: (pid) => waits.push(pid) }, task)));
  expect(most).toBe(1);
  expect(waits.length).toBeGreaterThan(0);
  expect(new Set(waits)).toEqual(new Set([process.pid]));
  expect(readdirSync(join(folder, 'locks'))).toEqual([]);
});

test.each([
  ['is dead', { pid: 999_999_999, startTime: 'then', token: 'x' }],
  ['had our pid before us', { pid: process.pid, startTime: 'before', token: 'x' }],
])('a lock whose owner %s is taken over', async (_name, owner) => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
  await expect(withLock(path, { startTimeOf, signal: AbortSignal.timeout(5_000) }, async () => 'done')).resolves.toBe('done');
});

test('many waiters for a dead owner’s lock get in one at a time', async () => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'owner.json'), JSON.stringify({ pid: 999_999_999, startTime: 'then', token: 'x' }));
  let inside = 0;
  await Promise.all(
    Array.from({ length: 6 }, () =>
      withLock(path, { startTimeOf }, async () => {
        expect(++inside).toBe(1);
        await new Promise(setImmediate);
        inside--;
      }),
    ),
  );
  expect(readdirSync(join(folder, 'locks'))).toEqual([]);
});

test('waiting ends with the signal; a failing task lets go', async () => {
  await withLock(path, { startTimeOf }, async () => {
    await expect(withLock(path, { startTimeOf, signal: AbortSignal.timeout(20) }, async () => 1)).rejects.toThrow(/abort/i);
    expect(existsSync(path)).toBe(true);
  });
  await expect(withLock(path, { startTimeOf }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});
