/**
 * The page's one event stream. It carries the topics that something on the page asks for and no others (the agent samples some only while
 * they are read), reconnects behind the last event seen, and rests while the page is hidden: a browser allows six connections a host.
 */
import type { AgentError } from '@mlx-manager/shared';
import { EVENT_TOPICS, type AgentEvent, type Client, type EventTopic } from '@mlx-manager/shared';
import { toAgentError } from './api.js';

/** `waiting`: not asked yet. `away`: the agent does not answer. `signed-out`: this browser has no session. */
export type Connection = 'waiting' | 'live' | 'away' | 'signed-out';
type Hear = (event: AgentEvent) => void;

/** Milliseconds to the next try; the last one stays. */
const RETRY_MS = [250, 500, 1000, 2000];
/** Topics that nobody asks for any longer are carried for a while: the next page often wants them. */
const SHRINK_MS = 1500;
/** A page that is out of sight this long lets its connection go. */
const HIDDEN_MS = 20_000;
/** How long a first fetch waits for the stream, so that no change falls between them. */
const READY_MS = 400;

export class EventHub {
  readonly #hearers = new Set<{ topics: ReadonlySet<EventTopic>; hear: Hear }>();
  readonly #watchers = new Set<() => void>();
  /** Called when everything that was fetched may be old. */
  readonly #resets = new Set<() => void>();
  #carried: readonly EventTopic[] = [];
  /** Topics carried without a gap since the page's first data. */
  readonly #sinceFirst = new Set<EventTopic>();
  #stream: AbortController | null = null;
  /** Streams that are let go once a younger one is open: one may be replaced before it was open itself. */
  readonly #older = new Set<AbortController>();
  #connection: Connection = 'waiting';
  #lastEventId = '';
  #everOpened = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  #resting = false;
  #again = false;

