/** Random clients over models that do not fit together, on a clock of its own: the rules hold whatever comes. Each seed is one history. */
import { PRIORITIES } from '@mlx-manager/shared';
import { poolRig, settled, type FakeProfile, type Rig } from '../../../tests/support/pool.js';

/** Numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface History {
  readonly asked: number;
  readonly answered: number;
  readonly left: number;
  readonly refused: string[];
  readonly longestWait: number;
  readonly loads: number;
  /** Virtual milliseconds until all was done. */
  readonly took: number;
  readonly rig: Rig;
}

async function simulate(
  seed: number,
  profiles: Record<number, FakeProfile>,
  budget: number,
  clients = 8,
  each = 25,
  kinds = 0,
): Promise<History> {
  const random = randomOf(seed);
  const rig = poolRig(profiles, budget);
  const { clock, ask } = rig;
  const ids = Object.keys(profiles).map(Number);
  const began = clock.now();
  let [asked, answered, left, longestWait, done] = [0, 0, 0, 0, 0];
  const refused: string[] = [];
  /** Keys of the requests that run, by profile. */
  const running = new Map<number, (string | null)[]>();
  const pause = (ms: number): Promise<void> => new Promise((resolve) => clock.schedule(resolve, ms));
  const client = async (): Promise<void> => {
    const favourite = ids[Math.floor(random() * ids.length)]!;
    for (let i = 0; i < each; i++) {
      const profileId = random() < 0.6 ? favourite : ids[Math.floor(random() * ids.length)]!;
      const batchKey = kinds === 0 ? null : `k${Math.floor(random() * kinds)}`;
      const request = ask(profileId, { priority: PRIORITIES[Math.floor(random() * 3)]!, batchKey });
      asked++;
      const since = clock.now();
      if (random() < 0.1) clock.schedule(request.leave, random() * 3000);
      try {
        const ticket = await request.promise;
        longestWait = Math.max(longestWait, clock.now() - since);
        const beside = (running.get(profileId) ?? []).filter((one) => one !== batchKey);
        expect(beside).toEqual([]);
        running.set(profileId, [...(running.get(profileId) ?? []), batchKey]);
        expect(ticket.queueMs + ticket.loadMs).toBe(clock.now() - since);
        await pause(50 + random() * (random() < 0.05 ? 8000 : 800));
        running.set(profileId, running.get(profileId)!.slice(1));
        ticket.release();
        answered++;
      } catch (error) {
        if ((error as Error).message === 'the client left') left++;
        else refused.push((error as { code: string }).code);
      }
      await pause(random() * (random() < 0.2 ? 3000 : 100));
    }
    done++;
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  while (done < clients && clock.now() - began < 3_600_000) await clock.advance(1000);
  const took = clock.now() - began;
  if (done === clients) await all;
  await settled();
  const loads = rig.servers.log.filter((line) => line.startsWith('start')).length;
  return { asked, answered, left, refused, longestWait, loads, took, rig };
}

test.each([1, 2, 3, 4, 5, 6])(
  'seed %i: nothing hangs, nothing starves, never over budget, few loads',
  async (seed) => {
    const profiles = { 1: { gb: 4, loadMs: 1000 }, 2: { gb: 5, loadMs: 2000, limit: 1 }, 3: { gb: 8, loadMs: 3000, limit: 4 } };
    const { asked, answered, left, refused, longestWait, loads, took, rig } = await simulate(seed, profiles, 10);
    expect(refused).toEqual([]);
    expect({ asked, all: answered + left }).toEqual({ asked: 200, all: 200 });
    expect(rig.servers.peak).toBeLessThanOrEqual(10);
    // One who waits for a model waits for the turns of the two others (at most 6 s, and the running requests of at most 9 s), and their loads.
    expect(longestWait).toBeLessThan(60_000);
    // A model keeps its turn for 5 s or until it was quiet: about one load in a turn's time.
    expect(loads).toBeLessThan(took / 4000);
    const status = await rig.pool.status();
    expect({ waiting: status.waitingCount, active: status.models.filter(({ active }) => active > 0) }).toEqual({ waiting: 0, active: [] });
    expect(status.leasedGb).toBeLessThanOrEqual(10);
  },
  60_000,
);

test.each([1, 2, 3])(
  'seed %i: requests of four kinds that may not run together: nobody starves, and they do not run one by one',
  async (seed) => {
    const profiles = { 1: { gb: 4, loadMs: 1000, limit: 8 } };
    const { asked, answered, left, refused, longestWait, took } = await simulate(seed, profiles, 10, 16, 25, 4);
    expect(refused).toEqual([]);
    expect({ asked, all: answered + left }).toEqual({ asked: 400, all: 400 });
    // Rounds of four kinds, each as long as its longest request (at most 8.1 s), and one for each priority above.
    expect(longestWait).toBeLessThan(60_000);
    // A request takes 0.65 s on average: one by one all would take 260 s at the least.
    expect(took).toBeLessThan(250_000);
  },
  60_000,
);

test('with engines that fail at times, each request still gets an answer', async () => {
  const random = randomOf(99);
  const profiles = { 1: { gb: 6, loadMs: 500 }, 2: { gb: 6, loadMs: 500 } };
  const rig = poolRig(profiles, 10, { timings: { coolDown: 1000 } });
  const requests: { error: unknown; at: number | null }[] = [];
  for (let i = 0; i < 300; i++) {
    if (random() < 0.1) rig.servers.failNext = 'broken';
    const healthy = [...rig.servers.states].filter(([, state]) => state === 'healthy');
    if (random() < 0.05 && healthy[0]) rig.servers.set(healthy[0][0], 'failed');
    const request = rig.ask(1 + Math.floor(random() * 2));
    requests.push(request);
    void request.promise.then((ticket) => rig.clock.schedule(() => ticket.release(), 300)).catch(() => undefined);
    await rig.clock.advance(random() * 400);
  }
  await rig.clock.advance(300_000);
  expect(requests.filter(({ at }) => at === null)).toEqual([]);
  const codes = new Set(requests.flatMap(({ error }) => (error === null ? [] : [(error as { code: string }).code])));
  expect([...codes]).toEqual(['SERVER_FAILED']);
  expect(rig.servers.peak).toBeLessThanOrEqual(10);
}, 60_000);
