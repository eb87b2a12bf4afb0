/**
 * Which engines may be in memory, and who is served next. Everything that starts an engine asks the pool; a lease counts what the model will need
 * against the budget for models, and is given back when the process is gone.
 */
import { AgentError, type PoolStatus, type Server } from '@mlx-manager/shared';
import type { ServerTarget } from '../servers/index.js';
import type { MemoryReading } from '../system/index.js';
import { Announcer } from './announcer.js';
import { Book, type Lease } from './book.js';
import { IdleClocks } from './idle-clocks.js';
import { Lane, type LaneEvents } from './lane.js';
import { Loader } from './loader.js';
import { MemoryGuard } from './memory-guard.js';
import { Occupants } from './occupants.js';
import { withRetry } from './refusals.js';
import { Residency } from './residency.js';
import { defaultTimings, type Timings } from './timings.js';
import type { Admission, AdmissionRequest, PoolDeps, Ticket } from './types.js';
import { poolView } from './view.js';

export class Pool implements Admission {
  readonly #lanes = new Map<number, Lane>();
  readonly #timings: Timings;
  readonly #book: Book;
  readonly #occupants: Occupants;
  readonly #loader: Loader;
  readonly #residency: Residency;
  readonly #guard: MemoryGuard;
  readonly #idle: IdleClocks;
  readonly #announcer: Announcer;
  readonly #laneEvents: LaneEvents;
  readonly #markedAt = new Map<number, number>();
  #closed = false;

