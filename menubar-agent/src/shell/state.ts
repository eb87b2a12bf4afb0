/** What the shell knows of the agent, kept fresh by its event stream, and what the icon says of it. Pure. */
import type { AgentEvent, Alert, DownloadTask, EventTopic, Profile, Server, Settings } from '@mlx-manager/shared';

export type AgentState = 'starting' | 'running' | 'stopped' | 'failed';

export interface Snapshot {
  readonly agent: AgentState;
  /** Whether this shell started it; another one's agent is left alone when the shell quits. */
  readonly own: boolean;
  /** E.g. `http://127.0.0.1:10239`; null while none answers. */
  readonly address: string | null;
  /** Why it failed, and what to do. */
  readonly problem: string | null;
  readonly servers: readonly Server[];
  readonly profiles: readonly Profile[];
  readonly downloads: readonly DownloadTask[];
  readonly alerts: readonly Alert[];
  /** Null until the agent told them. */
  readonly settings: Settings | null;
  readonly tokensPerSecond: number;
}

export const EMPTY: Snapshot = {
  agent: 'starting',
  own: false,
  address: null,
  problem: null,
  servers: [],
  profiles: [],
  downloads: [],
  alerts: [],
  settings: null,
  tokensPerSecond: 0,
};

/** What is fetched when a stream opens. */
export type Loaded = Pick<Snapshot, 'servers' | 'profiles' | 'downloads' | 'alerts' | 'settings'>;

/** The topics to listen to. Totals are measured only while somebody listens, so only for the title. */
export function topicsFor(settings: Settings | null): EventTopic[] {
  const topics: EventTopic[] = ['server', 'download', 'profile', 'settings', 'alert', 'agent'];
  return settings?.trayTitle === true ? [...topics, 'usage'] : topics;
}

/** The snapshot after an event. Answers the same object where nothing that the shell shows changed. */
export function applyEvent(now: Snapshot, event: AgentEvent): Snapshot {
  switch (event.type) {
    case 'server.updated':
      return { ...now, servers: put(now.servers, event.data, (one) => one.profileId) };
    case 'server.removed':
      return { ...now, servers: now.servers.filter((one) => one.profileId !== event.data.profileId) };
    case 'profile.created':
    case 'profile.updated':
      return { ...now, profiles: put(now.profiles, event.data, (one) => one.id) };
    case 'profile.deleted':
      return { ...now, profiles: now.profiles.filter((one) => one.id !== event.data.id) };
    case 'download.updated':
      return { ...now, downloads: put(now.downloads, event.data, (one) => one.taskId) };
    case 'download.removed':
      return { ...now, downloads: now.downloads.filter((one) => one.taskId !== event.data.taskId) };
    case 'alert.raised':
      return { ...now, alerts: put(now.alerts, event.data, (one) => one.id) };
    case 'alert.cleared':
      return { ...now, alerts: now.alerts.filter((one) => one.id !== event.data.id) };
    case 'settings.updated':
      return { ...now, settings: event.data, ...(!event.data.trayTitle && { tokensPerSecond: 0 }) };
    case 'usage.updated': {
      const tokensPerSecond = event.data.servers.reduce((sum, one) => sum + one.tokensPerSecond, 0);
      return tokensPerSecond === now.tokensPerSecond ? now : { ...now, tokensPerSecond };
    }
    default:
      return now;
  }
}

function put<T>(list: readonly T[], item: T, idOf: (one: T) => unknown): T[] {
  const id = idOf(item);
  const at = list.findIndex((one) => idOf(one) === id);
  return at < 0 ? [...list, item] : list.with(at, item);
}

export type TrayState = 'idle' | 'loading' | 'serving' | 'trouble';

/** Servers that hold memory or are about to. */
export const runningServers = (now: Snapshot): Server[] =>
  now.servers.filter((one) => one.state === 'starting' || one.state === 'healthy' || one.state === 'unhealthy' || one.state === 'stopping');

/** What the icon shows: trouble before work, work before rest. */
export function trayState(now: Snapshot): TrayState {
  if (now.agent === 'failed') return 'trouble';
  if (now.agent === 'starting') return 'loading';
  if (now.agent === 'stopped') return 'idle';
  if (now.servers.some((one) => one.state === 'failed' || one.state === 'unhealthy')) return 'trouble';
  if (now.alerts.some((one) => one.severity === 'critical')) return 'trouble';
  if (now.servers.some((one) => one.state === 'starting')) return 'loading';
  return now.servers.some((one) => one.state === 'healthy') ? 'serving' : 'idle';
}

/** The text beside the icon: tokens a second while there are any, where the owner wants it; else nothing. */
export function trayTitle(now: Snapshot): string {
  if (now.settings?.trayTitle !== true || now.tokensPerSecond < 0.05) return '';
  return `${now.tokensPerSecond < 99.95 ? now.tokensPerSecond.toFixed(1) : Math.round(now.tokensPerSecond)} tok/s`;
}

/** The state in words, for the tooltip and the menu's first line. */
export function describe(now: Snapshot): string {
  if (now.agent === 'failed') return now.problem ?? 'The agent does not start';
  if (now.agent === 'starting') return 'The agent is starting…';
  if (now.agent === 'stopped') return 'The agent was stopped';
  const failed = now.servers.filter((one) => one.state === 'failed' || one.state === 'unhealthy');
  if (failed[0]) return failed.length === 1 ? `${failed[0].profileName} needs a look` : `${failed.length} servers need a look`;
  const critical = now.alerts.find((one) => one.severity === 'critical');
  if (critical) return critical.message;
  const starting = now.servers.filter((one) => one.state === 'starting');
  if (starting[0]) return starting.length === 1 ? `Loading ${starting[0].profileName}…` : `Loading ${starting.length} models…`;
  const healthy = now.servers.filter((one) => one.state === 'healthy').length;
  return healthy === 0 ? 'No model in memory' : healthy === 1 ? '1 model ready' : `${healthy} models ready`;
}
