/** What is shown of one server; every change is announced on the bus. */
import { AgentError, type Server, type ServerFailure, type ServerState } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus } from '../../core/index.js';

interface Fixed {
  readonly profileId: number;
  readonly profileName: string;
  readonly modelPath: string;
  readonly engine: string;
  readonly managedBy: 'agent' | 'launchd';
  readonly warnings: readonly string[];
}

interface Changing {
  state: ServerState;
  pid: number | null;
  port: number | null;
  /** Milliseconds since 1970. */
  startedAt: number | null;
  restarts: number;
  adopted: boolean;
  /** Kept while a crashed server is started again; cleared when it is healthy. */
  failure: ServerFailure | null;
}

export class ServerStatus {
  readonly #values: Changing;
  readonly #waiting = new Set<() => void>();
  #responseTimeMs: number | null = null;
  #usage: { memoryMb: number | null; cpuPercent: number | null } = { memoryMb: null, cpuPercent: null };

  constructor(
    readonly fixed: Fixed,
    private readonly deps: { bus: EventBus; clock: Clock },
    start: Partial<Changing> = {},
  ) {
    this.#values = { state: 'starting', pid: null, port: null, startedAt: null, restarts: 0, adopted: false, failure: null, ...start };
  }

  get state(): ServerState {
    return this.#values.state;
  }
  get failure(): ServerFailure | null {
    return this.#values.failure;
  }
  get pid(): number | null {
    return this.#values.pid;
  }
  get startedAt(): number | null {
    return this.#values.startedAt;
  }

  /** Takes over changes and announces them, unless nothing changed. Uptime and response time change silently. */
  set(changes: Partial<Changing>): void {
    const keys = Object.keys(changes) as (keyof Changing)[];
    if (keys.every((key) => this.#values[key] === changes[key])) return;
    Object.assign(this.#values, changes);
    if (changes.pid === null) this.#usage = { memoryMb: null, cpuPercent: null };
    this.announce();
    for (const check of [...this.#waiting]) check();
  }

  /** Milliseconds the last health check took; null when it failed. */
  setResponseTime(ms: number | null): void {
    this.#responseTimeMs = ms;
  }

  setUsage(memoryMb: number | null, cpuPercent: number | null, announce: boolean): void {
    this.#usage = { memoryMb, cpuPercent };
    if (announce) this.announce();
  }

  announce(): void {
    if (this.state !== 'stopped') this.deps.bus.emit('server.updated', this.view());
  }

  /** As the API shows it. */
  view(): Server {
    const { startedAt, ...values } = this.#values;
    return {
      ...values,
      ...this.fixed,
      warnings: [...this.fixed.warnings],
      healthStatus: values.state,
      startedAt: startedAt === null ? null : toTimestamp(startedAt),
      uptimeSeconds: startedAt === null || values.pid === null ? 0 : Math.max(0, Math.round((this.deps.clock.now() - startedAt) / 1000)),
      responseTimeMs: this.#responseTimeMs,
      ...this.#usage,
    };
  }

  /**
   * Waits until it is healthy.
   * @throws AgentError SERVER_FAILED when it failed or was stopped; the signal's reason when aborted.
   */
  whenReady(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.#waiting.delete(check);
        signal?.removeEventListener('abort', check);
        settle();
      };
      const check = (): void => {
        if (this.state === 'healthy') finish(resolve);
        else if (this.state === 'failed') finish(() => reject(this.#failedError()));
        else if (this.state === 'stopping' || this.state === 'stopped') finish(() => reject(this.#stoppedError()));
        else if (signal?.aborted === true) finish(() => reject(signal.reason as Error));
      };
      this.#waiting.add(check);
      signal?.addEventListener('abort', check);
      check();
    });
  }

  #failedError(): AgentError {
    const { profileName, profileId } = this.fixed;
    const { message = 'it failed.', action = '', kind } = this.failure ?? {};
    return new AgentError('SERVER_FAILED', { name: profileName, profileId, reason: message, remedy: action, kind });
  }

  #stoppedError(): AgentError {
    const { profileName, profileId } = this.fixed;
    return new AgentError('SERVER_FAILED', {
      name: profileName,
      profileId,
      reason: 'it was stopped.',
      remedy: `Start it again: mlx-manager run "${profileName}"`,
    });
  }
}
