/** Time as a service, so that tests of backoff and retention need not wait. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `task` once after `ms` without keeping the process alive. Answers a function that cancels it. */
  schedule(task: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(task, ms) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** An instant as the wire shows it. @param ms milliseconds since 1970. */
export const toTimestamp = (ms: number): string => new Date(ms).toISOString();
