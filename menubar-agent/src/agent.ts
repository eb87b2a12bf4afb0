/** createAgent: the one place where rooms are wired together. Nothing else constructs a service. */
import { VERSION, type AgentStatus } from '@mlx-manager/shared';
import { EventStream, registerApi } from './api/index.js';
import { agentPaths, createLogger, EventBus, SettingsService, systemClock, toTimestamp, type AgentPaths } from './core/index.js';
import { DownloadService, type DownloadRecord } from './downloads/index.js';
import { adapters, EngineService } from './engines/index.js';
import { registerGateway } from './gateway/index.js';
import { Access, HttpServer } from './http/index.js';
import { createHubCache, createHubClient, createHubTransport, readHubToken } from './hub/index.js';
import { Catalogue, estimateMemory, LocalModels } from './models/index.js';
import { Pool } from './pool/index.js';
import { adapterOf, checkInside, checkModelFolder, parseModelPath, ProfilesService, toLaunchSpec } from './profiles/index.js';
import { ServersService, type InstanceRecord, type LaunchPlan } from './servers/index.js';
import {
  DownloadsRepository,
  InstancesRepository,
  ModelDatesRepository,
  openDatabase,
  ProfilesRepository,
  SecretsFolder,
  SettingsRepository,
} from './store/index.js';
import { createLaunchd, createMachine, createProcessTable, createSleepGuard } from './system/index.js';
import { LaunchdProfiles } from './agent/launchd-profiles.js';
import { lockStateFolder, prepareStateFolder, removeAgentFile, writeAgentFile } from './agent/agent-file.js';
import { MachineView } from './agent/machine-view.js';
import { apiToken, boot, checkSettings, guardBySetting, listen, portOf } from './agent/support.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface AgentConfig {
  readonly env: Env;
  /** 0 takes any free port. MLX_MANAGER_PORT, else 10239, when left out. */
  readonly port?: number;
  /** Node and the script that start the agent, for launchd. */
  readonly command?: readonly string[];
}

/** A running agent. */
export interface Agent {
  readonly paths: AgentPaths;
  readonly port: number;
  readonly token: string;
  /** E.g. `http://127.0.0.1:10239`. */
  readonly address: string;
  /** Resolved when engines of an earlier run are taken over and downloads go on. */
  readonly booted: Promise<void>;
  /** Resolved when somebody asked the agent to end. */
  readonly shutdownRequested: Promise<{ keepServers: boolean | undefined }>;
  /** Ends it. @param keepServers leaves engines running; the setting decides when left out. */
  stop(keepServers?: boolean): Promise<void>;
}

/**
 * Starts an agent: state folder, database, services, HTTP.
 * @throws AgentError STATE_NOT_WRITABLE, STATE_TOO_NEW, AGENT_ALREADY_RUNNING, AGENT_PORT_IN_USE.
 */
