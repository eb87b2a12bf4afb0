/** A pool over servers that are only pretended, on a clock that the test moves. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { AgentError, type PoolGroup, type Priority, type Server, type ServerState } from '@mlx-manager/shared';
import { EventBus, silentLogger, type Clock } from '../../menubar-agent/src/core/index.js';
import { Pool, type PoolDeps, type PoolProfile, type Ticket } from '../../menubar-agent/src/pool/index.js';
import type { ServerTarget } from '../../menubar-agent/src/servers/index.js';

export const GIB = 2 ** 30;

/** Time that passes only when it is told to. */
export class TestClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #tasks = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#tasks.size;
  }

  schedule(run: () => void, ms: number): () => void {
    const task = { at: this.#now + Math.max(0, ms), run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** Lets time pass; whatever is due runs at its time, and everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const due = [...this.#tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#tasks.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settled();
    }
    this.#now = end;
  }
}

/** Until nothing that was begun can go on by itself. */
export async function settled(): Promise<void> {
  await nextTick();
  await nextTick();
}

export interface FakeProfile extends Partial<PoolProfile> {
  /** GiB. */
  readonly gb: number;
  readonly loadMs?: number;
}

export interface Rig {
  readonly pool: Pool;
  readonly clock: TestClock;
  readonly bus: EventBus;
  readonly servers: FakeServers;
  readonly used: number[];
  /** What the pool is told; may be changed. */
  readonly world: {
    budget: number;
    onDemand: boolean;
    evictPercent: number;
    refusePercent: number;
    totalGb: number;
    availableGb: number;
    groups: PoolGroup[];
    profiles: Record<number, FakeProfile>;
  };
  /** A request. `ticket` is there once it was seated. */
  ask(profileId: number, options?: { priority?: Priority; id?: string; signal?: AbortSignal; batchKey?: string | null }): Request;
}

export interface Request {
  readonly promise: Promise<Ticket>;
  ticket: Ticket | null;
  error: unknown;
  /** When it was answered or refused. */
  at: number | null;
  leave(): void;
}

/** Servers that load for a while and stop for a while, and write down what was asked of them. */
export class FakeServers {
  readonly states = new Map<number, ServerState>();
  readonly log: string[] = [];
  /** The most that was in memory at one time, GiB. */
  peak = 0;
  stopMs = 200;
  /** The next load ends so. */
  failNext: string | null = null;
  /** The next start throws this. */
  throwNext: Error | null = null;
  managedBy: 'agent' | 'launchd' = 'agent';
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: unknown) => void }[]>();
  readonly #stops = new Map<number, Promise<boolean>>();

  constructor(
    private readonly world: Rig['world'],
    private readonly clock: TestClock,
    private readonly bus: EventBus,
  ) {}

  start = async (id: number): Promise<Server> => {
    await this.#stops.get(id);
    if (this.throwNext) {
      const error = this.throwNext;
      this.throwNext = null;
      throw error;
    }
    if (this.states.has(id) && this.states.get(id) !== 'failed')
      throw new AgentError('SERVER_ALREADY_RUNNING', { name: `P${id}`, state: this.states.get(id) });
    this.log.push(`start ${id}`);
    this.set(id, 'starting');
    const fails = this.failNext;
    this.failNext = null;
    this.clock.schedule(() => {
      if (this.states.get(id) === 'starting') this.set(id, fails === null ? 'healthy' : 'failed');
    }, this.world.profiles[id]?.loadMs ?? 1000);
    return this.get(id)!;
  };

  stop = (id: number): Promise<boolean> => {
    const same = this.#stops.get(id);
    if (same) return same;
    if (!this.states.has(id)) return Promise.resolve(false);
    this.log.push(`stop ${id}`);
    this.set(id, 'stopping');
    const stop = new Promise<boolean>((resolve) => {
      this.clock.schedule(() => {
        this.states.delete(id);
        this.#stops.delete(id);
        this.log.push(`gone ${id}`);
        this.#settle(id);
        this.bus.emit('server.removed', { profileId: id });
        resolve(true);
      }, this.stopMs);
    });
    this.#stops.set(id, stop);
    return stop;
  };

  restart = async (id: number): Promise<Server> => {
    await this.stop(id);
    return this.start(id);
  };

  list = (): Server[] => [...this.states.keys()].map((id) => this.get(id)!);
  get = (id: number): Server | null =>
    this.states.has(id) ? ({ profileId: id, state: this.states.get(id), managedBy: this.managedBy } as Server) : null;
  target = (id: number): ServerTarget | null =>
    ['healthy', 'unhealthy'].includes(this.states.get(id) ?? '') ? ({ baseUrl: `http://fake/${id}` } as ServerTarget) : null;

  whenReady = (id: number): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), { resolve, reject }]);
      this.#settle(id);
    });

  /** Changes a state and announces it. */
  set(id: number, state: ServerState): void {
    this.states.set(id, state);
    const loaded = [...this.states].filter(([, one]) => one !== 'failed').map(([one]) => this.world.profiles[one]?.gb ?? 0);
    this.peak = Math.max(
      this.peak,
      loaded.reduce((a, b) => a + b, 0),
    );
    this.bus.emit('server.updated', this.get(id)!);
    this.#settle(id);
  }

  #settle(id: number): void {
    const state = this.states.get(id);
    if (state === 'starting') return;
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const { resolve, reject } of waiting) {
      if (state === 'healthy') resolve();
      else reject(new AgentError('SERVER_FAILED', { name: `P${id}`, reason: 'the model is broken.', remedy: 'Use another one.' }));
    }
  }
}

