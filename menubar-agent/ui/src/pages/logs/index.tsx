/** Logs: what the servers and the agent write, as it is written. */
import { useEffect, useMemo } from 'react';
import ScrollText from 'lucide-react/icons/scroll-text';
import { Link, useSearchParams } from 'wouter';
import { AGENT_LOG, type LogSource, type Profile } from '@mlx-manager/shared';
import { buttonClass, Combobox, EmptyState, ErrorState, PageHeader, Skeleton, type Option } from '../../kit/index.js';
import { bytes } from '../../lib/format.js';
import { useHistoryState } from 'wouter/use-browser-location';
import { useProfiles, useServers } from '../../lib/resources.js';
import { STATE_WORDS } from '../../lib/servers.js';
import { Reader } from './reader.js';
import { useLogSources } from './use-feed.js';

const ALL = 'all';
/** What the shell leaves in the history for who came by Command-L. */
interface Asked {
  focus?: string;
}

export default function Logs() {
  const sources = useLogSources();
  const profiles = useProfiles();
  const asked = useHistoryState<Asked | null>();
  const there = sources.data !== undefined;
  useEffect(() => {
    if (there && asked?.focus === 'search') document.querySelector<HTMLInputElement>('[data-page-search]')?.focus();
  }, [there, asked]);
  if (sources.data) return <Chosen sources={sources.data} profiles={profiles.data} />;
  return (
    <>
      <PageHeader title="Logs" />
      {sources.error ? <ErrorState error={sources.error} retry={sources.refetch} /> : <Skeleton className="p-5" rows={12} height={18} />}
    </>
  );
}

function Chosen({ sources, profiles }: { sources: readonly LogSource[]; profiles: readonly Profile[] | undefined }) {
  const [params, setParams] = useSearchParams();
  const wanted = params.get('source') === AGENT_LOG ? AGENT_LOG : (params.get('profile') ?? ALL);
  const source = sources.find((one) => one.source === wanted);
  const choose = (next: string | null): void =>
    setParams(next === null || next === ALL ? {} : next === AGENT_LOG ? { source: next } : { profile: next }, { replace: true });
  const missing = wanted !== ALL && source === undefined;
  const profile = missing ? profiles?.find(({ id }) => String(id) === wanted) : undefined;
  const picker = <Picker sources={sources} value={wanted} extra={profile} onChoose={choose} />;
  const shown = useMemo(() => (source === undefined ? sources : [source]), [source, sources]);
  if (!missing) return <Reader key={wanted} sources={shown} all={wanted === ALL} name={source?.name ?? 'all'} picker={picker} />;
  return (
    <>
      <PageHeader title="Logs">{picker}</PageHeader>
      {profiles === undefined ? (
        <Skeleton className="p-5" rows={12} height={18} />
      ) : (
        <EmptyState
          icon={<ScrollText />}
          title={profile ? `${profile.name} has no log yet` : 'There is no such profile'}
          action={
            <>
              {profile && (
                <Link href="/servers" className={buttonClass('primary')}>
                  Go to Servers
                </Link>
              )}
              <Link href="/logs" className={buttonClass()}>
                Show All Logs
              </Link>
            </>
          }
        >
          {profile ? 'Its log begins when its server is started for the first time.' : 'It was deleted, and its log with it.'}
        </EmptyState>
      )}
    </>
  );
}

/** All, the agent, each server that has a log, whatever its state. */
function Picker({
  sources,
  value,
  extra,
  onChoose,
}: {
  sources: readonly LogSource[];
  value: string;
  extra: Profile | undefined;
  onChoose: (next: string | null) => void;
}) {
  const servers = useServers().data;
  const options = useMemo<Option<string>[]>(() => {
    const states = new Map((servers ?? []).map(({ profileId, state }) => [profileId, state]));
    const ofServers = sources.filter(({ profileId }) => profileId !== null).sort((a, b) => a.name.localeCompare(b.name));
    return [
      { value: ALL, label: 'All logs', hint: 'Merged by time' },
      ...sources
        .filter(({ source }) => source === AGENT_LOG)
        .map(() => ({ value: AGENT_LOG, label: 'The agent', hint: 'What MLX Manager itself does' })),
      ...ofServers.map(({ source, name, profileId, bytes: size }) => ({
        value: source,
        label: name,
        hint: `${STATE_WORDS[states.get(profileId ?? 0) ?? 'stopped'].label} · ${bytes(size)}`,
      })),
      ...(extra ? [{ value: String(extra.id), label: extra.name, hint: 'No log yet' }] : []),
    ];
  }, [sources, servers, extra]);
  return <Combobox label="Log" value={value} onValueChange={onChoose} options={options} empty="No such log." className="w-56" />;
}
