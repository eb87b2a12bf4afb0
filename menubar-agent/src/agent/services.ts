/** Every service of the agent, wired. A lower room that must ask an upper one is handed a function here. */
import { DownloadService, type DownloadRecord } from '../downloads/index.js';
import { EngineService, findAdapter } from '../engines/index.js';
import { Metering, StallWatch, type Providers, type Routing } from '../gateway/index.js';
import { ApiKeys, RateLimits } from '../http/index.js';
import { createHubCache, createHubClient, createHubTransport, readHubToken } from '../hub/index.js';
import { Catalogue, LocalModels } from '../models/index.js';
import { Pool, PoolGroups } from '../pool/index.js';
import { ProfilesService } from '../profiles/index.js';
import { AgentLog, AllLogs, ServersService, type InstanceRecord } from '../servers/index.js';
import {
  ApiKeysRepository,
  DownloadsRepository,
  InstancesRepository,
  ModelDatesRepository,
  PoolGroupsRepository,
  ProfilesRepository,
  RequestsRepository,
} from '../store/index.js';
import { CommandPreview } from './command-preview.js';
import type { Foundation } from './foundation.js';
import { LaunchPlanner } from './launch-planner.js';
import { LaunchdProfiles } from './launchd-profiles.js';
import { MachineView } from './machine-view.js';
import { createOutside } from './outside.js';
import { budgetBytes, poolProfile } from './pool-parts.js';
import { createTokenCounts, type TokenCounts } from './token-counts.js';

export interface Services {
  readonly downloads: DownloadService;
  readonly local: LocalModels;
  readonly catalogue: Catalogue;
  readonly engines: EngineService;
  readonly profiles: ProfilesService;
  readonly servers: ServersService;
  readonly logs: AllLogs;
  readonly commands: CommandPreview;
  /** Notices engines that take requests and say nothing. */
  readonly stalls: StallWatch;
  readonly launchdProfiles: LaunchdProfiles;
  readonly pool: Pool;
  readonly poolGroups: PoolGroups;
  readonly metering: Metering;
  readonly tokens: TokenCounts;
  readonly machineView: MachineView;
  readonly providers: Providers;
  readonly routing: Routing;
  readonly apiKeys: ApiKeys;
  readonly rateLimits: RateLimits;
}

/** Download states in which work goes on. */
export const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'starting', 'downloading']);

