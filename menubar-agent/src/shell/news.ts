/** What is worth a notification. Pure. */
import type { AgentEvent } from '@mlx-manager/shared';
import type { Snapshot } from './state.js';

export interface News {
  /** The same id takes the place of the notification before. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** The page that a click opens. */
  readonly route: string;
  readonly failure: boolean;
}

/**
 * The news in an event. Only a change is news: what was so already when the shell came, or came back, is not told again.
 * @param before the snapshot without the event.
 */
export function newsOf(before: Snapshot, event: AgentEvent): News | null {
  if (event.type === 'download.updated') return downloadNews(before, event.data);
  if (event.type === 'server.updated') {
    const { profileId, profileName, state, failure } = event.data;
    const known = before.servers.find((one) => one.profileId === profileId);
    if (state !== 'failed' || known?.state === 'failed') return null;
    const body = failure ? `${failure.message} ${failure.action}` : 'Its log may say why.';
    return { id: `server-${profileId}`, title: `${profileName} Failed`, body, route: '/servers', failure: true };
  }
  if (event.type === 'alert.raised') {
    const { id, kind, severity, message, action } = event.data;
    // A failed engine is told as such, once.
    if (severity !== 'critical' || kind === 'engine' || before.alerts.some((one) => one.id === id)) return null;
    return { id: `alert-${id}`, title: 'MLX Manager', body: `${message} ${action}`, route: '/servers', failure: true };
  }
  return null;
}

type Task = Extract<AgentEvent, { type: 'download.updated' }>['data'];

function downloadNews(before: Snapshot, task: Task): News | null {
  const known = before.downloads.find((one) => one.taskId === task.taskId);
  if (known?.status === task.status) return null;
  const id = `download-${task.taskId}`;
  const name = task.modelId.split('/').at(-1) ?? task.modelId;
  if (task.status === 'completed')
    return { id, title: 'Download Finished', body: name, route: `/models/${encodeURIComponent(task.modelId)}`, failure: false };
  if (task.status !== 'failed') return null;
  const why = task.error ? `${task.error.message} ${task.error.action}` : 'It can be resumed.';
  return { id, title: 'Download Failed', body: `${name}: ${why}`, route: '/models', failure: true };
}

/** Whether the owner wants to be told. */
export function wanted(news: News, setting: 'all' | 'failures' | 'none' | undefined): boolean {
  return setting === 'none' ? false : setting === 'failures' ? news.failure : true;
}
