/** What several pages show, each under one key: fetched once, patched by its events. */
import { without, upsert } from './lists.js';
import { REFETCH, useApi } from './query.js';

/** Servers: one per running profile, failed ones among them. */
export const useServers = () =>
  useApi(['servers'], (client, signal) => client.listServers({ signal }), {
    topics: ['server'],
    on: (list, event) => {
      if (event.type === 'server.updated') return upsert(list, event.data, (one) => one.profileId);
      if (event.type === 'server.removed') return without(list, (one) => one.profileId === event.data.profileId);
      return undefined;
    },
  });

export const useProfiles = () =>
  useApi(['profiles'], (client, signal) => client.listProfiles({ signal }), {
    topics: ['profile'],
    on: (list, event) => {
      if (event.type === 'profile.created' || event.type === 'profile.updated') return upsert(list, event.data, (one) => one.id);
      if (event.type === 'profile.deleted') return without(list, (one) => one.id === event.data.id);
      return undefined;
    },
  });

/** Downloaded models. */
export const useLocalModels = () =>
  useApi(['models', 'local'], (client, signal) => client.listLocalModels({ signal }), { topics: ['model'] });

/** Downloads under way and those that ended lately. */
export const useDownloads = () =>
  useApi(['downloads'], (client, signal) => client.listDownloads({ signal }), {
    topics: ['download'],
    on: (list, event) => {
      if (event.type === 'download.updated') return upsert(list, event.data, (one) => one.taskId, 'start');
      if (event.type === 'download.removed') return without(list, (one) => one.taskId === event.data.taskId);
      return undefined;
    },
  });

export const useEngines = () =>
  useApi(['engines'], (client, signal) => client.listEngines({ signal }), {
    topics: ['engine'],
    on: (list, event) => (event.type === 'engine.updated' ? upsert(list, event.data, (one) => one.id) : undefined),
  });

export const useSettings = () =>
  useApi(['settings'], (client, signal) => client.getSettings({ signal }), {
    topics: ['settings'],
    on: (_old, event) => (event.type === 'settings.updated' ? event.data : undefined),
  });

/** Memory and GPU of the machine, some times a second while it is shown. */
export const useMemory = () =>
  useApi(['memory'], (client, signal) => client.systemMemory({ signal }), {
    topics: ['memory'],
    on: (_old, event) => (event.type === 'memory.updated' ? event.data : undefined),
  });

/** The memory budget: what is loaded, who waits. */
export const usePool = () =>
  useApi(['pool'], (client, signal) => client.getPool({ signal }), {
    topics: ['pool'],
    on: (_old, event) => (event.type === 'pool.updated' ? event.data : undefined),
  });

/** Totals per server and key. */
export const useUsage = () =>
  useApi(['usage'], (client, signal) => client.getUsage({ signal }), {
    topics: ['usage'],
    on: (_old, event) => (event.type === 'usage.updated' ? event.data : undefined),
  });

/** What went wrong and still is. */
export const useAlerts = () => useApi(['alerts'], (client, signal) => client.listAlerts({ signal }), { topics: ['alert'] });

export const useProviders = () =>
  useApi(['providers'], (client, signal) => client.listProviders({ signal }), {
    topics: ['provider'],
    on: (list, event) => {
      if (event.type === 'provider.updated') return upsert(list, event.data, (one) => one.id);
      if (event.type === 'provider.removed') return without(list, (one) => one.id === event.data.id);
      return undefined;
    },
  });

export const useRoutingRules = () =>
  useApi(['routing'], (client, signal) => client.listRules({ signal }), {
    topics: ['routing'],
    on: (_old, event) => (event.type === 'routing.updated' ? event.data.rules : undefined),
  });

export const useKeys = () =>
  useApi(['keys'], (client, signal) => client.listKeys({ signal }), {
    topics: ['key'],
    on: (list, event) => (event.type === 'key.updated' ? upsert(list, event.data, (one) => one.id) : undefined),
  });

export const usePersonas = () =>
  useApi(['personas'], (client, signal) => client.listPersonas({ signal }), {
    topics: ['persona'],
    on: (list, event) => {
      if (event.type === 'persona.updated') return upsert(list, event.data, (one) => one.id);
      if (event.type === 'persona.removed') return without(list, (one) => one.id === event.data.id);
      return undefined;
    },
  });

/** Prompt templates. */
export const useTemplates = (enabled: boolean) =>
  useApi(['templates'], (client, signal) => client.listTemplates({ signal }), { topics: ['template'], enabled });

/** Runs under way, answers being written. */
export const useRuns = () => useApi(['runs'], (client, signal) => client.listRuns({ signal }), { topics: ['run'], on: () => REFETCH });

/** The agent itself: version, addresses, counts. Fetched anew when what it counts changes. */
export const useAgentStatus = () =>
  useApi(['agent'], (client, signal) => client.agentStatus({ signal }), { topics: ['settings', 'model'] });

/** The machine: chip, memory, versions. */
export const useSystemInfo = () =>
  useApi(['system'], (client, signal) => client.systemInfo({ signal }), { topics: ['engine'], on: onInstalled });

function onInstalled<T>(_old: T, event: { type: string }): T | typeof REFETCH | undefined {
  return event.type === 'engine.updated' ? REFETCH : undefined;
}
