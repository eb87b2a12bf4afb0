/** The servers service: one supervised engine process per running profile. */
import { join } from 'node:path';
import { AgentError, type LogLine, type LogsQuery, type Server, type ServerHealth } from '@mlx-manager/shared';
import { ServerLog } from './logs/server-log.js';
import { MetricsSampler } from './metrics-sampler.js';
import { adoptRecord } from './supervisor/adoption.js';
import { ExternalProcess } from './supervisor/external-server.js';
import { reasonOf } from './supervisor/failure.js';
import { askHealth } from './supervisor/health.js';
import { plainHost, requirePort } from './supervisor/ports.js';
import { ServerProcess, type Adopted } from './supervisor/server-process.js';
import { ServerStatus } from './supervisor/status.js';
import { defaultTimings, type ExternalServer, type LaunchPlan, type ServersDeps, type ServerTarget, type Timings } from './types.js';

/** States in which a second start is refused. */
const RUNNING: readonly string[] = ['starting', 'healthy', 'unhealthy', 'stopping'];

type Supervised = ServerProcess | ExternalProcess;

export class ServersService {
  readonly #servers = new Map<number, Supervised>();
  /** Starts that are being prepared: the model looked up, the port checked. */
  readonly #preparing = new Map<number, Promise<Server>>();
  readonly #logs = new Map<number, ServerLog>();
  readonly #externalLogs = new Map<number, string>();
  readonly #reservedPorts = new Set<number>();
  readonly #sampler: MetricsSampler;
  readonly #timings: Timings;
  #adoption: Promise<void> = Promise.resolve();
  #shuttingDown = false;

