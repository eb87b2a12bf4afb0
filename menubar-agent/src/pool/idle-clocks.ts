/** Unloads what nobody used for its idle time. One timer a profile, and none while a request runs. */
import type { PoolDeps } from './types.js';
import type { Lane } from './lane.js';

/** Timers cannot be longer than 2^31 ms; a longer one looks again after a day. */
const LONGEST = 86_400_000;

export class IdleClocks {
  readonly #own = new Map<number, number>();
  readonly #timers = new Map<number, () => void>();

  /**
   * @param stays whether a profile is never unloaded for being idle.
   * @param unload called when the time is over.
   */
  constructor(
    private readonly deps: Pick<PoolDeps, 'clock'>,
    private readonly stays: (profileId: number) => boolean,
    private readonly unload: (profileId: number) => void,
  ) {}

  /** @param milliseconds in place of the profile's own idle time; null goes back to that. @returns whether that is a change. */
  keepAlive(lane: Lane, milliseconds: number | null): boolean {
    const { profileId } = lane;
    if ((this.#own.get(profileId) ?? null) === milliseconds) return false;
    if (milliseconds === null) this.#own.delete(profileId);
    else this.#own.set(profileId, milliseconds);
    this.rearm(lane);
    return true;
  }

  /** A profile's last request is over, or it was just loaded. */
  idle(lane: Lane): void {
    // Left running while requests come and go; it looks for itself when it fires.
    if (!this.#timers.has(lane.profileId)) this.#arm(lane);
  }

  /** What decides about a profile was changed. */
  rearm(lane: Lane): void {
    this.#clear(lane.profileId);
    this.#arm(lane);
  }

  /** It is not in memory any more. What was said for this stay no longer counts. */
  gone(profileId: number): void {
    this.#clear(profileId);
    this.#own.delete(profileId);
  }

  close(): void {
    for (const profileId of [...this.#timers.keys()]) this.#clear(profileId);
  }

  /** When a profile is unloaded unless it is used, milliseconds since 1970; null never, or not while requests run. */
  unloadAt(lane: Lane): number | null {
    if (lane.idleSince === null || lane.active > 0) return null;
    const after = this.#stay(lane);
    return after === Infinity ? null : lane.idleSince + after;
  }

  #stay(lane: Lane): number {
    if (this.stays(lane.profileId)) return Infinity;
    const minutes = lane.profile.idleMinutes;
    return this.#own.get(lane.profileId) ?? (minutes === null ? Infinity : minutes * 60_000);
  }

  #arm(lane: Lane): void {
    const at = this.unloadAt(lane);
    if (at === null) return;
    const wait = Math.min(LONGEST, Math.max(0, at - this.deps.clock.now()));
    this.#timers.set(
      lane.profileId,
      this.deps.clock.schedule(() => this.#fire(lane), wait),
    );
  }

  #fire(lane: Lane): void {
    this.#timers.delete(lane.profileId);
    const at = this.unloadAt(lane);
    if (at === null) return; // it is used: the end of that use sets the next timer
    if (at <= this.deps.clock.now() && lane.waiting === 0) this.unload(lane.profileId);
    else this.#arm(lane);
  }

  #clear(profileId: number): void {
    this.#timers.get(profileId)?.();
    this.#timers.delete(profileId);
  }
}
