/** Servers: what runs, what it takes, and starting more. Fed by events; the order of tiles never changes by one. */
import { useCallback, useState } from 'react';
import Server from 'lucide-react/icons/server';
import Square from 'lucide-react/icons/square';
import { Link, useLocation } from 'wouter';
import { Await, Button, buttonClass, ConfirmDialog, EmptyState, PageBody, PageHeader, Skeleton } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { useAction, useEvents } from '../../lib/query.js';
import { useAlerts, useMemory, usePool, useProfiles, useServers, useUsage } from '../../lib/resources.js';
import { inOrder, isAlive } from '../../lib/servers.js';
import { useStarting } from '../../lib/starting.js';
import { Details } from './details.js';
import { History } from './history.js';
import { Alerts, MemoryLine } from './overview.js';
import { NoRoomDialog } from '../../parts/no-room.js';
import { StartPicker } from './start.js';
import { Tile } from './tile.js';

export default function Servers() {
  const [location, navigate] = useLocation();
  const [history] = useState(() => new History());
  useEvents(['server', 'usage', 'memory'], (event) => history.hear(event, Date.now()));
  const servers = useServers();
  const profiles = useProfiles();
  const usage = useUsage();
  const memory = useMemory();
  const pool = usePool();
  const alerts = useAlerts();
  const starting = useStarting();
  const detailsOf = Number(location.split('/')[2] ?? NaN);
  const details = useCallback((id: number) => navigate(`/servers/${id}`), [navigate]);
  const { start } = starting;
  const onStart = useCallback((args: Parameters<typeof start>[0]) => void start(args), [start]);
  const list = inOrder(servers.data ?? []);
  const known = new Set(list.map(({ profileId }) => profileId));
  const machineAlerts = (alerts.data ?? []).filter(({ profileId }) => profileId === null || !known.has(profileId));
  return (
    <>
      <PageHeader
        title="Servers"
        count={list.length > 0 ? list.length : undefined}
        below={<MemoryLine memory={memory.data} pool={pool.data} servers={list} />}
      >
        {profiles.data && <StartPicker profiles={profiles.data} servers={list} starting={starting} />}
        <StopAll running={list.filter(isAlive).length} ids={list.filter(isAlive).map(({ profileId }) => profileId)} />
      </PageHeader>
      <PageBody label="Servers">
        {machineAlerts.length > 0 && (
          <div className="mb-3">
            <Alerts alerts={machineAlerts} />
          </div>
        )}
        <Await of={servers} skeleton={<Skeleton rows={2} height={150} />}>
          {() =>
            list.length === 0 ? (
              <Nothing profiles={profiles.data?.length} />
            ) : (
              <ul className="flex flex-col gap-3">
                {list.map((server) => (
                  <li key={server.profileId}>
                    <Tile
                      server={server}
                      usage={usage.data?.servers.find(({ profileId }) => profileId === server.profileId)}
                      memory={memory.data}
                      history={history}
                      alerts={alerts.data}
                      onStart={onStart}
                      onDetails={details}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Await>
      </PageBody>
      <Details
        server={list.find(({ profileId }) => profileId === detailsOf)}
        profile={profiles.data?.find(({ id }) => id === detailsOf)}
        model={pool.data?.models.find(({ profileId }) => profileId === detailsOf)}
        onClose={() => navigate('/servers')}
      />
      <NoRoomDialog starting={starting} />
    </>
  );
}

function Nothing({ profiles }: { profiles: number | undefined }) {
  if (profiles === 0) {
    return (
      <EmptyState
        icon={<Server />}
        title="No model here yet"
        action={
          <Link href="/models" className={buttonClass('primary')}>
            Find a Model
          </Link>
        }
      >
        A downloaded model gets a profile by itself; then it can be started here.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<Server />} title="Nothing runs">
      Start a profile above. A client that asks for a model loads it too.
    </EmptyState>
  );
}

function StopAll({ running, ids }: { running: number; ids: readonly number[] }) {
  const [asking, ask] = useState(false);
  const stop = useAction((client) => Promise.all(ids.map((profileId) => client.stopServer({ params: { profileId } }))));
  if (running < 2) return null;
  return (
    <>
      <Button icon={<Square aria-hidden />} pending={stop.pending} onClick={() => ask(true)}>
        Stop All
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={ask}
        title={`Stop ${plural(running, 'server')}?`}
        description="Requests under way break off. The memory comes back at once."
        confirm="Stop All"
        onConfirm={() => {
          ask(false);
          void stop.run();
        }}
      />
    </>
  );
}
