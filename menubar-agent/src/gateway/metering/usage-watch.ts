/** Announces totals while somebody watches: every second, and only when they changed. */
import type { Usage } from '@mlx-manager/shared';
import type { Clock, EventBus } from '../../core/index.js';

const EVERY_MS = 1000;

export class UsageWatch {
  #watchers = 0;
  #cancel: (() => void) | null = null;
  #last = '';

  constructor(
    private readonly deps: {
      bus: EventBus;
      clock: Clock;
      /** Takes a point for the speed, and answers the totals. */
      read: () => Usage;
      /** Nobody watches any more. */
      over: () => void;
    },
  ) {}

  /** @returns how to let go. */
  watch(): () => void {
    this.#watchers++;
    this.#last = ''; // the new reader knows nothing yet
    if (this.#watchers === 1) this.#tick();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#watchers--;
      if (this.#watchers === 0) this.stop();
    };
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.deps.over();
  }

  #tick(): void {
    const usage = this.deps.read();
    const text = JSON.stringify(usage);
    if (text !== this.#last) this.deps.bus.emit('usage.updated', usage);
    this.#last = text;
    this.#cancel = this.deps.clock.schedule(() => this.#tick(), EVERY_MS);
  }
}
