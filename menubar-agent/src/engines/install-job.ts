/** One installation under way: its lines for those who watch, its log file, its end. */
import { closeSync, fchmodSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentError, InstallLine } from '@mlx-manager/shared';
import { toTimestamp, type Clock } from '../core/index.js';
import type { EngineEnvironment } from './types.js';

/** Lines kept for late watchers; the log file keeps all. */
const LINES_KEPT = 500;

export class InstallJob {
  readonly #abort = new AbortController();
  readonly #file: number;
  #lines: InstallLine[] = [];
  #done: Promise<EngineEnvironment> | null = null;
  running = true;
  error: AgentError | null = null;

  constructor(
    readonly engineId: string,
    private readonly deps: { clock: Clock; logFile: string; announce: (line: InstallLine) => void },
  ) {
    mkdirSync(dirname(deps.logFile), { recursive: true, mode: 0o700 });
    this.#file = openSync(deps.logFile, 'w', 0o600);
    fchmodSync(this.#file, 0o600); // the file of an earlier run may be there
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Recent lines, oldest first. */
  get lines(): readonly InstallLine[] {
    return this.#lines;
  }

  /** Settles with the task. */
  get done(): Promise<EngineEnvironment> {
    if (!this.#done) throw new Error('the job was not started');
    return this.#done;
  }

  /**
   * Starts the work. `finished` runs before {@link done} settles.
   */
  start(task: (job: InstallJob) => Promise<EngineEnvironment>, finished: (error: unknown) => Promise<void>): void {
    this.#done = this.#run(task, finished);
    this.#done.catch(() => undefined); // told by `finished`; whoever awaits `done` still gets it
  }

  /** Takes down one line of the installer. */
  readonly line = (text: string): void => {
    const line = { engineId: this.engineId, time: toTimestamp(this.deps.clock.now()), text };
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines = this.#lines.slice(-LINES_KEPT);
    writeSync(this.#file, `${line.time} ${text}\n`);
    this.deps.announce(line);
  };

  cancel(reason: string): void {
    this.#abort.abort(new Error(reason));
  }

  async #run(
    task: (job: InstallJob) => Promise<EngineEnvironment>,
    finished: (error: unknown) => Promise<void>,
  ): Promise<EngineEnvironment> {
    let failure: unknown = null;
    try {
      return await task(this);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.running = false;
      closeSync(this.#file);
      await finished(failure);
    }
  }
}
