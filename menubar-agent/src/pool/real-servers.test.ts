/** The pool over the real servers service: real processes (stand-ins for engines), real time. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, House } from '../../../tests/support/fake-engine/house.js';
import { tell } from '../../../tests/support/fake-engine/adapter.js';
import { Pool, type Ticket } from './index.js';

const GIB = 2 ** 30;

function setUp(house: House, needs: Record<number, number>): Pool {
  const { service } = house;
  return new Pool({
    ...house.deps,
    servers: service,
    settings: { onDemand: () => true, evictPercent: () => 100, refusePercent: () => 100 },
    budgetBytes: async () => 10 * GIB,
    needBytes: async (id) => (needs[id] ?? 0) * GIB,
    memory: async () => ({ totalBytes: 100 * GIB, availableBytes: 90 * GIB }),
    profile: (id) => ({
      ...{ name: `P${id}`, limit: 4, queueSize: 2000, queueTimeout: 60, idleMinutes: null, pinned: false, launchdInstalled: false },
    }),
    groups: () => [],
    markUsed: () => undefined,
    timings: { quiet: 30, turn: 150, coolDown: 20_000 },
  });
}

const admit = async (pool: Pool, profileId: number): Promise<Ticket> =>
  pool.admit({ id: 'request', profileId, priority: 'normal', client: null, signal: new AbortController().signal });

/** One request to the engine itself, by its ticket. */
async function complete(ticket: Ticket): Promise<number> {
  try {
    const answer = await fetch(`${ticket.target.baseUrl}/v1/chat/completions`, { method: 'POST', body: '{"messages":[]}' });
    await answer.text();
    return answer.status;
  } finally {
    ticket.release();
  }
}

test('two models that do not fit together serve alternating clients without an error, and nothing of them is left', async () => {
  const house = new House();
  const pool = setUp(house, { 1: 6, 2: 6 });
  try {
    let most = 0;
    house.bus.onAny(() => (most = Math.max(most, house.service.list().filter(({ pid }) => pid !== null).length)));
    const client = async (profileId: number): Promise<number[]> => {
      const statuses: number[] = [];
      while (house.starts < 5) {
        statuses.push(await complete(await admit(pool, profileId)));
        await pause(15); // it thinks
      }
      return statuses;
    };
    const answers = await Promise.all([client(1), client(2), client(1), client(2)]);
    expect(new Set(answers.flat())).toEqual(new Set([200]));
    expect(most).toBe(1);
    // A turn is at least two loads long: many requests a load.
    expect(answers.flat().length).toBeGreaterThan(5 * 5);
    await pool.stop(1);
    await pool.stop(2);
    expect(pool.leases()).toEqual([]);
    expect(await house.leftovers()).toEqual([]);
  } finally {
    pool.close();
    await house.close();
  }
}, 60_000);

test('a killed engine is started again by the next request; a broken one answers all with its reason', async () => {
  const house = new House();
  const pool = setUp(house, { 1: 6 });
  try {
    const first = await admit(pool, 1);
    const { pid } = house.service.get(1)!;
    await tell(first.target.baseUrl, 'crash').catch(() => undefined);
    first.release();
    await eventually(
      () => house.service.get(1),
      (server) => server?.pid !== pid,
    );
    expect(await complete(await admit(pool, 1))).toBe(200);
    await pool.stop(1);
    house.knobs = () => ({ lines: ['bad_alloc'], exitAtStart: 1 });
    const refused = await Promise.allSettled(Array.from({ length: 1000 }, () => admit(pool, 1)));
    expect(new Set(refused.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'none')))).toEqual(
      new Set(['SERVER_FAILED']),
    );
    const starts = house.starts;
    await expect(admit(pool, 1)).rejects.toMatchObject({ details: { retryAfter: 20, kind: 'out_of_memory' } });
    expect(house.starts).toBe(starts);
  } finally {
    pool.close();
    await house.close();
  }
}, 60_000);
