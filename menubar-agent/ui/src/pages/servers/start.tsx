/** The searchable picker of profiles, with Start. */
import { useRef, useState } from 'react';
import Play from 'lucide-react/icons/play';
import type { Profile, Server } from '@mlx-manager/shared';
import { Button, Combobox } from '../../kit/index.js';
import { profileHint, startable } from '../../lib/servers.js';
import type { Starting } from '../../lib/starting.js';

export function StartPicker({
  profiles,
  servers,
  starting,
}: {
  profiles: readonly Profile[];
  servers: readonly Server[];
  starting: Starting;
}) {
  const [chosen, choose] = useState<number | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const offered = startable(profiles, servers);
  const profile = offered.find(({ id }) => id === chosen);
  const start = async (): Promise<void> => {
    if (profile && (await starting.start({ profileId: profile.id, name: profile.name }))) choose(null);
  };
  return (
    <form
      role="search"
      aria-label="Start a profile"
      className="flex min-w-0 items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <Combobox
        label="Profile to start"
        placeholder={offered.length === 0 && profiles.length > 0 ? 'Every profile runs' : 'Start a profile…'}
        empty="No such profile, or it runs already."
        value={profile?.id ?? null}
        onValueChange={(id) => {
          choose(id);
          // One more Enter starts it.
          if (id !== null) requestAnimationFrame(() => button.current?.focus());
        }}
        options={offered.map((one) => ({ value: one.id, label: one.name, hint: profileHint(one) }))}
        slash
        className="w-72 max-w-full min-w-32"
      />
      <Button ref={button} type="submit" variant="primary" icon={<Play aria-hidden />} pending={starting.pending} aria-disabled={!profile}>
        Start
      </Button>
    </form>
  );
}
