/** Groups of profiles: which may be loaded together. */
import { useEffect, useState } from 'react';
import Pencil from 'lucide-react/icons/pencil';
import Plus from 'lucide-react/icons/plus';
import Trash2 from 'lucide-react/icons/trash-2';
import type { PoolGroup, Profile } from '@mlx-manager/shared';
import { Badge, Button, ConfirmDialog, ErrorState, IconButton, Skeleton } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { REFETCH, useAction, useApi } from '../../lib/query.js';
import { useProfiles } from '../../lib/resources.js';
import { GroupEditor } from './group-editor.js';
import { tellGroup } from './group-draft.js';
import { Anchor, Group } from './row.js';

/** Deleted profiles leave their groups; a group itself has no event. */
const usePoolGroups = () =>
  useApi(['pool', 'groups'], (client, signal) => client.listPoolGroups({ signal }), {
    topics: ['profile'],
    on: (_list, event) => (event.type === 'profile.deleted' ? REFETCH : undefined),
  });

export function PoolGroups() {
  const groups = usePoolGroups();
  const profiles = useProfiles();
  const { refetch } = groups;
  useEffect(() => {
    // Groups have no event: who comes back to this window sees what another one changed.
    window.addEventListener('focus', refetch);
    return () => window.removeEventListener('focus', refetch);
  }, [refetch]);
  const [edited, edit] = useState<PoolGroup | 'new' | null>(null);
  const [doomed, doom] = useState<PoolGroup | null>(null);
  const remove = useAction((client, { id }: PoolGroup) => client.deletePoolGroup({ params: { id } }), {
    success: (_answer, { name }) => `${name} is deleted.`,
    done: () => {
      doom(null);
      refetch();
    },
    failed: ({ code }) => {
      // Deleted elsewhere: there is nothing to ask about any longer.
      if (code === 'GROUP_NOT_FOUND') doom(null);
      refetch();
      return false;
    },
  });
  const list = groups.data;
  return (
    <Anchor id="groups">
      <Group
        title="Groups of profiles"
        hint="Without a group, any models may be loaded together as long as the budget allows."
        aside={
          <Button icon={<Plus aria-hidden />} disabled={!list || !profiles.data} onClick={() => edit('new')}>
            New Group
          </Button>
        }
      >
        {list === undefined ? (
          groups.error ? (
            <ErrorState error={groups.error} retry={groups.refetch} />
          ) : (
            <Skeleton rows={1} className="py-3" />
          )
        ) : list.length === 0 ? (
          <p className="py-3 text-muted">
            No groups. Make one to keep models apart that are too large together, or to keep a set of models to itself.
          </p>
        ) : (
          <ul className="divide-y divide-line" aria-label="Groups">
            {list.map((group) => (
              <GroupRow
                key={group.id}
                group={group}
                profiles={profiles.data ?? []}
                onEdit={() => edit(group)}
                onDelete={() => doom(group)}
              />
            ))}
          </ul>
        )}
      </Group>
      {edited !== null && (
        <GroupEditor
          group={edited === 'new' ? null : edited}
          groups={list ?? []}
          profiles={profiles.data ?? []}
          onSaved={groups.refetch}
          onClose={() => edit(null)}
        />
      )}
      <ConfirmDialog
        open={doomed !== null}
        onOpenChange={(open) => !open && doom(null)}
        title={`Delete ${doomed?.name ?? 'the group'}?`}
        description="Its profiles stay. They may be loaded together with any others again."
        confirm="Delete"
        pending={remove.pending}
        onConfirm={() => doomed && void remove.run(doomed)}
      />
    </Anchor>
  );
}

interface GroupRowProps {
  group: PoolGroup;
  profiles: readonly Profile[];
  onEdit: () => void;
  onDelete: () => void;
}

function GroupRow({ group, profiles, onEdit, onDelete }: GroupRowProps) {
  const members = group.profileIds.map((id) => profiles.find((one) => one.id === id)?.name ?? `Profile ${id}`);
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium" title={group.name}>
            {group.name}
          </span>
          <Badge>{group.mode === 'together' ? 'Together' : 'One at a time'}</Badge>
          {group.exclusive && <Badge tone="warn">Exclusive</Badge>}
        </p>
        <p className="truncate text-sm text-muted" title={members.join(', ')}>
          {members.length === 0 ? 'No profiles' : `${plural(members.length, 'profile')}: ${members.join(', ')}`}
        </p>
        <p className="text-sm text-muted">{tellGroup(group)}</p>
      </div>
      <IconButton size="sm" label={`Edit ${group.name}`} icon={<Pencil />} onClick={onEdit} />
      <IconButton size="sm" label={`Delete ${group.name}`} icon={<Trash2 />} onClick={onDelete} />
    </li>
  );
}