export async function createAgent(config: AgentConfig): Promise<Agent> {
  const { env } = config;
  const clock = systemClock;
  const paths = agentPaths(env);
  prepareStateFolder(paths);
  const processes = createProcessTable();
  const unlock = await lockStateFolder(paths, processes);
  const undo: (() => void)[] = [unlock];
  try {
    return await wire();
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }

  async function wire(): Promise<Agent> {
    const db = openDatabase(paths.database);
    undo.push(() => db.close());
    const secrets = new SecretsFolder(paths.secrets);
    const logger = createLogger(`${paths.logs}/agent.log`, 'info');
    const bus = new EventBus((error, type) => logger.error({ err: error, type }, 'a listener failed'));
    const settings = new SettingsService({
      storage: new SettingsRepository(db),
      secrets,
      env,
      paths,
      bus,
      onInvalid: (key, problem) => logger.warn({ key, problem }, 'a stored setting is not valid and left aside'),
    });
    logger.level = settings.get('logLevel');
    bus.on('settings.updated', ({ logLevel }) => (logger.level = logLevel));
    const token = apiToken(secrets);
    const startedAt = clock.now();

    // The machine
    const machine = createMachine();
    const launchd = createLaunchd();
    const sleepGuard = guardBySetting(createSleepGuard({ logger }), () => settings.get('preventSleep'));

    // Models
    const hubToken = (): string | null => settings.hfToken() ?? readHubToken(env, paths.userHome);
    const hubOptions = { endpoint: () => settings.get('hfEndpoint'), token: hubToken };
    const transport = createHubTransport(hubOptions);
    const hub = createHubClient({ ...hubOptions, transport });
    const cache = createHubCache({ root: () => settings.get('huggingfaceCachePath'), logger });
    const downloads = new DownloadService({
      hub,
      transport,
      cache,
      bus,
      clock,
      logger,
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
    const allowedFolders = (): string[] => [settings.get('huggingfaceCachePath'), paths.models, ...settings.get('modelFolders')];
    const local = new LocalModels({
      cache,
      dates,
      bus,
      logger,
      modelFolders: () => [paths.models, ...settings.get('modelFolders')],
      profilesOf: (model) => profiles.ofModel(model).map((profile) => profile.id),
      usersOf: (folder) => servers.usersOfModel(folder),
      downloadOf: (modelId) =>
        downloads.list().some((task) => task.modelId === modelId && ['queued', 'starting', 'downloading'].includes(task.status))
          ? 'a download under way'
          : null,
    });
    const catalogue = new Catalogue({ hub, local, recommendedBytes: () => machine.recommendedBytes() });

    // Engines and profiles
    const engines = new EngineService({
      enginesDir: paths.engines,
      bus,
      clock,
      logger,
      env,
      startTimeOf: (pid) => processes.startTime(pid),
      enginePython: () => settings.get('enginePython'),
      logsFolder: paths.logs,
      usersOf: (engineId) => servers.usersOfEngine(engineId),
    });
    const profiles: ProfilesService = new ProfilesService({
      repository: new ProfilesRepository(db),
      bus,
      clock,
      paths,
      allowedFolders,
      firstPort: () => settings.get('defaultPortStart'),
      portHolder: (port) => processes.portHolder(port),
      runningPort: (id) => servers.get(id)?.port ?? null,
      isRunning: (id) => !['failed', 'stopped', undefined].includes(servers.get(id)?.state),
      beforeDelete: async (profile) => {
        if (profile.launchdInstalled) await launchdProfiles.uninstall(profile.id);
        await servers.stop(profile.id); // a failed one is still in the list
      },
      afterUpdate: (before, after) => launchdProfiles.profileChanged(before, after),
    });

    // Servers
    async function modelOf(profileId: number): Promise<{ folder: string; name: string }> {
      const profile = profiles.get(profileId);
      const model = parseModelPath(profile.modelPath, paths.userHome, allowedFolders());
      if (model.kind === 'hub') return { folder: await local.folderOf(model.modelId, profile.name), name: model.modelId };
      return { folder: await checkModelFolder(model.path, allowedFolders()), name: profile.name };
    }
    async function plan(profileId: number): Promise<LaunchPlan> {
      const profile = profiles.get(profileId);
      const adapter = adapterOf(profile);
      const model = await modelOf(profileId);
      const environment = await engines.environment(adapter.id);
      if (profile.chatTemplateFile !== null) await checkInside(profile.chatTemplateFile, allowedFolders(), 'file');
      return {
        profileId,
        adapter,
        environment,
        profileName: profile.name,
        modelPath: profile.modelPath,
        spec: toLaunchSpec(profile, { modelFolder: model.folder, modelName: model.name, port: profile.port, logsFolder: paths.logs }),
        fixedPort: profile.exposePort ? profile.port : null,
        restartOnCrash: profile.restartOnCrash,
        warnings: profile.warnings,
      };
    }
    const servers: ServersService = new ServersService({
      processes,
      bus,
      clock,
      logger,
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
      prepare: plan,
      adapter: (id) => adapters.find((one) => one.id === id) ?? null,
    });
    const launchdProfiles = new LaunchdProfiles({
      launchd,
      paths,
      plan,
      env,
      profiles: () => profiles,
      servers: () => servers,
      agentCommand: config.command ?? [process.execPath, ...process.argv.slice(1, 2), 'start', '--headless', '--no-starter'],
    });
    const pool = new Pool({
      bus,
      logger,
      servers: {
        list: () => servers.list(),
        get: (id) => servers.get(id),
        target: (id) => servers.target(id),
        stop: (id) => servers.stop(id),
        restart: (id) => servers.restart(id),
        start: (id) => (profiles.get(id).launchdInstalled ? launchdProfiles.start(id) : servers.start(id)),
      },
      budgetBytes: async () => ((await machine.memory()).totalBytes * settings.get('maxMemoryPercent')) / 100,
      needBytes: async (id) => {
        const model = await modelOf(id);
        const facts = await local.describeFolder(model.name, model.folder);
        return estimateMemory({ ...facts, contextLength: profiles.get(id).contextLength }).totalBytes;
      },
      nameOf: (id) => profiles.get(id).name,
      markUsed: (id) => local.markUsed(profiles.get(id).modelPath, clock.now()),
    });

    // HTTP
    const access = new Access({
      token,
      allowedHosts: () => settings.get('allowedHosts'),
      allowedOrigins: () => settings.get('allowedOrigins'),
      now: () => clock.now(),
    });
    const http = new HttpServer({ logger, access });
    const machineView = new MachineView({ machine, engines, bus, logger });
    const events = new EventStream(bus, { memory: () => machineView.watch(), server: () => servers.watchMetrics() });
    const shutdown = Promise.withResolvers<{ keepServers: boolean | undefined }>();
    let port = 0;
    const address = (): string => `http://127.0.0.1:${port}`;
    const status = async (): Promise<AgentStatus> => ({
      version: VERSION,
      pid: process.pid,
      port,
      startedAt: toTimestamp(startedAt),
      uptimeSeconds: Math.round((clock.now() - startedAt) / 1000),
      home: paths.home,
      baseUrl: `${address()}/v1`,
      apiUrl: `${address()}/api`,
      servers: servers.list().filter((server) => server.state !== 'failed').length,
      downloads: downloads.list().filter((task) => ['queued', 'starting', 'downloading'].includes(task.status)).length,
      localModels: (await local.list()).filter((model) => model.complete).length,
    });
    registerApi({
      http,
      access,
      bus,
      events,
      settings,
      catalogue,
      local,
      downloads,
      engines,
      profiles,
      servers,
      pool,
      machine: machineView,
      launchd: launchdProfiles,
      agent: { status, baseUrl: address, requestShutdown: (keepServers) => shutdown.resolve({ keepServers }) },
      checkSettings,
    });
    registerGateway(http, {
      pool,
      logger,
      profiles: () => profiles.list(),
      stateOf: (id) => servers.get(id)?.state ?? 'stopped',
      contextWindowOf: async (profile) => {
        if (profile.contextLength !== null) return profile.contextLength;
        const model = await local.find(profile.modelPath);
        return model?.characteristics.contextWindow ?? null;
      },
      onStall: (id) => void servers.reportStall(id),
    });
    port = await listen(http, config.port ?? portOf(env));
    undo.push(() => void http.app.close());
    writeAgentFile(paths, { port, pid: process.pid, token, version: VERSION, started_at: toTimestamp(startedAt) });
    logger.info({ port, version: VERSION }, 'ready');

    const booted = boot(logger, {
      adopt: () => servers.adopt(),
      count: () => pool.countAdopted(),
      downloads: () => downloads.resumeAll(),
      profiles: async () => {
        for (const profile of profiles.list()) {
          if (profile.launchdInstalled) await launchdProfiles.track(profile.id);
          else if (profile.autoStart && servers.get(profile.id) === null) await pool.start(profile.id);
        }
      },
    });
    pool.holdUntil(booted);

    let stopped: Promise<void> | undefined;
    const stop = async (keepServers = settings.get('keepServersRunning')): Promise<void> => {
      bus.emit('agent.stopping', { reason: 'asked to' });
      http.beginShutdown();
      await booted;
      await Promise.all([servers.shutdown({ keep: keepServers }), downloads.stop(), engines.stop()]);
      await http.app.close();
      db.close();
      removeAgentFile(paths);
      unlock();
      logger.info('stopped');
    };
    return {
      paths,
      port,
      token,
      address: address(),
      booted,
      shutdownRequested: shutdown.promise,
      stop: (keep) => (stopped ??= stop(keep)),
    };
  }
}
