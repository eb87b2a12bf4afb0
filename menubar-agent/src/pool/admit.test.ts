/** One profile and its requests: places, queue, load, failure, idle time. */
import { poolRig, settled } from '../../../tests/support/pool.js';
import { rankOf } from './rank.js';

test('the first request starts the profile, the others wait for the same start, and each gets a place in turn', async () => {
  const { ask, clock, servers, used } = poolRig({ 1: { gb: 2, loadMs: 3000 } });
  const requests = [ask(1), ask(1), ask(1)];
  await clock.advance(2999);
  expect(requests.map(({ ticket }) => ticket)).toEqual([null, null, null]);
  await clock.advance(1);
  expect(requests.map(({ ticket }) => ticket !== null)).toEqual([true, true, false]); // two places
  expect(requests[0]!.ticket).toMatchObject({ loadMs: 3000, queueMs: 0, target: { baseUrl: 'http://fake/1' } });
  await clock.advance(500);
  requests[0]!.ticket!.release();
  requests[0]!.ticket!.release(); // a second time does nothing
  await settled();
  expect(requests[2]!.ticket).toMatchObject({ loadMs: 3000, queueMs: 500 });
  expect(servers.log).toEqual(['start 1']);
  expect(used).toEqual([1]);
});

test('a free place is given without a promise, without timers', async () => {
  const { pool, ask, clock } = poolRig({ 1: { gb: 2 } });
  const first = ask(1);
  await clock.advance(1000);
  first.ticket!.release();
  await clock.advance(0);
  const timers = clock.pending;
  const request = { id: 'x', profileId: 1, priority: 'normal' as const, client: null, signal: new AbortController().signal };
  const ticket = pool.admit(request);
  expect(ticket).not.toBeInstanceOf(Promise);
  if (!(ticket instanceof Promise)) ticket.release();
  expect(clock.pending).toBe(timers);
});

test('a full queue refuses with when to come again: QUEUE_FULL', async () => {
  const { ask, clock } = poolRig({ 1: { gb: 2, limit: 1, queueSize: 1 } });
  const first = ask(1);
  await clock.advance(1000);
  await clock.advance(8000);
  first.ticket!.release(); // a request takes 8 s here
  const [runs, waits, refused] = [ask(1), ask(1), ask(1)];
  await settled();
  expect(runs.ticket).not.toBeNull();
  expect(waits.ticket).toBeNull();
  expect(refused.error).toMatchObject({ code: 'QUEUE_FULL', status: 429, details: { active: 1, waiting: 1, retryAfter: 8 } });
});

test('without a queue the places themselves can still be waited for while the model loads', async () => {
  const { ask, clock } = poolRig({ 1: { gb: 2, limit: 2, queueSize: 0 } });
  const requests = [ask(1), ask(1), ask(1)];
  await clock.advance(1000);
  expect(requests.map(({ ticket }) => ticket !== null)).toEqual([true, true, false]);
  expect(requests[2]!.error).toMatchObject({ code: 'QUEUE_FULL' });
});

test('who waits too long is told so, and the clock stands still while the model loads: QUEUE_TIMEOUT', async () => {
  const { ask, clock } = poolRig({ 1: { gb: 2, limit: 1, queueTimeout: 10, loadMs: 60_000 } });
  const [runs, waits] = [ask(1), ask(1)];
  await clock.advance(60_000);
  expect(runs.ticket).toMatchObject({ loadMs: 60_000 });
  await clock.advance(9_999);
  expect(waits.error).toBeNull();
  await clock.advance(1);
  expect(waits.error).toMatchObject({ code: 'QUEUE_TIMEOUT', status: 503, details: { seconds: 10, retryAfter: 10 } });
  const later = ask(1);
  await clock.advance(5_000);
  runs.ticket!.release();
  await settled();
  expect(later.ticket).toMatchObject({ queueMs: 5_000, loadMs: 0 });
});

