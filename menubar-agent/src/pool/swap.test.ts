/** Several models and too little memory: what is unloaded for what, in which order, and what is refused. */
import type { PoolGroup } from '@mlx-manager/shared';
import { poolRig, settled, type Rig } from '../../../tests/support/pool.js';

const runs = async ({ ask, clock }: Rig, profileId: number, ms = 1000) => {
  const request = ask(profileId);
  await clock.advance(ms);
  return request;
};

test('the idle model that was used least recently goes, wholly, before the next one comes', async () => {
  const rig = poolRig({ 1: { gb: 4 }, 2: { gb: 4 }, 3: { gb: 4 } });
  for (const id of [1, 2, 1]) (await runs(rig, id)).ticket!.release();
  const third = await runs(rig, 3, 5000);
  expect(third.ticket).toMatchObject({ loadMs: 1000 });
  expect(rig.servers.log.slice(2)).toEqual(['stop 2', 'gone 2', 'start 3']);
  expect(rig.servers.peak).toBe(8);
});

test('no more is unloaded than needed, and models that fit together load together', async () => {
  const rig = poolRig({ 1: { gb: 1 }, 2: { gb: 6 }, 3: { gb: 5 }, 4: { gb: 2 } });
  const [one, two] = [rig.ask(1), rig.ask(2)];
  await rig.clock.advance(1000);
  expect([one.ticket !== null, two.ticket !== null]).toEqual([true, true]); // side by side
  one.ticket!.release();
  two.ticket!.release();
  await rig.clock.advance(1000);
  await runs(rig, 3, 5000);
  expect(rig.servers.log.slice(2)).toEqual(['stop 2', 'gone 2', 'start 3']); // the older 1 would not have been enough
});

test('a model in use keeps its turn; then it takes in nobody, its running requests finish, and the other gets a turn', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  const first = await runs(rig, 1); // ready at 1 s; its turn is 5 s
  const other = rig.ask(2);
  await rig.clock.advance(4900);
  const second = rig.ask(1);
  await settled();
  expect(second.ticket).not.toBeNull(); // still its turn
  await rig.clock.advance(200);
  const late = rig.ask(1);
  await rig.clock.advance(10_000);
  expect([late.ticket, other.ticket]).toEqual([null, null]);
  expect((await rig.pool.status()).models).toEqual([
    expect.objectContaining({ profileId: 1, draining: true, active: 2, queued: { interactive: 0, normal: 1, batch: 0 } }),
    expect.objectContaining({ profileId: 2, state: 'stopped', memoryGb: null, oldestWaitMs: 15_100 }),
  ]);
  first.ticket!.release();
  second.ticket!.release();
  await rig.clock.advance(1200);
  expect(other.ticket).toMatchObject({ loadMs: 1000, queueMs: 15_300 });
  other.ticket!.release();
  await rig.clock.advance(499);
  expect(rig.servers.log.at(-1)).toBe('start 2'); // it might be used again
  await rig.clock.advance(2000);
  expect(late.ticket).not.toBeNull();
  expect(rig.servers.log).toEqual(['start 1', 'stop 1', 'gone 1', 'start 2', 'stop 2', 'gone 2', 'start 1']);
  expect(rig.servers.peak).toBe(6);
});

test('a model that was quiet for long is unloaded at once', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  (await runs(rig, 1)).ticket!.release();
  await rig.clock.advance(600);
  const other = await runs(rig, 2, 1200);
  expect(other.ticket).toMatchObject({ queueMs: 200, loadMs: 1000 });
});

test('when the one who waits leaves, nothing is unloaded for it', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  const first = await runs(rig, 1);
  await rig.clock.advance(5000);
  const other = rig.ask(2);
  await settled();
  const held = rig.ask(1);
  await settled();
  expect(held.ticket).toBeNull(); // draining
  other.leave();
  await settled();
  expect(held.ticket).not.toBeNull();
  first.ticket!.release();
  held.ticket!.release();
  await rig.clock.advance(60_000);
  expect(rig.servers.log).toEqual(['start 1']);
});

