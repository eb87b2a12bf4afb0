/** The places at one profile's engine, and the queue before them. */
import { AgentError, PRIORITIES, type Priority } from '@mlx-manager/shared';
import type { ServerTarget } from '../servers/index.js';
import { rankOf } from './rank.js';
import { seconds } from './refusals.js';
import type { AdmissionRequest, PoolDeps, PoolProfile, Ticket } from './types.js';
import type { Timings } from './timings.js';

/** How much of the mean service time the newest request decides. */
const NEWEST = 0.2;

/** One request in the queue. */
export interface Waiter {
  readonly request: AdmissionRequest;
  /** When it came, milliseconds since 1970. */
  readonly since: number;
  readonly rank: number;
  /** Reading of the lane's load clock when it came. */
  readonly loadedBefore: number;
  readonly resolve: (ticket: Ticket) => void;
  readonly reject: (error: unknown) => void;
  readonly leave: () => void;
}

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
  enter(): Ticket | null {
    if (this.closed || this.#waiting > 0 || this.active >= this.profile.limit) return null;
    const target = this.deps.servers.target(this.profileId);
    return target === null ? null : this.#seat(target, this.deps.clock.now(), 0, 0);
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
    const now = this.deps.clock.now();
    for (let next = this.first(); next !== null && this.active < this.profile.limit; next = this.first()) {
      this.#drop(next);
      const loadMs = this.#loadTime(now) - next.loadedBefore;
      next.resolve(this.#seat(target, now, Math.max(0, now - next.since - loadMs), loadMs));
    }
    return true;
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

  #seat(target: ServerTarget, now: number, queueMs: number, loadMs: number): Ticket {
    this.active++;
    this.idleSince = null;
    this.lastUsed = now;
    this.events.seated(this, now);
    return new Place(this, target, queueMs, loadMs, now);
  }

  /** @internal For {@link Place}. @param began when its request was seated. */
  leave(began: number): void {
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
    this.events.changed();
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
  ) {
    this.#lane = lane;
  }

  release(): void {
    const lane = this.#lane;
    this.#lane = null;
    lane?.leave(this.began);
  }
}
