/** `status`: what the agent does, which models are in memory, who waits. */
import type { Client, OllamaStatus, PoolModel, PoolStatus, Server } from '@mlx-manager/shared';
import { formatDownload, formatSeconds, note, print, table } from './output.js';

/** Waiting requests shown by name. */
const SHOWN = 10;

/** Prints it. */
export async function showStatus(client: Client): Promise<void> {
  const [agent, servers, downloads, memory, pool, ollama] = await Promise.all([
    client.agentStatus(),
    client.listServers(),
    client.listDownloads(),
    client.systemMemory(),
    client.getPool(),
    client.ollamaStatus(),
  ]);
  print(`MLX Manager ${agent.version} at ${agent.baseUrl} (pid ${agent.pid}, up ${formatSeconds(agent.uptimeSeconds)})`);
  if (agent.sharedUrls.length > 0) print(`For other machines, with an API key: ${agent.sharedUrls.join(', ')}`);
  if (ollama.enabled) print(ollamaLine(ollama));
  print(`Memory: ${memory.usedGb} of ${memory.totalGb} GB used; models take about ${pool.leasedGb} of the ${pool.budgetGb} GB they may`);
  print(`Models here: ${agent.localModels}`);
  const rows = profileRows(servers, pool, Date.now());
  if (rows.length > 0) {
    print();
    print(table([['PROFILE', 'STATE', 'ENGINE', 'MEMORY', 'REQUESTS', 'UNLOADS', 'UP', 'MODEL'], ...rows]));
    for (const one of servers) if (one.failure) note(`✗ ${one.profileName}: ${one.failure.message} ${one.failure.action}`);
  }
  if (pool.waitingCount > 0) {
    print();
    print(waiters(pool, Date.now()));
  }
  const underWay = downloads.filter((task) => !['completed', 'cancelled'].includes(task.status));
  if (underWay.length > 0) print();
  for (const task of underWay) print(formatDownload(task));
}

function ollamaLine({ url, port, error }: OllamaStatus): string {
  if (url !== null) return `For Ollama’s clients: ${url}`;
  return `For Ollama’s clients: not listening on port ${port}. ${error ? `${error.message} ${error.action}` : ''}`.trimEnd();
}

/** One row for each profile that has a server, or is waited for. @param now milliseconds since 1970. */
function profileRows(servers: readonly Server[], pool: PoolStatus, now: number): string[][] {
  const models = new Map(pool.models.map((one) => [one.profileId, one]));
  const rows = servers.map((server) => {
    const model = models.get(server.profileId);
    models.delete(server.profileId);
    return [
      server.profileName,
      server.state,
      server.engine,
      model?.memoryGb == null ? '' : `${model.memoryGb} GB`,
      model ? requests(model) : '',
      model ? unloads(model, now) : '',
      formatSeconds(server.uptimeSeconds),
      server.modelPath,
    ];
  });
  const waitedFor = [...models.values()].map((model) => [
    model.profileName,
    model.state,
    '',
    '',
    requests(model),
    unloads(model, now),
    '',
    '',
  ]);
  return [...rows, ...waitedFor];
}

function requests({ active, limit, queued }: PoolModel): string {
  const waiting = queued.interactive + queued.normal + queued.batch;
  return `${active} of ${limit}${waiting > 0 ? `, ${waiting} wait` : ''}`;
}

function unloads({ memoryGb, draining, pinned, unloadAt, managedBy }: PoolModel, now: number): string {
  if (memoryGb === null) return '';
  if (draining) return 'when its requests end';
  if (unloadAt !== null) return `in ${formatSeconds(Math.max(0, Date.parse(unloadAt) - now) / 1000)}`;
  if (pinned) return 'never (pinned)';
  return managedBy === 'launchd' ? 'never (launchd)' : 'for others only';
}

function waiters({ waiting, waitingCount, models }: PoolStatus, now: number): string {
  const names = new Map(models.map(({ profileId, profileName }) => [profileId, profileName]));
  const rows = waiting
    .slice(0, SHOWN)
    .map((one) => [
      names.get(one.profileId) ?? String(one.profileId),
      one.waitingFor,
      one.priority,
      formatSeconds(Math.max(0, now - Date.parse(one.since)) / 1000),
      one.client ?? '',
    ]);
  const more = waitingCount > rows.length ? `\n… and ${waitingCount - rows.length} more` : '';
  return table([['PROFILE', 'WAITS FOR', 'PRIORITY', 'SINCE', 'CLIENT'], ...rows]) + more;
}
