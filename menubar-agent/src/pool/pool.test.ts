/** Starts by the owner. What requests do is in admit.test.ts and swap.test.ts. */
import type { Server } from '@mlx-manager/shared';
import { GIB, poolRig } from '../../../tests/support/pool.js';

/** @param needs GiB a profile. */
function setUp(needs: Record<number, number>) {
  const rig = poolRig(Object.fromEntries(Object.entries(needs).map(([id, gb]) => [id, { gb }])));
  rig.servers.stopMs = 0;
  return { ...rig, states: rig.servers.states, fail: (error: Error) => (rig.servers.throwNext = error) };
}

test('what fits is started and counted; what does not is refused with the numbers and what to unload', async () => {
  const { pool, used } = setUp({ 1: 6, 2: 5, 3: 4 });
  await pool.start(1);
  await expect(pool.start(2)).rejects.toMatchObject({
    code: 'NOT_ENOUGH_MEMORY',
    details: { name: 'P2', neededGb: 5, freeGb: 4, budgetGb: 10, remedy: 'Stop one of: P1 (6 GB).' },
  });
  await pool.start(3);
  expect(pool.leases().map((lease) => lease.bytes / GIB)).toEqual([6, 4]);
  expect(used).toEqual([1, 3]);
});

test('what can never fit says so', async () => {
  const { pool } = setUp({ 1: 11 });
  await expect(pool.start(1)).rejects.toMatchObject({ details: { remedy: expect.stringContaining('smaller') } });
});

test('two starts at once cannot both take the last room', async () => {
  const { pool } = setUp({ 1: 6, 2: 6 });
  const results = await Promise.allSettled([pool.start(1), pool.start(2)]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
});

test('room comes back when a server stops, fails, or does not start', async () => {
  const { pool, clock, bus, states, fail } = setUp({ 1: 6, 2: 6 });
  await pool.start(1);
  const stopped = pool.stop(1);
  await clock.advance(1);
  await stopped;
  expect(pool.leases()).toEqual([]);
  await pool.start(1);
  states.set(1, 'failed');
  bus.emit('server.updated', { profileId: 1, state: 'failed' } as Server);
  expect(pool.leases()).toEqual([]);
  fail(new Error('no engine'));
  await expect(pool.start(2)).rejects.toThrow('no engine');
  expect(pool.leases()).toEqual([]);
});

test('no lease is given before adopted servers are counted', async () => {
  const { pool, states } = setUp({ 1: 6, 2: 6 });
  let finish = (): void => undefined;
  const ready = new Promise<void>((resolve) => (finish = resolve)).then(() => {
    states.set(1, 'healthy');
    return pool.countAdopted();
  });
  pool.holdUntil(ready);
  const second = pool.start(2);
  finish();
  await expect(second).rejects.toMatchObject({ code: 'NOT_ENOUGH_MEMORY' });
});

test('a server that launchd started counts too, until it is gone', async () => {
  const { pool, bus, states } = setUp({ 1: 6, 2: 6 });
  states.set(1, 'healthy');
  bus.emit('server.updated', { profileId: 1, state: 'healthy' } as Server);
  await expect(pool.start(2)).rejects.toMatchObject({ code: 'NOT_ENOUGH_MEMORY' });
  states.delete(1);
  bus.emit('server.removed', { profileId: 1 });
  await pool.start(2);
});

test('a profile that is not running has no target', () => {
  const { pool, states } = setUp({ 1: 6 });
  expect(() => pool.target(1)).toThrow(
    expect.objectContaining({ code: 'MODEL_NOT_RUNNING', details: expect.objectContaining({ state: 'stopped' }) }),
  );
  states.set(1, 'starting');
  expect(() => pool.target(1)).toThrow(expect.objectContaining({ details: expect.objectContaining({ state: 'starting' }) }));
});
