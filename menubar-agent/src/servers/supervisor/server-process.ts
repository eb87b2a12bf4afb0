/** The supervisor of one profile's server: from start over crashes and restarts to its end. */
import type { ServerFailure } from '@mlx-manager/shared';
import type { EngineAdapter, LaunchCommand } from '../../engines/index.js';
import type { InstanceRecord, LaunchPlan, ServerTarget } from '../types.js';
import { bringUp, type BroughtUp } from './bring-up.js';
import { endProcess } from './end-process.js';
import { launch, type EngineProcess, type LaunchContext } from './engine-process.js';
import {
  crashLoopFailure,
  endedFailure,
  errorFailure,
  EXPLAIN_LINES,
  isPermanent,
  unkillableFailure,
  unresponsiveFailure,
} from './failure.js';
import { HealthMonitor, sleep } from './health.js';
import { baseUrl } from './ports.js';
import { RestartPolicy } from './restart-policy.js';
import type { ServerStatus } from './status.js';

export interface ServerProcessContext extends LaunchContext {
  readonly status: ServerStatus;
}

/** An engine of an earlier agent. */
export interface Adopted {
  readonly process: EngineProcess;
  readonly record: InstanceRecord;
  readonly adapter: EngineAdapter;
}

/** An engine of an earlier agent that is no more. */
export interface Absent {
  readonly absent: ServerFailure;
  readonly record: InstanceRecord;
  readonly adapter: EngineAdapter;
  /** Whether it is to be started again. */
  readonly restart: boolean;
}

/** Why a process is no longer supervised. */
type Outcome = { readonly kind: 'over'; readonly failure: ServerFailure; readonly portLost: boolean } | { readonly kind: 'let go' };

/** For a branch of a race that another branch has won. */
const never = (): Promise<never> => new Promise(() => undefined);

export class ServerProcess {
  readonly #letGo = new AbortController();
  readonly #policy = new RestartPolicy();
  readonly #run: Promise<void>;
  /** Null for an adopted server until it must be started again. */
  #plan: LaunchPlan | null;
  #adapter: EngineAdapter;
  #restartOnCrash: boolean;
  #process: EngineProcess | null = null;
  #monitor: HealthMonitor | null = null;
  #wasReady: boolean;
  /** Whether the process of now has not answered yet. */
  #loading = true;
  /** Its process has ended, but is not cleared away yet. */
  #gone = false;
  #stopping: Promise<boolean> | null = null;
  /** Grows with each change between answering and not, so that a late word does not overrule a newer one. */
  #answering = 0;

