/**
 * Which engines may be in memory. Everything that starts an engine asks the pool for a lease; a lease counts what the model
 * will need against the budget for models, and is given back when the process is gone.
 */
import { AgentError, type Server, type ServerState } from '@mlx-manager/shared';
import type { EventBus, Logger } from '../core/index.js';
import type { ServersService, ServerTarget } from '../servers/index.js';

const GIB = 2 ** 30;
/** States in which a server takes memory. */
const LOADED = new Set<ServerState>(['starting', 'healthy', 'unhealthy', 'stopping']);

export interface PoolDeps {
  readonly servers: Pick<ServersService, 'start' | 'stop' | 'restart' | 'list' | 'get' | 'target'>;
  readonly bus: EventBus;
  readonly logger: Logger;
  /** Bytes all models together may take. */
  readonly budgetBytes: () => Promise<number>;
  /** Bytes a profile's model will need; null when it cannot be told. */
  readonly needBytes: (profileId: number) => Promise<number | null>;
  /** A profile's name, for errors. */
  readonly nameOf: (profileId: number) => string;
  /** Notes that a profile's model is used. */
  readonly markUsed: (profileId: number) => void;
}

/** The right of one profile to be in memory. */
export interface Lease {
  readonly profileId: number;
  /** Bytes counted against the budget. */
  readonly bytes: number;
}

export class Pool {
  readonly #leases = new Map<number, Lease>();
  /** Leases are given one after another, so that two starts cannot both take the last room. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: PoolDeps) {
    deps.bus.on('server.updated', ({ profileId, state }) => {
      if (!LOADED.has(state)) this.#leases.delete(profileId);
      // Adopted, or started by launchd: it never asked, but its memory counts.
      else if (!this.#leases.has(profileId)) void this.#count(profileId);
    });
    deps.bus.on('server.removed', ({ profileId }) => this.#leases.delete(profileId));
  }

  /** Gives no lease before this is done: engines of an earlier run must be counted first. */
  holdUntil(ready: Promise<void>): void {
    this.#queue = Promise.allSettled([this.#queue, ready]);
  }

  /** Leases held now. */
  leases(): Lease[] {
    return [...this.#leases.values()];
  }

  /** Counts engines that were taken over from an earlier run of the agent. Call after adoption. */
  async countAdopted(): Promise<void> {
    for (const server of this.deps.servers.list()) {
      if (LOADED.has(server.state)) await this.#count(server.profileId);
    }
  }

  /**
   * Starts a profile if there is room for it.
   * @throws AgentError NOT_ENOUGH_MEMORY with the numbers and what to unload; whatever starting throws.
   */
  async start(profileId: number): Promise<Server> {
    await this.#lease(profileId);
    try {
      const server = await this.deps.servers.start(profileId);
      this.deps.markUsed(profileId);
      return server;
    } catch (error) {
      this.#releaseUnlessLoaded(profileId);
      throw error;
    }
  }

  /** Stops a profile's server until nothing of it is left. */
  async stop(profileId: number): Promise<boolean> {
    const stopped = await this.deps.servers.stop(profileId);
    this.#releaseUnlessLoaded(profileId);
    return stopped;
  }

  /** Stops, then starts with the profile as it is now. */
  async restart(profileId: number): Promise<Server> {
    if (!this.#leases.has(profileId)) await this.#lease(profileId);
    try {
      return await this.deps.servers.restart(profileId);
    } catch (error) {
      this.#releaseUnlessLoaded(profileId);
      throw error;
    }
  }

  /**
   * The engine that answers for a profile.
   * @throws AgentError MODEL_NOT_RUNNING.
   */
  target(profileId: number): ServerTarget {
    const target = this.deps.servers.target(profileId);
    if (!target) {
      const state = this.deps.servers.get(profileId)?.state ?? 'stopped';
      throw new AgentError('MODEL_NOT_RUNNING', { name: this.deps.nameOf(profileId), profileId, state });
    }
    return target;
  }

  /** The engine of a profile answers a request now. */
  used(profileId: number): void {
    this.deps.markUsed(profileId);
  }

  #lease(profileId: number): Promise<void> {
    const granted = this.#queue.then(() => this.#grant(profileId));
    // A refusal is its caller's to hear of; the next one is asked for all the same.
    this.#queue = granted.then(
      () => undefined,
      () => undefined,
    );
    return granted;
  }

  async #grant(profileId: number): Promise<void> {
    if (this.#leases.has(profileId)) return;
    const budget = await this.deps.budgetBytes();
    const need = (await this.deps.needBytes(profileId)) ?? 0;
    const held = this.leases();
    const free = budget - held.reduce((sum, lease) => sum + lease.bytes, 0);
    if (need > free) {
      const others = held.filter((lease) => lease.bytes > 0).map((lease) => `${this.deps.nameOf(lease.profileId)} (${gb(lease.bytes)} GB)`);
      throw new AgentError('NOT_ENOUGH_MEMORY', {
        name: this.deps.nameOf(profileId),
        profileId,
        neededGb: gb(need),
        freeGb: gb(Math.max(0, free)),
        budgetGb: gb(budget),
        remedy:
          need > budget
            ? 'Choose a smaller model or quantization, a shorter context, or raise the setting max_memory_percent.'
            : `Stop one of: ${others.join(', ')}.`,
      });
    }
    this.#leases.set(profileId, { profileId, bytes: need });
  }

  async #count(profileId: number): Promise<void> {
    let bytes = 0;
    try {
      bytes = (await this.deps.needBytes(profileId)) ?? 0;
    } catch (error) {
      // It runs, whatever became of its profile: it must be seen, even with an unknown size.
      this.deps.logger.warn({ err: error, profileId }, 'the memory of a running server cannot be estimated');
    }
    if (this.#isLoaded(profileId)) this.#leases.set(profileId, { profileId, bytes });
  }

  #releaseUnlessLoaded(profileId: number): void {
    if (!this.#isLoaded(profileId)) this.#leases.delete(profileId);
  }

  #isLoaded(profileId: number): boolean {
    const state = this.deps.servers.get(profileId)?.state;
    return state !== undefined && LOADED.has(state);
  }
}

const gb = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100;