test('clients that alternate between two models are served in batches', async () => {
  const rig = poolRig({ 1: { gb: 6, loadMs: 3000 }, 2: { gb: 6, loadMs: 3000 } });
  let answered = 0;
  const client = async (profileId: number): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      const ticket = await rig.ask(profileId).promise;
      await new Promise<void>((resolve) => rig.clock.schedule(resolve, 100));
      ticket.release();
      answered++;
      await new Promise<void>((resolve) => rig.clock.schedule(resolve, 20));
    }
  };
  const clients = Promise.all([client(1), client(2)]);
  await rig.clock.advance(120_000);
  await clients;
  expect(answered).toBe(200);
  // 12 s of work each, in turns of 6 s: three loads of each or fewer, where one a request would be two hundred.
  expect(rig.servers.log.filter((line) => line.startsWith('start')).length).toBeLessThanOrEqual(6);
  expect(rig.servers.peak).toBe(6);
});

test('a model that was unloaded for another does not come back before it, however urgent', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } });
  const first = await runs(rig, 1);
  await rig.clock.advance(5000);
  const patient = rig.ask(2, { priority: 'batch' });
  await settled();
  const urgent = rig.ask(1, { priority: 'interactive' });
  first.ticket!.release();
  await rig.clock.advance(1300);
  expect([patient.ticket !== null, urgent.ticket]).toEqual([true, null]);
  patient.ticket!.release();
  await rig.clock.advance(2000);
  expect(urgent.ticket).not.toBeNull();
});

test('a large model is not starved by small ones that always fit', async () => {
  const rig = poolRig({ 1: { gb: 5, limit: 50 }, 2: { gb: 5, limit: 50 }, 3: { gb: 10 } });
  const busy = async (profileId: number): Promise<void> => {
    for (let i = 0; i < 300; i++) {
      const ticket = await rig.ask(profileId).promise;
      await new Promise<void>((resolve) => rig.clock.schedule(resolve, 300));
      ticket.release();
    }
  };
  void Promise.all([1, 1, 2, 2].map(busy));
  await rig.clock.advance(3000);
  const large = rig.ask(3);
  await rig.clock.advance(10_000);
  expect(large.ticket).not.toBeNull();
  expect(rig.servers.peak).toBe(10);
});

test('what can never fit is refused at once, with the numbers', async () => {
  const rig = poolRig({ 1: { gb: 6, pinned: true }, 2: { gb: 5 }, 3: { gb: 11 } });
  (await runs(rig, 1)).ticket!.release();
  const [pinnedInTheWay, tooLarge] = [rig.ask(2), rig.ask(3)];
  await settled();
  expect(pinnedInTheWay.error).toMatchObject({
    code: 'NOT_ENOUGH_MEMORY',
    details: { neededGb: 5, freeGb: 4, budgetGb: 10, remedy: 'Stop one of: P1 (6 GB, pinned).' },
  });
  expect(tooLarge.error).toMatchObject({
    code: 'NOT_ENOUGH_MEMORY',
    details: { neededGb: 11, remedy: expect.stringContaining('max_memory_gb') },
  });
});

test('what launchd runs is counted and never unloaded', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 5 } });
  rig.servers.managedBy = 'launchd';
  await rig.pool.start(1);
  await rig.clock.advance(60_000);
  const request = rig.ask(2);
  await settled();
  expect(request.error).toMatchObject({ details: { remedy: 'Stop one of: P1 (6 GB, run by launchd).' } });
});

test('the owner is told what to stop, or lets the pool do it', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 5 } });
  (await runs(rig, 1)).ticket!.release();
  await rig.clock.advance(1000);
  await expect(rig.pool.start(2)).rejects.toMatchObject({ details: { remedy: 'Stop one of: P1 (6 GB).' } });
  const [started, same] = [rig.pool.start(2, { makeRoom: true }), rig.pool.start(2, { makeRoom: true })];
  await rig.clock.advance(300);
  expect(await started).toMatchObject({ profileId: 2, state: 'starting' });
  expect(await same).toMatchObject({ profileId: 2 });
  await expect(rig.pool.start(2, { makeRoom: true })).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING' });
  expect(rig.used).toEqual([1, 2]);
});

