/** The places at one profile's engine, and the queue before them. */
import { AgentError, PRIORITIES, type Priority } from '@mlx-manager/shared';
import type { ServerTarget } from '../servers/index.js';
import { BatchKey, companions } from './batch.js';
import { rankOf } from './rank.js';
import { seconds } from './refusals.js';
import type { AdmissionRequest, PoolDeps, PoolProfile, Ticket } from './types.js';
import type { Timings } from './timings.js';
import type { Waiter } from './waiter.js';

/** How much of the mean service time the newest request decides. */
const NEWEST = 0.2;

/** What a lane tells its pool. */
export interface LaneEvents {
  /** A request got a place. Called on the hot path. */
  seated(lane: Lane, now: number): void;
  /** The last request that ran is over, and none waits. */
  idle(lane: Lane): void;
  /** A place was given back while the lane takes in nobody, or somebody left its queue. */
  changed(): void;
}

export class Lane {
  /** Requests that run. */
  active = 0;
  /** Takes in nobody: its engine is wanted away, goes, or comes. */
  closed = false;
  /** When the last request ended, or the model was ready; null while one runs. Milliseconds since 1970. */
  idleSince: number | null = null;
  /** When a request last ended or began. */
  lastUsed = 0;
  readonly #queues: Readonly<Record<Priority, Set<Waiter>>> = { interactive: new Set(), normal: new Set(), batch: new Set() };
  #waiting = 0;
  #serviceMs = 0;
  #loadingSince: number | null = null;
  #loadClock = 0;
  #stopTimer: (() => void) | null = null;
  #profile: PoolProfile | null = null;
  readonly #keys = new BatchKey();

  constructor(
    readonly profileId: number,
    private readonly deps: Pick<PoolDeps, 'clock' | 'servers' | 'profile'>,
    private readonly timings: Timings,
    private readonly events: LaneEvents,
  ) {}

