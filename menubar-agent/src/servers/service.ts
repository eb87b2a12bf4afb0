/** The servers service: one supervised engine process per running profile. */
import { join } from 'node:path';
import { AgentError, type LogLine, type LogsQuery, type Server, type ServerHealth } from '@mlx-manager/shared';
import type { LaunchCommand } from '../engines/index.js';
import { ServerLog } from './logs/server-log.js';
import { MetricsSampler } from './metrics-sampler.js';
import { adoptRecord } from './supervisor/adoption.js';
import { ExternalProcess } from './supervisor/external-server.js';
import { reasonOf } from './supervisor/failure.js';
import { askHealth } from './supervisor/health.js';
import { plainHost, requirePort } from './supervisor/ports.js';
import { ServerProcess, type Absent, type Adopted } from './supervisor/server-process.js';
import { ServerStatus } from './supervisor/status.js';
import { Turns } from './turns.js';
import { defaultTimings, type ExternalServer, type LaunchPlan, type ServersDeps, type ServerTarget, type Timings } from './types.js';

/** States in which a second start is refused. */
const RUNNING: readonly string[] = ['starting', 'healthy', 'unhealthy', 'stopping'];

type Supervised = ServerProcess | ExternalProcess;

export class ServersService {
  readonly #servers = new Map<number, Supervised>();
  readonly #turns = new Turns();
  /** Stops under way or waiting, with nothing behind them: a second stop means the same one. */
  readonly #stops = new Map<number, Promise<boolean>>();
  /** Profiles that are deleted, or are being so. Their numbers are not given twice. */
  readonly #forgotten = new Set<number>();
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
   * @throws AgentError SERVER_ALREADY_RUNNING, PORT_IN_USE, SHUTTING_DOWN, PROFILE_NOT_FOUND, and what `prepare` throws.
   */
  start(profileId: number): Promise<Server> {
    return this.#inTurn(profileId, () => this.#start(profileId));
  }