test('a client that leaves leaves the queue', async () => {
  const { ask, clock, pool } = poolRig({ 1: { gb: 2, limit: 1 } });
  const runs = ask(1);
  await clock.advance(1000);
  const [leaves, stays] = [ask(1), ask(1)];
  await settled();
  leaves.leave();
  await settled();
  expect(leaves.error).toMatchObject({ message: 'the client left' });
  runs.ticket!.release();
  await settled();
  expect(stays.ticket).not.toBeNull();
  const gone = new AbortController();
  gone.abort(new Error('left before'));
  const never = ask(1, { signal: gone.signal });
  await settled();
  expect(never.error).toMatchObject({ message: 'left before' });
  expect((await pool.status()).waitingCount).toBe(0);
});

test('interactive comes before normal before batch, and waiting makes up for it', async () => {
  const { ask, clock } = poolRig({ 1: { gb: 2, limit: 1 } }, 10, { timings: { ageing: 1000 } });
  const runs = ask(1);
  await clock.advance(1000);
  const order: string[] = [];
  const queue = (id: string, priority: 'interactive' | 'normal' | 'batch'): void => {
    void ask(1, { id, priority }).promise.then((ticket) => {
      order.push(id);
      ticket.release();
    });
  };
  queue('old batch', 'batch');
  await clock.advance(2500);
  queue('batch', 'batch');
  queue('normal', 'normal');
  queue('interactive', 'interactive');
  queue('normal 2', 'normal');
  runs.ticket!.release();
  await settled();
  expect(order).toEqual(['old batch', 'interactive', 'normal', 'normal 2', 'batch']);
});

test('the order of two requests never changes with time, so nothing can be overtaken for ever', () => {
  expect(rankOf('batch', 0, 100)).toBeLessThan(rankOf('interactive', 201, 100));
  expect(rankOf('batch', 0, 100)).toBeGreaterThan(rankOf('interactive', 199, 100));
  expect(rankOf('normal', 5, 100)).toBe(105);
});

test('a failed start answers every waiter, and is not tried again for a while', async () => {
  const { ask, clock, servers, pool } = poolRig({ 1: { gb: 2 } });
  servers.failNext = 'broken';
  const waiters = [ask(1), ask(1)];
  await clock.advance(1000);
  for (const { error } of waiters) expect(error).toMatchObject({ code: 'SERVER_FAILED', details: { retryAfter: 10 } });
  expect(pool.leases()).toEqual([]);
  await clock.advance(4000);
  const soon = ask(1);
  await settled();
  expect(soon.error).toMatchObject({ code: 'SERVER_FAILED', status: 502, details: { retryAfter: 6 } });
  expect((await pool.status()).models[0]).toMatchObject({ profileId: 1, state: 'failed', coolDownUntil: '2026-01-01T00:00:11.000Z' });
  await clock.advance(6000);
  const later = ask(1);
  await clock.advance(1000);
  expect(later.ticket).not.toBeNull();
  expect(servers.log).toEqual(['start 1', 'start 1']);
});

test('a start by the owner, or a changed profile, ends the cool-down', async () => {
  for (const forgive of ['start', 'update'] as const) {
    const { ask, clock, servers, pool, bus } = poolRig({ 1: { gb: 2 } });
    servers.failNext = 'broken';
    ask(1);
    await clock.advance(1000);
    if (forgive === 'start') await pool.start(1);
    else bus.emit('profile.updated', { id: 1 } as never);
    const next = ask(1);
    await clock.advance(1000);
    expect(next.ticket).not.toBeNull();
  }
});

test('what cannot be started at all is told at once and tried anew by the next request', async () => {
  const { ask, clock, servers } = poolRig({ 1: { gb: 2 } });
  servers.throwNext = new Error('not downloaded');
  const first = ask(1);
  await settled();
  expect(first.error).toMatchObject({ message: 'not downloaded' });
  const second = ask(1);
  await clock.advance(1000);
  expect(second.ticket).not.toBeNull();
});

