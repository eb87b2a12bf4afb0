/** One server: what it takes, what it does, and its buttons. */
import { memo, useState } from 'react';
import Info from 'lucide-react/icons/info';
import Play from 'lucide-react/icons/play';
import RotateCw from 'lucide-react/icons/rotate-cw';
import ScrollText from 'lucide-react/icons/scroll-text';
import Square from 'lucide-react/icons/square';
import X from 'lucide-react/icons/x';
import { Link } from 'wouter';
import type { Alert } from '@mlx-manager/shared';
import { Badge, Button, buttonClass, Card, ConfirmDialog, IconButton, StateDot } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { shortModel, STATE_WORDS } from '../../lib/servers.js';
import type { StartArgs } from '../../lib/starting.js';
import { Failure, Warnings } from './failure.js';
import { Metrics, type MetricsProps } from './metrics.js';
import { Alerts } from './overview.js';

export interface TileProps extends MetricsProps {
  alerts: readonly Alert[] | undefined;
  onStart: (args: StartArgs) => void;
  onDetails: (profileId: number) => void;
}

export const Tile = memo(function Tile({ server, usage, memory, history, alerts, onStart, onDetails }: TileProps) {
  const { profileId, profileName: name, state, failure } = server;
  const [asking, ask] = useState<'stop' | 'restart' | null>(null);
  const stop = useAction((client) => client.stopServer({ params: { profileId } }));
  const restart = useAction((client) => client.restartServer({ params: { profileId } }));
  const { label, tone, busy } = STATE_WORDS[state];
  const active = usage?.active ?? 0;
  // That the engine failed is told by the tile already.
  const own = (alerts ?? []).filter((one) => one.profileId === profileId && !(one.kind === 'engine' && state === 'failed'));
  const run = (what: 'stop' | 'restart'): void => {
    ask(null);
    void (what === 'stop' ? stop : restart).run();
  };
  const want = (what: 'stop' | 'restart'): void => (active > 0 ? ask(what) : run(what));
  return (
    <Card role="group" aria-label={name} className={state === 'failed' ? 'border-bad' : undefined}>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-48">
          <h2 className="truncate text-lg font-semibold" title={name}>
            {name}
          </h2>
          <p className="flex min-w-0 items-center gap-2 text-sm text-muted">
            <StateDot tone={tone} busy={busy} label={label} />
            <span className="truncate" title={server.modelPath}>
              {shortModel(server.modelPath)}
            </span>
            <Badge>{server.engine}</Badge>
            {server.managedBy === 'launchd' && <Badge title="macOS keeps it running, also without the agent">launchd</Badge>}
            {server.restarts > 0 && <Badge tone="warn">{plural(server.restarts, 'restart')}</Badge>}
          </p>
        </div>
        <div className="flex items-center gap-1">
          {state === 'failed' ? (
            <>
              <Button variant="primary" icon={<Play aria-hidden />} onClick={() => onStart({ profileId, name })}>
                Start Again
              </Button>
              <Link href={`/logs?profile=${profileId}`} className={buttonClass()}>
                <ScrollText aria-hidden /> Logs
              </Link>
              <IconButton label={`Dismiss ${name}`} icon={<X />} pending={stop.pending} onClick={() => void stop.run()} />
            </>
          ) : (
            <>
              <Button
                icon={<Square aria-hidden />}
                pending={stop.pending || state === 'stopping'}
                aria-label={`Stop ${name}`}
                onClick={() => want('stop')}
              >
                Stop
              </Button>
              <Button
                icon={<RotateCw aria-hidden />}
                pending={restart.pending}
                disabled={state === 'stopping' && !restart.pending}
                aria-label={`Restart ${name}`}
                onClick={() => want('restart')}
              >
                Restart
              </Button>
            </>
          )}
          <IconButton label={`Details of ${name}`} icon={<Info />} onClick={() => onDetails(profileId)} />
        </div>
      </div>
      <div className="mt-3">
        {failure !== null && state === 'failed' ? (
          <Failure failure={failure} name={name} />
        ) : (
          <Metrics server={server} usage={usage} memory={memory} history={history} />
        )}
        {failure !== null && state === 'unhealthy' && <p className="mt-2 text-sm text-bad">{failure.message}</p>}
        <Warnings server={server} />
        {own.length > 0 && (
          <div className="mt-3">
            <Alerts alerts={own} />
          </div>
        )}
      </div>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={(open) => !open && ask(null)}
        title={`${asking === 'restart' ? 'Restart' : 'Stop'} ${name} now?`}
        description={`${plural(active, 'request')} ${active === 1 ? 'is' : 'are'} under way and will break off.`}
        confirm={asking === 'restart' ? 'Restart' : 'Stop'}
        onConfirm={() => asking && run(asking)}
      />
    </Card>
  );
});
