/** Deletes measured requests that are too old or too many, a few at a time. */
import type { Clock, Logger } from '../../core/index.js';
import type { RequestsRepository } from '../../store/index.js';

const DAY_MS = 24 * 3600 * 1000;
/** Looked at when a batch was written, but not more often than this; and by itself every hour, for what only gets older. Milliseconds. */
const OFTEN_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Rows of one step, and the pause to the next, milliseconds. */
const SLICE = 500;
const PAUSE_MS = 20;
/** Prompts and answers are kept shorter than their measurements. */
const CAPTURE_DAYS = 7;
const MAX_CAPTURES = 2000;

export class Retention {
  #cancel: () => void;
  #lookedAt = -Infinity;

  constructor(
    private readonly deps: {
      repository: Pick<RequestsRepository, 'prune'>;
      clock: Clock;
      logger: Logger;
      days: () => number;
      rows: () => number;
    },
  ) {
    // Not at once: the agent is just starting.
    this.#cancel = deps.clock.schedule(() => this.#step(), OFTEN_MS);
  }

  /** Rows have come: perhaps others must go. */
  look(): void {
    if (this.deps.clock.now() - this.#lookedAt < OFTEN_MS) return;
    this.#cancel();
    this.#step();
  }

  stop(): void {
    this.#cancel();
  }

  #step(): void {
    const { repository, clock, logger, days, rows } = this.deps;
    const now = clock.now();
    this.#lookedAt = now;
    let more = false;
    try {
      const capturesSince = now - Math.min(CAPTURE_DAYS, days()) * DAY_MS;
      more = repository.prune({ since: now - days() * DAY_MS, rows: rows(), capturesSince, captures: MAX_CAPTURES, slice: SLICE });
    } catch (error) {
      logger.error({ err: error }, 'old measured requests could not be deleted');
    }
    this.#cancel = clock.schedule(() => this.#step(), more ? PAUSE_MS : HOUR_MS);
  }
}
