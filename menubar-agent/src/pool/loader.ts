/** Loads and unloads: starts an engine and waits until it answers, ends one and waits until it is gone. */
import { AgentError, type Server } from '@mlx-manager/shared';
import type { Book } from './book.js';
import type { Lane } from './lane.js';
import { withRetry } from './refusals.js';
import type { Timings } from './timings.js';
import type { PoolDeps } from './types.js';

export interface LoaderParts {
  readonly deps: PoolDeps;
  readonly timings: Timings;
  readonly book: Book;
  readonly laneOf: (profileId: number) => Lane;
  /** Something is other than it was: it is time to plan. */
  readonly changed: () => void;
}

/** Who is told of a load besides those that wait in the lane. */
export interface LoadListener {
  /** Its start was begun by this load. */
  started(server: Server): void;
  failed(error: unknown): void;
}

export class Loader {
  readonly #loading = new Set<number>();
  /** Started or restarted by the owner at this moment. */
  readonly #operated = new Set<number>();
  readonly #coolDowns = new Map<number, { readonly until: number; readonly error: unknown }>();

  constructor(private readonly parts: LoaderParts) {}

  /** Whether something is done with a profile that must not be interfered with. */
  isBusy(profileId: number): boolean {
    return this.#loading.has(profileId) || this.#operated.has(profileId);
  }

  /** The error of a failed start that is not tried again yet, or null. */
  coolDownOf(profileId: number): { readonly until: number; readonly error: unknown } | null {
    const entry = this.#coolDowns.get(profileId);
    if (entry === undefined) return null;
    if (entry.until > this.parts.deps.clock.now()) return entry;
    this.#coolDowns.delete(profileId);
    return null;
  }

  /** A failed start may be tried again at once. */
  forgive(profileId: number): void {
    this.#coolDowns.delete(profileId);
  }

  /**
   * Waits until a profile's engine is ready; who waits for it is seated, or told the reason.
   * @param start whether it must be started first; its lease is granted already.
   */
  async load(lane: Lane, start: boolean, listener: LoadListener | undefined): Promise<void> {
    const { deps, book, timings, changed } = this.parts;
    const { profileId } = lane;
    this.#loading.add(profileId);
    lane.loadBegins();
    let started = !start;
    try {
      if (start) await this.#start(profileId, listener);
      started = true;
      await deps.servers.whenReady(profileId);
    } catch (error) {
      const state = deps.servers.get(profileId)?.state;
      if (started && state === 'failed') {
        this.#coolDowns.set(profileId, { until: deps.clock.now() + timings.coolDown, error });
        lane.fail(withRetry(error, timings.coolDown));
      } else if (!started || (state !== 'stopping' && state !== 'starting')) {
        lane.fail(error);
        listener?.failed(error);
      }
      // Else it is stopped or restarted just now: who still waits is planned for anew.
    } finally {
      this.#loading.delete(profileId);
      lane.loadEnds();
      book.settle(profileId);
      lane.pump();
      changed();
    }
  }

  /** Runs a start or restart by the owner; planning leaves that profile alone meanwhile. */
  async operate<T>(profileId: number, task: () => Promise<T>): Promise<T> {
    this.#operated.add(profileId);
    try {
      return await task();
    } finally {
      this.#operated.delete(profileId);
      this.parts.book.settle(profileId);
      this.parts.changed();
    }
  }

  /** Ends a profile's engine. Requests wait meanwhile. @returns whether there was one and it is gone. */
  async end(profileId: number): Promise<boolean> {
    const { deps, book, laneOf, changed } = this.parts;
    const resident = book.get(profileId);
    const lane = laneOf(profileId);
    if (resident !== undefined) resident.leaving = true;
    lane.closed = true;
    try {
      const gone = await deps.servers.stop(profileId);
      if (resident !== undefined && !gone) resident.stuck = true;
      return gone;
    } finally {
      lane.closed = false;
      // It may be another one already, that was started since.
      if (resident !== undefined && book.get(profileId) === resident) {
        resident.leaving = false;
        book.settle(profileId);
      }
      changed();
    }
  }

  /** Unloads a profile for a reason of the pool's own; what goes wrong is logged. @returns whether it is gone. */
  async evict(profileId: number, why: string): Promise<boolean> {
    const { logger } = this.parts.deps;
    logger.info({ profileId, why }, 'a model is unloaded');
    try {
      if (await this.end(profileId)) return true;
      logger.error({ profileId }, 'a model could not be unloaded');
    } catch (error) {
      logger.error({ err: error, profileId }, 'a model could not be unloaded');
    }
    return false;
  }

  async #start(profileId: number, listener: LoadListener | undefined): Promise<void> {
    try {
      const server = await this.parts.deps.servers.start(profileId);
      listener?.started(server);
    } catch (error) {
      // Somebody else was quicker: then it is waited for.
      if (!(error instanceof AgentError) || error.code !== 'SERVER_ALREADY_RUNNING') throw error;
      listener?.failed(error);
    }
  }
}
