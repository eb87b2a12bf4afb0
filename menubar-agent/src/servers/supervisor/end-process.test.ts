import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { House } from '../../../../tests/support/fake-engine/house.js';
import { silentLogger } from '../../core/index.js';
import { createProcessTable } from '../../system/index.js';
import { endProcess } from './end-process.js';

const houses: House[] = [];
const children: ChildProcess[] = [];
const house = (...args: ConstructorParameters<typeof House>): House => {
  const made = new House(...args);
  houses.push(made);
  return made;
};
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(houses.splice(0).map((each) => each.close()));
});
const processes = createProcessTable();
const deps = { processes, logger: silentLogger(), timings: { stopGrace: 200, leftoverGrace: 50, killWait: 3_000 } };

/** A process of somebody else, up and running. */
async function bystander(env: Record<string, string> = {}): Promise<{ pid: number; startTime: string }> {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"], {
    env: { ...process.env, ...env },
    detached: true,
  });
  children.push(child);
  await once(child.stdout, 'data');
  return { pid: child.pid!, startTime: (await processes.startTime(child.pid!))! };
}

test('an engine that ends on SIGTERM is not kept waiting', async () => {
  // Longer than any test may take.
  const h = house({ timings: { stopGrace: 600_000 } });
  await h.run();
  expect(await h.service.stop(1)).toBe(true);
});

test('an engine that ignores SIGTERM gets it, its grace time, then SIGKILL', async () => {
  const h = house({ knobs: () => ({ ignoreTerm: true }), timings: { stopGrace: 2_000 } });
  await h.run();
  const since = Date.now();
  expect(await h.service.stop(1)).toBe(true);
  // Timers count in a clock of their own, a millisecond apart.
  expect(Date.now() - since).toBeGreaterThanOrEqual(1_998);
  expect(await h.leftovers()).toEqual([]);
  expect((await h.service.logs(1, { lines: 50, search: 'SIGTERM ignored' })).length).toBe(1);
});

test.each(['group', 'session'] as const)('a child that survives SIGTERM is ended too (in the %s)', async (child) => {
  const h = house({ knobs: () => ({ child }) });
  await h.run();
  const log = await h.service.logs(1, { lines: 50, search: 'child ' });
  const pid = Number(/child (\d+) up/.exec(log[0]?.text ?? '')?.[1] ?? (await h.leftovers()).at(-1));
  expect(await h.processes.startTime(pid)).not.toBeNull();
  expect(await h.service.stop(1)).toBe(true);
  expect(await h.processes.startTime(pid)).toBeNull();
  expect(await h.leftovers()).toEqual([]);
});

test('a process that only has the recorded pid is not touched', async () => {
  const other = await bystander();
  expect(await endProcess({ pid: other.pid, startTime: 'an earlier one' }, randomUUID(), deps)).toEqual([]);
  expect(await processes.isAlive(other)).toBe(true);
});

test('a process that only carries another UUID is not touched, one that carries ours is ended', async () => {
  const [ours, theirs] = [randomUUID(), randomUUID()];
  const mine = await bystander({ MLX_MANAGER_INSTANCE: ours });
  const other = await bystander({ MLX_MANAGER_INSTANCE: theirs });
  expect(await endProcess(null, ours, deps)).toEqual([]);
  expect(await processes.isAlive(mine)).toBe(false);
  expect(await processes.isAlive(other)).toBe(true);
});

test('what the system will not let end is named, and the server can be stopped again later', async () => {
  const h = house({ timings: { killWait: 2_000, stopGrace: 10 } });
  const { pid } = await h.run();
  const kill = process.kill.bind(process);
  process.kill = () => true; // a process in uninterruptible sleep: signals do nothing
  try {
    expect(await h.service.stop(1)).toBe(false);
  } finally {
    process.kill = kill;
  }
  expect(h.service.get(1)).toMatchObject({ state: 'failed', pid, failure: { message: expect.stringContaining(String(pid)) } });
  expect(h.instances.all()).toHaveLength(1);
  expect(await h.service.stop(1)).toBe(true);
  expect(await h.leftovers()).toEqual([]);
});