  /** @param first id of the event behind which the page's first data was made; empty where none came. */
  constructor(
    private readonly client: Pick<Client, 'events'>,
    private readonly first = '',
  ) {
    this.#lastEventId = first;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Rests while the page is hidden, looks again when it is seen. Called once, where there is a document. */
  attach(page: Document): void {
    page.addEventListener('visibilitychange', () => this.#seen(page.visibilityState === 'visible'));
    page.defaultView?.addEventListener('focus', () => this.retry());
    page.defaultView?.addEventListener('online', () => this.retry());
    // Another tab got through, by a one-time link perhaps: the session is this tab's too.
    const others = new BroadcastChannel('mlx-manager');
    others.addEventListener('message', () => this.retry());
    this.watch(() => {
      if (this.#connection === 'live') others.postMessage('live');
    });
  }

  /** Hears events of topics from now on. Answers how to stop. */
  subscribe(topics: readonly EventTopic[], hear: Hear): () => void {
    const hearer = { topics: new Set(topics), hear };
    this.#hearers.add(hearer);
    if (topics.some((topic) => !this.#carried.includes(topic))) this.#plan(0);
    return () => {
      this.#hearers.delete(hearer);
      this.#plan(SHRINK_MS);
    };
  }

  /** Hears of each change of `connection`. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Hears that events were missed. */
  onReset(reset: () => void): () => void {
    this.#resets.add(reset);
    return () => this.#resets.delete(reset);
  }

  /** Resolves when these topics are heard, or soon: a page without its stream shows what it can. */
  async ready(topics: readonly EventTopic[]): Promise<boolean> {
    const live = (): boolean => this.#connection === 'live' && topics.every((topic) => this.#carried.includes(topic));
    if (topics.length === 0 || live()) return true;
    return new Promise((resolve) => {
      const done = (heard: boolean): void => {
        clearTimeout(timer);
        stop();
        resolve(heard);
      };
      const timer = setTimeout(() => done(false), READY_MS);
      const stop = this.watch(() => {
        if (live()) done(true);
        else if (this.#connection === 'away' || this.#connection === 'signed-out') done(false);
      });
    });
  }

  /** Whether all that happened since the page's first data is, or will be, told of these topics. */
  toldSinceFirst(topics: readonly EventTopic[]): boolean {
    return topics.every((topic) => this.#sinceFirst.has(topic));
  }

  /** Tries again now, when the stream is not there. */
  retry(): void {
    if (this.#connection !== 'away' && this.#connection !== 'signed-out') return;
    this.#failures = 0;
    // A try that is under way may have begun before what makes this one worth it.
    if (this.#stream === null) this.#plan(0);
    else this.#again = true;
  }

  #wanted(): EventTopic[] {
    return EVENT_TOPICS.filter((topic) => [...this.#hearers].some((one) => one.topics.has(topic)));
  }

  #seen(visible: boolean): void {
    clearTimeout(this.#hiddenTimer);
    if (!visible) {
      this.#hiddenTimer = setTimeout(() => {
        this.#resting = true;
        this.#drop();
        clearTimeout(this.#timer);
      }, HIDDEN_MS);
      return;
    }
    if (!this.#resting) {
      this.retry();
      return;
    }
    this.#resting = false;
    this.#plan(0);
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#resting) return;
    this.#timer = setTimeout(() => this.#open(), ms);
  }

  #open(): void {
    const topics = this.#wanted();
    const same = topics.length === this.#carried.length && topics.every((topic) => this.#carried.includes(topic));
    if (this.#stream !== null && same) return;
    if (topics.length === 0) {
      this.#drop();
      return;
    }
    const stream = new AbortController();
    if (this.#stream !== null) this.#older.add(this.#stream);
    this.#stream = stream;
    void this.#read(topics, stream);
  }

  #drop(): void {
    this.#stream?.abort();
    this.#letGo();
    this.#stream = null;
    this.#carried = [];
  }

  #letGo(but?: AbortController): void {
    for (const one of this.#older) {
      if (one === but) continue;
      one.abort();
      this.#older.delete(one);
    }
  }

  async #read(topics: readonly EventTopic[], stream: AbortController): Promise<void> {
    let problem: AgentError | null = null;
    try {
      const from = this.#lastEventId;
      const onOpen = (): void => {
        if (stream.signal.aborted) return;
        // The old ones are let go only now: nothing falls between. A younger one that is not open yet is not among them.
        this.#letGo(stream);
        const missed = this.#everOpened && this.#carried.length === 0 && from === '';
        this.#everOpened = true;
        this.#failures = 0;
        this.#again = false;
        // What is let go gets a gap: later streams go on behind other topics' events. So has what joins behind the first of these.
        for (const topic of this.#sinceFirst) if (!topics.includes(topic)) this.#sinceFirst.delete(topic);
        if (from !== '' && this.#lastEventId === this.first) for (const topic of topics) this.#sinceFirst.add(topic);
        this.#carried = topics;
        this.#become('live');
        if (missed) this.#reset();
      };
      const events = this.client.events({ topics: [...topics], signal: stream.signal, onOpen, ...(from !== '' && { lastEventId: from }) });
      for await (const event of events) {
        if (stream.signal.aborted) return;
        this.#tell(event);
      }
    } catch (error) {
      problem = toAgentError(error);
    }
    this.#older.delete(stream);
    if (stream.signal.aborted || this.#stream !== stream) return;
    this.#drop();
    const again = this.#again;
    this.#again = false;
    if (problem?.status === 401) {
      this.#become('signed-out');
      if (again) this.#plan(0);
      return;
    }
    // A stream that ended after it was open is tried again at once, before anybody is alarmed.
    if (problem !== null && problem.code !== 'STREAM_BROKEN') this.#become('away');
    this.#plan(RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 2000);
  }

  #tell(event: AgentEvent): void {
    if (event.id !== '') {
      if (isHeard(event.id, this.#lastEventId)) return;
      this.#lastEventId = event.id;
    }
    if (event.type === 'stream.reset') {
      this.#sinceFirst.clear();
      this.#reset();
      return;
    }
    const topic = event.type.split('.')[0] as EventTopic;
    for (const one of [...this.#hearers]) if (one.topics.has(topic)) one.hear(event);
  }

  #reset(): void {
    for (const reset of [...this.#resets]) reset();
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    for (const changed of [...this.#watchers]) changed();
  }
}

/** Ids are `run-number`. While one stream takes the place of another, both tell the same. */
function isHeard(id: string, last: string): boolean {
  const [run, seq] = id.split('-');
  const [lastRun, lastSeq] = last.split('-');
  return run === lastRun && Number(seq) <= Number(lastSeq);
}
