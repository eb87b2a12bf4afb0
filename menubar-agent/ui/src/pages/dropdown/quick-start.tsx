/** Starting a profile by typing a part of its name: arrows choose, Enter starts. */
import { useEffect, useId, useRef, useState } from 'react';
import Play from 'lucide-react/icons/play';
import type { Profile, Server } from '@mlx-manager/shared';
import { cn } from '../../kit/cn.js';
import { Button } from '../../kit/button.js';
import { SearchInput } from '../../kit/input.js';
import { findProfiles, profileHint, startable } from '../../lib/servers.js';
import type { Starting } from '../../lib/starting.js';
import { putAway } from './put-away.js';
import { Part, ToWindow } from './section.js';

/** Shown at once; the rest is found by typing. */
const SHOWN = 40;

export function QuickStart({
  profiles,
  servers,
  starting,
}: {
  profiles: readonly Profile[];
  servers: readonly Server[];
  starting: Starting;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const offered = startable(profiles, servers);
  const found = findProfiles(offered, text);
  const shown = found.slice(0, SHOWN);
  const active = Math.min(at, shown.length - 1);
  useEffect(() => setAt(0), [text]);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const start = (profile: Profile | undefined): void => {
    if (!profile || starting.pending) return;
    void starting.start({ profileId: profile.id, name: profile.name }).then((started) => {
      if (started) setText('');
    });
  };
  return (
    <Part title="Start a Profile">
      <div data-row className="px-2">
        <SearchInput
          data-cell
          label="Find a profile to start"
          placeholder={profiles.length === 0 ? 'No profile yet' : 'Name, model or engine'}
          value={text}
          onValueChange={setText}
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={open && shown.length > 0 ? `${id}-${shown[active]?.id}` : undefined}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={(event) => {
            const last = shown.length - 1;
            // At the ends the arrows go on to the rows beside it.
            if (event.key === 'ArrowDown' && active < last) setAt(active + 1);
            else if (event.key === 'ArrowUp' && active > 0) setAt(active - 1);
            else if (event.key === 'Enter') start(shown[active]);
            // Nothing to clear any more: it keeps the focus for the next time.
            else if (event.key === 'Escape' && text === '') putAway();
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul ref={list} id={id} role="listbox" aria-label="Profiles" className="mt-1 max-h-[126px] overflow-y-auto empty:hidden">
        {shown.map((profile, i) => (
          <li
            key={profile.id}
            id={`${id}-${profile.id}`}
            role="option"
            aria-selected={open && i === active}
            // The search keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => start(profile)}
            className={cn('flex items-center gap-2 rounded-md px-2 py-1 hover:bg-hover', open && i === active && 'bg-accent-soft')}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate" title={profile.name}>
                {profile.name}
              </span>
              <span className="block truncate text-xs text-muted" title={profile.modelPath}>
                {profileHint(profile)}
              </span>
            </span>
            <Play aria-hidden className="size-3.5 shrink-0 text-muted" />
          </li>
        ))}
      </ul>
      <p role="status" className="px-2 pt-1 text-sm text-muted empty:hidden">
        {said(profiles.length, offered.length, found.length)}
      </p>
      {profiles.length === 0 && (
        <ToWindow href="/models" className="px-2 text-sm">
          Find a model
        </ToWindow>
      )}
      <NoRoom starting={starting} />
    </Part>
  );
}

function said(all: number, offered: number, found: number): string | null {
  if (all === 0) return 'A downloaded model gets a profile by itself.';
  if (offered === 0) return 'Every profile runs.';
  if (found === 0) return 'No profile fits.';
  return found > SHOWN ? `${found - SHOWN} more: type to find them.` : null;
}

function NoRoom({ starting }: { starting: Starting }) {
  const { noRoom, answer } = starting;
  if (!noRoom) return null;
  return (
    <div role="alert" className="mx-2 mt-2 rounded-md bg-warn-soft p-2">
      <p className="wrap-anywhere">{noRoom.error.message}</p>
      <div data-row className="mt-2 flex gap-2">
        <Button size="sm" variant="primary" autoFocus data-cell onClick={() => answer(true)}>
          Unload Others and Start
        </Button>
        <Button size="sm" data-cell onClick={() => answer(false)}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
