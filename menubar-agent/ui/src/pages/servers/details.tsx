/** Everything about one server: where it is, what it runs by, and the ways on. */
import { useState } from 'react';
import HeartPulse from 'lucide-react/icons/heart-pulse';
import { Link } from 'wouter';
import type { PoolModel, Profile, Server, ServerHealth } from '@mlx-manager/shared';
import { Button, buttonClass, Drawer, Facts, StateDot, type Fact } from '../../kit/index.js';
import { dateTime, memoryGb, memoryMb, relativeTime } from '../../lib/format.js';
import { useAction, useApi } from '../../lib/query.js';
import { useAgentStatus } from '../../lib/resources.js';
import { STATE_WORDS } from '../../lib/servers.js';
import { CommandView } from '../../parts/command-view.js';
import { differs } from '../../parts/command-words.js';
import { Failure, Warnings } from './failure.js';
import { Uptime } from './metrics.js';
import { settingsOf } from './settings-of.js';

export interface DetailsProps {
  /** Undefined closes it. */
  server: Server | undefined;
  profile: Profile | undefined;
  model: PoolModel | undefined;
  onClose: () => void;
}

export function Details({ server, profile, model, onClose }: DetailsProps) {
  const { label, tone, busy } = STATE_WORDS[server?.state ?? 'stopped'];
  return (
    <Drawer
      open={server !== undefined}
      onOpenChange={(next) => !next && onClose()}
      title={server?.profileName ?? ''}
      subtitle={<StateDot tone={tone} busy={busy} label={label} />}
      footer={
        server && (
          <>
            {(['Logs', 'Chat', 'Connect'] as const).map((page) => (
              <Link key={page} href={`/${page.toLowerCase()}?profile=${server.profileId}`} className={buttonClass()}>
                {page}
              </Link>
            ))}
            <Link href={`/profiles/${server.profileId}`} className={buttonClass()}>
              Edit Profile
            </Link>
          </>
        )
      }
    >
      {server && (
        <>
          {server.failure && (
            <div className="mb-4">
              <Failure failure={server.failure} name={server.profileName} />
            </div>
          )}
          <Warnings server={server} />
          <h3 className="mt-1 mb-1.5 font-semibold">Process</h3>
          <ProcessFacts server={server} profile={profile} model={model} />
          {server.state !== 'failed' && <Health key={server.profileId} profileId={server.profileId} />}
          <Command key={`${server.profileId} ${server.pid}`} server={server} />
          {profile && (
            <>
              <h3 className="mt-5 mb-1.5 font-semibold">Settings in Force</h3>
              <Facts facts={settingsOf(profile)} />
            </>
          )}
        </>
      )}
    </Drawer>
  );
}

function ProcessFacts({ server, profile, model }: { server: Server; profile: Profile | undefined; model: PoolModel | undefined }) {
  const { data: agent } = useAgentStatus();
  const { pid, port, startedAt } = server;
  const maybe = (there: unknown, fact: () => Fact): Fact[] => (there === null || there === undefined || there === false ? [] : [fact()]);
  const own = profile?.exposePort === true && port !== null ? `http://${profile.host}:${port}/v1` : null;
  const facts: Fact[] = [
    ...maybe(agent, () => ({ name: 'Address', value: agent?.baseUrl, copy: agent?.baseUrl ?? '', mono: true })),
    { name: 'Model Name', value: server.profileName, copy: server.profileName },
    { name: 'Model', value: server.modelPath, copy: server.modelPath, mono: true },
    { name: 'Engine', value: server.engine },
    ...maybe(own, () => ({ name: 'Own Address', value: own, copy: own ?? '', mono: true })),
    ...maybe(port, () => ({ name: 'Engine Port', value: own === null ? `${port} (for the agent alone)` : String(port) })),
    ...maybe(pid, () => ({ name: 'Process ID', value: String(pid), copy: String(pid) })),
    ...maybe(startedAt, () => ({ name: 'Started', value: dateTime(startedAt ?? '') })),
    ...maybe(startedAt !== null && server.state !== 'failed', () => ({ name: 'Uptime', value: <Uptime server={server} /> })),
    ...maybe(server.memoryMb, () => ({ name: 'Memory', value: memoryMb(server.memoryMb ?? 0) })),
    ...maybe(model?.memoryGb, () => ({ name: 'Counted', value: `${memoryGb(model?.memoryGb ?? 0)} of the budget` })),
    ...maybe(model?.unloadAt, () => ({ name: 'Unloads', value: relativeTime(model?.unloadAt ?? '') })),
    ...maybe(server.restarts > 0, () => ({ name: 'Restarts', value: String(server.restarts) })),
    ...maybe(server.adopted, () => ({ name: 'Adopted', value: 'from an earlier run of the agent' })),
    { name: 'Kept By', value: server.managedBy === 'launchd' ? 'macOS (launchd)' : 'the agent' },
  ];
  return <Facts facts={facts} />;
}

/** What it was started with. */
function Command({ server }: { server: Server }) {
  const { profileId, pid } = server;
  const { data, error } = useApi(
    ['profile', profileId, 'command', pid],
    (client, signal) => client.profileCommand({ params: { id: profileId }, signal }),
    { topics: ['profile', 'engine'] },
  );
  const command = data?.running ?? data?.command;
  return (
    <>
      <h3 className="mt-5 mb-1.5 font-semibold">Command</h3>
      {command && <CommandView command={command} />}
      {data?.running && data.command && differs(data.running, data.command) && (
        <p className="mt-2 text-sm text-muted">The profile was changed since: the next start uses another command.</p>
      )}
      {!command && error && <p className="text-sm text-muted">{error.message}</p>}
      {!command && data && <p className="text-sm text-muted">{data.problems[0]?.message}</p>}
    </>
  );
}

/** Asks the engine now. */
function Health({ profileId }: { profileId: number }) {
  const [health, setHealth] = useState<ServerHealth | null>(null);
  const check = useAction((client) => client.serverHealth({ params: { profileId } }), { done: setHealth });
  return (
    <div className="mt-2 flex items-center gap-3">
      <Button size="sm" icon={<HeartPulse aria-hidden />} pending={check.pending} onClick={() => void check.run()}>
        Check Now
      </Button>
      <span role="status" className="min-w-0 truncate text-sm text-muted">
        {health && words(health)}
      </span>
    </div>
  );
}

function words({ error, responseTimeMs, modelLoaded }: ServerHealth): string {
  if (error !== null) return error;
  const when = responseTimeMs === null ? 'It answers' : `It answered in ${Math.round(responseTimeMs)} ms`;
  return modelLoaded ? `${when}; the model is loaded.` : `${when}; the model is not loaded.`;
}
