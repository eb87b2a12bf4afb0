import { tell } from '../../../../tests/support/fake-engine/adapter.js';
import { House } from '../../../../tests/support/fake-engine/house.js';

const houses: House[] = [];
const house = (...args: ConstructorParameters<typeof House>): House => {
  const made = new House(...args);
  houses.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(houses.splice(0).map((each) => each.close()));
});

test('a crashed server is started again, and says why it crashed meanwhile', async () => {
  const h = house();
  const before = await h.run();
  await tell(h.baseUrl(), 'crash', { code: 7 });
  const crashed = await h.until(1, ({ state }) => state === 'starting');
  expect(crashed).toMatchObject({
    restarts: 1,
    pid: null,
    failure: { kind: 'out_of_memory', exitCode: 7, logTail: expect.arrayContaining(['MemoryError: std::bad_alloc']) },
  });
  await h.service.whenReady(1);
  const after = h.service.get(1)!;
  expect(after).toMatchObject({ state: 'healthy', restarts: 1, failure: null });
  expect(after.pid).not.toBe(before.pid);
  expect(h.instances.all()).toMatchObject([{ pid: after.pid, restarts: 1, ready: true }]);
});

test('killed from outside: noticed by the exit, long before the next health check', async () => {
  const h = house({ plan: { restartOnCrash: false }, settings: { healthCheckInterval: 600 } });
  const { pid } = await h.run();
  process.kill(pid!, 'SIGKILL');
  const { failure } = await h.until(1, ({ state }) => state === 'failed');
  expect(failure).toMatchObject({ kind: 'crashed', signal: 'SIGKILL', message: expect.stringContaining('memory') });
  expect(h.starts).toBe(1);
});

test.each(['SIGKILL', 'SIGSEGV'] as const)('ended by %s while it loads: most likely the memory did not suffice', async (signal) => {
  const h = house({ knobs: () => ({ loadMs: 60_000 }) });
  await h.service.start(1);
  const { pid } = await h.until(1, (server) => server.pid !== null);
  process.kill(pid!, signal);
  const { failure } = await h.until(1, ({ state }) => state === 'failed');
  expect(failure).toMatchObject({ kind: 'out_of_memory', signal, message: expect.stringContaining('likely') });
});

test('a crash loop ends in failed, after the allowed restarts', async () => {
  const h = house({ knobs: (start) => (start === 1 ? {} : { exitAtStart: 9 }), settings: { maxRestarts: 2 } });
  await h.run();
  await tell(h.baseUrl(), 'crash');
  const { failure, restarts } = await h.until(1, ({ state }) => state === 'failed');
  expect(failure!.message).toMatch(/^It crashed 3 times within ten minutes/);
  expect(failure).toMatchObject({ exitCode: 9 });
  expect(restarts).toBe(2);
  expect(h.starts).toBe(3);
  expect(await h.leftovers()).toEqual([]);
});

test('what can never work is not tried again', async () => {
  const h = house({ knobs: (start) => (start === 1 ? {} : { exitAtStart: 1, lines: ['Model type x not supported'] }) });
  await h.run();
  await tell(h.baseUrl(), 'crash');
  expect(await h.until(1, ({ state }) => state === 'failed')).toMatchObject({ failure: { kind: 'unsupported_model' } });
  expect(h.starts).toBe(2);
});

test('stop during the pause before a restart', async () => {
  const h = house({ timings: { backoffMin: 60_000, backoffMax: 60_000 } });
  await h.run();
  await tell(h.baseUrl(), 'crash');
  await h.until(1, ({ state }) => state === 'starting');
  expect(await h.service.stop(1)).toBe(true);
  expect(h.service.list()).toEqual([]);
  expect(h.starts).toBe(1);
});

test('children of a crashed engine are ended before it is started again', async () => {
  const h = house({ knobs: (start) => (start === 1 ? { child: 'session' } : {}) });
  await h.run();
  expect(await h.leftovers()).toHaveLength(2);
  await tell(h.baseUrl(), 'crash');
  await h.until(1, ({ restarts, state }) => restarts === 1 && state === 'healthy');
  expect(await h.leftovers()).toEqual([h.service.get(1)!.pid]);
});

