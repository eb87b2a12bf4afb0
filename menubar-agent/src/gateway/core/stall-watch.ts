/**
 * Notices an engine that takes requests and says nothing: its health check may answer all the while (mlx-lm 1505, 1493). Whoever is told asks the model for a token.
 * It counts by profile, not by request: one that waits inside an engine which answers another is no stall.
 */

/** Milliseconds of silence at a short prompt. */
const PATIENCE_MS = 60_000;
/** More of it for each byte of a prompt, about 20 ms a token: a long one is read in silence, and the engine must not be ended for that. */
const PER_BYTE_MS = 5;
/** A picture is many bytes and few tokens. */
const MOST_MS = 30 * 60_000;

/** How long an engine may be silent at a request of so many bytes, milliseconds. */
export const patienceFor = (bytes: number): number => Math.min(MOST_MS, PATIENCE_MS + bytes * PER_BYTE_MS);

/** One request that waits for an answer, or reads one. */
export interface Listener {
  /** The engine sent something. Called for every piece of an answer. */
  heard(): void;
  over(): void;
}

interface Listening {
  readonly since: number;
  readonly patience: number;
}

interface Engine {
  readonly running: Set<Listening>;
  /** Milliseconds since 1970; 0 for never. */
  heardAt: number;
  timer: NodeJS.Timeout | null;
}

export class StallWatch {
  readonly #engines = new Map<number, Engine>();

  /**
   * @param report told of a profile whose engine is silent; again after the same time.
   * @param patience see {@link patienceFor}.
   */
  constructor(
    private readonly report: (profileId: number) => Promise<void>,
    private readonly patience: (bytes: number) => number = patienceFor,
  ) {}

  /** A request of so many bytes goes to a profile's engine. */
  listen(profileId: number, bytes: number): Listener {
    const engine = this.#engines.get(profileId) ?? { running: new Set(), heardAt: 0, timer: null };
    this.#engines.set(profileId, engine);
    const listening = { since: Date.now(), patience: this.patience(bytes) };
    engine.running.add(listening);
    if (engine.timer === null) this.#arm(profileId, engine, listening.patience);
    return {
      heard: () => void (engine.heardAt = Date.now()),
      over: () => {
        engine.running.delete(listening);
        if (engine.running.size > 0 || engine.timer === null) return;
        clearTimeout(engine.timer);
        engine.timer = null;
      },
    };
  }

  /** When a profile's engine last sent a piece of an answer, milliseconds since 1970; 0 for never. */
  heardAt(profileId: number): number {
    return this.#engines.get(profileId)?.heardAt ?? 0;
  }

  #arm(profileId: number, engine: Engine, ms: number): void {
    engine.timer = setTimeout(() => {
      const all = [...engine.running];
      const silentSince = Math.max(engine.heardAt, Math.min(...all.map(({ since }) => since)));
      const patience = Math.max(...all.map((one) => one.patience));
      const left = silentSince + patience - Date.now();
      if (left <= 0) void this.report(profileId);
      this.#arm(profileId, engine, left > 0 ? left : patience);
    }, ms).unref();
  }
}
