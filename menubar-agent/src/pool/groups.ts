/** Groups of profiles that may or may not be loaded together. */
import { AgentError, type PoolGroup, type PoolGroupCreate, type PoolGroupUpdate } from '@mlx-manager/shared';
import type { EventBus } from '../core/index.js';
import type { PoolGroupsRepository } from '../store/index.js';

/** The group that keeps two profiles apart; null when they may be loaded together. Pure. */
export function groupBetween(groups: readonly PoolGroup[], a: number, b: number): PoolGroup | null {
  if (a === b) return null;
  for (const group of groups) {
    const [hasA, hasB] = [group.profileIds.includes(a), group.profileIds.includes(b)];
    if (hasA && hasB ? group.mode === 'one_at_a_time' : group.exclusive && hasA !== hasB) return group;
  }
  return null;
}

export class PoolGroups {
  #groups: readonly PoolGroup[] | null = null;

  constructor(
    private readonly deps: {
      readonly repository: PoolGroupsRepository;
      readonly bus: EventBus;
      /** @throws AgentError PROFILE_NOT_FOUND. */
      readonly requireProfile: (profileId: number) => void;
    },
  ) {
    // Its memberships go with it.
    deps.bus.on('profile.deleted', () => (this.#groups = null));
  }

  list(): readonly PoolGroup[] {
    return (this.#groups ??= this.deps.repository.all());
  }

  /** @throws AgentError GROUP_NAME_TAKEN, PROFILE_NOT_FOUND. */
  create(group: PoolGroupCreate): PoolGroup {
    this.#check(group, null);
    return this.#changed(() => this.deps.repository.insert(group));
  }

  /** @throws AgentError GROUP_NOT_FOUND, GROUP_NAME_TAKEN, PROFILE_NOT_FOUND. */
  update(id: number, changes: PoolGroupUpdate): PoolGroup {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const group: PoolGroup = { ...this.#get(id), ...given };
    this.#check(group, id);
    return this.#changed(() => {
      this.deps.repository.update(group);
      return group;
    });
  }

  /** @throws AgentError GROUP_NOT_FOUND. */
  remove(id: number): void {
    this.#get(id);
    this.#changed(() => this.deps.repository.remove(id));
  }

  #get(id: number): PoolGroup {
    const group = this.list().find((one) => one.id === id);
    if (group === undefined) throw new AgentError('GROUP_NOT_FOUND', { group: String(id) });
    return group;
  }

  #check({ name, profileIds }: PoolGroupCreate, ownId: number | null): void {
    const taken = this.list().some((one) => one.id !== ownId && one.name.toLowerCase() === name.toLowerCase());
    if (taken) throw new AgentError('GROUP_NAME_TAKEN', { name });
    for (const id of profileIds) this.deps.requireProfile(id);
  }

  #changed<T>(change: () => T): T {
    try {
      return change();
    } finally {
      this.#groups = null;
    }
  }
}
