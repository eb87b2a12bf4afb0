/** Reads logs as they are written: history at first, then what comes, over restarts of the agent. One connection, however many logs. */
import { isAbort, type AgentError, type AllLogs, type Client } from '@mlx-manager/shared';
import { toAgentError } from '../../lib/api.js';
import { FIRST_LINES, HISTORY, LineRing } from './lines.js';

/** Milliseconds to the next try; the last one stays. */
const RETRY_MS = [250, 500, 1000, 2000];

export interface FeedOptions {
  readonly client: Pick<Client, 'readLogs' | 'followAllLogs'>;
  /** Runs something before the next painting; more calls until then are one. */
  readonly nextFrame: (paint: () => void) => void;
  /** The last `FIRST_LINES` of all logs, where they are known already. */
  readonly first?: AllLogs | undefined;
}

export class LogFeed {
  readonly ring = new LineRing();
  readonly #watchers = new Set<() => void>();
  #version = 0;
  #generation = 0;
  #painting = false;
  #wanted: readonly string[] = [];
  /** Sources were left out: the agent takes all it has. */
  #all = false;
  #positions = new Map<string, number>();
  /** The last lines are here. */
  #shown = false;
  /** So is the history before them. */
  #begun = false;
  #error: AgentError | null = null;
  #stream: AbortController | null = null;
  #wake: (() => void) | null = null;

  constructor(private readonly options: FeedOptions) {
    if (options.first === undefined) return;
    this.#all = true;
    this.#begin(options.first);
  }

  /** Follows these. What is shown stays when none of them is left out. @param all every log there is; the agent knows them. */
  follow(sources: readonly string[], all: boolean): void {
    const more = all === this.#all && this.#wanted.every((source) => sources.includes(source));
    if (more && sources.length === this.#wanted.length && (this.#stream || this.#begun)) return;
    if (!more || !this.#shown) this.#forget();
    this.#wanted = [...sources];
    this.#all = all;
    // A log that is new is read from its beginning.
    if (this.#shown) for (const source of sources) if (!this.#positions.has(source)) this.#positions.set(source, 0);
    this.resume();
  }

  /** Fetches what is shown anew, also what was cleared. */
  restart(): void {
    this.#forget();
    this.resume();
  }

  /** Lets the connection go. `resume` goes on where it was. */
  rest(): void {
    this.#stream?.abort();
    this.#stream = null;
  }

  resume(): void {
    this.rest();
    const stream = new AbortController();
    this.#stream = stream;
    void this.#run(stream.signal);
  }

  /** Tries again now, if it waits. */
  retry(): void {
    this.#wake?.();
  }

  clear(): void {
    // What is cleared does not come back with the rest of its history.
    if (this.#shown) this.#begun = true;
    this.ring.clear(false);
    this.#changed();
  }

  /** Hears of changes, at most once a frame. */
  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };
  readonly version = (): number => this.#version;

  /** Grows when all lines are forgotten. */
  get generation(): number {
    return this.#generation;
  }
  /** There are lines to see, or none at all. */
  get shown(): boolean {
    return this.#shown;
  }
  /** History is here. */
  get begun(): boolean {
    return this.#begun;
  }
  /** Why nothing comes just now; it is tried again by itself. */
  get error(): AgentError | null {
    return this.#error;
  }

  #forget(): void {
    this.#generation++;
    this.ring.clear(true);
    this.#positions = new Map();
    this.#shown = false;
    this.#begun = false;
    this.#error = null;
    this.#changed();
  }

  #begin({ lines, positions }: AllLogs, asked = FIRST_LINES): void {
    // Cleared while it was on its way.
    if (this.#begun) return;
    this.#positions = new Map(
      positions
        .split(',')
        .map((one) => one.split(':'))
        .map(([source = '', seq]) => [source, Number(seq)]),
    );
    this.ring.replace(lines);
    this.#shown = true;
    this.#begun = asked === HISTORY || lines.length < asked;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const left = (): boolean => signal.aborted;
    for (let failures = 0; !left(); failures++) {
      try {
        await this.#read(signal, () => (failures = 0));
      } catch (error) {
        if (left() || isAbort(error)) return;
        this.#error = toAgentError(error);
        this.#changed();
      }
      await this.#pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 2000, signal);
    }
  }

  async #read(signal: AbortSignal, opened: () => void): Promise<void> {
    const { client } = this.options;
    const sources = this.#all ? {} : { sources: this.#wanted.join(',') };
    while (!this.#begun) {
      // What is seen at once comes first, what is scrolled to behind it.
      const count = this.#shown ? HISTORY : FIRST_LINES;
      const read = await client.readLogs({ query: { ...sources, lines: count }, signal });
      if (signal.aborted) return;
      this.#begin(read, count);
      this.#error = null;
      this.#changed();
    }
    const after = [...this.#positions].map(([source, seq]) => `${source}:${seq}`).join(',');
    const query = { ...sources, lines: 0, ...(after !== '' && { after }) };
    const onOpen = (): void => {
      opened();
      if (this.#error === null) return;
      this.#error = null;
      this.#changed();
    };
    for await (const entries of client.followAllLogs({ query, signal, onOpen })) {
      if (signal.aborted) return;
      for (const { source, seq } of entries) this.#positions.set(source, seq);
      this.ring.add(entries);
      this.#changed();
    }
  }

  #changed(): void {
    if (this.#painting) return;
    this.#painting = true;
    this.options.nextFrame(() => {
      this.#painting = false;
      this.#version++;
      for (const changed of [...this.#watchers]) changed();
    });
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }
}