/** A pool over the given profiles. @param budget GiB. */
export function poolRig(profiles: Record<number, FakeProfile>, budget = 10, deps: Partial<PoolDeps> = {}): Rig {
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  const clock = new TestClock();
  const world: Rig['world'] = {
    ...{ budget, onDemand: true, evictPercent: 85, refusePercent: 95, totalGb: 100, availableGb: 80, groups: [], profiles },
  };
  const servers = new FakeServers(world, clock, bus);
  const used: number[] = [];
  const pool = new Pool({
    bus,
    clock,
    servers,
    logger: silentLogger(),
    settings: {
      onDemand: () => world.onDemand,
      evictPercent: () => world.evictPercent,
      refusePercent: () => world.refusePercent,
    },
    budgetBytes: async () => world.budget * GIB,
    needBytes: async (id) => (world.profiles[id]?.gb ?? 0) * GIB,
    memory: async () => ({ totalBytes: world.totalGb * GIB, availableBytes: world.availableGb * GIB }),
    profile: (id) => {
      const given = world.profiles[id];
      if (!given) throw new AgentError('PROFILE_NOT_FOUND', { profile: String(id) });
      return {
        ...{ name: `P${id}`, limit: 2, queueSize: 100, queueTimeout: 300, idleMinutes: null, pinned: false, launchdInstalled: false },
        ...given,
      };
    },
    groups: () => world.groups,
    markUsed: (id) => used.push(id),
    ...deps,
  });
  let count = 0;
  const ask: Rig['ask'] = (profileId, { priority = 'normal', id = `r${++count}`, signal, batchKey = null } = {}) => {
    const left = new AbortController();
    const request: Request = {
      promise: (async () => pool.admit({ id, profileId, priority, client: null, signal: signal ?? left.signal, batchKey }))(),
      ticket: null,
      error: null,
      at: null,
      leave: () => left.abort(new Error('the client left')),
    };
    request.promise.then(
      (ticket) => Object.assign(request, { ticket, at: clock.now() }),
      (error: unknown) => Object.assign(request, { error, at: clock.now() }),
    );
    return request;
  };
  return { pool, clock, bus, servers, used, world, ask };
}