  constructor(
    private readonly origin: LaunchPlan | Adopted | Absent,
    private readonly context: ServerProcessContext,
  ) {
    this.#plan = 'record' in origin ? null : origin;
    this.#adapter = origin.adapter;
    if ('absent' in origin) this.#restartOnCrash = origin.restart;
    else this.#restartOnCrash = 'record' in origin ? origin.record.restartOnCrash : origin.restartOnCrash;
    this.#wasReady = 'absent' in origin ? origin.restart : 'record' in origin && origin.record.ready;
    this.#run = this.#supervise(origin).catch((error: unknown) => {
      context.logger.error({ err: error }, 'supervising a server failed');
      this.#fail(errorFailure(this.#adapter, error));
    });
  }

  get status(): ServerStatus {
    return this.context.status;
  }

  /** Whether its first token is still waited for, whatever its health check says. */
  get loading(): boolean {
    return this.#loading;
  }

  /** Null while there is no process to ask. */
  target(): ServerTarget | null {
    if (this.#process === null || this.#gone) return null;
    const { spec } = this.#process;
    return { baseUrl: baseUrl(spec.host, spec.port), spec, adapter: this.#adapter };
  }

  /** What its process was started with, and where it listens; null while there is none, or nobody wrote it down. */
  command(): { command: LaunchCommand; port: number } | null {
    const running = this.#gone ? null : this.#process;
    return running === null || running.command === null ? null : { command: running.command, port: running.spec.port };
  }

  /** Where its model lies, also while no process runs. */
  get modelFolder(): string {
    const { origin } = this;
    return (this.#process ?? this.#plan ?? ('record' in origin ? origin.record : origin)).spec.modelFolder;
  }

  /** A request of this server stalls. Settles when the engine was asked. */
  async stalled(): Promise<void> {
    await this.#monitor?.stalled();
  }

  /** Ends it with everything it started. @returns whether nothing is left. */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Leaves the engine running and no longer watches it; its record stays. */
  async detach(): Promise<void> {
    this.#letGo.abort();
    await this.#run;
    this.#process?.release();
  }

  async #stop(): Promise<boolean> {
    const { status } = this.context;
    if (status.state !== 'failed' || this.#process !== null) status.set({ state: 'stopping' });
    this.#letGo.abort();
    await this.#run; // a spawn under way ends with its process written down
    const left = await this.#end();
    if (left.length > 0) {
      this.#fail(unkillableFailure(left));
      this.#stopping = null; // it may be tried again
      return false;
    }
    status.set({ state: 'stopped', pid: null, port: null });
    return true;
  }

  async #supervise(origin: LaunchPlan | Adopted | Absent): Promise<void> {
    const { signal } = this.#letGo;
    let first = 'process' in origin ? origin : null;
    let portRetried = false;
    if ('absent' in origin && !(await this.#mayRestart(origin.absent))) return;
    while (!signal.aborted) {
      const outcome = first === null ? await this.#launchAndLive() : await this.#live(first.process, first.record);
      first = null;
      if (outcome.kind === 'let go') return;
      const left = await this.#end();
      if (left.length > 0) {
        this.#fail(unkillableFailure(left));
        return;
      }
      if (outcome.portLost && this.#plan?.fixedPort === null && !portRetried) {
        portRetried = true; // a free port can be lost between choosing and binding it: once more with another
        continue;
      }
      if (!(await this.#mayRestart(outcome.failure))) return;
    }
  }

  async #launchAndLive(): Promise<Outcome> {
    const { status, deps, logger } = this.context;
    let launched;
    try {
      this.#plan ??= await deps.prepare(status.fixed.profileId);
      if (this.#letGo.signal.aborted) return { kind: 'let go' };
      this.#adapter = this.#plan.adapter;
      this.#restartOnCrash = this.#plan.restartOnCrash;
      launched = await launch(this.#plan, { restarts: status.view().restarts, startedAt: deps.clock.now() }, this.context);
    } catch (error) {
      logger.error({ err: error, profileId: status.fixed.profileId }, 'an engine could not be started');
      return { kind: 'over', failure: errorFailure(this.#adapter, error), portLost: false };
    }
    return this.#live(launched.process, launched.record);
  }

  /** Supervises one process until it is over or let go. */
  async #live(process: EngineProcess, record: InstanceRecord): Promise<Outcome> {
    const { status, logger } = this.context;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#letGo.signal, over.signal]);
    this.#process = process;
    this.#gone = false;
    this.#loading = !record.ready;
    status.set({ pid: process.identity.pid, port: process.spec.port, startedAt: record.startedAt });
    try {
      return await Promise.race([this.#ended(process), this.#released(), this.#bringUpAndWatch(process, record, signal)]);
    } catch (error) {
      logger.error({ err: error, profileId: record.profileId }, 'watching an engine failed');
      return { kind: 'over', failure: errorFailure(this.#adapter, error), portLost: false };
    } finally {
      over.abort();
      this.#answering++;
      this.#monitor?.close();
      this.#monitor = null;
    }
  }

  async #ended(process: EngineProcess): Promise<Outcome> {
    const end = await process.ended;
    this.#gone = true;
    // Said at once, before its words are read and its children are cleared: nobody must be sent to it any more.
    if (!this.#loading && !this.#letGo.signal.aborted) {
      this.#answering++;
      this.context.status.set({ state: 'stopping' });
    }
    const lines = await this.context.log.tail(EXPLAIN_LINES);
    const failure = endedFailure(this.status.fixed.profileName, this.#adapter, lines, end, this.#loading);
    return { kind: 'over', failure, portLost: failure.kind === 'port_taken' };
  }

  #released(): Promise<Outcome> {
    return new Promise((resolve) => {
      const done = (): void => resolve({ kind: 'let go' });
      if (this.#letGo.signal.aborted) done();
      else this.#letGo.signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Settles only when the engine will not do; its end and our letting go win the race elsewhere. */
  async #bringUpAndWatch(process: EngineProcess, record: InstanceRecord, signal: AbortSignal): Promise<Outcome> {
    const { deps, status } = this.context;
    if (!record.ready) {
      let result: BroughtUp;
      try {
        const onUnanswered = (reason: string): void => void this.#unresponsive(reason);
        result = await bringUp({ process, record, adapter: this.#adapter, context: this.context, signal, onUnanswered });
      } catch (error) {
        if (signal.aborted) return never();
        throw error;
      }
      if (signal.aborted) return never();
      if (result.kind === 'failed') return { kind: 'over', failure: result.failure, portLost: result.portLost };
      deps.instances.save({ ...record, ready: true });
      status.setResponseTime(result.took);
    }
    this.#wasReady = true;
    this.#loading = false;
    this.#answers();
    return this.#watch(process, record, signal);
  }

  /** Runs the health loop. Settles when the engine hangs for good and is to be started again. */
  #watch(process: EngineProcess, record: InstanceRecord, signal: AbortSignal): Promise<Outcome> {
    const { deps, status, log, logger, timings } = this.context;
    return new Promise((resolve, reject) => {
      const monitor = new HealthMonitor({
        adapter: this.#adapter,
        target: { baseUrl: baseUrl(process.spec.host, process.spec.port), spec: process.spec },
        timings,
        clock: deps.clock,
        interval: () => deps.settings.healthCheckInterval() * 1000,
        beforeCheck: async () => {
          await log.checkSize();
          return process.check();
        },
        onResponse: (took) => status.setResponseTime(took),
        heardAt: () => deps.heardAt?.(record.profileId) ?? 0,
        onAnswering: (reason) => {
          if (reason === null) this.#answers();
          else void this.#unresponsive(reason);
        },
        onHung: (reason) => {
          if (!this.#restartOnCrash) return; // it stays unhealthy until its owner decides
          // It is ended now: nobody must be sent to it any more.
          this.#gone = true;
          log.tail(EXPLAIN_LINES).then((lines) => {
            resolve({ kind: 'over', failure: unresponsiveFailure(record.profileName, reason, lines), portLost: false });
          }, reject);
        },
        onError: (error) => logger.error({ err: error, profileId: record.profileId }, 'a health check failed'),
      });
      if (signal.aborted) return;
      this.#monitor = monitor;
      monitor.start();
    });
  }

  #answers(): void {
    this.#answering++;
    this.status.set({ state: 'healthy', failure: null });
  }

  async #unresponsive(reason: string): Promise<void> {
    const { status, log, logger } = this.context;
    const turn = ++this.#answering;
    try {
      const lines = await log.tail(EXPLAIN_LINES);
      if (turn === this.#answering && !this.#letGo.signal.aborted) {
        status.set({ state: 'unhealthy', failure: unresponsiveFailure(status.fixed.profileName, reason, lines) });
      }
    } catch (error) {
      logger.error({ err: error }, 'a log could not be read');
    }
  }

  /** Waits for the next restart. @returns false when there will be none: it has failed, or was let go. */
  async #mayRestart(failure: ServerFailure): Promise<boolean> {
    const { deps, status, timings } = this.context;
    if (this.#letGo.signal.aborted) return false;
    // A server that never was ready fails at once: its owner waits for it.
    if (!this.#wasReady || !this.#restartOnCrash || isPermanent(failure)) {
      this.#fail(failure);
      return false;
    }
    const decision = this.#policy.crashed(deps.clock.now(), {
      maxRestarts: deps.settings.maxRestarts(),
      window: timings.crashWindow,
      backoffMin: timings.backoffMin,
      backoffMax: timings.backoffMax,
    });
    if (!decision.restart) {
      this.#fail(crashLoopFailure(decision.crashes, failure));
      return false;
    }
    status.set({
      state: 'starting',
      pid: null,
      port: null,
      startedAt: null,
      adopted: false,
      restarts: status.view().restarts + 1,
      failure,
    });
    try {
      await sleep(decision.delay, this.#letGo.signal);
      return true;
    } catch {
      return false; // stopped while it waited
    }
  }

  /** Ends the process, if there is one, and forgets its record. @returns pids that could not be ended. */
  async #end(): Promise<number[]> {
    const { deps, timings, logger, status } = this.context;
    if (this.#process === null) return [];
    const { identity, instance } = this.#process;
    this.#process.release();
    const left = await endProcess(identity, instance, { processes: deps.processes, logger, timings });
    if (left.length > 0) return left;
    this.#process = null;
    deps.instances.remove(status.fixed.profileId);
    this.#note('INFO', 'ended');
    return [];
  }

  #fail(failure: ServerFailure): void {
    this.#answering++;
    this.status.set({ state: 'failed', failure, ...(this.#process === null ? { pid: null, port: null } : {}) });
    this.#note('ERROR', `failed: ${failure.message}`);
  }

  #note(level: 'INFO' | 'ERROR', text: string): void {
    try {
      this.context.log.note(level, text);
    } catch (error) {
      this.context.logger.warn({ err: error }, 'a line could not be added to a server log');
    }
  }
}
