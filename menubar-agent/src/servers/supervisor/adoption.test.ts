import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { streamAnswer, tell } from '../../../../tests/support/fake-engine/adapter.js';
import { House, eventually, lineQuery } from '../../../../tests/support/fake-engine/house.js';
import type { LogLine } from '@mlx-manager/shared';
import type { InstanceRecord } from '../types.js';

const houses: House[] = [];
const house = (...args: ConstructorParameters<typeof House>): House => {
  const made = new House(...args);
  houses.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(houses.splice(0).map((each) => each.close()));
});

/** The next agent: another service over the same records and logs. */
function nextAgent(before: House, options: ConstructorParameters<typeof House>[0] = {}): House {
  const next = house({ ...options, deps: { logsFolder: before.logsFolder, ...options.deps } });
  for (const record of before.instances.all()) next.instances.save(record);
  return next;
}
/** Ends an agent and leaves its engines, with changes to its records. */
async function leave(h: House, change: Partial<InstanceRecord> = {}): Promise<void> {
  await h.service.shutdown({ keep: true });
  for (const record of h.instances.all()) h.instances.save({ ...record, ...change });
}

test('an engine of an earlier agent is taken over: state, answers, log, metrics, stop', async () => {
  const old = house();
  const { pid, port, startedAt } = await old.run();
  const before = await old.service.logs(1, lineQuery());
  await leave(old);
  const h = nextAgent(old);
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: true, pid, port, startedAt, profileName: 'Profile 1', restarts: 0 });
  expect(h.states()).toEqual(['healthy']);
  expect(await streamAnswer(h.baseUrl())).toBe('The capital is Paris.');

  const lines: LogLine[] = [];
  h.service.followLogs(1, before.at(-1)!.seq, lineQuery(), (line) => lines.push(line));
  await tell(h.baseUrl(), 'print', { lines: ['after the takeover'] });
  await eventually(
    () => lines.map(({ text }) => text),
    (texts) => texts.includes('after the takeover'),
  );
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => before.at(-1)!.seq + 1 + i));

  await h.service.sampleMetrics();
  expect(h.service.get(1)!.memoryMb).toBeGreaterThan(5);
  await expect(h.service.start(1)).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING' });
  expect(await h.service.stop(1)).toBe(true);
  expect(await old.leftovers()).toEqual([]);
  expect(h.instances.all()).toEqual([]);
});

test('the end of an adopted engine is noticed at once, and it is started again', async () => {
  const old = house();
  const { pid } = await old.run();
  await leave(old);
  const h = nextAgent(old);
  await h.service.adopt();
  process.kill(pid!, 'SIGKILL');
  await h.until(1, ({ restarts }) => restarts === 1);
  await h.service.whenReady(1);
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: false, restarts: 1 });
});

test('killed between spawn and record: found by its UUID', async () => {
  const old = house({ knobs: () => ({ child: 'group' }) });
  const { pid } = await old.run();
  await leave(old, { pid: null, startTime: null, ready: false });
  const h = nextAgent(old);
  await h.service.adopt();
  await h.service.whenReady(1);
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: true, pid });
  expect(h.instances.all()).toMatchObject([{ pid, startTime: expect.any(String), ready: true }]);
});

test('one that was still loading goes on with what is left of its time', async () => {
  const old = house({ knobs: () => ({ listenAfterMs: 800 }) });
  await old.service.start(1);
  await old.until(1, ({ pid }) => pid !== null);
  await leave(old);
  const h = nextAgent(old, { timings: { adoptGrace: 50 } });
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'starting', adopted: true });
  await h.service.whenReady(1);
  expect(h.states()).toEqual(['starting', 'healthy']);
});

test('one that ended meanwhile is started again, and its children are ended first', async () => {
  const old = house({ knobs: () => ({ child: 'session' }) });
  const { pid } = await old.run();
  await leave(old);
  process.kill(pid!, 'SIGKILL');
  await eventually(
    () => old.leftovers(),
    (left) => left.length === 1,
  );
  const h = nextAgent(old);
  await h.service.adopt();
  expect(await old.leftovers()).toEqual([]);
  expect(h.service.get(1)).toMatchObject({
    state: 'starting',
    adopted: false,
    restarts: 1,
    failure: { message: 'fake engine ended while the agent was not running.', logTail: expect.arrayContaining([expect.any(String)]) },
  });
  await h.service.whenReady(1);
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', restarts: 1, failure: null });
  expect(h.instances.all()).toMatchObject([{ restarts: 1, pid: h.service.get(1)!.pid, ready: true }]);
});

test('a start that the agent’s end interrupted before the spawn is made up for', async () => {
  const old = house();
  const { pid } = await old.run();
  await leave(old, { pid: null, startTime: null, ready: false });
  process.kill(pid!, 'SIGKILL');
  await eventually(
    () => old.leftovers(),
    (left) => left.length === 0,
  );
  const h = nextAgent(old);
  await h.service.adopt();
  await h.service.whenReady(1);
});

test.each([
  ['was ready', true],
  ['was still loading', false],
])('one that is ending while it is looked at, and %s, counts as ended', async (_name, ready) => {
  const old = house();
  const { pid } = await old.run();
  await leave(old, { ready, restartOnCrash: false });
  process.kill(pid!, 'SIGKILL');
  await eventually(
    () => old.leftovers(),
    (left) => left.length === 0,
  );
  // Such a process is still listed, but its memory is gone, and its environment with it.
  let looks = 0;
  const { processes } = old;
  const ending = { ...processes, isAlive: async () => ++looks === 1, instanceOf: async () => null };
  const h = nextAgent(old, { deps: { processes: ending } });
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'failed', failure: { message: 'fake engine ended while the agent was not running.' } });
  expect(looks).toBeGreaterThan(1);
});

