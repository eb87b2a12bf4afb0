/** createAgent: an agent from an environment. Rooms are wired here and in `agent/` alone; nothing else constructs a service. */
import { join } from 'node:path';
import { VERSION, type AgentStatus, type Profile } from '@mlx-manager/shared';
import { EventStream, registerApi } from './api/index.js';
import { agentPaths, toTimestamp, type AgentPaths } from './core/index.js';
import { registerGateway, ResponseStore } from './gateway/index.js';
import { Access, HttpServer, Sharing } from './http/index.js';
import { buildStarter, STARTER } from './models/index.js';
import { createProcessTable, type Launchd } from './system/index.js';
import { lockStateFolder, prepareStateFolder, removeAgentFile, writeAgentFile, writeLauncherFile } from './agent/agent-file.js';
import { layFoundation, type Foundation } from './agent/foundation.js';
import { createChats } from './agent/chats.js';
import { createGateway } from './agent/gateway.js';
import { checkOllama, createOllama } from './agent/ollama.js';
import { createServices, UNDER_WAY, type Services } from './agent/services.js';
import { boot, checkSettings, listen, portOf, prepareSharing } from './agent/support.js';

export interface AgentConfig {
  readonly env: NodeJS.ProcessEnv;
  /** 0 takes any free port. MLX_MANAGER_PORT, else 10239, when left out. */
  readonly port?: number;
  /** The command that starts an agent like this one, for launcher.json; an agent inside another program has none. */
  readonly launcher?: readonly string[];
  /** What launchd runs at login for the agent; this process's own command with `start` when left out. */
  readonly loginCommand?: readonly string[];
  /** The jobs of another login session than this one. */
  readonly launchd?: Launchd;
  /** Where the built page is; beside the bundle when left out. */
  readonly pageFolder?: string;
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
  /** Builds the starter model without the hub. Answers its folder. Throws STARTER_FAILED. */
  buildStarter(onLine: (line: string) => void, signal: AbortSignal): Promise<string>;
  /** Makes the starter's profile, or points it at another model. */
  saveStarterProfile(modelPath: string): Promise<Profile>;
  /** Writes an error that ends the process into the log. Engines are left to the next agent. */
  reportCrash(error: unknown): void;
  /** Ends it. @param keepServers leaves engines running; the setting decides when left out. */
  stop(keepServers?: boolean): Promise<void>;
}

/**
 * Starts an agent: state folder, database, services, HTTP.
 * @throws AgentError STATE_NOT_WRITABLE, STATE_TOO_NEW, AGENT_ALREADY_RUNNING, AGENT_PORT_IN_USE.
 */
export async function createAgent(config: AgentConfig): Promise<Agent> {
  const paths = agentPaths(config.env);
  prepareStateFolder(paths);
  const processes = createProcessTable();
  const unlock = await lockStateFolder(paths, processes);
  let base: Foundation | undefined;
  try {
    base = layFoundation(config.env, processes, config.launchd);
    return await run(base, config, unlock);
  } catch (error) {
    base?.db.close();
    unlock();
    throw error;
  }
}

