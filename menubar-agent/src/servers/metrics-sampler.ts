/** Memory and CPU of all servers, read by one timer, and only while somebody wants them. */
import type { Clock, Logger } from '../core/index.js';
import type { ProcessTable } from '../system/index.js';
import type { ServerStatus } from './supervisor/status.js';

const MEBIBYTE = 1024 * 1024;

export class MetricsSampler {
  #holders = 0;
  /** Counts holds from none, so that a reading under way does not start a second timer. */
  #run = 0;
  #cancel: () => void = () => undefined;
  #last = new Map<number, { cpuSeconds: number; at: number }>();
  #reading: Promise<void> | null = null;

  constructor(
    private readonly deps: {
      processes: ProcessTable;
      clock: Clock;
      logger: Logger;
      /** Milliseconds. */
      interval: number;
      servers(): readonly ServerStatus[];
    },
  ) {}

  /** Samples every interval until the answer is called as often as this. Each sample is announced. */
  hold(): () => void {
    this.#holders++;
    if (this.#holders === 1) this.#tick(++this.#run);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders--;
      if (this.#holders === 0) this.#cancel();
    };
  }

  /** One reading now, not announced. CPU needs two readings, so the first one leaves it unknown. Calls at once share one. */
  sample(): Promise<void> {
    return this.#read(false);
  }

  #tick(run: number): void {
    void this.#read(true).then(() => {
      if (this.#holders > 0 && run === this.#run) this.#cancel = this.deps.clock.schedule(() => this.#tick(run), this.deps.interval);
    });
  }

  #read(announce: boolean): Promise<void> {
    this.#reading ??= this.#readAll(announce).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readAll(announce: boolean): Promise<void> {
    const seen = new Map<number, { cpuSeconds: number; at: number }>();
    await Promise.all(
      this.deps.servers().map(async (status) => {
        const { pid } = status;
        if (pid === null) return;
        try {
          const { memoryBytes, cpuSeconds } = await this.deps.processes.usage(pid);
          if (status.pid !== pid) return; // ended or started anew meanwhile
          const at = this.deps.clock.now();
          const last = this.#last.get(pid);
          const spent =
            cpuSeconds === null || last === undefined || at <= last.at ? null : ((cpuSeconds - last.cpuSeconds) / (at - last.at)) * 100_000;
          if (cpuSeconds !== null) seen.set(pid, { cpuSeconds, at });
          status.setUsage(
            memoryBytes === null ? null : round(memoryBytes / MEBIBYTE),
            spent === null ? null : round(Math.max(0, spent)),
            announce,
          );
        } catch (error) {
          this.deps.logger.warn({ err: error, pid }, 'the usage of an engine could not be read');
        }
      }),
    );
    this.#last = seen;
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
