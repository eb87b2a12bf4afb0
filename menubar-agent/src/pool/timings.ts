/** Durations of the pool. */

/** All in milliseconds. Tests shorten them. */
export interface Timings {
  /** A waiting request is worth one priority more after this long. */
  readonly ageing: number;
  /** A model that was not used for this long has given up its turn. */
  readonly quiet: number;
  /** The least a model in use keeps its turn while another one wants its memory. */
  readonly turn: number;
  /** How long a failed start is not tried again by requests. */
  readonly coolDown: number;
  /** Between two looks at the machine's memory while models are loaded. */
  readonly guard: number;
  /** What a client is told to wait when the memory is short, or nothing better is known. */
  readonly retry: number;
  /** Between two announcements of the pool's state. */
  readonly announce: number;
  /** How old a reading of the machine's memory may be in what is shown. */
  readonly reading: number;
  /** Between two notes that a model is used. */
  readonly marking: number;
  /** How long an engine may take to notice that a request was left: until then those of another kind may not join it. */
  readonly noticing: number;
}

export const defaultTimings: Timings = {
  ageing: 30_000,
  quiet: 500,
  turn: 5_000,
  coolDown: 10_000,
  guard: 10_000,
  retry: 10_000,
  announce: 300,
  reading: 2_000,
  marking: 60_000,
  noticing: 250,
};

/** How many loads long a turn is at least: it bounds the time spent on loading when clients alternate. */
export const TURN_LOADS = 2;