test('an engine that died in between is started again by the next request; one that comes back by itself is waited for', async () => {
  const { ask, clock, servers } = poolRig({ 1: { gb: 2 } });
  const first = ask(1);
  await clock.advance(1000);
  first.ticket!.release();
  servers.set(1, 'failed');
  const second = ask(1);
  await clock.advance(1000);
  expect(second.ticket).not.toBeNull();
  second.ticket!.release();
  servers.set(1, 'starting'); // the supervisor restarts it
  const third = ask(1);
  await clock.advance(5000);
  expect(third.ticket).toBeNull();
  servers.set(1, 'healthy');
  await settled();
  expect(third.ticket).toMatchObject({ loadMs: 5000 });
  expect(servers.log).toEqual(['start 1', 'start 1']);
});

test('a model that the owner starts is waited for, not started twice', async () => {
  const { ask, clock, servers, pool } = poolRig({ 1: { gb: 2 } });
  await pool.start(1);
  const request = ask(1);
  await clock.advance(1000);
  expect(request.ticket).not.toBeNull();
  expect(servers.log).toEqual(['start 1']);
});

test('without on demand only what runs answers: MODEL_NOT_RUNNING', async () => {
  const { ask, clock, pool, world } = poolRig({ 1: { gb: 2 } });
  world.onDemand = false;
  const refused = ask(1);
  await settled();
  expect(refused.error).toMatchObject({ code: 'MODEL_NOT_RUNNING', details: { state: 'stopped' } });
  await pool.start(1);
  await clock.advance(1000);
  const answered = ask(1);
  await settled();
  expect(answered.ticket).not.toBeNull();
});

test('stopping a model answers who waits for it; the next request loads it again', async () => {
  const { ask, clock, pool, servers } = poolRig({ 1: { gb: 2 } });
  const waits = ask(1);
  await clock.advance(500);
  const stopped = pool.stop(1);
  await clock.advance(500);
  expect(await stopped).toBe(true);
  expect(waits.error).toMatchObject({ code: 'MODEL_NOT_RUNNING' });
  await clock.advance(10_000);
  const next = ask(1);
  await clock.advance(1000);
  expect(next.ticket).not.toBeNull();
  expect(servers.log).toEqual(['start 1', 'stop 1', 'gone 1', 'start 1']);
});

test('who waits during a restart gets the new engine', async () => {
  const { ask, clock, pool, servers } = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  await pool.start(1);
  await clock.advance(1000);
  const restarted = pool.restart(1);
  await settled();
  const [waits, other] = [ask(1), ask(2)];
  await clock.advance(1200);
  await restarted;
  expect(waits.ticket).not.toBeNull();
  expect(servers.log.slice(0, 4)).toEqual(['start 1', 'stop 1', 'gone 1', 'start 1']);
  expect(other.ticket).toBeNull();
  expect(servers.peak).toBe(6);
});

test('an idle model is unloaded after its idle time, never while a request runs or waits', async () => {
  const { ask, clock, servers, pool } = poolRig({ 1: { gb: 2, idleMinutes: 5, limit: 1 } });
  const long = ask(1);
  await clock.advance(1000);
  await clock.advance(3_600_000);
  expect(servers.log).toEqual(['start 1']);
  long.ticket!.release();
  await clock.advance(299_000);
  const again = ask(1);
  await settled();
  again.ticket!.release();
  expect((await pool.status()).models[0]).toMatchObject({ state: 'healthy', unloadAt: new Date(clock.now() + 300_000).toISOString() });
  await clock.advance(299_999);
  expect(servers.log).toEqual(['start 1']);
  await clock.advance(201);
  expect(servers.log).toEqual(['start 1', 'stop 1', 'gone 1']);
  expect(pool.leases()).toEqual([]);
  await clock.advance(20_000);
  expect(clock.pending).toBe(0); // an idle agent has no timers
});

