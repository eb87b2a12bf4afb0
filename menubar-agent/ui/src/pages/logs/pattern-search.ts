/** A search for a pattern, in a worker that is ended when it takes too long. */
import { SeenIds, type Ranges } from './find.js';
import type { Line } from './lines.js';
import type { PatternFound, PatternJob } from './pattern-worker.js';

/** Milliseconds that the lines at hand may take. */
const BUDGET_MS = 1500;

/** The part of `Worker` that is needed; a test brings its own. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<PatternFound | 'ready'>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(job: PatternJob): void;
  terminate(): void;
}
const startWorker = (): WorkerLike => new Worker(new URL('./pattern-worker.ts', import.meta.url), { type: 'module' });

export class PatternSearch {
  #hits = new Map<number, Ranges>();
  readonly #seen = new SeenIds();
  #waiting: Line[] = [];
  #worker: WorkerLike | null;
  #ready = false;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why it ended early. */
  problem: string | null = null;

  /** @param changed called when there are more hits, or a problem. */
  constructor(
    private readonly pattern: string,
    private readonly changed: () => void,
    start: () => WorkerLike = startWorker,
    private readonly budgetMs = BUDGET_MS,
  ) {
    this.#worker = start();
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => this.#fail(`The search could not run: ${event.message || 'the browser ended it'}.`);
  }

  /** Looks at lines that it did not see yet. */
  update(lines: readonly Line[]): void {
    for (const line of this.#seen.newOf(lines)) this.#waiting.push(line);
    this.#next();
  }

  get hits(): ReadonlyMap<number, Ranges> {
    return this.#hits;
  }
  /** Lines are still to be looked at. */
  get searching(): boolean {
    return this.#worker !== null && (this.#busy || this.#waiting.length > 0);
  }

  /** Forgets lines that are no longer kept. */
  keep(ids: ReadonlySet<number>): void {
    this.#hits = new Map([...this.#hits].filter(([id]) => ids.has(id)));
    this.#waiting = this.#waiting.filter(({ id }) => ids.has(id));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting = [];
  }

  #hear(found: PatternFound | 'ready'): void {
    if (found === 'ready') this.#ready = true;
    else {
      clearTimeout(this.#timer);
      this.#busy = false;
      for (const [i, id] of found.ids.entries()) this.#hits.set(id, found.ranges[i] ?? []);
      this.changed();
    }
    this.#next();
  }

  #next(): void {
    if (!this.#ready || this.#busy || this.#waiting.length === 0 || this.#worker === null) return;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#busy = true;
    this.#timer = setTimeout(
      () => this.#fail('This pattern takes too long. Make it simpler: repetitions inside repetitions are slow.'),
      this.budgetMs,
    );
    this.#worker.postMessage({ pattern: this.pattern, ids: lines.map(({ id }) => id), texts: lines.map(({ text }) => text) });
  }

  #fail(problem: string): void {
    this.end();
    this.problem = problem;
    this.#busy = false;
    this.changed();
  }
}
