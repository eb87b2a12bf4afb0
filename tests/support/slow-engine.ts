/** Engines that take their time: the tiny model writes a whole story in less than a second, which is too quick to do something in its middle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Client } from '@mlx-manager/shared';

/** Lets its arguments, process ids, work a tenth of the time, until one of them or the test is gone. A process of its own: the test may be held up, this is not. */
const THROTTLE = `
each() { for pid in "$@"; do kill -"$signal" "$pid" 2>/dev/null || exit 0; done; }
while kill -0 $PPID; do signal=STOP each "$@"; sleep 0.045; signal=CONT each "$@"; sleep 0.005; done
`;

async function running(client: Client): Promise<number[]> {
  const pids = (await client.listServers()).flatMap(({ pid }) => pid ?? []);
  if (pids.length === 0) throw new Error('no engine is running that could be slowed down');
  return pids;
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // One that was killed in the middle is what some tests are about.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Lets the engines that are running now work a tenth of the time until something is done. Their answers stay what they are.
 * @throws what `work` throws.
 */
export async function slowly<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const pids = await running(client);
  signal(pids, 'SIGSTOP');
  const throttle = spawn('sh', ['-c', THROTTLE, 'sh', ...pids.map(String)], { stdio: 'ignore' });
  const over = once(throttle, 'exit');
  try {
    return await work();
  } finally {
    throttle.kill('SIGKILL');
    await over;
    signal(pids, 'SIGCONT');
  }
}

/**
 * Stops the engines that are running now until something is done.
 * @throws what `work` throws.
 */
export async function frozen<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const pids = await running(client);
  signal(pids, 'SIGSTOP');
  try {
    return await work();
  } finally {
    signal(pids, 'SIGCONT');
  }
}
