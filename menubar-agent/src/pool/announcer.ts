/** Announces the pool's state while somebody watches it, a few times a second at most. */
import type { PoolStatus } from '@mlx-manager/shared';
import type { Timings } from './timings.js';
import type { PoolDeps } from './types.js';

export class Announcer {
  #watchers = 0;
  #stop: (() => void) | null = null;

  constructor(
    private readonly deps: Pick<PoolDeps, 'bus' | 'clock' | 'logger'>,
    private readonly timings: Timings,
    private readonly status: () => Promise<PoolStatus>,
  ) {}

  /** Something is other than it was. Called on the hot path. */
  changed(): void {
    if (this.#watchers === 0 || this.#stop !== null) return;
    this.#stop = this.deps.clock.schedule(() => void this.#announce(), this.timings.announce);
  }

  /** Begins with the state as it is. Answers how to let go. */
  watch(): () => void {
    this.#watchers++;
    this.changed();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#watchers--;
      if (this.#watchers === 0) this.close();
    };
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  async #announce(): Promise<void> {
    this.#stop = null;
    try {
      const status = await this.status();
      if (this.#watchers > 0) this.deps.bus.emit('pool.updated', status);
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the pool’s state cannot be told');
    }
  }
}
