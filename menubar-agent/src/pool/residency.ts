/** Which models are in memory: plans loads in the order of those that wait, and what is unloaded for them. */
import { AgentError, type Server } from '@mlx-manager/shared';
import type { MemoryReading } from '../system/index.js';
import type { Book } from './book.js';
import type { Lane } from './lane.js';
import type { LoadListener, Loader } from './loader.js';
import { pressureOf, type MemoryGuard } from './memory-guard.js';
import type { Occupants } from './occupants.js';
import { planLoad, type Held } from './plan.js';
import { rankOf } from './rank.js';
import { seconds } from './refusals.js';
import type { Timings } from './timings.js';
import type { PoolDeps } from './types.js';

/** A start by the owner that may unload others. */
interface Ask extends LoadListener {
  readonly rank: number;
  readonly promise: Promise<Server>;
}

/** What one round of planning found out and decided so far. */
interface Round {
  readonly budget: number;
  readonly memory: MemoryReading | null;
  readonly needs: ReadonlyMap<number, number>;
  readonly now: number;
  /** Room that earlier wishes are waiting for: later ones may not take it. */
  readonly promised: Held[];
  /** Engines that go for earlier wishes. */
  readonly claimed: Set<number>;
  /** Busy ones that take in nobody until they are gone. */
  readonly draining: Set<number>;
  /** When something may be unloaded. */
  wakeAt: number;
}

export interface ResidencyParts {
  readonly deps: PoolDeps;
  readonly timings: Timings;
  readonly book: Book;
  readonly guard: MemoryGuard;
  readonly occupants: Occupants;
  readonly loader: Loader;
  readonly lanes: ReadonlyMap<number, Lane>;
  readonly laneOf: (profileId: number) => Lane;
}

export class Residency {
  readonly #asks = new Map<number, Ask>();
  /** Wishes for which something was unloaded: they come first, or it was unloaded in vain. */
  readonly #claims = new Set<number>();
  /** Leases are given one after another, so that two starts cannot both take the last room. */
  #serial: Promise<unknown> = Promise.resolve();
  #planned = false;
  #unmet = false;
  #stopWake: (() => void) | null = null;
  #closed = false;

  constructor(private readonly parts: ResidencyParts) {}

  /** Plans nothing before this is done. */
  holdUntil(ready: Promise<void>): void {
    this.#serial = Promise.allSettled([this.#serial, ready]);
  }

  /** Whether some profile is wanted and not there yet. */
  get unmet(): boolean {
    return this.#unmet;
  }

