/** How fast it goes, and when to say so. */
import type { Clock } from '../core/index.js';

/** Milliseconds that count as "now". */
const WINDOW = 5_000;
/** Milliseconds between two announcements. */
const INTERVAL = 250;
/** Milliseconds after which a standing download says that it stands. */
const HEARTBEAT = 1_000;

/** Bytes over the last seconds. */
export class SpeedMeter {
  #samples: { at: number; bytes: number }[] = [];

  constructor(private readonly clock: Clock) {}

  add(bytes: number): void {
    const at = this.clock.now();
    const last = this.#samples.at(-1);
    // One sample for each tenth of a second is exact enough, and few.
    if (last !== undefined && at - last.at < 100) last.bytes += bytes;
    else this.#samples.push({ at, bytes });
  }

  /** Bytes a second. */
  get bytesPerSecond(): number {
    const now = this.clock.now();
    this.#samples = this.#samples.filter((sample) => now - sample.at <= WINDOW);
    const first = this.#samples[0];
    if (first === undefined) return 0;
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0);
    // In the first moments a short time would make any figure look huge.
    return (bytes * 1000) / Math.max(now - first.at, 500);
  }
}

/** Announces at most four times a second while bytes come, and once a second while none do. */
export class ProgressTicker {
  #last = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly announce: () => void,
  ) {}

  start(): void {
    this.#cancel ??= this.clock.schedule(() => {
      this.#cancel = null;
      if (this.clock.now() - this.#last >= HEARTBEAT) this.#tell();
      this.start();
    }, HEARTBEAT);
  }

  /** Bytes came. */
  moved(): void {
    if (this.clock.now() - this.#last >= INTERVAL) this.#tell();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #tell(): void {
    this.#last = this.clock.now();
    this.announce();
  }
}
