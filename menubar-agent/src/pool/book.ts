/** What is in memory: one entry for every engine that takes some, whoever started it. */
import type { Server, ServerState } from '@mlx-manager/shared';
import type { PoolDeps } from './types.js';

/** States in which a server takes memory. */
const LOADED = new Set<ServerState>(['starting', 'healthy', 'unhealthy', 'stopping']);
const READY = new Set<ServerState>(['healthy', 'unhealthy']);

/** The right of one profile to be in memory. */
export interface Lease {
  readonly profileId: number;
  /** Bytes counted against the budget. */
  readonly bytes: number;
}

/** A lease with what is known of its engine. */
export interface Resident extends Lease {
  /** When its engine began to load, milliseconds since 1970. */
  since: number;
  /** When it was ready; null while it loads. */
  readyAt: number | null;
  /** How long its last load took, milliseconds. */
  loadMs: number;
  /** It is being stopped. */
  leaving: boolean;
  /** The system would not let it end. */
  stuck: boolean;
}

export interface BookEvents {
  ready(profileId: number): void;
  gone(profileId: number): void;
}

export class Book {
  readonly #residents = new Map<number, Resident>();
  readonly #counting = new Set<number>();
  /** Kept although no process is there: one is being started. */
  readonly #kept = new Set<number>();

  constructor(
    private readonly deps: Pick<PoolDeps, 'bus' | 'servers' | 'needBytes' | 'logger' | 'clock'>,
    private readonly events: BookEvents,
  ) {
    deps.bus.on('server.updated', (server) => {
      const { profileId } = server;
      const resident = this.#residents.get(profileId);
      if (!holdsMemory(server)) this.#drop(profileId);
      // Adopted, or started by launchd: it never asked, but its memory counts.
      else if (resident === undefined) void this.count(profileId);
      else this.#follow(resident, server.state);
    });
    deps.bus.on('server.removed', ({ profileId }) => this.#drop(profileId));
  }

  get(profileId: number): Resident | undefined {
    return this.#residents.get(profileId);
  }

  all(): Resident[] {
    return [...this.#residents.values()];
  }

  get size(): number {
    return this.#residents.size;
  }

  /** Gives a profile the right to be in memory. It is kept until {@link settle}. */
  grant(profileId: number, bytes: number): void {
    this.keep(profileId);
    this.#residents.set(profileId, this.#entry(profileId, bytes));
  }

  /** Keeps an entry while its engine is started, or started again. */
  keep(profileId: number): void {
    this.#kept.add(profileId);
  }

  /** The start is over, well or badly: from now on the engine's state decides. */
  settle(profileId: number): void {
    this.#kept.delete(profileId);
    const server = this.deps.servers.get(profileId);
    if (server === null || !holdsMemory(server)) {
      this.#drop(profileId);
      return;
    }
    const resident = this.#residents.get(profileId);
    if (resident !== undefined) this.#follow(resident, server.state);
  }

  /** Counts an engine that runs without having asked. */
  async count(profileId: number): Promise<void> {
    if (this.#counting.has(profileId)) return;
    this.#counting.add(profileId);
    let bytes = 0;
    try {
      bytes = (await this.deps.needBytes(profileId)) ?? 0;
    } catch (error) {
      // It runs, whatever became of its profile: it must be seen, even with an unknown size.
      this.deps.logger.warn({ err: error, profileId }, 'the memory of a running server cannot be estimated');
    }
    this.#counting.delete(profileId);
    const server = this.deps.servers.get(profileId);
    if (server === null || !holdsMemory(server) || this.#residents.has(profileId)) return;
    const resident = this.#entry(profileId, bytes);
    this.#residents.set(profileId, resident);
    this.#follow(resident, server.state);
  }

  /** Counts engines that were taken over from an earlier run of the agent. */
  async countAll(): Promise<void> {
    for (const { profileId } of this.deps.servers.list()) if (!this.#residents.has(profileId)) await this.count(profileId);
  }

  #entry(profileId: number, bytes: number): Resident {
    return { profileId, bytes, since: this.deps.clock.now(), readyAt: null, loadMs: 0, leaving: false, stuck: false };
  }

  #follow(resident: Resident, state: ServerState): void {
    const now = this.deps.clock.now();
    // `unhealthy` is also one that still loads: it has no target then.
    if (resident.readyAt === null && READY.has(state) && this.deps.servers.target(resident.profileId) !== null) {
      resident.readyAt = now;
      resident.loadMs = now - resident.since;
      this.events.ready(resident.profileId);
    } else if (state === 'starting' && resident.readyAt !== null) {
      // It crashed and loads once more.
      resident.readyAt = null;
      resident.since = now;
    }
  }

  #drop(profileId: number): void {
    if (this.#kept.has(profileId)) return;
    this.#residents.delete(profileId);
    this.events.gone(profileId);
  }
}

/** Whether a server takes memory. A failed one does as long as the system would not end its process. */
function holdsMemory({ state, pid }: Pick<Server, 'state' | 'pid'>): boolean {
  return LOADED.has(state) || (state === 'failed' && typeof pid === 'number');
}
