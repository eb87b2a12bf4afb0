import type { Server } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../core/index.js';
import { Pool } from './index.js';

const GIB = 2 ** 30;

/** Servers as the pool sees them; the pool's own arithmetic is what is tested here. */
function setUp(needs: Record<number, number>, budget = 10) {
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  const states = new Map<number, Server['state']>();
  const server = (profileId: number): Server => ({ profileId, state: states.get(profileId) }) as Server;
  const used: number[] = [];
  let failNext: Error | null = null;
  const pool = new Pool({
    bus,
    logger: silentLogger(),
    servers: {
      start: async (id) => {
        if (failNext) throw failNext;
        states.set(id, 'starting');
        return server(id);
      },
      restart: async (id) => (states.set(id, 'starting'), server(id)),
      stop: async (id) => states.delete(id),
      list: () => [...states.keys()].map(server),
      get: (id) => (states.has(id) ? server(id) : null),
      target: () => null,
    },
    budgetBytes: async () => budget * GIB,
    needBytes: async (id) => (needs[id] ?? 0) * GIB,
    nameOf: (id) => `P${id}`,
    markUsed: (id) => used.push(id),
  });
  return { pool, bus, states, used, fail: (error: Error) => (failNext = error) };
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
  const { pool, bus, states, fail } = setUp({ 1: 6, 2: 6 });
  await pool.start(1);
  await pool.stop(1);
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
  const { pool, states } = setUp({});
  expect(() => pool.target(1)).toThrow(
    expect.objectContaining({ code: 'MODEL_NOT_RUNNING', details: expect.objectContaining({ state: 'stopped' }) }),
  );
  states.set(1, 'starting');
  expect(() => pool.target(1)).toThrow(expect.objectContaining({ details: expect.objectContaining({ state: 'starting' }) }));
});