  /** Something changed that may let a model in: plans soon, once for all changes of a moment. */
  kick(): void {
    if (this.#planned || this.#closed) return;
    this.#planned = true;
    this.#inTurn(async () => {
      this.#planned = false;
      await this.#plan();
    }).catch((error: unknown) => this.parts.deps.logger.error({ err: error }, 'the pool could not plan'));
  }

  /**
   * Waits until a profile is being started; others are unloaded for it.
   * @param limitMs after which it gives up with QUEUE_TIMEOUT.
   */
  ask(profileId: number, limitMs: number): Promise<Server> {
    const same = this.#asks.get(profileId);
    if (same !== undefined) return same.promise;
    if (this.#closed) return Promise.reject(new AgentError('SHUTTING_DOWN'));
    const { deps, timings } = this.parts;
    const { name } = this.parts.laneOf(profileId).profile;
    const { promise, resolve, reject } = Promise.withResolvers<Server>();
    const stop = deps.clock.schedule(() => {
      const details = { name, profileId, seconds: seconds(limitMs), what: `memory for ${name}`, retryAfter: seconds(timings.retry) };
      settle(() => reject(new AgentError('QUEUE_TIMEOUT', details)));
      this.kick();
    }, limitMs);
    const settle = (how: () => void): void => {
      stop();
      this.#asks.delete(profileId);
      how();
    };
    this.#asks.set(profileId, {
      promise,
      rank: rankOf('interactive', deps.clock.now(), timings.ageing),
      started: (server) => {
        deps.markUsed(profileId);
        settle(() => resolve(server));
      },
      failed: (error) => settle(() => reject(error)),
    });
    this.kick();
    return promise;
  }

  /** A lease for a start by the owner: only when there is room already. Throws what forbids it. */
  grant(profileId: number): Promise<void> {
    return this.#inTurn(async () => {
      const { deps, book, guard, occupants } = this.parts;
      if (book.get(profileId) !== undefined) {
        book.keep(profileId);
        return;
      }
      const need = (await deps.needBytes(profileId)) ?? 0;
      const wish = occupants.wish(profileId, need, await deps.budgetBytes());
      const memory = guard.off ? null : await guard.read();
      // As if all stayed: the owner decides what goes.
      const held = occupants.all(deps.clock.now()).map((one) => ({ ...one, stays: true }));
      const plan = planLoad(wish, held);
      if (plan.kind === 'never') throw occupants.refusal(wish, plan);
      if (memory !== null && pressureOf(memory, need, deps.settings) === 'refuse') throw occupants.pressed(profileId, need, memory);
      book.grant(profileId, need);
    });
  }

  /** Ends all waiting. */
  close(error: AgentError): void {
    this.#closed = true;
    this.#stopWake?.();
    for (const ask of [...this.#asks.values()]) ask.failed(error);
  }

  async #plan(): Promise<void> {
    const { deps, guard, lanes, book } = this.parts;
    if (this.#closed) return;
    this.#stopWake?.();
    this.#stopWake = null;
    const needs = new Map<number, number>();
    for (const lane of this.#wishes()) {
      try {
        needs.set(lane.profileId, (await deps.needBytes(lane.profileId)) ?? 0);
      } catch (error) {
        this.#fail(lane, error); // not downloaded, say: as a start would end
      }
    }
    const budget = needs.size > 0 ? await deps.budgetBytes() : 0;
    const memory = needs.size > 0 && !guard.off ? await guard.read() : null;
    // From here on nothing is waited for: what is decided is still true when it is done.
    const now = deps.clock.now();
    const round: Round = { budget, memory, needs, now, promised: [], claimed: new Set(), draining: new Set(), wakeAt: Infinity };
    for (const lane of this.#wishes()) if (needs.has(lane.profileId)) this.#consider(lane, round);
    this.#unmet = this.#wishes().length > 0;
    for (const lane of lanes.values()) {
      const closed = round.draining.has(lane.profileId) || book.get(lane.profileId)?.leaving === true;
      const opened = lane.closed && !closed;
      lane.closed = closed;
      if (opened) lane.pump();
    }
    if (round.wakeAt < Infinity) this.#stopWake = deps.clock.schedule(() => this.kick(), Math.max(1, round.wakeAt - now));
  }

  /** Profiles that are wanted and not there, the one whose turn it is first. */
  #wishes(): Lane[] {
    const { deps, lanes, laneOf } = this.parts;
    const wishes: { lane: Lane; rank: number }[] = [];
    for (const lane of new Set([...lanes.values(), ...[...this.#asks.keys()].map(laneOf)])) {
      const { profileId } = lane;
      const rank = Math.min(lane.first()?.rank ?? Infinity, this.#asks.get(profileId)?.rank ?? Infinity);
      if (rank === Infinity || deps.servers.target(profileId) !== null) this.#claims.delete(profileId);
      else wishes.push({ lane, rank: this.#claims.has(profileId) ? -Infinity : rank });
    }
    // Of two claims neither is before the other; their difference would be no number.
    return wishes.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank)).map(({ lane }) => lane);
  }

  /** Decides about one wish, and does at once what is decided. */
  #consider(lane: Lane, round: Round): void {
    const { deps, book, loader, occupants } = this.parts;
    const { profileId } = lane;
    const state = deps.servers.get(profileId)?.state;
    // What is under way, or ending, plans again when it is over.
    if (loader.isBusy(profileId) || book.get(profileId)?.leaving === true || state === 'stopping') return;
    const ask = this.#asks.get(profileId);
    if (state === 'starting') {
      void loader.load(lane, false, ask);
      return;
    }
    if (!deps.settings.onDemand() && ask === undefined) {
      this.#fail(lane, new AgentError('MODEL_NOT_RUNNING', { name: lane.profile.name, profileId, state: state ?? 'stopped' }));
      return;
    }
    const need = round.needs.get(profileId) ?? 0;
    const wish = occupants.wish(profileId, need, round.budget);
    const held = occupants.all(round.now);
    const alone = planLoad(wish, held);
    if (alone.kind === 'never') {
      this.#fail(lane, occupants.refusal(wish, alone));
      return;
    }
    const others = held.map((one) => (round.claimed.has(one.profileId) ? { ...one, leaving: true } : one));
    const plan = planLoad(wish, [...others, ...round.promised]);
    if (plan.kind === 'fits' && this.#machineAllows(lane, need, round)) {
      book.grant(profileId, need);
      void loader.load(lane, true, ask);
      return;
    }
    if (plan.kind === 'evict') this.#makeRoom(profileId, plan.victims, round);
    if (this.#asks.has(profileId) || lane.waiting > 0) round.promised.push(promise(profileId, need));
  }

  /** Whether the machine's real memory allows a load now. If not, an idle model goes, or the wish is refused. */
  #machineAllows(lane: Lane, need: number, round: Round): boolean {
    const { deps, book, loader, occupants } = this.parts;
    if (round.memory === null) return true;
    // What others are loading just now is not all in the reading yet.
    const coming = book.all().reduce((sum, one) => sum + (one.readyAt === null ? one.bytes : 0), 0);
    const pressure = pressureOf(round.memory, need + coming, deps.settings);
    if (pressure === 'none') return true;
    if (book.all().some(({ leaving }) => leaving)) return false; // one after another
    const idle = occupants.idlest();
    if (idle !== null) {
      void loader.evict(idle, 'the memory of the machine is short');
      return false;
    }
    if (pressure === 'evict') return true;
    if (coming === 0) this.#fail(lane, occupants.pressed(lane.profileId, need, round.memory));
    return false;
  }

  /** Unloads engines as soon as all of them may go. */
  #makeRoom(profileId: number, victims: readonly Held[], round: Round): void {
    for (const victim of victims) round.claimed.add(victim.profileId);
    const at = Math.max(0, ...victims.map((victim) => victim.freeAt));
    if (at > round.now) {
      round.wakeAt = Math.min(round.wakeAt, at);
      return;
    }
    for (const victim of victims) {
      if (victim.busy) {
        round.draining.add(victim.profileId);
        continue;
      }
      this.#claims.add(profileId);
      void this.parts.loader.evict(victim.profileId, 'its memory is wanted for another model');
    }
  }

  #fail(lane: Lane, error: unknown): void {
    lane.fail(error);
    this.#asks.get(lane.profileId)?.failed(error);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#serial.then(task);
    // A refusal is its caller's to hear of; the next one is asked for all the same.
    this.#serial = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

/** Room for a model that is not there yet. */
const promise = (profileId: number, bytes: number): Held => ({
  ...{ profileId, bytes, stays: true, leaving: false, busy: true, freeAt: Infinity, lastUsed: 0 },
});