  /**
   * Stops a server and waits until nothing of it is left; a failed one is taken off the list.
   * @returns false when there was none, or when the system would not let it end.
   */
  stop(profileId: number): Promise<boolean> {
    const same = this.#stops.get(profileId);
    if (same !== undefined) return same;
    const stop = this.#inTurn(profileId, async () => {
      try {
        return await this.#stop(profileId);
      } finally {
        if (this.#stops.get(profileId) === stop) this.#stops.delete(profileId); // over: it may be tried again
      }
    });
    this.#stops.set(profileId, stop);
    return stop;
  }

  /** Stops it, if it runs, and starts it with what its profile says now, with nothing in between. Throws what {@link start} throws. */
  restart(profileId: number): Promise<Server> {
    return this.#inTurn(profileId, async () => {
      await this.#stop(profileId);
      return this.#start(profileId);
    });
  }

  /**
   * Ends what belongs to a profile that is being deleted: its server, and its log. From the call on it cannot be started: a start that is
   * being prepared, or waits, ends with PROFILE_NOT_FOUND.
   * @param erase deletes the profile itself, while nothing else can happen to it. When it rejects, the profile can be started again.
   */
  async forget(profileId: number, erase: () => void | Promise<void> = () => undefined): Promise<void> {
    this.#forgotten.add(profileId);
    try {
      await this.#inTurn(profileId, async () => {
        const server = this.#servers.get(profileId);
        if (server !== undefined && !(await this.#stop(profileId))) {
          this.deps.logger.error({ profileId }, 'processes of a deleted profile could not be ended: the system holds them');
          await server.detach();
          this.#remove(profileId);
        }
        await this.#deleteLog(profileId);
        await erase();
      });
    } catch (error) {
      this.#forgotten.delete(profileId);
      throw error;
    }
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

  /** The file of a server's log, whether there is one or not. */
  logFile(profileId: number): string {
    return this.#log(profileId).path;
  }

  /** Deletes a server's log, when its profile is deleted. */
  deleteLogs(profileId: number): Promise<void> {
    return this.#inTurn(profileId, () => this.#deleteLog(profileId));
  }

  /** Where to reach a running engine; null when it is not (yet) to be asked. */
  target(profileId: number): ServerTarget | null {
    const server = this.#servers.get(profileId);
    if (server === undefined || !['healthy', 'unhealthy'].includes(server.status.state)) return null;
    // One that is up and did not answer its first probe yet: most likely it still loads.
    return server instanceof ServerProcess && server.loading ? null : server.target();
  }

  /** What a running server of ours was started with; null when there is none, when launchd runs it, or when nobody wrote it down. */
  command(profileId: number): { engine: string; command: LaunchCommand; port: number } | null {
    const server = this.#servers.get(profileId);
    const started = server instanceof ServerProcess ? server.command() : null;
    return started && server ? { engine: server.status.fixed.engine, ...started } : null;
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

  /**
   * Names of the running profiles whose model is this, or lies in this folder; also of those that are just being started, or started again.
   * @param models hub ids and folders: one of them must fit.
   */
  usersOfModel(...models: string[]): string[] {
    const fits = (used: string): boolean =>
      models.some((model) => used === model || (model.startsWith('/') && used.startsWith(`${model}/`)));
    return this.#names(({ modelFolder, status }) => fits(modelFolder) || fits(status.fixed.modelPath));
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
    await this.#turns.over();
    await Promise.all(
      [...this.#servers].map(async ([profileId, server]) => {
        if (options.keep || server instanceof ExternalProcess) await server.detach();
        else if (await server.stop()) this.#remove(profileId);
      }),
    );
    for (const log of this.#logs.values()) log.close();
  }

  /** Runs operations of one profile one after another, after adoption. */
  #inTurn<T>(profileId: number, task: () => Promise<T>): Promise<T> {
    this.#stops.delete(profileId); // a stop behind this is another one
    return this.#turns.run(profileId, this.#adoption, task);
  }

  async #start(profileId: number): Promise<Server> {
    this.#requireMayStart(profileId);
    const running = this.#servers.get(profileId)?.status;
    if (running !== undefined && RUNNING.includes(running.state)) {
      throw new AgentError('SERVER_ALREADY_RUNNING', { name: running.fixed.profileName, state: running.state, profileId });
    }
    const plan = await this.deps.prepare(profileId);
    if (plan.fixedPort !== null) await requirePort(plainHost(plan.spec.host), plan.fixedPort, this.deps.processes);
    this.#requireMayStart(profileId); // much may have happened since
    void this.#servers.get(profileId)?.detach(); // a failed one
    this.#externalLogs.delete(profileId);
    return this.#supervise(plan, this.#status(plan, plan.adapter.id, 'agent', plan.warnings, { port: plan.fixedPort }));
  }

  #requireMayStart(profileId: number): void {
    if (this.#shuttingDown) throw new AgentError('SHUTTING_DOWN');
    if (this.#forgotten.has(profileId)) throw new AgentError('PROFILE_NOT_FOUND', { profile: String(profileId) });
  }

  async #stop(profileId: number): Promise<boolean> {
    const server = this.#servers.get(profileId);
    if (server === undefined) return false;
    const gone = await server.stop();
    if (gone && this.#servers.get(profileId) === server) this.#remove(profileId);
    return gone;
  }

  async #deleteLog(profileId: number): Promise<void> {
    const log = this.#log(profileId);
    this.#logs.delete(profileId);
    await log.delete();
  }

  #supervise(start: LaunchPlan | Adopted | Absent, status: ServerStatus): Server {
    const { deps } = this;
    const log = this.#log(status.fixed.profileId);
    status.announce();
    const context = { deps, logger: deps.logger, log, status, timings: this.#timings, reservedPorts: this.#reservedPorts };
    this.#servers.set(status.fixed.profileId, new ServerProcess(start, context));
    return status.view();
  }

  async #adoptAll(): Promise<void> {
    const tail = (profileId: number, count: number): Promise<string[]> => this.#log(profileId).tail(count);
    const context = { deps: this.deps, logger: this.deps.logger, timings: this.#timings, tail };
    await Promise.all(
      this.deps.instances.all().map(async (record) => {
        try {
          const adopted = await adoptRecord(record, context);
          if (adopted === null) return;
          const { pid, spec, startedAt, restarts } = adopted.record;
          const state = record.ready ? 'healthy' : 'starting';
          const first =
            'absent' in adopted
              ? ({ restarts, failure: adopted.absent } as const)
              : ({ state, pid, port: spec.port, startedAt, restarts, adopted: true } as const);
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
      .filter((server) => (RUNNING.includes(server.status.state) || server.target() !== null) && uses(server))
      .map(({ status }) => status.fixed.profileName);
  }

  #remove(profileId: number): void {
    this.#servers.delete(profileId);
    this.deps.bus.emit('server.removed', { profileId });
  }
}
