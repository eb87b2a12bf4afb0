/** The one event stream of a command: everything on its screen listens to it. Reconnects by itself. */
import type { AgentEvent, Client, EventTopic } from "@mlx-manager/shared";

/** Between two tries to connect, ms: grows from the first to the second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A stream that lasted so long was a good one, ms. */
const GOOD_MS = 5000;

export interface EventListener {
  readonly topics: readonly EventTopic[];
  event(event: AgentEvent): void;
  /** The agent listens: what is fetched from now on and the events leave no gap. Called again after each reconnection. */
  open(): void;
  /** No connection came about. It is tried again. */
  down(error: unknown): void;
}

/** Waits, and ends early when told to. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export class EventHub {
  readonly #listeners = new Set<EventListener>();
  #life: AbortController | undefined;
  #attempt: AbortController | undefined;
  #pause: AbortController | undefined;
  #topics: ReadonlySet<EventTopic> = new Set();
  #open = false;
  #lastEventId = "";

  /**
   * @param connect answers the client; throws where there is no agent.
   * @param pause waits between tries; tests wait less.
   */
  constructor(
    private readonly connect: () => Client,
    private readonly pause: Pause = waitFor,
  ) {}

  /** Listens from now on; the stream is open while anybody does. Answers how to leave. */
  add(listener: EventListener): () => void {
    this.#listeners.add(listener);
    if (this.#life === undefined) {
      const life = (this.#life = new AbortController());
      // Not at once: what is drawn in one go asks for its topics together.
      queueMicrotask(() => void this.#run(life.signal));
    } else if (!listener.topics.every((topic) => this.#topics.has(topic))) this.#attempt?.abort();
    else if (this.#open) queueMicrotask(() => this.#listeners.has(listener) && listener.open());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#life?.abort();
      this.#life = undefined;
      this.#lastEventId = "";
    };
  }

  /** Tries at once where it would wait. */
  hurry(): void {
    this.#pause?.abort();
  }

  async #run(life: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!life.aborted) {
      const began = Date.now();
      const attempt = (this.#attempt = new AbortController());
      const heard = await this.#listen(AbortSignal.any([life, attempt.signal]));
      if (life.aborted) return;
      this.#open = false;
      if (attempt.signal.aborted) continue; // with more topics
      if (heard || Date.now() - began > GOOD_MS) pauseMs = FIRST_PAUSE_MS;
      const pause = (this.#pause = new AbortController());
      await this.pause(pauseMs, AbortSignal.any([life, pause.signal]));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** One connection. Answers whether an event came. */
  async #listen(signal: AbortSignal): Promise<boolean> {
    this.#topics = new Set([...this.#listeners].flatMap((listener) => listener.topics));
    let opened = false;
    let heard = false;
    const onOpen = (): void => {
      if (signal.aborted) return;
      opened = this.#open = true;
      for (const listener of [...this.#listeners]) listener.open();
    };
    try {
      const events = this.connect().events({
        topics: [...this.#topics],
        lastEventId: this.#lastEventId,
        signal,
        onOpen,
      });
      for await (const event of events) {
        if (signal.aborted) break;
        heard = true;
        this.#lastEventId = event.id;
        for (const listener of [...this.#listeners]) listener.event(event);
      }
    } catch (error) {
      // A stream that breaks off is no news yet: the next try says whether the agent is there.
      if (!signal.aborted && !opened) for (const listener of [...this.#listeners]) listener.down(error);
    }
    return heard;
  }
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      resolve();
    }
  });
}
