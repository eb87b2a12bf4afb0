/**
 * A lock between processes: agents and test workers that share one engines folder must not build the same environment at once.
 * It is a folder that holds its owner's pid and start time. It appears with its content in one `rename`, so it is never half there.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Start time of a live process as the OS gives it; null when there is none. */
export type StartTimeOf = (pid: number) => Promise<string | null>;

interface Owner {
  readonly pid: number;
  readonly startTime: string | null;
  readonly token: string;
}

/** Milliseconds between two looks. Other processes' locks make no event. */
const PAUSE_MS = 200;

/**
 * Waits for the lock, runs the task, lets go. A lock whose owner is dead is taken over.
 * @param path of the lock; its parent is made.
 * @param options `onWait` is called once, when somebody else holds it. `signal` ends the waiting.
 */
export async function withLock<T>(
  path: string,
  options: { startTimeOf: StartTimeOf; signal?: AbortSignal | undefined; onWait?: (pid: number) => void },
  task: () => Promise<T>,
): Promise<T> {
  const me: Owner = { pid: process.pid, startTime: await options.startTimeOf(process.pid), token: randomUUID() };
  await acquire(path, me, options);
  try {
    return await task();
  } finally {
    // Only if it is still ours: a machine that was broken into by a clock or a hand must not lose another's lock.
    // Moved away first: while a folder is being deleted it is empty for a moment, and another one could be renamed onto it.
    if ((await readOwner(path))?.token === me.token) await takeAway(path, me);
  }
}

async function acquire(
  path: string,
  me: Owner,
  options: { startTimeOf: StartTimeOf; signal?: AbortSignal | undefined; onWait?: (pid: number) => void },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${me.token}`;
  await mkdir(mine);
  try {
    await writeFile(join(mine, 'owner.json'), JSON.stringify(me));
    for (let told = false; ;) {
      if (await renamed(mine, path)) return;
      const owner = await readOwner(path);
      if (owner && !(await lives(owner, options.startTimeOf))) {
        await takeAway(path, owner);
        continue;
      }
      if (owner && !told) {
        options.onWait?.(owner.pid);
        told = true;
      }
      // Rejects with an AbortError when the signal fires.
      await delay(PAUSE_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  } finally {
    await rm(mine, { recursive: true, force: true });
  }
}

/** Whether the rename happened; a folder in the way is the answer no. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(join(path, 'owner.json'), 'utf8')) as Owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function lives(owner: Owner, startTimeOf: StartTimeOf): Promise<boolean> {
  const startTime = await startTimeOf(owner.pid);
  return startTime !== null && startTime === owner.startTime;
}

/** Moves a dead owner's lock aside. Should it have changed hands meanwhile, it is put back. */
async function takeAway(path: string, dead: Owner): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another waiter was quicker
    throw error;
  }
  if ((await readOwner(aside))?.token !== dead.token && (await renamed(aside, path))) return;
  await rm(aside, { recursive: true, force: true });
}
