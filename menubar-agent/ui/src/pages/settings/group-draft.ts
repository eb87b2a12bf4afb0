/** A group of profiles as it is edited. Pure. */
import { poolGroupCreate, problemsOf, type PoolGroup, type PoolGroupCreate, type PoolGroupUpdate } from '@mlx-manager/shared';
import { atFields, type Problems } from './editing/use-form.js';

export type GroupDraft = Pick<PoolGroupCreate, 'name' | 'profileIds' | 'mode' | 'exclusive'>;

export const draftOf = (group: PoolGroup | null): GroupDraft =>
  group === null
    ? { name: '', profileIds: [], mode: 'one_at_a_time', exclusive: false }
    : { name: group.name, profileIds: group.profileIds, mode: group.mode, exclusive: group.exclusive };

/** @param taken names of the other groups. */
export function checkGroup(draft: GroupDraft, taken: readonly string[]): Problems<GroupDraft> {
  const problems = atFields(draft, problemsOf(poolGroupCreate, { ...draft, name: draft.name.trim() }));
  if (problems.name === undefined && taken.includes(draft.name.trim()))
    return { ...problems, name: 'There is a group of that name already.' };
  return problems;
}

/**
 * Only what was changed here: what was changed elsewhere meanwhile stays, members that came and went too.
 * @param group as it was when the editor opened. @param now as the agent has it.
 */
export function changesOf(group: PoolGroup, draft: GroupDraft, now: PoolGroup): Partial<PoolGroupUpdate> {
  const added = draft.profileIds.filter((id) => !group.profileIds.includes(id));
  const removed = group.profileIds.filter((id) => !draft.profileIds.includes(id));
  return {
    ...(draft.name !== group.name && { name: draft.name }),
    ...(draft.mode !== group.mode && { mode: draft.mode }),
    ...(draft.exclusive !== group.exclusive && { exclusive: draft.exclusive }),
    ...(added.length + removed.length > 0 && {
      profileIds: [...new Set([...now.profileIds.filter((id) => !removed.includes(id)), ...added])],
    }),
  };
}

/** What a group means, in a sentence. */
export function tellGroup({ mode, exclusive, profileIds }: Pick<PoolGroup, 'mode' | 'exclusive' | 'profileIds'>): string {
  if (profileIds.length === 0) return 'It has no profiles yet, so it changes nothing.';
  const inside = mode === 'one_at_a_time' ? 'No two of them are loaded at once.' : 'They may be loaded together.';
  return exclusive ? `${inside} While one of them is, no other profile is loaded.` : inside;
}