  constructor(private readonly deps: PoolDeps) {
    const timings = (this.#timings = { ...defaultTimings, ...deps.timings });
    this.#book = new Book(deps, { ready: (id) => this.#ready(id), gone: (id) => this.#gone(id) });
    const [book, lanes, laneOf] = [this.#book, this.#lanes, (id: number): Lane => this.#lane(id)];
    const occupants = (this.#occupants = new Occupants({ deps, timings, book, laneOf }));
    const loader = (this.#loader = new Loader({ deps, timings, book, laneOf, changed: () => this.#residency.kick() }));
    const guard = (this.#guard = new MemoryGuard(deps, timings, {
      loaded: () => book.size > 0,
      evictIdle: () => this.#evictIdle(),
      shed: (reading) => this.#shed(reading),
    }));
    this.#residency = new Residency({ deps, timings, book, guard, occupants, loader, lanes, laneOf });
    this.#idle = new IdleClocks(
      deps,
      (id) => occupants.staysFor(id) !== null,
      (id) => void this.#unloadIdle(id),
    );
    this.#announcer = new Announcer(deps, timings, () => this.status());
    this.#laneEvents = {
      seated: (lane, now) => this.#seated(lane, now),
      idle: (lane) => {
        this.#idle.idle(lane);
        if (this.#residency.unmet) this.#residency.kick();
      },
      changed: () => {
        if (this.#residency.unmet) this.#residency.kick();
        this.#announcer.changed();
      },
    };
    deps.bus.on('profile.updated', ({ id }) => this.#profileChanged(id));
    deps.bus.on('profile.deleted', ({ id }) => this.#profileDeleted(id));
    deps.bus.on('settings.updated', () => {
      this.#residency.kick();
      // The budget and the marks may be others now.
      this.#announcer.changed();
    });
  }

  /** Gives no lease before this is done: engines of an earlier run must be counted first. */
  holdUntil(ready: Promise<void>): void {
    this.#residency.holdUntil(ready);
  }

  /** Leases held now. */
  leases(): Lease[] {
    return this.#book.all().map(({ profileId, bytes }) => ({ profileId, bytes }));
  }

  /** Counts engines that were taken over from an earlier run of the agent. Call after adoption. */
  countAdopted(): Promise<void> {
    return this.#book.countAll();
  }

  admit(request: AdmissionRequest): Ticket | Promise<Ticket> {
    if (request.signal.aborted) throw request.signal.reason as Error;
    const lane = this.#lane(request.profileId);
    return lane.enter(request.batchKey ?? null) ?? this.#queue(lane, request);
  }

  keepAlive(profileId: number, milliseconds: number | null): void {
    if (this.#idle.keepAlive(this.#lane(profileId), milliseconds)) this.#announcer.changed();
  }

  /**
   * Starts a profile if there is room for it.
   * @param options `makeRoom` unloads others for it, as a request would, and waits until they are gone.
   * @throws AgentError NOT_ENOUGH_MEMORY with the numbers and what to unload, GROUP_CONFLICT, MEMORY_PRESSURE; whatever starting throws.
   */
  async start(profileId: number, options: { readonly makeRoom?: boolean | undefined } = {}): Promise<Server> {
    this.#loader.forgive(profileId);
    if (options.makeRoom === true && this.#book.get(profileId) === undefined) {
      return this.#residency.ask(profileId, this.#lane(profileId).profile.queueTimeout * 1000);
    }
    await this.#residency.grant(profileId);
    return this.#loader.operate(profileId, async () => {
      const server = await this.deps.servers.start(profileId);
      this.deps.markUsed(profileId);
      return server;
    });
  }

  /** Stops a profile's server until nothing of it is left. Who waits for it is told so. */
  stop(profileId: number): Promise<boolean> {
    const lane = this.#lanes.get(profileId);
    if (lane !== undefined && lane.waiting > 0) lane.fail(this.#notRunning(profileId, 'stopped'));
    return this.#loader.end(profileId);
  }

  /** Stops, then starts with the profile as it is now. */
  async restart(profileId: number): Promise<Server> {
    this.#loader.forgive(profileId);
    await this.#residency.grant(profileId);
    return this.#loader.operate(profileId, () => this.deps.servers.restart(profileId));
  }

  /**
   * The engine that answers for a profile.
   * @throws AgentError MODEL_NOT_RUNNING.
   */
  target(profileId: number): ServerTarget {
    const target = this.deps.servers.target(profileId);
    if (!target) throw this.#notRunning(profileId, this.deps.servers.get(profileId)?.state ?? 'stopped');
    return target;
  }

  /** The engine of a profile answers a request now. */
  used(profileId: number): void {
    this.deps.markUsed(profileId);
  }

  /** Which models are in memory, and who waits for what. */
  status(): Promise<PoolStatus> {
    const [book, loader, idle, guard, lanes] = [this.#book, this.#loader, this.#idle, this.#guard, this.#lanes];
    return poolView({ deps: this.deps, book, loader, idle, guard, lanes });
  }

  /** Announces changes on the bus until let go. With no watcher nothing is worked out. */
  watch(): () => void {
    return this.#announcer.watch();
  }

  /** Ends all waiting and every timer. */
  close(): void {
    this.#closed = true;
    const error = new AgentError('SHUTTING_DOWN');
    this.#residency.close(error);
    for (const lane of this.#lanes.values()) lane.fail(error);
    this.#guard.close();
    this.#idle.close();
    this.#announcer.close();
  }

  #queue(lane: Lane, request: AdmissionRequest): Promise<Ticket> {
    const { profileId } = lane;
    if (this.#closed) throw new AgentError('SHUTTING_DOWN');
    const there = this.deps.servers.target(profileId) !== null;
    if (!there) {
      const failed = this.#loader.coolDownOf(profileId);
      if (failed !== null) throw withRetry(failed.error, failed.until - this.deps.clock.now());
      if (!this.deps.settings.onDemand()) this.target(profileId);
    }
    const turn = lane.wait(request);
    if (!there) this.#residency.kick();
    this.#announcer.changed();
    return turn;
  }

  #lane(profileId: number): Lane {
    let lane = this.#lanes.get(profileId);
    if (lane === undefined) {
      lane = new Lane(profileId, this.deps, this.#timings, this.#laneEvents);
      this.#lanes.set(profileId, lane);
    }
    return lane;
  }

  #seated(lane: Lane, now: number): void {
    if (now - (this.#markedAt.get(lane.profileId) ?? 0) >= this.#timings.marking) {
      this.#markedAt.set(lane.profileId, now);
      this.deps.markUsed(lane.profileId);
    }
    this.#announcer.changed();
  }

  #ready(profileId: number): void {
    const lane = this.#lane(profileId);
    if (lane.active === 0) lane.idleSince = this.deps.clock.now();
    lane.pump();
    if (lane.active === 0) this.#idle.idle(lane);
    this.#guard.watch();
    this.#residency.kick();
    this.#announcer.changed();
  }

  #gone(profileId: number): void {
    this.#idle.gone(profileId);
    const lane = this.#lanes.get(profileId);
    if (lane !== undefined) lane.idleSince = null;
    this.#residency.kick();
    this.#announcer.changed();
  }

  #profileChanged(profileId: number): void {
    this.#loader.forgive(profileId);
    const lane = this.#lanes.get(profileId);
    if (lane === undefined) return;
    lane.refresh();
    lane.pump(); // it may have more places now
    this.#idle.rearm(lane);
    this.#residency.kick();
    this.#announcer.changed();
  }

  #profileDeleted(profileId: number): void {
    this.#lanes.get(profileId)?.fail(new AgentError('PROFILE_NOT_FOUND', { profile: String(profileId) }));
    this.#lanes.delete(profileId);
    this.#markedAt.delete(profileId);
    this.#loader.forgive(profileId);
    this.#idle.gone(profileId);
  }

  async #unloadIdle(profileId: number): Promise<void> {
    const resident = this.#book.get(profileId);
    if (resident?.readyAt != null && !resident.leaving) await this.#loader.evict(profileId, 'it was idle');
  }

  async #evictIdle(): Promise<boolean> {
    const idle = this.#occupants.idlest();
    return idle !== null && this.#loader.evict(idle, 'the memory of the machine is short');
  }

  /** Sends away those that can best come back, where a model would have to be loaded for them. */
  #shed(reading: MemoryReading): void {
    for (const lane of this.#lanes.values()) {
      if (lane.waiting === 0 || lane.loading || this.deps.servers.target(lane.profileId) !== null) continue;
      lane.fail(this.#occupants.pressed(lane.profileId, 0, reading), 'batch');
    }
  }

  #notRunning(profileId: number, state: string): AgentError {
    return new AgentError('MODEL_NOT_RUNNING', { name: this.#lane(profileId).profile.name, profileId, state });
  }
}