describe('an engine that is up and does not answer', () => {
  test('a stalled request: probed, unhealthy, and healthy again when it answers', async () => {
    const h = house({ plan: { restartOnCrash: false }, timings: { probeTimeout: 1_000 } });
    const { pid } = await h.run();
    await h.service.reportStall(1);
    expect(h.service.get(1)!.state).toBe('healthy');
    await tell(h.baseUrl(), 'knobs', { hang: true });
    await Promise.all([h.service.reportStall(1), h.service.reportStall(1)]);
    await h.until(1, ({ state }) => state === 'unhealthy');
    expect(h.service.get(1)).toMatchObject({ failure: { kind: 'unresponsive', message: expect.stringContaining('no token within') } });
    expect(h.service.target(1)).not.toBeNull();
    await tell(h.baseUrl(), 'knobs', { hang: false });
    expect(await h.until(1, ({ state }) => state === 'healthy')).toMatchObject({ pid, restarts: 0, failure: null });
    await h.service.reportStall(9);
  });

  test('three failed checks in a row and a failed probe: unhealthy, found by the loop', async () => {
    const h = house({
      settings: { healthCheckInterval: 0.05 },
      plan: { restartOnCrash: false },
      timings: { healthTimeout: 50, probeTimeout: 100 },
    });
    await h.run();
    await tell(h.baseUrl(), 'knobs', { healthHangs: true, hang: true });
    const { failure } = await h.until(1, ({ state }) => state === 'unhealthy');
    expect(failure!.kind).toBe('unresponsive');
    await tell(h.baseUrl(), 'knobs', { healthHangs: false, hang: false });
    await h.until(1, ({ state }) => state === 'healthy');
  });

  test('an engine too busy for its health check, but not for a token, stays healthy', async () => {
    const h = house({ settings: { healthCheckInterval: 0.02 }, timings: { healthTimeout: 30, recheck: 20 } });
    await h.run();
    await tell(h.baseUrl(), 'knobs', { healthHangs: true });
    const probes = async (): Promise<number> => (await h.service.logs(1, { lines: 1000, search: 'completions' })).length;
    const before = await probes();
    while ((await probes()) < before + 2) await h.service.health(1); // the loop goes on meanwhile
    expect(h.states()).toEqual(['starting', 'healthy']);
  });

  test('a failed probe that is still being written up does not overrule the one that came', async () => {
    const h = house({ timings: { readinessPollMin: 0, readinessPollMax: 0 } });
    const { prepare } = h.deps;
    let probes = 0;
    const probe = () => (++probes === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve());
    const health = () => Promise.resolve({ status: 'ready' as const, detail: null });
    Object.assign(h.deps, {
      prepare: async (profileId: number) => {
        const plan = await prepare(profileId);
        return { ...plan, adapter: { ...plan.adapter, health, probe } };
      },
    });
    await h.run();
    await h.service.logs(1, { lines: 1 }); // the log takes turns: what was being read is done
    expect(probes).toBe(2);
    // `unhealthy` in between is right when the log was quicker than the second probe.
    expect(h.states().at(-1)).toBe('healthy');
  });

  test('hung for good: ended and started again', async () => {
    const h = house({ timings: { probeTimeout: 1_000, recheck: 20 } });
    const { pid } = await h.run();
    await tell(h.baseUrl(), 'knobs', { hang: true });
    await h.service.reportStall(1);
    const after = await h.until(1, ({ state, restarts }) => state === 'healthy' && restarts === 1);
    expect(after.pid).not.toBe(pid);
    expect(h.states()).toEqual(['starting', 'healthy', 'unhealthy', 'stopping', 'starting', 'healthy']);
    expect(await h.leftovers()).toEqual([after.pid]);
  });
});