test('an owner who waits for a model in use gives up after its queue time', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 5, queueTimeout: 30 } });
  const busy = await runs(rig, 1);
  const started = rig.pool.start(2, { makeRoom: true });
  const refused = expect(started).rejects.toMatchObject({ code: 'QUEUE_TIMEOUT', details: { seconds: 30, what: 'memory for P2' } });
  await rig.clock.advance(30_000);
  await refused;
  const again = rig.ask(1);
  await settled();
  expect(again.ticket).not.toBeNull(); // it drains no longer
  busy.ticket!.release();
});

test('an engine that cannot be ended stays counted', async () => {
  const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 5 } });
  (await runs(rig, 1)).ticket!.release();
  await rig.clock.advance(1000);
  rig.servers.stop = () => Promise.resolve(false);
  const other = rig.ask(2);
  await rig.clock.advance(1000);
  expect(other.error).toMatchObject({ code: 'NOT_ENOUGH_MEMORY', details: { remedy: 'Stop one of: P1 (6 GB).' } });
});

describe('the machine’s real memory', () => {
  test('over the first mark idle models go, one after another, the least recently used first', async () => {
    const rig = poolRig({ 1: { gb: 1 }, 2: { gb: 1 }, 3: { gb: 1 }, 4: { gb: 1, pinned: true } }, 10, { timings: { guard: 10_000 } });
    for (const id of [4, 2, 1, 3]) (await runs(rig, id)).ticket!.release();
    rig.world.availableGb = 14;
    rig.bus.on('server.removed', () => (rig.world.availableGb = rig.servers.states.size > 2 ? 14 : 20));
    await rig.clock.advance(20_000);
    expect(rig.servers.log.slice(4)).toEqual(['stop 2', 'gone 2', 'stop 1', 'gone 1']);
  });

  test('over the second mark nothing is loaded: MEMORY_PRESSURE', async () => {
    const rig = poolRig({ 1: { gb: 1 }, 2: { gb: 1 } });
    const busy = await runs(rig, 1);
    rig.world.availableGb = 4;
    const refused = rig.ask(2);
    await settled();
    expect(refused.error).toMatchObject({
      code: 'MEMORY_PRESSURE',
      status: 503,
      details: { percent: 96, neededGb: 1, availableGb: 4, retryAfter: 10 },
    });
    await expect(rig.pool.start(2)).rejects.toMatchObject({ code: 'MEMORY_PRESSURE' });
    expect(rig.ask(1).error).toBeNull(); // what is loaded goes on
    rig.world.refusePercent = 100;
    rig.world.evictPercent = 100;
    const allowed = await runs(rig, 2);
    expect(allowed.ticket).not.toBeNull();
    busy.ticket!.release();
  });

  test('what the machine has no room for is not loaded, whatever the budget says; idle models go first', async () => {
    const rig = poolRig({ 1: { gb: 8 }, 2: { gb: 8 } }, 50);
    (await runs(rig, 1)).ticket!.release();
    await rig.clock.advance(1000);
    rig.world.availableGb = 7;
    rig.world.refusePercent = 99;
    rig.world.evictPercent = 99;
    rig.bus.on('server.removed', () => (rig.world.availableGb = 15));
    const second = await runs(rig, 2, 1300);
    expect(second.ticket).not.toBeNull();
    expect(rig.servers.log).toEqual(['start 1', 'stop 1', 'gone 1', 'start 2']);
    rig.world.availableGb = 7;
    const third = rig.ask(1);
    await settled();
    expect(third.error).toMatchObject({ code: 'MEMORY_PRESSURE' });
  });

  test('requests that can best wait are sent away while the memory is short', async () => {
    const rig = poolRig({ 1: { gb: 6 }, 2: { gb: 6 } }, 10, { timings: { guard: 1000 } });
    const busy = await runs(rig, 1);
    const [batch, normal] = [rig.ask(2, { priority: 'batch' }), rig.ask(2)];
    await settled();
    rig.world.availableGb = 1;
    await rig.clock.advance(1000);
    expect(batch.error).toMatchObject({ code: 'MEMORY_PRESSURE' });
    expect(normal.error).toBeNull();
    busy.ticket!.release();
  });

  test('memory that cannot be read stops nothing', async () => {
    const rig = poolRig({ 1: { gb: 6 } }, 10, { memory: () => Promise.reject(new Error('no vm_stat')) });
    expect((await runs(rig, 1)).ticket).not.toBeNull();
    expect(await rig.pool.status()).toMatchObject({ memoryPercent: null });
  });
});

