/** Data of the agent that is kept up to date: remembered rows first, then fetched, then told by events. No React in here. */
import type { AgentEvent, Client, EventTopic } from "@mlx-manager/shared";
import type { EventHub } from "./event-hub.js";
import { pace } from "./pace.js";

/** Events reach the screen at most so often, ms. */
const PAINT_MS = 50;

export interface FeedState<T> {
  readonly data: T | undefined;
  /** Of the last fetch; gone when one succeeds. */
  readonly error: Error | undefined;
  /** From the beginning to the first answer, and while somebody asked for new data. */
  readonly isLoading: boolean;
}

export type Update<T> = (data: T) => T;

/** As `mutate` of Raycast's own hooks. */
export interface MutateOptions<T> {
  /** What the data will be when the work succeeds; shown at once, taken back when it fails. */
  optimisticUpdate?: Update<T>;
  /** Fetch when the work is done; yes, when left out. */
  shouldRevalidateAfter?: boolean;
}

export interface FeedParts<T> {
  readonly connect: () => Client;
  readonly hub: Pick<EventHub, "add" | "hurry">;
  readonly load: (client: Client, signal: AbortSignal) => Promise<T>;
  /** Applies an event itself and answers true; else the data is fetched anew. */
  readonly on?: ((event: AgentEvent, update: (change: Update<T>) => void) => boolean | void) | undefined;
  /** Events that concern the data; none when left out: then it is fetched once. */
  readonly topics?: readonly EventTopic[] | undefined;
  /** What was remembered of it. */
  readonly remembered: T | undefined;
  remember(data: T): void;
}

export class Feed<T> {
  #state: FeedState<T>;
  #base: T | undefined;
  #life: AbortController | undefined;
  #leave: (() => void) | undefined;
  #loading: Promise<void> | undefined;
  #again = false;
  #loaded = false;
  #toRemember = false;
  /** Events that came while a fetch was under way: its answer may be older than they are. */
  #meanwhile: AgentEvent[] = [];
  readonly #optimistic = new Set<Update<T>>();
  readonly #watchers = new Set<() => void>();
  readonly #paint = pace<void>(PAINT_MS, () => this.#set({}));

  constructor(private readonly parts: FeedParts<T>) {
    this.#base = parts.remembered;
    this.#state = { data: parts.remembered, error: undefined, isLoading: true };
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };
  readonly snapshot = (): FeedState<T> => this.#state;

  /** Fetches and listens, until {@link stop}. */
  start(): void {
    const { hub, topics } = this.parts;
    this.#life = new AbortController();
    this.#loaded = false;
    this.#set({ isLoading: true });
    this.#leave = hub.add({
      topics: topics ?? ["agent"],
      event: (event) => this.#hear(event),
      open: () => {
        // What no event concerns needs fetching only when the agent came back.
        if (topics || !this.#loaded) void this.#load();
      },
      // What fetching says is the truth: the stream may have failed alone.
      down: () => void this.#load(),
    });
    if (!topics) void this.#load();
  }

  stop(): void {
    this.#leave?.();
    this.#life?.abort();
    this.#life = undefined;
    this.#loading = undefined;
    this.#again = false;
    this.#meanwhile = [];
    this.#paint.cancel();
    this.#remember();
  }

  /** Fetches anew. Resolved with the answer to a fetch that began after the call, or its error in the state. */
  revalidate(): Promise<void> {
    if (!this.#life) return Promise.resolve();
    this.#set({ isLoading: true });
    this.parts.hub.hurry();
    return this.#load();
  }

  /**
   * Does something and shows its outcome at once.
   * @throws what the work throws, after the outcome was taken back.
   */
  async mutate<R>(work?: Promise<R>, options: MutateOptions<T> = {}): Promise<R | undefined> {
    const { optimisticUpdate, shouldRevalidateAfter = true } = options;
    if (optimisticUpdate) this.#optimistic.add(optimisticUpdate);
    this.#set({});
    try {
      const result = await work;
      if (shouldRevalidateAfter && this.#life) await this.#load();
      else if (optimisticUpdate) this.#change(optimisticUpdate);
      return result;
    } finally {
      if (optimisticUpdate) this.#optimistic.delete(optimisticUpdate);
      this.#set({});
    }
  }

  #hear(event: AgentEvent): void {
    if (this.#loading) this.#meanwhile.push(event);
    if (!this.#apply(event)) void this.#load();
  }

  /** Whether nothing is left to do for it. */
  #apply(event: AgentEvent): boolean {
    const { on, topics } = this.parts;
    if (event.type === "stream.reset") return false;
    if (!topics?.includes(event.type.split(".")[0] as EventTopic)) return true;
    return on?.(event, (change) => this.#change(change)) === true;
  }

  #change(change: Update<T>): void {
    if (this.#base === undefined) return;
    this.#base = change(this.#base);
    this.#toRemember = true;
    this.#paint();
  }

  /** One fetch at a time, and at most one more after it. */
  #load(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    const life = this.#life;
    if (!life) return Promise.resolve();
    const loading = this.#fetch(life.signal).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return (this.#loading = loading);
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    do {
      this.#again = false;
      this.#meanwhile = [];
      // A rejection also where there is no agent to ask.
      const [outcome] = await Promise.allSettled([(async () => this.parts.load(this.parts.connect(), signal))()]);
      if (signal.aborted) return;
      if (outcome.status === "fulfilled") {
        this.#base = outcome.value;
        this.#loaded = true;
        for (const event of this.#meanwhile) this.#apply(event);
        this.#toRemember = true;
        this.#remember();
        this.#set({ error: undefined });
      } else {
        this.#loaded = false;
        this.#set({ error: asError(outcome.reason) });
      }
    } while (this.#again);
    this.#set({ isLoading: false });
  }

  #remember(): void {
    if (this.#toRemember && this.#base !== undefined) this.parts.remember(this.#base);
    this.#toRemember = false;
  }

  #set(change: Partial<Pick<FeedState<T>, "error" | "isLoading">>): void {
    let data = this.#base;
    if (data !== undefined) for (const update of this.#optimistic) data = update(data);
    const next = { ...this.#state, ...change, data };
    const { error } = this.#state;
    // The same error again, such as that the agent is still away, is no news.
    if (next.error && error && next.error.message === error.message) next.error = error;
    if (next.data === this.#state.data && next.error === error && next.isLoading === this.#state.isLoading) return;
    this.#state = next;
    for (const watcher of [...this.#watchers]) watcher();
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
