/** Writes measured requests to SQLite in batches, off the hot path. What cannot be written is tried again; how much may wait is bounded. */
import type { Clock, Logger } from '../../core/index.js';
import type { CaptureRow, RequestRow, RequestsRepository } from '../../store/index.js';

/** Rows of one transaction: SQLite answers synchronously, and answers that stream beside wait meanwhile (about 12 µs a row). */
const SLICE = 50;
/** Rows that may wait while the database cannot be written. */
export const MAX_WAITING = 20_000;
/** Captures are large: of these fewer may wait. */
const MAX_CAPTURES = 50;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export class RequestWriter {
  #rows: RequestRow[] = [];
  #captures = new Map<string, CaptureRow>();
  #retryMs = 0;
  #cancel: (() => void) | null = null;
  /** Measurements that were given up. */
  dropped = 0;

  constructor(private readonly deps: { repository: Pick<RequestsRepository, 'insert'>; clock: Clock; logger: Logger }) {}

  /** Rows that wait to be written. */
  get waiting(): number {
    return this.#rows.length;
  }

  add(row: RequestRow, capture: CaptureRow | null): void {
    this.#rows.push(row);
    if (capture) this.#captures.set(row.id, capture);
    if (this.#captures.size > MAX_CAPTURES && this.#retryMs > 0) {
      const [oldest] = this.#captures.keys();
      if (oldest !== undefined) this.#captures.delete(oldest);
    }
    const surplus = this.#rows.length - MAX_WAITING;
    if (surplus <= 0) return;
    for (const { id } of this.#rows.splice(0, surplus)) this.#captures.delete(id);
    this.dropped += surplus;
  }

  /** Writes one slice. Answers whether more waits that may be written now. */
  writeSome(): boolean {
    if (this.#rows.length === 0 || this.#cancel !== null) return false;
    return this.#write() && this.#rows.length > 0;
  }

  /** Writes everything, also when the last try failed. Answers whether it could. */
  writeAll(): boolean {
    this.#cancel?.();
    this.#cancel = null;
    while (this.#rows.length > 0) if (!this.#write()) return false;
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#rows = [];
    this.#captures.clear();
  }

  /** What still waits is given up. */
  stop(): void {
    this.writeAll();
    this.#cancel?.();
    this.#cancel = null;
  }

  #write(): boolean {
    const rows = this.#rows.slice(0, SLICE);
    // Whether prompt and answer are kept is only known now: under need a capture may have been given up.
    const captures = rows.flatMap(({ id }) => this.#captures.get(id) ?? []);
    try {
      this.deps.repository.insert(
        rows.map((row) => (row.captured && !this.#captures.has(row.id) ? { ...row, captured: false } : row)),
        captures,
      );
    } catch (error) {
      this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs === 0 ? FIRST_RETRY_MS : this.#retryMs * 2);
      this.deps.logger.error({ err: error, waiting: this.#rows.length, dropped: this.dropped }, 'measured requests cannot be written');
      this.#cancel ??= this.deps.clock.schedule(() => {
        this.#cancel = null;
        while (this.writeSome());
      }, this.#retryMs);
      return false;
    }
    this.#rows.splice(0, rows.length);
    for (const { id } of captures) this.#captures.delete(id);
    this.#retryMs = 0;
    return true;
  }
}
