/** Servers that run, come, go or have failed. */
import { useRef } from 'react';
import Play from 'lucide-react/icons/play';
import Square from 'lucide-react/icons/square';
import X from 'lucide-react/icons/x';
import type { Server, ServerUsage } from '@mlx-manager/shared';
import { StateDot } from '../../kit/badge.js';
import { IconButton } from '../../kit/button.js';
import { memoryMb } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { useUsage } from '../../lib/resources.js';
import { isAlive, shortModel, STATE_WORDS } from '../../lib/servers.js';
import type { Starting } from '../../lib/starting.js';
import { Failed, Part, ToWindow } from './section.js';

export function Running({ servers, starting }: { servers: readonly Server[]; starting: Starting }) {
  const usage = useUsage();
  const box = useRef<HTMLUListElement>(null);
  return (
    <Part title="Running">
      {servers.length === 0 ? (
        <p className="px-2 py-1 text-muted">Nothing runs.</p>
      ) : (
        <ul ref={box}>
          {servers.map((server) => (
            <Row
              key={server.profileId}
              server={server}
              usage={usage.data?.servers.find(({ profileId }) => profileId === server.profileId)}
              starting={starting}
            />
          ))}
        </ul>
      )}
    </Part>
  );
}

function Row({ server, usage, starting }: { server: Server; usage: ServerUsage | undefined; starting: Starting }) {
  const { profileId, profileName: name, state, failure } = server;
  const stop = useAction((client) => client.stopServer({ params: { profileId } }));
  const { label, tone, busy } = STATE_WORDS[state];
  const alive = isAlive(server);
  return (
    <li data-row className="flex flex-wrap items-center gap-1 rounded-md px-2 py-1 hover:bg-hover">
      <ToWindow href={`/servers/${profileId}`} cell className="min-w-0 flex-1 rounded text-text no-underline">
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="flex min-w-0 items-center gap-1.5 text-sm text-muted">
          <StateDot tone={tone} busy={busy} label={label} />
          <span className="truncate" title={server.modelPath}>
            {shortModel(server.modelPath)}
          </span>
        </span>
      </ToWindow>
      {alive && (
        <span className="w-20 shrink-0 text-right text-sm">
          <span className="block">{speed(usage)}</span>
          <span className="block text-muted">{server.memoryMb === null ? ' ' : memoryMb(server.memoryMb)}</span>
        </span>
      )}
      {state === 'failed' && (
        <IconButton
          label={`Start ${name} again`}
          icon={<Play aria-hidden />}
          data-cell
          pending={starting.pending && starting.args?.profileId === profileId}
          onClick={() => void starting.start({ profileId, name })}
        />
      )}
      <IconButton
        label={state === 'failed' ? `Dismiss ${name}` : `Stop ${name}`}
        icon={state === 'failed' ? <X aria-hidden /> : <Square aria-hidden />}
        data-cell
        pending={stop.pending || state === 'stopping'}
        onClick={() => void stop.run()}
      />
      {failure && <Failed message={failure.message} action={failure.action} />}
    </li>
  );
}

function speed(usage: ServerUsage | undefined): string {
  if (!usage || usage.active === 0) return 'idle';
  if (usage.tokensPerSecond === 0) return usage.queued > 0 ? `${usage.queued} wait` : 'reads';
  return `${usage.tokensPerSecond.toFixed(usage.tokensPerSecond < 99.95 ? 1 : 0)} tok/s`;
}
