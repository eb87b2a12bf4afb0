/** Makes or changes a group of profiles. */
import { useCallback, useState } from 'react';
import type { PoolGroup, Profile } from '@mlx-manager/shared';
import { Checkbox, Field, Input, SearchInput, Select } from '../../kit/index.js';
import { useAction } from '../../lib/query.js';
import { findProfiles, profileHint } from '../../lib/servers.js';
import { Editor } from './editing/editor.js';
import { Note } from './editing/note.js';
import { useForm } from './editing/use-form.js';
import { useRefusal } from './editing/use-refusal.js';
import { changesOf, checkGroup, draftOf, tellGroup, type GroupDraft } from './group-draft.js';

export interface GroupEditorProps {
  /** Null makes a new one. */
  group: PoolGroup | null;
  groups: readonly PoolGroup[];
  profiles: readonly Profile[];
  onSaved: () => void;
  onClose: () => void;
}

/** Drawn at once; the rest is found by typing. */
const SHOWN = 100;

export function GroupEditor({ group, groups, profiles, onSaved, onClose }: GroupEditorProps) {
  const check = useCallback(
    (draft: GroupDraft) =>
      checkGroup(
        draft,
        groups.filter(({ id }) => id !== group?.id).map(({ name }) => name),
      ),
    [groups, group?.id],
  );
  const form = useForm<GroupDraft>(draftOf(group), check);
  const { draft, set, problem } = form;
  // One that was deleted meanwhile is drawn nowhere: it could not be taken out.
  const members = draft.profileIds.filter((id) => profiles.some((one) => one.id === id));
  const refusal = useRefusal(group !== null);
  const save = useAction(
    async (client) => {
      const body = { ...draft, name: draft.name.trim(), profileIds: members };
      if (group === null || refusal.gone) return client.createPoolGroup({ body });
      const now = (await client.listPoolGroups()).find(({ id }) => id === group.id);
      return client.updatePoolGroup({ params: { id: group.id }, body: changesOf(group, body, now ?? group) });
    },
    {
      success: ({ name }) => `${name} is saved. It counts from the next load.`,
      done: () => {
        onSaved();
        onClose();
      },
      failed: refusal.take,
    },
  );
  return (
    <Editor
      title={group === null ? 'New group' : `Group ${group.name}`}
      form={form}
      save={group === null ? 'Create' : 'Save'}
      pending={save.pending}
      error={refusal.error}
      onSave={() => {
        refusal.clear();
        void save.run();
      }}
      onClose={onClose}
    >
      <Field label="Name" error={problem('name')}>
        <Input autoFocus value={draft.name} onValueChange={(name) => set({ name })} />
      </Field>
      <Field label="How its profiles are loaded">
        <Select
          value={draft.mode}
          onValueChange={(mode) => set({ mode })}
          options={[
            { value: 'one_at_a_time', label: 'One at a time', hint: 'Loading one unloads the other as soon as it is idle' },
            { value: 'together', label: 'Together', hint: 'As far as the memory budget allows' },
          ]}
        />
      </Field>
      <div>
        <Checkbox checked={draft.exclusive} onCheckedChange={(exclusive) => set({ exclusive })}>
          Exclusive
        </Checkbox>
        <p className="mt-0.5 text-sm text-muted">While one of them is loaded, no profile outside this group is.</p>
      </div>
      <Members profiles={profiles} chosen={members} problem={problem('profileIds')} onChange={(profileIds) => set({ profileIds })} />
      <Note>{tellGroup({ ...draft, profileIds: members })}</Note>
    </Editor>
  );
}

interface MembersProps {
  profiles: readonly Profile[];
  chosen: readonly number[];
  problem: string | undefined;
  onChange: (ids: number[]) => void;
}

function Members({ profiles, chosen, problem, onChange }: MembersProps) {
  const [text, setText] = useState('');
  const found = findProfiles(profiles, text);
  // Members first when it opens; a row does not jump away under the pointer when it is ticked.
  const [first] = useState<ReadonlySet<number>>(() => new Set(chosen));
  const shown = found.toSorted((a, b) => Number(first.has(b.id)) - Number(first.has(a.id))).slice(0, SHOWN);
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium">Profiles</legend>
      {profiles.length > 6 && <SearchInput label="Search profiles" slash={false} value={text} onValueChange={setText} />}
      <ul className="max-h-56 overflow-y-auto rounded-md border border-line px-2 py-1">
        {shown.map((profile) => (
          <li key={profile.id} className="flex min-h-7 min-w-0 items-center">
            <Checkbox
              checked={chosen.includes(profile.id)}
              onCheckedChange={(on) => onChange(on ? [...chosen, profile.id] : chosen.filter((id) => id !== profile.id))}
            >
              <span className="min-w-0 truncate" title={profile.modelPath}>
                {profile.name} <span className="text-muted">{profileHint(profile)}</span>
              </span>
            </Checkbox>
          </li>
        ))}
        {shown.length === 0 && <li className="text-muted">{profiles.length === 0 ? 'There are no profiles yet.' : 'No profile fits.'}</li>}
        {found.length > shown.length && <li className="text-sm text-muted">{found.length - shown.length} more: type to find them.</li>}
      </ul>
      {problem !== undefined && <p className="text-sm text-bad">{problem}</p>}
    </fieldset>
  );
}
