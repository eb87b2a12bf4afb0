/** The machine's real memory: what it allows, and the watch over it while models are loaded. */
import { AgentError } from '@mlx-manager/shared';
import type { MemoryReading } from '../system/index.js';
import { gb, percentUsed, seconds } from './refusals.js';
import type { Timings } from './timings.js';
import type { PoolDeps, PoolSettings } from './types.js';

/** `evict`: idle models should go. `refuse`: nothing may be loaded. */
export type Pressure = 'none' | 'evict' | 'refuse';

/**
 * What the machine's memory allows. Pure.
 * @param need bytes that are to be loaded: more than what is left is too much, whatever the percentage.
 */
export function pressureOf(reading: MemoryReading, need: number, settings: Pick<PoolSettings, 'evictPercent' | 'refusePercent'>): Pressure {
  const percent = percentUsed(reading);
  const [evict, refuse] = [settings.evictPercent(), settings.refusePercent()];
  if (refuse < 100 && (percent >= refuse || need > reading.availableBytes)) return 'refuse';
  return evict < 100 && percent >= evict ? 'evict' : 'none';
}

/** MEMORY_PRESSURE with the numbers. */
export function memoryPressure(
  wanted: { profileId: number; name: string; need: number },
  reading: MemoryReading,
  retryMs: number,
): AgentError {
  return new AgentError('MEMORY_PRESSURE', {
    name: wanted.name,
    profileId: wanted.profileId,
    percent: percentUsed(reading),
    neededGb: gb(wanted.need),
    availableGb: gb(reading.availableBytes),
    retryAfter: seconds(retryMs),
  });
}

export interface GuardActions {
  /** Whether a model is in memory. */
  loaded(): boolean;
  /** Unloads the idle model that was used least recently, wholly. @returns false when there is none. */
  evictIdle(): Promise<boolean>;
  /** Ends the waiting of those that can best come back. */
  shed(reading: MemoryReading): void;
}

export class MemoryGuard {
  #stop: (() => void) | null = null;
  #looking = false;
  #last: { reading: MemoryReading; at: number } | null = null;

  constructor(
    private readonly deps: Pick<PoolDeps, 'memory' | 'clock' | 'logger' | 'settings'>,
    private readonly timings: Timings,
    private readonly actions: GuardActions,
  ) {}

  /** Whether the owner turned it off. */
  get off(): boolean {
    const { settings } = this.deps;
    return settings.evictPercent() >= 100 && settings.refusePercent() >= 100;
  }

  /** The memory now; null when it cannot be read, which is logged. */
  async read(): Promise<MemoryReading | null> {
    try {
      const reading = await this.deps.memory();
      this.#last = { reading, at: this.deps.clock.now() };
      return reading;
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the machine’s memory cannot be read');
      return null;
    }
  }

  /** The memory of a moment ago, for a view. */
  async recent(): Promise<MemoryReading | null> {
    if (this.#last !== null && this.deps.clock.now() - this.#last.at < this.timings.reading) return this.#last.reading;
    return this.read();
  }

  /** Looks from time to time, as long as something is loaded. An idle agent has no timer. */
  watch(): void {
    if (this.#stop !== null || this.#looking || !this.actions.loaded()) return;
    this.#stop = this.deps.clock.schedule(() => {
      this.#stop = null;
      void this.look().then(() => this.watch());
    }, this.timings.guard);
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Unloads idle models one after another while too much memory is in use. */
  async look(): Promise<void> {
    if (this.#looking || this.off || !this.actions.loaded()) return;
    this.#looking = true;
    try {
      for (;;) {
        const reading = await this.read();
        if (reading === null) return;
        const pressure = pressureOf(reading, 0, this.deps.settings);
        if (pressure === 'refuse') this.actions.shed(reading);
        if (pressure === 'none' || !(await this.actions.evictIdle())) return;
      }
    } finally {
      this.#looking = false;
    }
  }
}