  constructor(private readonly deps: ServersDeps) {
    this.#timings = { ...defaultTimings, ...deps.timings };
    this.#sampler = new MetricsSampler({
      processes: deps.processes,
      clock: deps.clock,
      logger: deps.logger,
      interval: this.#timings.metricsInterval,
      servers: () => [...this.#servers.values()].map(({ status }) => status),
    });
  }

  /**
   * Starts a profile and answers at once; {@link whenReady} or the bus tell the rest.
   * @throws AgentError SERVER_ALREADY_RUNNING, PORT_IN_USE, SHUTTING_DOWN, and what `prepare` throws.
   */
  async start(profileId: number): Promise<Server> {
    await this.#adoption; // it may run already
    for (let other = this.#preparing.get(profileId); other !== undefined; other = this.#preparing.get(profileId)) {
      await other.catch(() => undefined); // its caller has the error; we look whether it runs now
    }
    if (this.#shuttingDown) throw new AgentError('SHUTTING_DOWN');
    const running = this.#servers.get(profileId)?.status;
    if (running !== undefined && RUNNING.includes(running.state)) {
      throw new AgentError('SERVER_ALREADY_RUNNING', { name: running.fixed.profileName, state: running.state, profileId });
    }
    const start = this.#start(profileId).finally(() => this.#preparing.delete(profileId));
    this.#preparing.set(profileId, start);
    return start;
  }

  /**
   * Stops a server and waits until nothing of it is left; a failed one is taken off the list.
   * @returns false when there was none, or when the system would not let it end.
   */
  async stop(profileId: number): Promise<boolean> {
    await this.#adoption;
    await this.#preparing.get(profileId)?.catch(() => undefined); // then there is nothing to stop
    const server = this.#servers.get(profileId);
    if (server === undefined) return false;
    const gone = await server.stop();
    if (gone && this.#servers.get(profileId) === server) this.#remove(profileId);
    return gone;
  }

  /** Stops it, if it runs, and starts it with what its profile says now. Throws what {@link start} throws. */
  async restart(profileId: number): Promise<Server> {
    await this.stop(profileId);
    return this.start(profileId);
  }

  /** Null when it is stopped. */
  get(profileId: number): Server | null {
    return this.#servers.get(profileId)?.status.view() ?? null;
  }

  /** Servers that run, come, go or have failed. */
  list(): Server[] {
    return [...this.#servers.values()].map(({ status }) => status.view());
  }

  /**
   * Waits until a server is healthy.
   * @throws AgentError SERVER_FAILED, SERVER_NOT_RUNNING; the signal's reason when aborted.
   */
  async whenReady(profileId: number, signal?: AbortSignal): Promise<void> {
    const server = this.#servers.get(profileId);
    if (server === undefined) throw new AgentError('SERVER_NOT_RUNNING', { name: String(profileId), profileId });
    await server.status.whenReady(signal);
  }

  /** Asks the engine now. Changes no state. */
  async health(profileId: number): Promise<ServerHealth> {
    const server = this.#servers.get(profileId);
    const status = server?.status.state ?? 'stopped';
    const target = server?.target() ?? null;
    if (server === undefined || target === null) {
      return { status, responseTimeMs: null, modelLoaded: false, error: server?.status.failure?.message ?? null };
    }
    try {
      const { reading, took } = await askHealth(target.adapter, target, this.#timings.healthTimeout);
      const error = reading.status === 'failed' ? reading.detail : (server.status.failure?.message ?? null);
      return { status: server.status.state, responseTimeMs: took, modelLoaded: reading.status === 'ready', error };
    } catch (error) {
      return { status: server.status.state, responseTimeMs: null, modelLoaded: false, error: reasonOf(error) };
    }
  }

  /** The last log lines that match, oldest first; also of a server that no longer runs. */
  logs(profileId: number, query: LogsQuery): Promise<LogLine[]> {
    return this.#log(profileId).history(query);
  }

  /**
   * Hands on history and then each new line, none twice and none left out. Goes on over restarts of the server.
   * @param afterSeq number of the last line the caller has; null begins with the last `query.lines` lines.
   * @returns a function that ends it.
   */
  followLogs(profileId: number, afterSeq: number | null, query: LogsQuery, listener: (line: LogLine) => void): () => void {
    return this.#log(profileId).follow(afterSeq, query, listener);
  }

  /** Deletes a server's log, when its profile is deleted. */
  async deleteLogs(profileId: number): Promise<void> {
    const log = this.#log(profileId);
    this.#logs.delete(profileId);
    await log.delete();
  }

  /** Where to reach a running engine; null when it is not (yet) to be asked. */
  target(profileId: number): ServerTarget | null {
    const server = this.#servers.get(profileId);
    return server !== undefined && ['healthy', 'unhealthy'].includes(server.status.state) ? server.target() : null;
  }

  /** A request got nothing for long: asks the engine for a token, and marks it unhealthy when none comes. Settles when that is known. */
  async reportStall(profileId: number): Promise<void> {
    await this.#servers.get(profileId)?.stalled();
  }

  /** At boot: takes over what an earlier agent left running and clears the rest. Starts wait for it. */
  adopt(): Promise<void> {
    this.#adoption = this.#adoptAll();
    return this.#adoption;
  }

  /**
   * Watches a server that launchd runs. Called again with a profile that is tracked already, the newer description counts.
   * @throws AgentError SERVER_ALREADY_RUNNING when the profile runs as a server of ours.
   */
  trackExternal(external: ExternalServer): Server {
    const existing = this.#servers.get(external.profileId);
    if (existing instanceof ServerProcess && RUNNING.includes(existing.status.state)) {
      throw new AgentError('SERVER_ALREADY_RUNNING', {
        name: external.profileName,
        state: existing.status.state,
        profileId: external.profileId,
      });
    }
    void existing?.detach();
    this.#externalLogs.set(external.profileId, external.logFile);
    this.#dropLog(external.profileId);
    const { deps } = this;
    const status = this.#status(external, external.adapter.id, 'launchd', [], { port: external.spec.port });
    this.#servers.set(external.profileId, new ExternalProcess(external, { deps, logger: deps.logger, timings: this.#timings, status }));
    status.announce();
    return status.view();
  }

  /** No longer watches a launchd server, for instance when its job was uninstalled. */
  async untrackExternal(profileId: number): Promise<void> {
    const server = this.#servers.get(profileId);
    if (!(server instanceof ExternalProcess)) return;
    await server.detach();
    this.#externalLogs.delete(profileId);
    this.#dropLog(profileId);
    this.#remove(profileId);
  }

  /** Names of the running profiles whose model is this hub id, or lies in this folder. */
  usersOfModel(model: string): string[] {
    return this.#names((server) => {
      const folder = server.target()?.spec.modelFolder;
      return server.status.fixed.modelPath === model || folder === model || folder?.startsWith(`${model}/`) === true;
    });
  }

  /** Names of the running profiles that this engine serves. */
  usersOfEngine(engineId: string): string[] {
    return this.#names((server) => server.status.fixed.engine === engineId);
  }

  /** Reads memory and CPU every 2 s until the answer is called. Holds are counted. */
  watchMetrics(): () => void {
    return this.#sampler.hold();
  }

  /** Reads memory and CPU once, for an answer that shows them. */
  sampleMetrics(): Promise<void> {
    return this.#sampler.sample();
  }

  /**
   * Ends this service.
   * @param options `keep` leaves the engines running, for the next agent to adopt.
   */
  async shutdown(options: { keep: boolean }): Promise<void> {
    this.#shuttingDown = true;
    await this.#adoption;
    await Promise.allSettled(this.#preparing.values());
    await Promise.all(
      [...this.#servers].map(async ([profileId, server]) => {
        if (options.keep || server instanceof ExternalProcess) await server.detach();
        else if (await server.stop()) this.#remove(profileId);
      }),
    );
    for (const log of this.#logs.values()) log.close();
  }

  async #start(profileId: number): Promise<Server> {
    const plan = await this.deps.prepare(profileId);
    if (plan.fixedPort !== null) await requirePort(plainHost(plan.spec.host), plan.fixedPort, this.deps.processes);
    if (this.#shuttingDown) throw new AgentError('SHUTTING_DOWN');
    void this.#servers.get(profileId)?.detach(); // a failed one
    this.#externalLogs.delete(profileId);
    return this.#supervise(plan, this.#status(plan, plan.adapter.id, 'agent', plan.warnings, { port: plan.fixedPort }));
  }

  #supervise(start: LaunchPlan | Adopted, status: ServerStatus): Server {
    const { deps } = this;
    const log = this.#log(status.fixed.profileId);
    status.announce();
    const context = { deps, logger: deps.logger, log, status, timings: this.#timings, reservedPorts: this.#reservedPorts };
    this.#servers.set(status.fixed.profileId, new ServerProcess(start, context));
    return status.view();
  }

  async #adoptAll(): Promise<void> {
    const context = { deps: this.deps, logger: this.deps.logger, timings: this.#timings };
    await Promise.all(
      this.deps.instances.all().map(async (record) => {
        try {
          const adopted = await adoptRecord(record, context);
          if (adopted === null) return;
          const { pid, spec, startedAt, restarts } = adopted.record;
          const state = record.ready ? 'healthy' : 'starting';
          const first = { state, pid, port: spec.port, startedAt, restarts, adopted: true } as const;
          this.#supervise(adopted, this.#status(record, record.engineId, 'agent', record.warnings, first));
        } catch (error) {
          this.deps.logger.error(
            { err: error, profileId: record.profileId },
            'an engine of an earlier run could not be judged; its record stays',
          );
        }
      }),
    );
  }

  #status(
    { profileId, profileName, modelPath }: Pick<LaunchPlan, 'profileId' | 'profileName' | 'modelPath'>,
    engine: string,
    managedBy: 'agent' | 'launchd',
    warnings: readonly string[],
    first: ConstructorParameters<typeof ServerStatus>[2],
  ): ServerStatus {
    return new ServerStatus({ profileId, profileName, modelPath, engine, managedBy, warnings }, this.deps, first);
  }

  #log(profileId: number): ServerLog {
    const existing = this.#logs.get(profileId);
    if (existing !== undefined) return existing;
    const external = this.#externalLogs.get(profileId);
    const { settings, clock, logger, logsFolder } = this.deps;
    const maxBytes = (): number => settings.logMaxMb() * 1_000_000;
    const deps = { clock, logger, maxBytes, keep: () => settings.logKeep(), quiet: this.#timings.logQuiet };
    const log = new ServerLog(external ?? join(logsFolder, `server-${profileId}.log`), deps, external === undefined);
    this.#logs.set(profileId, log);
    return log;
  }

  #dropLog(profileId: number): void {
    this.#logs.get(profileId)?.close();
    this.#logs.delete(profileId);
  }

  #names(uses: (server: Supervised) => boolean): string[] {
    return [...this.#servers.values()]
      .filter((server) => RUNNING.includes(server.status.state) && uses(server))
      .map(({ status }) => status.fixed.profileName);
  }

  #remove(profileId: number): void {
    this.#servers.delete(profileId);
    this.deps.bus.emit('server.removed', { profileId });
  }
}
