/** A server that launchd runs: watched like ours, but started, restarted and stopped by launchd. */
import type { Logger } from '../../core/index.js';
import type { ExternalServer, ServersDeps, ServerTarget, Timings } from '../types.js';
import { unresponsiveFailure } from './failure.js';
import { HealthMonitor } from './health.js';
import { LivenessWatch } from './liveness.js';
import { baseUrl, plainHost } from './ports.js';
import type { ServerStatus } from './status.js';

export class ExternalProcess {
  readonly #target: ServerTarget;
  readonly #monitor: HealthMonitor;
  #watch: LivenessWatch | null = null;
  #closed = false;

  constructor(
    private readonly server: ExternalServer,
    private readonly context: { deps: ServersDeps; logger: Logger; timings: Timings; status: ServerStatus },
  ) {
    const { deps, timings, status, logger } = context;
    const host = plainHost(server.spec.host);
    this.#target = { baseUrl: baseUrl(host, server.spec.port), spec: { ...server.spec, host }, adapter: server.adapter };
    this.#monitor = new HealthMonitor({
      adapter: server.adapter,
      target: this.#target,
      timings,
      clock: deps.clock,
      // Nobody announces that launchd's process is up, so it is looked for more often until it is.
      interval: () =>
        status.state === 'healthy'
          ? deps.settings.healthCheckInterval() * 1000
          : Math.min(timings.recheck, deps.settings.healthCheckInterval() * 1000),
      beforeCheck: () => this.#lookForProcess(),
      onResponse: (took) => {
        status.setResponseTime(took);
        // The probe says the rest when something is wrong.
        if (took !== null && status.state === 'starting') status.set({ state: 'healthy' });
      },
      heardAt: () => deps.heardAt?.(server.profileId) ?? 0,
      onAnswering: (reason) =>
        reason === null
          ? status.set({ state: 'healthy', failure: null })
          : status.set({ state: 'unhealthy', failure: unresponsiveFailure(server.profileName, reason, []) }),
      onHung: () => undefined, // launchd's to restart
      onError: (error) => logger.error({ err: error, profileId: server.profileId }, 'a health check failed'),
    });
    void this.#monitor.checkNow();
  }

  get status(): ServerStatus {
    return this.context.status;
  }

  get modelFolder(): string {
    return this.#target.spec.modelFolder;
  }

  target(): ServerTarget {
    return this.#target;
  }

  stalled(): Promise<void> {
    return this.#monitor.stalled();
  }

  /** Boots the job out. @returns true; a launchctl that says no rejects. */
  async stop(): Promise<boolean> {
    const { status } = this.context;
    const before = status.state;
    status.set({ state: 'stopping' });
    try {
      await this.server.stop();
    } catch (error) {
      status.set({ state: before });
      throw error;
    }
    this.#close();
    status.set({ state: 'stopped', pid: null });
    return true;
  }

  /** No longer watches it; launchd goes on. */
  detach(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  #close(): void {
    this.#closed = true;
    this.#monitor.close();
    this.#watch?.close();
  }

  /** Finds the process by its port whenever the one that was known is gone: launchd restarts with a new pid. */
  async #lookForProcess(): Promise<boolean> {
    const { deps, status } = this.context;
    if (this.#watch !== null && (await this.#watch.check())) return true;
    const { spec, pid: given } = this.server;
    const pid = (await deps.processes.portHolder(spec.port))?.pid ?? (status.startedAt === null ? given : null);
    const startTime = pid === null ? null : await deps.processes.startTime(pid);
    if (this.#closed) return false;
    if (pid === null || startTime === null) {
      status.set({ state: 'starting', pid: null, startedAt: null });
      return true; // the check goes on: a port's holder may not be ours to see
    }
    status.set({ pid, port: spec.port, startedAt: deps.clock.now() });
    this.#follow({ pid, startTime });
    return true;
  }

  #follow(identity: { pid: number; startTime: string }): void {
    const { deps, status, logger } = this.context;
    const watch = new LivenessWatch(identity, { host: this.#target.spec.host, port: this.#target.spec.port }, deps);
    this.#watch = watch;
    watch.ended
      .then(() => {
        if (this.#closed || this.#watch !== watch) return;
        this.#watch = null;
        status.set({ state: 'starting', pid: null, startedAt: null });
        return this.#monitor.checkNow();
      })
      .catch((error: unknown) => logger.error({ err: error }, 'watching a launchd server failed'));
  }
}
