/** Profiles: all of them, and the editor of one. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Profile } from '@mlx-manager/shared';
import { cn, ErrorState, PageHeader, Skeleton } from '../../kit/index.js';
import { withoutAsking } from '../../lib/leave-guard.js';
import { useFocusBack } from '../../lib/page-focus.js';
import { useEngines, useLocalModels, useProfiles } from '../../lib/resources.js';
import { useProfileActions, type ProfileActions } from './actions.js';
import { Editor } from './editor.js';
import { ProfileList } from './list.js';
import { NoSuch } from './no-such.js';
import type { Known } from './use-form.js';

export default function Profiles() {
  const [location, navigate] = useLocation();
  const which = /^\/profiles\/([^/]+)/.exec(location)?.[1] ?? null;
  const list = useRef<HTMLDivElement>(null);
  useFocusBack(which, list);
  const { mutate } = useProfiles();
  const actions = useProfileActions((id) => {
    // What was typed for it goes with it: that was asked already.
    if (which === String(id)) withoutAsking(() => navigate('/profiles', { replace: true }));
    // Its row goes with it, not with the event: the focus is not to return to it.
    mutate((all) => all.filter((one) => one.id !== id));
  });
  return (
    <>
      {which !== null && <One key={which} which={which} actions={actions} />}
      {/* Kept while a profile is edited: search, place and what is selected are where they were, and the focus comes back. */}
      <div ref={list} className={cn('flex min-h-0 flex-1 flex-col', which !== null && 'hidden')}>
        <ProfileList actions={actions} />
      </div>
      {actions.dialogs}
    </>
  );
}

function One({ which, actions }: { which: string; actions: ProfileActions }) {
  const search = useSearch();
  const profiles = useProfiles();
  const engines = useEngines();
  const models = useLocalModels();
  const all = [profiles, engines, models];
  const failed = all.find((one) => one.error !== null && one.data === undefined);
  const known = useMemo<Known | null>(
    () =>
      profiles.data && engines.data && models.data
        ? { profiles: profiles.data, engines: engines.data, models: models.data.filter(({ complete }) => complete) }
        : null,
    [profiles.data, engines.data, models.data],
  );
  const isNew = which === 'new';
  const now = known?.profiles.find(({ id }) => String(id) === which);
  // What was there when the editor opened stays in it when it is deleted elsewhere: what was typed must not go.
  const [seen, setSeen] = useState<Profile | undefined>(undefined);
  useEffect(() => {
    if (now) setSeen(now);
  }, [now]);
  const profile = now ?? seen;
  if (!known) {
    return (
      <>
        <PageHeader title={isNew ? 'New Profile' : 'Profile'} />
        {failed?.error ? <ErrorState error={failed.error} retry={failed.refetch} /> : <Skeleton className="p-5" rows={6} height={56} />}
      </>
    );
  }
  if (!isNew && !profile) return <NoSuch which={which} />;
  return (
    <Editor
      profile={isNew ? undefined : profile}
      gone={!isNew && now === undefined}
      model={isNew ? new URLSearchParams(search).get('model') : null}
      known={known}
      actions={actions}
    />
  );
}