test.each([
  ['is not to be restarted', { restartOnCrash: false }],
  ['was still loading', { ready: false }],
  ['was restarted often enough', { restarts: 3 }],
])('one that ended meanwhile and %s is shown as failed, and can be started', async (_name, change) => {
  const old = house();
  const { pid } = await old.run();
  await tell(old.baseUrl(), 'print', { lines: ['its last words'] });
  await leave(old, change);
  process.kill(pid!, 'SIGKILL');
  await eventually(
    () => old.leftovers(),
    (left) => left.length === 0,
  );
  const h = nextAgent(old);
  await h.service.adopt();
  const { state, failure } = h.service.get(1)!;
  expect(state).toBe('failed');
  expect(failure).toMatchObject({ kind: 'crashed', message: expect.stringContaining('ended while the agent was not running') });
  expect(failure!.logTail.at(-1)).toBe('its last words');
  expect(h.instances.all()).toEqual([]);
  expect(h.starts).toBe(0);
  await h.run();
});

test('one of before the machine was booted is cleared without a word', async () => {
  const old = house();
  const { pid } = await old.run();
  await leave(old);
  process.kill(pid!, 'SIGKILL');
  await eventually(
    () => old.leftovers(),
    (left) => left.length === 0,
  );
  const h = nextAgent(old, { deps: { logsFolder: old.logsFolder, bootedAt: () => Date.now() } });
  await h.service.adopt();
  expect(h.service.list()).toEqual([]);
  expect(h.instances.all()).toEqual([]);
  expect(h.starts).toBe(0);
});

test('an engine that was stopped is not started again', async () => {
  const old = house();
  await old.run();
  await old.run(2);
  await old.service.stop(1);
  await old.service.shutdown({ keep: false });
  const h = nextAgent(old);
  await h.service.adopt();
  expect(h.service.list()).toEqual([]);
});

test('one that does not answer is ended after the grace time', async () => {
  const old = house({ plan: { restartOnCrash: false } });
  await old.run();
  await tell(old.baseUrl(), 'knobs', { healthHangs: true });
  await leave(old);
  const h = nextAgent(old, { timings: { adoptGrace: 200, healthTimeout: 100 } });
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'failed', failure: { message: expect.stringContaining('did not answer') } });
  expect(h.instances.all()).toEqual([]);
  expect(await old.leftovers()).toEqual([]);
});

test('one whose engine this release does not know is ended', async () => {
  const old = house();
  await old.run();
  await leave(old);
  const h = nextAgent(old, { deps: { logsFolder: old.logsFolder, adapter: () => null } });
  await h.service.adopt();
  expect(await old.leftovers()).toEqual([]);
});

test('a process that got the recorded pid later is not touched', async () => {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"], { detached: true });
  try {
    await once(child.stdout, 'data');
    const old = house();
    await old.run();
    const [record] = old.instances.all();
    await old.service.stop(1);
    const h = house();
    const startTime = (await h.processes.startTime(child.pid!))!;
    h.instances.save({ ...record!, restartOnCrash: false, pid: child.pid!, startTime: 'another' });
    // The second one even has the right start time, but not our UUID.
    h.instances.save({ ...record!, restartOnCrash: false, profileId: 2, pid: child.pid!, startTime });
    await h.service.adopt();
    expect(h.service.list()).toMatchObject([{ state: 'failed' }, { state: 'failed' }]);
    expect(h.instances.all()).toEqual([]);
    expect(await h.processes.isAlive({ pid: child.pid!, startTime })).toBe(true);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a start waits for adoption, so nothing runs twice', async () => {
  const old = house();
  await old.run();
  await leave(old);
  const h = nextAgent(old);
  const [, started] = await Promise.allSettled([h.service.adopt(), h.service.start(1)]);
  expect(started).toMatchObject({ status: 'rejected', reason: { code: 'SERVER_ALREADY_RUNNING' } });
  expect(await old.leftovers()).toHaveLength(1);
});

test('line numbers stay the same over agents', async () => {
  const old = house();
  await old.run();
  const before = await old.service.logs(1, lineQuery());
  await leave(old);
  appendFileSync(`${old.logsFolder}/server-1.log`, 'one more\n');
  const h = nextAgent(old);
  const after = await h.service.logs(1, lineQuery());
  expect(after.slice(0, before.length).map(({ seq, text }) => ({ seq, text }))).toEqual(before.map(({ seq, text }) => ({ seq, text })));
  expect(after.at(-1)).toMatchObject({ seq: before.length + 1, text: 'one more' });
});

test('one whose environment the system hides is taken over when it answers', async () => {
  const old = house();
  const server = await old.run();
  await leave(old);
  const hiding = {
    ...old.processes,
    instanceOf: async () => null,
    isAlive: (one: never) => old.processes.isAlive(one),
    startTime: (pid: number) => old.processes.startTime(pid),
  };
  const h = nextAgent(old, {
    deps: { logsFolder: old.logsFolder, processes: Object.assign(Object.create(old.processes) as typeof old.processes, hiding) },
  });
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: true, pid: server.pid });
});
