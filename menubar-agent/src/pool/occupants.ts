/** What is in memory, as planning sees it: who may go and when, who stays and why, who may not be loaded beside whom. */
import { AgentError } from '@mlx-manager/shared';
import type { MemoryReading } from '../system/index.js';
import type { Book, Resident } from './book.js';
import { groupBetween } from './groups.js';
import type { Lane } from './lane.js';
import { memoryPressure } from './memory-guard.js';
import type { Held, Plan, Wish } from './plan.js';
import { notEnoughMemory } from './refusals.js';
import { TURN_LOADS, type Timings } from './timings.js';
import type { PoolDeps } from './types.js';

export interface OccupantsParts {
  readonly deps: PoolDeps;
  readonly timings: Timings;
  readonly book: Book;
  readonly laneOf: (profileId: number) => Lane;
}

export class Occupants {
  constructor(private readonly parts: OccupantsParts) {}

  /** All that is in memory. @param now milliseconds since 1970. */
  all(now: number): Held[] {
    return this.parts.book.all().map((resident) => this.#held(resident, now));
  }

  /** The idle profile that was used least recently and may be unloaded; null when there is none. */
  idlest(): number | null {
    const now = this.parts.deps.clock.now();
    const idle = this.all(now)
      .filter((one) => !one.stays && !one.leaving && !one.busy && one.freeAt <= now)
      .sort((a, b) => a.lastUsed - b.lastUsed);
    return idle[0]?.profileId ?? null;
  }

  /** Why a profile stays in memory whatever others want; null when it may go. */
  staysFor(profileId: number): 'pinned' | 'launchd' | null {
    if (this.parts.deps.servers.get(profileId)?.managedBy === 'launchd') return 'launchd';
    try {
      return this.parts.laneOf(profileId).profile.pinned ? 'pinned' : null;
    } catch {
      return null; // its profile is being deleted
    }
  }

  /** What a profile wants, for planning. */
  wish(profileId: number, need: number, budget: number): Wish {
    const groups = this.parts.deps.groups();
    return { profileId, need, budget, conflicts: (other) => groupBetween(groups, profileId, other) !== null };
  }

  /** Why a profile can never be loaded beside what stays: NOT_ENOUGH_MEMORY or GROUP_CONFLICT. */
  refusal({ profileId, need, budget }: Wish, { because, inTheWay }: Extract<Plan, { kind: 'never' }>): AgentError {
    const name = this.#name(profileId);
    if (because === 'conflict') {
      const group = groupBetween(this.parts.deps.groups(), profileId, inTheWay[0]?.profileId ?? profileId);
      const others = inTheWay.map((one) => this.#name(one.profileId)).join(', ');
      return new AgentError('GROUP_CONFLICT', { name, profileId, others, group: group?.name, groupId: group?.id });
    }
    const held = inTheWay.map((one) => ({ name: this.#name(one.profileId), bytes: one.bytes, stays: this.staysFor(one.profileId) }));
    return notEnoughMemory({ profileId, name, need }, budget, held);
  }

  /** MEMORY_PRESSURE for a profile. */
  pressed(profileId: number, need: number, memory: MemoryReading): AgentError {
    return memoryPressure({ profileId, name: this.#name(profileId), need }, memory, this.parts.timings.retry);
  }

  #held({ profileId, bytes, readyAt, loadMs, leaving, stuck }: Resident, now: number): Held {
    const { turn, quiet } = this.parts.timings;
    const lane = this.parts.laneOf(profileId);
    const stays = stuck || this.staysFor(profileId) !== null;
    const common = { profileId, bytes, stays, leaving };
    if (readyAt === null) return { ...common, busy: true, freeAt: Infinity, lastUsed: now };
    const busy = lane.active > 0;
    const turnEnd = readyAt + Math.max(turn, TURN_LOADS * loadMs);
    const freeAt = busy ? turnEnd : Math.min((lane.idleSince ?? readyAt) + quiet, turnEnd);
    return { ...common, busy, freeAt, lastUsed: Math.max(lane.lastUsed, readyAt) };
  }

  #name(profileId: number): string {
    try {
      return this.parts.laneOf(profileId).profile.name;
    } catch {
      return String(profileId); // its profile is being deleted
    }
  }
}