async function run(base: Foundation, config: AgentConfig, unlock: () => void): Promise<Agent> {
  const { paths, clock, logger, bus, db, settings, token } = base;
  const startedAt = clock.now();
  const command = config.loginCommand ?? [
    process.execPath,
    ...process.argv.slice(1, 2),
    'start',
    '--headless',
    '--no-starter',
    '--unless-running',
  ];
  const services = createServices(base, command);
  const { downloads, local, engines, profiles, servers, pool, launchdProfiles, machineView, apiKeys } = services;

  const access = new Access({
    token,
    allowedHosts: () => settings.get('allowedHosts'),
    allowedOrigins: () => settings.get('allowedOrigins'),
    requireApiKey: () => settings.get('requireApiKey'),
    keys: apiKeys,
    now: () => clock.now(),
  });
  const http = new HttpServer({ logger, access });
  const shutdown = Promise.withResolvers<{ keepServers: boolean | undefined }>();
  let port = 0;
  const address = (): string => `http://127.0.0.1:${port}`;
  const sharing = new Sharing({
    app: http.app,
    port: () => port,
    host: () => settings.get('listenHost'),
    requireApiKey: () => settings.get('requireApiKey'),
    clock,
    logger,
  });
  const status = async (): Promise<AgentStatus> => ({
    version: VERSION,
    pid: process.pid,
    port,
    startedAt: toTimestamp(startedAt),
    uptimeSeconds: Math.round((clock.now() - startedAt) / 1000),
    home: paths.home,
    baseUrl: `${address()}/v1`,
    apiUrl: `${address()}/api`,
    sharedUrls: sharing.urls(),
    memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    servers: servers.list().filter((server) => server.state !== 'failed').length,
    downloads: downloads.list().filter((task) => UNDER_WAY.has(task.status)).length,
    localModels: (await local.list()).filter((model) => model.complete).length,
  });
  const gatewayParts = createGateway(base, services);
  const { gateway, models, characteristicsOf } = gatewayParts;
  const chatParts = createChats(base, services, gatewayParts);
  const { runs, attachments } = chatParts;
  const responses = new ResponseStore();
  const mountV1 = (to: HttpServer): void => {
    registerGateway(to.app, {
      gateway,
      models,
      logger,
      responses,
      countPrompt: services.tokens.countPrompt,
      characteristicsOf,
      stateOf: (id) => servers.get(id)?.state ?? 'stopped',
    });
  };
  const ollama = createOllama(base, services, { gateway, models }, access, mountV1);
  registerApi({
    ...services,
    ...chatParts,
    ollama,
    http,
    access,
    bus,
    settings,
    events: new EventStream(bus, {
      memory: () => machineView.watch(),
      server: () => servers.watchMetrics(),
      pool: () => pool.watch(),
      usage: () => services.metering.watchUsage(),
    }),
    machine: machineView,
    launchd: launchdProfiles,
    agent: { status, baseUrl: address, requestShutdown: (keepServers) => shutdown.resolve({ keepServers }) },
    checkSettings: async (changes) => {
      await checkSettings(changes, profiles);
      await prepareSharing(changes, settings, sharing);
      await checkOllama(changes, settings, ollama);
    },
    ...(config.pageFolder !== undefined && { pageFolder: config.pageFolder }),
    logger,
    settingsInForce: async () => {
      await Promise.all([sharing.follow(), ollama.apply()]);
    },
  });
  mountV1(http);

  // Before anybody can ask: no answer of an earlier agent is being written.
  runs.recover();
  attachments.start();
  port = await listen(http, config.port ?? portOf(config.env));
  writeAgentFile(paths, { port, pid: process.pid, token, version: VERSION, started_at: toTimestamp(startedAt) });
  if (config.launcher) writeLauncherFile(paths, config.launcher);
  logger.info({ port, version: VERSION }, 'ready');

  // Engines of an earlier run must be counted before anything new is started.
  const counted = boot(logger, { adopt: () => servers.adopt(), count: () => pool.countAdopted() });
  pool.holdUntil(counted);
  const booted = counted.then(() =>
    boot(logger, {
      sharing: () => sharing.follow(),
      ollama: () => ollama.apply(),
      downloads: () => downloads.resumeAll(),
      profiles: () => startProfiles(services),
    }),
  );

  let stopped: Promise<void> | undefined;
  const stop = async (keepServers: boolean): Promise<void> => {
    bus.emit('agent.stopping', { reason: 'asked to' });
    // Whoever watches an answer learns how it ended.
    await runs.close();
    http.beginShutdown();
    attachments.stop();
    pool.close();
    await booted;
    await ollama.stop();
    await Promise.all([servers.shutdown({ keep: keepServers }), downloads.stop(), engines.stop()]);
    await http.app.close();
    await services.metering.stop();
    await services.tokens.tokenizer.close();
    apiKeys.flush();
    db.close();
    removeAgentFile(paths);
    unlock();
    logger.info('stopped');
    base.agentLog.leave();
  };
  return {
    paths,
    port,
    token,
    address: address(),
    booted,
    shutdownRequested: shutdown.promise,
    buildStarter: (onLine, signal) => starterFolder(base, services, onLine, signal),
    saveStarterProfile: (modelPath) => saveStarterProfile(services, modelPath),
    reportCrash: (error) => logger.fatal({ err: error }, 'the agent crashed'),
    stop: (keep) => (stopped ??= stop(keep ?? settings.get('keepServersRunning'))),
  };
}

/** Profiles that start with the agent, and those that launchd runs. One that fails does not hold up the others. */
async function startProfiles({ profiles, servers, pool, launchdProfiles }: Services): Promise<void> {
  const errors: unknown[] = [];
  for (const profile of profiles.list()) {
    try {
      if (profile.launchdInstalled) await launchdProfiles.track(profile.id);
      else if (profile.autoStart && ['failed', undefined].includes(servers.get(profile.id)?.state)) await pool.start(profile.id);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'some profiles did not start');
}

async function starterFolder(
  { paths }: Foundation,
  { engines }: Services,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const { python } = await engines.ensureInstalled('mlx-lm', (line) => onLine(line.text));
  const uv = await engines.uv(python);
  return buildStarter({
    python,
    uv: uv.path,
    env: uv.env,
    targetFolder: paths.models,
    workFolder: join(paths.home, 'work'),
    onLine,
    signal,
  });
}

function saveStarterProfile({ profiles }: Services, modelPath: string): Promise<Profile> {
  const known = profiles.list().find((profile) => profile.origin === 'starter');
  if (known) return profiles.update(known.id, { modelPath });
  const description = 'Small and quick; good for trying things out.';
  return profiles.create({ name: STARTER.name, modelPath, aliases: [STARTER.alias], description }, 'starter');
}