  /** @throws AgentError PROFILE_NOT_FOUND. */
  get profile(): PoolProfile {
    return (this.#profile ??= this.deps.profile(this.profileId));
  }

  /** Its profile was changed. */
  refresh(): void {
    this.#profile = null;
  }

  /** Requests in the queue. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Milliseconds a request runs, of late; 0 when none did yet. */
  get serviceMs(): number {
    return this.#serviceMs;
  }

  /** A place at once, or null when it has to be waited for. */
  enter(batchKey: string | null): Ticket | null {
    if (this.closed || this.#waiting > 0 || this.active >= this.profile.limit || !this.#keys.fits(batchKey)) return null;
    const target = this.deps.servers.target(this.profileId);
    return target === null ? null : this.#seat(target, this.deps.clock.now(), 0, 0, batchKey);
  }

  /**
   * A place in turn.
   * @throws AgentError QUEUE_FULL, QUEUE_TIMEOUT; what {@link fail} is given; the signal's reason when the client left.
   */
  wait(request: AdmissionRequest): Promise<Ticket> {
    const { limit, queueSize } = this.profile;
    // Until its engine runs, its places count as part of the queue: who fits in will get one.
    if (this.active + this.#waiting >= limit + queueSize) throw this.#full();
    const since = this.deps.clock.now();
    return new Promise((resolve, reject) => {
      const { signal, priority } = request;
      const leave = (): void => {
        this.#drop(waiter);
        reject(signal.reason as Error);
        this.#letBy();
        this.events.changed();
      };
      const rank = rankOf(priority, since, this.timings.ageing);
      const waiter: Waiter = { request, since, rank, loadedBefore: this.#loadTime(since), resolve, reject, leave };
      this.#queues[priority].add(waiter);
      this.#waiting++;
      signal.addEventListener('abort', leave, { once: true });
      if (this.#stopTimer === null) this.#armTimer();
    });
  }

  /** Seats who waits, as long as there are places. @returns whether an engine was there to sit at. */
  pump(): boolean {
    if (this.closed) return false;
    const target = this.deps.servers.target(this.profileId);
    if (target === null) return false;
    const begins = this.#keys.free();
    // Nobody passes the first one: it would never find the engine empty.
    for (let next = this.first(); this.#mayRun(next); next = this.first()) this.#call(next, target);
    if (begins && !this.#keys.free() && this.#waiting > 0 && this.active < this.profile.limit)
      for (const next of companions(this.waiters(), this.#keys)) if (this.#mayRun(next)) this.#call(next, target);
    return true;
  }

  #mayRun(waiter: Waiter | null): waiter is Waiter {
    return waiter !== null && this.active < this.profile.limit && this.#keys.fits(waiter.request.batchKey ?? null);
  }

  #call(waiter: Waiter, target: ServerTarget): void {
    this.#drop(waiter);
    const now = this.deps.clock.now();
    const loadMs = this.#loadTime(now) - waiter.loadedBefore;
    waiter.resolve(this.#seat(target, now, Math.max(0, now - waiter.since - loadMs), loadMs, waiter.request.batchKey ?? null));
  }

  /** The one whose turn is next. */
  first(): Waiter | null {
    let best: Waiter | null = null;
    for (const priority of PRIORITIES) {
      const [head] = this.#queues[priority];
      if (head !== undefined && (best === null || head.rank < best.rank)) best = head;
    }
    return best;
  }

  /** All that wait, those of one priority after another. */
  *waiters(): Generator<Waiter> {
    for (const priority of PRIORITIES) yield* this.#queues[priority];
  }

  queued(): Record<Priority, number> {
    const { interactive, normal, batch } = this.#queues;
    return { interactive: interactive.size, normal: normal.size, batch: batch.size };
  }

  /** Ends the waiting of all, or of one priority, with an error. */
  fail(error: unknown, priority?: Priority): void {
    for (const waiter of [...this.waiters()]) {
      if (priority !== undefined && waiter.request.priority !== priority) continue;
      this.#drop(waiter);
      waiter.reject(error);
    }
  }

  /** The model loads: the clock of the queue stands still. */
  loadBegins(): void {
    this.#loadingSince ??= this.deps.clock.now();
    this.#clearTimer();
  }

  loadEnds(): void {
    if (this.#loadingSince === null) return;
    this.#loadClock += this.deps.clock.now() - this.#loadingSince;
    this.#loadingSince = null;
    if (this.#waiting > 0) this.#armTimer();
  }

  get loading(): boolean {
    return this.#loadingSince !== null;
  }

  #seat(target: ServerTarget, now: number, queueMs: number, loadMs: number, batchKey: string | null): Ticket {
    this.active++;
    this.#keys.take(batchKey);
    this.idleSince = null;
    this.lastUsed = now;
    this.events.seated(this, now);
    return new Place(this, target, queueMs, loadMs, now, batchKey);
  }

  /** @internal For {@link Place}. @param began when its request was seated. */
  leave(began: number, batchKey: string | null, early: boolean): void {
    if (early && batchKey !== null) this.deps.clock.schedule(() => this.#give(batchKey), this.timings.noticing);
    else this.#keys.give(batchKey);
    const now = this.deps.clock.now();
    const took = now - began;
    this.#serviceMs = this.#serviceMs === 0 ? took : this.#serviceMs + (took - this.#serviceMs) * NEWEST;
    this.lastUsed = now;
    this.active--;
    if (this.#waiting > 0) this.pump();
    if (this.active > 0) return;
    this.idleSince = now;
    this.events.idle(this);
  }

  #give(batchKey: string): void {
    this.#keys.give(batchKey);
    if (this.#waiting > 0) this.pump();
  }

  #loadTime(now: number): number {
    return this.#loadClock + (this.#loadingSince === null ? 0 : now - this.#loadingSince);
  }

  #drop(waiter: Waiter): void {
    const { request } = waiter;
    if (!this.#queues[request.priority].delete(waiter)) return;
    this.#waiting--;
    request.signal.removeEventListener('abort', waiter.leave);
    if (this.#waiting === 0) this.#clearTimer();
  }

  #full(): AgentError {
    const { name } = this.profile;
    const details = { name, profileId: this.profileId, active: this.active, waiting: this.#waiting, retryAfter: this.#retryAfter(1) };
    return new AgentError('QUEUE_FULL', details);
  }

  /** Seconds until this many requests more are done, as far as the recent ones tell. */
  #retryAfter(requests: number): number {
    const each = (this.#serviceMs > 0 ? this.#serviceMs : this.timings.retry) / this.profile.limit;
    return Math.min(600, seconds(each * requests));
  }

  /** One timer for the whole queue: in each priority the first one came first. */
  #armTimer(): void {
    this.#clearTimer();
    if (this.#loadingSince !== null) return;
    const now = this.deps.clock.now();
    const left = [...this.#heads()].map((head) => this.#timeLeft(head, now));
    if (left.length > 0) this.#stopTimer = this.deps.clock.schedule(() => this.#expire(), Math.max(0, Math.min(...left)));
  }

  *#heads(): Generator<Waiter> {
    for (const priority of PRIORITIES) {
      const [head] = this.#queues[priority];
      if (head !== undefined) yield head;
    }
  }

  #timeLeft(waiter: Waiter, now: number): number {
    const waited = now - waiter.since - (this.#loadTime(now) - waiter.loadedBefore);
    return this.profile.queueTimeout * 1000 - waited;
  }

  #expire(): void {
    this.#stopTimer = null;
    const now = this.deps.clock.now();
    const what = this.deps.servers.target(this.profileId) === null ? 'memory for' : 'a place at';
    for (const waiter of [...this.waiters()]) {
      if (this.#timeLeft(waiter, now) > 0) continue;
      this.#drop(waiter);
      const { name, queueTimeout } = this.profile;
      waiter.reject(
        new AgentError('QUEUE_TIMEOUT', {
          name,
          profileId: this.profileId,
          seconds: queueTimeout,
          what: `${what} ${name}`,
          retryAfter: this.#retryAfter(this.#waiting + 1),
        }),
      );
    }
    if (this.#waiting > 0) this.#armTimer();
    this.#letBy();
    this.events.changed();
  }

  /** Who left may have been in the way of others: of those that fit to the ones that run. */
  #letBy(): void {
    if (this.#waiting > 0 && !this.#keys.free()) this.pump();
  }

  #clearTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }
}

/** A place that is held. */
class Place implements Ticket {
  #lane: Lane | null;

  constructor(
    lane: Lane,
    readonly target: ServerTarget,
    readonly queueMs: number,
    readonly loadMs: number,
    private readonly began: number,
    private readonly batchKey: string | null,
  ) {
    this.#lane = lane;
  }

  release(early = false): void {
    const lane = this.#lane;
    this.#lane = null;
    lane?.leave(this.began, this.batchKey, early);
  }
}
