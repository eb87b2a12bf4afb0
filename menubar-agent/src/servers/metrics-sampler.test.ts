import { EventBus, silentLogger } from '../core/index.js';
import { createProcessTable, type ProcessUsage } from '../system/index.js';
import { MetricsSampler } from './metrics-sampler.js';
import { ServerStatus } from './supervisor/status.js';

/** A clock that only notes what it is asked for, and readings that end when the test says so. */
function setUp() {
  const timers = new Set<() => void>();
  const readings: ((usage: ProcessUsage) => void)[] = [];
  let now = 0;
  const clock = {
    now: () => now,
    schedule: (task: () => void) => {
      timers.add(task);
      return () => timers.delete(task);
    },
  };
  const bus = new EventBus((error) => {
    throw error;
  });
  const fixed = { profileId: 1, profileName: 'P', modelPath: 'm', engine: 'e', managedBy: 'agent', warnings: [] } as const;
  const status = new ServerStatus(fixed, { bus, clock }, { pid: 7 });
  const usage = () => new Promise<ProcessUsage>((resolve) => readings.push(resolve));
  const processes = { ...createProcessTable(), usage };
  const sampler = new MetricsSampler({ processes, clock, logger: silentLogger(), interval: 2_000, servers: () => [status] });
  const finish = async (memoryBytes: number | null, cpuSeconds: number | null): Promise<void> => {
    readings.shift()!({ memoryBytes, cpuSeconds });
    await new Promise(setImmediate);
  };
  const fire = (ms: number): void => {
    now += ms;
    for (const task of [...timers]) {
      timers.delete(task);
      task();
    }
  };
  return { timers, readings, status, sampler, finish, fire };
}

test('memory in MiB, CPU in percent between two readings', async () => {
  const { status, sampler, finish, fire, readings } = setUp();
  const release = sampler.hold();
  await finish(512 * 1024 * 1024, 10);
  expect(status.view()).toMatchObject({ memoryMb: 512, cpuPercent: null });
  fire(2_000);
  await finish(1024 * 1024, 13);
  expect(status.view()).toMatchObject({ memoryMb: 1, cpuPercent: 150 });
  fire(2_000);
  await finish(null, null);
  expect(status.view()).toMatchObject({ memoryMb: null, cpuPercent: null });
  release();
  expect(readings).toEqual([]);
});

test('let go during a reading: no timer remains, and a new hold starts only one', async () => {
  const { timers, sampler, finish, readings } = setUp();
  sampler.hold()();
  await finish(1, 1);
  expect(timers.size).toBe(0);
  const first = sampler.hold();
  first();
  const second = sampler.hold();
  expect(readings).toHaveLength(1);
  await finish(1, 1);
  expect(timers.size).toBe(1);
  second();
  expect(timers.size).toBe(0);
});

test('a reading of a process that ended meanwhile is dropped', async () => {
  const { status, sampler, finish } = setUp();
  const reading = sampler.sample();
  status.set({ pid: null });
  await finish(1024 * 1024, 1);
  await reading;
  expect(status.view().memoryMb).toBeNull();
});