/** @param agentCommand program and arguments that start the agent, for launchd. */
export function createServices(base: Foundation, agentCommand: readonly string[]): Services {
  const { env, paths, clock, logger, bus, db, settings, processes, machine, launchd, sleepGuard } = base;
  const common = { bus, clock, logger };

  // Models
  const hubOptions = { endpoint: () => settings.get('hfEndpoint'), token: () => settings.hfToken() ?? readHubToken(env, paths.userHome) };
  const transport = createHubTransport(hubOptions);
  const hub = createHubClient({ ...hubOptions, transport });
  const cache = createHubCache({ root: () => settings.get('huggingfaceCachePath'), logger });
  const downloads = new DownloadService({
    ...common,
    hub,
    transport,
    cache,
    sleepGuard,
    repository: new DownloadsRepository<DownloadRecord>(db),
    journalFolder: paths.downloads,
    maxDownloads: () => settings.get('maxDownloads'),
    connections: () => settings.get('downloadConnections'),
  });
  const dates = new ModelDatesRepository(db);
  bus.on('download.updated', (task) => {
    if (task.status === 'completed') dates.markDownloaded(task.modelId, task.updatedAt);
  });
  const ownFolders = (): string[] => [paths.models, ...settings.get('modelFolders')];
  const allowedFolders = (): string[] => [settings.get('huggingfaceCachePath'), ...ownFolders()];
  const local = new LocalModels({
    bus,
    logger,
    cache,
    dates,
    modelFolders: ownFolders,
    profilesOf: (model) => profiles.ofModel(model).map((profile) => profile.id),
    usersOf: (folder) => servers.usersOfModel(folder),
    downloadOf: (modelId) =>
      downloads.list().some((task) => task.modelId === modelId && UNDER_WAY.has(task.status)) ? 'a download under way' : null,
  });
  const catalogue = new Catalogue({ hub, local, recommendedBytes: () => machine.recommendedBytes() });

  // Engines and profiles
  const engines = new EngineService({
    ...common,
    env,
    enginesDir: paths.engines,
    logsFolder: paths.logs,
    startTimeOf: (pid) => processes.startTime(pid),
    enginePython: () => settings.get('enginePython'),
    usersOf: (engineId) => servers.usersOfEngine(engineId),
  });
  const profiles: ProfilesService = new ProfilesService({
    bus,
    clock,
    paths,
    allowedFolders,
    repository: new ProfilesRepository(db),
    firstPort: () => settings.get('defaultPortStart'),
    portHolder: (port) => processes.portHolder(port),
    runningPort: (id) => servers.get(id)?.port ?? null,
    isRunning: (id) => !['failed', 'stopped', undefined].includes(servers.get(id)?.state),
    beforeDelete: async (profile) => {
      if (profile.launchdInstalled) await launchdProfiles.uninstall(profile.id);
    },
    erase: (profile, fromStore) => servers.forget(profile.id, fromStore),
    afterUpdate: (before, after) => launchdProfiles.profileChanged(before, after),
  });
  bus.on('profile.deleted', ({ id }) => {
    // The default is named by its id: there is none then.
    if (settings.get('defaultProfileId') === id) settings.update({ defaultProfileId: null });
  });

  // Servers
  // What a start found missing is missing for every profile of that engine.
  bus.on('server.updated', ({ state, engine, failure }) => {
    if (state !== 'failed' || failure?.kind !== 'package_missing') return;
    engines
      .reportBroken(engine, failure.message)
      .catch((error: unknown) => logger.error({ err: error, engine }, 'an engine could not be checked'));
  });
  const stalls = new StallWatch((id) => servers.reportStall(id));
  const plannerDeps = { paths, engines, local, allowedFolders, profiles: () => profiles };
  const planner = new LaunchPlanner(plannerDeps);
  const commands = new CommandPreview({
    ...plannerDeps,
    servers: () => servers,
    cacheRoot: () => settings.get('huggingfaceCachePath'),
  });
  const servers: ServersService = new ServersService({
    ...common,
    processes,
    env,
    sleepGuard,
    instances: new InstancesRepository<InstanceRecord>(db),
    logsFolder: paths.logs,
    settings: {
      healthCheckInterval: () => settings.get('healthCheckInterval'),
      startTimeout: () => settings.get('startTimeout'),
      maxRestarts: () => settings.get('maxRestarts'),
      logMaxMb: () => settings.get('logMaxMb'),
      logKeep: () => settings.get('logKeep'),
    },
    prepare: (id) => planner.plan(id),
    adapter: findAdapter,
    heardAt: (id) => stalls.heardAt(id),
  });
  const launchdProfiles = new LaunchdProfiles({
    launchd,
    paths,
    env,
    agentCommand,
    plan: (id) => planner.plan(id),
    profiles: () => profiles,
    servers: () => servers,
  });
  const poolGroups = new PoolGroups({ bus, repository: new PoolGroupsRepository(db), requireProfile: (id) => void profiles.get(id) });
  const pool = new Pool({
    ...common,
    servers: {
      list: () => servers.list(),
      get: (id) => servers.get(id),
      target: (id) => servers.target(id),
      whenReady: (id, signal) => servers.whenReady(id, signal),
      stop: (id) => servers.stop(id),
      restart: (id) => (profiles.get(id).launchdInstalled ? launchdProfiles.restart(id) : servers.restart(id)),
      start: (id) => (profiles.get(id).launchdInstalled ? launchdProfiles.start(id) : servers.start(id)),
    },
    budgetBytes: () => budgetBytes(machine, settings),
    needBytes: (id) => planner.needBytes(id),
    memory: () => machine.memory(),
    profile: (id) => poolProfile(profiles.get(id)),
    groups: () => poolGroups.list(),
    settings: {
      onDemand: () => settings.get('onDemand'),
      evictPercent: () => settings.get('memoryEvictPercent'),
      refusePercent: () => settings.get('memoryRefusePercent'),
    },
    markUsed: (id) => local.markUsed(profiles.get(id).modelPath, clock.now()),
  });
  const apiKeys = new ApiKeys({ ...common, storage: new ApiKeysRepository(db) });
  const rateLimits = new RateLimits(() => clock.now());
  const tokens = createTokenCounts(base, { engines, planner, profiles: () => profiles, servers: () => servers });
  const metering = new Metering({
    ...common,
    env,
    repository: new RequestsRepository(db),
    setting: (key) => settings.get(key),
    memory: () => machine.memory(),
    servers: () => servers.list(),
    countTokens: (id, text) => tokens.countText(id, text),
    countPrompt: (id, body) => tokens.countChat(id, body),
  });
  const machineView = new MachineView({ machine, engines, bus, logger });
  return {
    downloads,
    local,
    catalogue,
    engines,
    profiles,
    servers,
    logs: new AllLogs({
      agentLog: new AgentLog(base.agentLog),
      servers,
      logger,
      profiles: () => profiles.list(),
      profile: (id) => profiles.get(id),
    }),
    commands,
    stalls,
    launchdProfiles,
    pool,
    poolGroups,
    metering,
    tokens,
    machineView,
    apiKeys,
    rateLimits,
    ...createOutside(base, profiles),
  };
}
