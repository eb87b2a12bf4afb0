/** Which requests may run together at an engine that samples a whole batch alike. */
import { PRIORITIES } from '@mlx-manager/shared';
import type { Waiter } from './waiter.js';

/** The key of those that run. */
export class BatchKey {
  #key: string | null = null;
  #holders = 0;

  /** Whether one with this key may run beside them. */
  fits(key: string | null): boolean {
    return key === null || this.#key === null || key === this.#key;
  }

  /** Whether nobody that runs has one. */
  free(): boolean {
    return this.#key === null;
  }

  take(key: string | null): void {
    if (key === null) return;
    this.#key = key;
    this.#holders++;
  }

  give(key: string | null): void {
    if (key !== null && --this.#holders === 0) this.#key = null;
  }
}

/**
 * Those who may begin together with the first one although others, of other keys, came before them: else requests of two kinds that come in turn would run
 * one by one. Only at a beginning, so that nobody waits for more than the requests of one round; and nobody is passed by one of lower priority.
 * @param waiters all that wait.
 */
export function* companions(waiters: Iterable<Waiter>, keys: BatchKey): Generator<Waiter> {
  let passed: number = PRIORITIES.length;
  for (const waiter of [...waiters].sort((a, b) => a.rank - b.rank)) {
    const level = PRIORITIES.indexOf(waiter.request.priority);
    if (!keys.fits(waiter.request.batchKey ?? null)) passed = Math.min(passed, level);
    else if (level <= passed) yield waiter;
  }
}
