/** A profile in the list. */
import { memo } from 'react';
import Ellipsis from 'lucide-react/icons/ellipsis';
import MessagesSquare from 'lucide-react/icons/messages-square';
import Play from 'lucide-react/icons/play';
import Square from 'lucide-react/icons/square';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { Link } from 'wouter';
import type { Profile, Server } from '@mlx-manager/shared';
import { Badge, Button, buttonClass, Card, IconButton, StateDot } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { isAlive, shortModel, STATE_WORDS } from '../../lib/servers.js';
import type { Act } from './actions.js';

export interface RowProps {
  profile: Profile;
  server: Server | undefined;
  /** The engine that runs it, by name. */
  engine: string;
  isDefault: boolean;
  selected: boolean;
  busy: boolean;
  act: (what: Act, profile: Profile) => void;
  select: (id: number, selected: boolean) => void;
  menuOpen: boolean;
  openMenu: (profile: Profile, button: HTMLElement) => void;
}

export const Row = memo(
  function Row({ profile, server, engine, isDefault, selected, busy, act, select, menuOpen, openMenu }: RowProps) {
    const { id, name, modelPath, warnings } = profile;
    const state = server?.state ?? 'stopped';
    const { label, tone, busy: moving } = STATE_WORDS[state];
    const alive = server !== undefined && isAlive(server);
    return (
      <Card role="group" aria-label={name} className="mx-px flex items-center gap-3 !py-2">
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          checked={selected}
          onChange={(event) => select(id, event.target.checked)}
          className="size-4 shrink-0"
        />
        <div className="min-w-0 flex-1">
          <p className="flex min-w-0 items-center gap-2">
            <Link
              href={`/profiles/${id}`}
              data-row={id}
              title={name}
              className="min-w-10 truncate text-lg font-semibold text-text no-underline hover:underline"
            >
              {name}
            </Link>
            <span className="flex shrink-0 gap-1">
              {isDefault && (
                <Badge tone="accent" title="It answers where a client names no model">
                  default
                </Badge>
              )}
              {profile.autoStart && !profile.launchdInstalled && <Badge title="Starts with the agent">auto-start</Badge>}
              {profile.pinned && <Badge title="Never unloaded to make room">pinned</Badge>}
              {profile.launchdInstalled && <Badge title="macOS starts it at login, and keeps it running without the agent">launchd</Badge>}
              {warnings.length > 0 && (
                <Badge tone="warn" icon={<TriangleAlert aria-hidden />} title={warnings.join('\n')}>
                  {plural(warnings.length, 'warning')}
                </Badge>
              )}
            </span>
          </p>
          <p className="flex min-w-0 items-center gap-2 text-sm text-muted">
            <span className="truncate" title={modelPath}>
              {shortModel(modelPath)}
            </span>
            {engine !== '' && <Badge className="shrink-0">{engine}</Badge>}
            {profile.exposePort && <span className="shrink-0">port {profile.port}</span>}
          </p>
        </div>
        <span className="w-28 shrink-0 text-sm max-md:w-auto">
          <StateDot tone={tone} busy={moving} label={label} />
        </span>
        <div className="flex shrink-0 items-center gap-1">
          {alive ? (
            <Button
              className="w-20"
              icon={<Square aria-hidden />}
              pending={busy || state === 'stopping'}
              aria-label={`Stop ${name}`}
              onClick={() => act('stop', profile)}
            >
              Stop
            </Button>
          ) : (
            <Button
              className="w-20"
              icon={<Play aria-hidden />}
              pending={busy}
              aria-label={`Start ${name}`}
              onClick={() => act('start', profile)}
            >
              Start
            </Button>
          )}
          <Link href={`/chat?profile=${id}`} aria-label={`Chat with ${name}`} title="Chat" className={`${buttonClass('ghost')} w-7 !px-0`}>
            <MessagesSquare aria-hidden />
          </Link>
          <IconButton
            label={`More for ${name}`}
            icon={<Ellipsis />}
            aria-haspopup="menu"
            aria-expanded={menuOpen}
            onClick={(event) => openMenu(profile, event.currentTarget)}
          />
        </div>
      </Card>
    );
  },
  // Figures of a server change each second; a row shows its state alone.
  (before, after) =>
    before.profile === after.profile &&
    before.server?.state === after.server?.state &&
    before.server?.managedBy === after.server?.managedBy &&
    before.engine === after.engine &&
    before.isDefault === after.isDefault &&
    before.selected === after.selected &&
    before.busy === after.busy &&
    before.act === after.act &&
    before.select === after.select &&
    before.menuOpen === after.menuOpen &&
    before.openMenu === after.openMenu,
);