test('what was started and never used is unloaded too; what is pinned, or run by launchd, stays', async () => {
  const { clock, servers, pool } = poolRig({ 1: { gb: 2, idleMinutes: 1 }, 2: { gb: 2, idleMinutes: 1, pinned: true } });
  await pool.start(1);
  await pool.start(2);
  await clock.advance(70_000);
  expect(servers.list().map(({ profileId }) => profileId)).toEqual([2]);
  servers.managedBy = 'launchd';
  await pool.start(1);
  await clock.advance(200_000);
  expect(servers.list().map(({ profileId }) => profileId)).toEqual([2, 1]);
});

test('keepAlive overrides the idle time: for ever, at once, and back', async () => {
  const { ask, clock, servers, pool } = poolRig({ 1: { gb: 2, idleMinutes: 1 } });
  const first = ask(1);
  pool.keepAlive(1, Infinity);
  await clock.advance(1000);
  first.ticket!.release();
  await clock.advance(3_600_000);
  expect(servers.states.get(1)).toBe('healthy');
  pool.keepAlive(1, null);
  await clock.advance(200);
  expect(servers.log.at(-1)).toBe('gone 1');

  const second = ask(1);
  await clock.advance(1000);
  pool.keepAlive(1, 0);
  await clock.advance(1000);
  expect(servers.states.get(1)).toBe('healthy'); // it runs
  second.ticket!.release();
  await clock.advance(200);
  expect(servers.log.at(-1)).toBe('gone 1');

  const third = ask(1);
  await clock.advance(1000);
  third.ticket!.release();
  await clock.advance(59_000);
  expect(servers.states.get(1)).toBe('healthy'); // the override was for that stay
});

test('a thousand requests at once: each is answered or refused, and the counts agree', async () => {
  const { ask, clock, pool } = poolRig({ 1: { gb: 2, limit: 4, queueSize: 200, queueTimeout: 30 } });
  const requests = Array.from({ length: 1000 }, () => ask(1));
  for (const { promise } of requests) void promise.then((ticket) => clock.schedule(() => ticket.release(), 1000)).catch(() => undefined);
  await clock.advance(120_000);
  const answered = requests.filter(({ ticket }) => ticket !== null).length;
  const codes = requests.map(({ error }) => (error as { code?: string } | null)?.code);
  // Loaded after 1 s; four a second for 30 s and at the 30th too.
  expect({ answered, full: codes.filter((code) => code === 'QUEUE_FULL').length }).toEqual({ answered: 120, full: 796 });
  expect(codes.filter((code) => code === 'QUEUE_TIMEOUT').length).toBe(84);
  expect((await pool.status()).models[0]).toMatchObject({ active: 0, queued: { interactive: 0, normal: 0, batch: 0 }, oldestWaitMs: null });
});

test('closing ends all waiting: SHUTTING_DOWN', async () => {
  const { ask, clock, pool } = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  const [one, two] = [ask(1), ask(2)];
  await settled();
  const start = pool.start(2, { makeRoom: true });
  await settled();
  pool.close();
  await expect(start).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await settled();
  expect([one.error, two.error]).toEqual([
    expect.objectContaining({ code: 'SHUTTING_DOWN' }),
    expect.objectContaining({ code: 'SHUTTING_DOWN' }),
  ]);
  const late = ask(2);
  await clock.advance(5000);
  expect(late.error).toMatchObject({ code: 'SHUTTING_DOWN' });
});

test('a deleted profile answers who waits for it', async () => {
  const { ask, bus } = poolRig({ 1: { gb: 6 } });
  const waits = ask(1);
  await settled();
  bus.emit('profile.deleted', { id: 1, name: 'P1' });
  await settled();
  expect(waits.error).toMatchObject({ code: 'PROFILE_NOT_FOUND' });
});

test('a raised limit lets more in at once', async () => {
  const { ask, clock, bus, world } = poolRig({ 1: { gb: 6, limit: 1 } });
  const requests = [ask(1), ask(1)];
  await clock.advance(1000);
  expect(requests[1]!.ticket).toBeNull();
  world.profiles[1] = { gb: 6, limit: 2 };
  bus.emit('profile.updated', { id: 1 } as never);
  await settled();
  expect(requests[1]!.ticket).not.toBeNull();
});