describe('groups', () => {
  const group = (given: Partial<PoolGroup>): PoolGroup => ({
    id: 7,
    name: 'G',
    profileIds: [],
    mode: 'together',
    exclusive: false,
    ...given,
  });

  test('members that may be loaded one at a time take turns, though there is room', async () => {
    const rig = poolRig({ 1: { gb: 1 }, 2: { gb: 1 }, 3: { gb: 1 } });
    rig.world.groups = [group({ profileIds: [1, 2], mode: 'one_at_a_time' })];
    (await runs(rig, 1)).ticket!.release();
    await runs(rig, 3);
    const second = await runs(rig, 2, 1300);
    expect(second.ticket).not.toBeNull();
    expect(rig.servers.log).toEqual(['start 1', 'start 3', 'stop 1', 'gone 1', 'start 2']);
    await expect(rig.pool.start(1)).rejects.toMatchObject({
      code: 'GROUP_CONFLICT',
      details: { name: 'P1', others: 'P2', group: 'G', groupId: 7 },
    });
  });

  test('beside a member of an exclusive group nothing else is loaded', async () => {
    const rig = poolRig({ 1: { gb: 1 }, 2: { gb: 1 }, 3: { gb: 1, pinned: true } });
    rig.world.groups = [group({ profileIds: [1, 2], exclusive: true })];
    for (const id of [1, 2]) (await runs(rig, id)).ticket!.release();
    await rig.clock.advance(1000);
    const outside = await runs(rig, 3, 1300);
    expect(outside.ticket).not.toBeNull();
    expect(rig.servers.log.slice(2).sort()).toEqual(['gone 1', 'gone 2', 'start 3', 'stop 1', 'stop 2']);
    const member = rig.ask(1);
    await settled();
    expect(member.error).toMatchObject({ code: 'GROUP_CONFLICT', details: { others: 'P3' } }); // pinned
  });
});

describe('the view', () => {
  test('says who waits for what', async () => {
    const rig = poolRig({ 1: { gb: 6, limit: 1 }, 2: { gb: 6 }, 3: { gb: 2, loadMs: 9000 } });
    await runs(rig, 1);
    rig.ask(1, { id: 'a' });
    await rig.clock.advance(10);
    rig.ask(2, { id: 'b', priority: 'batch' });
    await rig.clock.advance(10);
    rig.ask(3, { id: 'c', priority: 'interactive' });
    await settled();
    const status = await rig.pool.status();
    expect(status.waiting.map(({ requestId, waitingFor }) => [requestId, waitingFor])).toEqual([
      ['c', 'load'],
      ['a', 'place'],
      ['b', 'memory'],
    ]);
    expect(status).toMatchObject({ budgetGb: 10, leasedGb: 8, memoryPercent: 20, evictPercent: 85, refusePercent: 95, waitingCount: 3 });
    expect(status.models[0]).toMatchObject({
      profileId: 1,
      active: 1,
      limit: 1,
      memoryGb: 6,
      state: 'healthy',
      idleSince: null,
      pinned: false,
    });
  });

  test('is announced while somebody watches, a few times a second at most', async () => {
    const rig = poolRig({ 1: { gb: 6 } });
    const seen: number[] = [];
    rig.bus.on('pool.updated', ({ models }) => seen.push(models[0]?.active ?? 0));
    const first = await runs(rig, 1);
    expect(seen).toEqual([]);
    const letGo = rig.pool.watch();
    await rig.clock.advance(1000);
    expect(seen).toEqual([1]);
    for (let i = 0; i < 50; i++) {
      first.ticket!.release();
      const next = rig.ask(1);
      await rig.clock.advance(20);
      next.ticket!.release();
    }
    await rig.clock.advance(1000);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.length).toBeLessThan(7);
    expect(seen.at(-1)).toBe(0);
    letGo();
    letGo();
    const before = seen.length;
    rig.ask(1);
    await rig.clock.advance(5000);
    expect(seen.length).toBe(before);
  });
});
