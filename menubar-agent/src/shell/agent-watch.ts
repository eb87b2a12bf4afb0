/** Keeps the snapshot in step with the agent: one event stream, opened anew when it breaks, and no polling. */
import { mkdirSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { AgentError, isAbort, type AgentEvent } from '@mlx-manager/shared';
import type { AgentPaths, Logger } from '../core/index.js';
import type { AgentKeeper, Attached } from './agent-keeper.js';
import { applyEvent, EMPTY, topicsFor, type Loaded, type Snapshot } from './state.js';

/** First pause after an agent that died, and the longest, ms. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;
/** An agent that lived that long was well: the next failure is a first one, ms. */
const WELL_MS = 60_000;

/** So many short lives in a row are trouble, not an accident. */
const MANY = 4;

/** The pause before the next try. @param failures how often it failed in a row, from 1. */
export const backoff = (failures: number): number => Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));

export interface AgentWatchDeps {
  readonly keeper: Pick<AgentKeeper, 'ensure' | 'find'>;
  readonly paths: Pick<AgentPaths, 'home' | 'agentFile'>;
  readonly logger: Logger;
  readonly now: () => number;
  /** Told of every new snapshot. */
  readonly onChange: (now: Snapshot) => void;
  /** Told of each event, with the snapshot before it. */
  readonly onEvent: (event: AgentEvent, before: Snapshot) => void;
  /** An agent answers: the first, or after another. */
  readonly onAttached: (agent: Attached) => Promise<void>;
  readonly backoff?: (failures: number) => number;
}

/** The loop: find or start an agent, listen until it is gone, again. */
export class AgentWatch {
  snapshot: Snapshot = EMPTY;
  #agent: Attached | null = null;
  #ended = new AbortController();
  #wake: (() => void) | null = null;
  #stream = new AbortController();

  constructor(private readonly deps: AgentWatchDeps) {}

  /** The agent that answers now. */
  get agent(): Attached | null {
    return this.#agent;
  }

  /** Runs until `end()`. */
  async run(): Promise<void> {
    let failures = 0;
    const unwatch = this.#watchFile();
    try {
      while (!this.#ended.signal.aborted) {
        const since = this.deps.now();
        const stopped = await this.#once();
        if (this.#over()) return;
        this.#agent = null;
        if (stopped) {
          failures = 0;
          // Its owner ended it: it comes back when they say so, or start one themselves.
          this.#set(this.#without('stopped'));
          await this.#pause(null);
        } else {
          failures = this.deps.now() - since > WELL_MS ? 1 : failures + 1;
          if (this.snapshot.agent === 'running') this.#set(this.#without(failures < MANY ? 'starting' : 'failed'));
          await this.#pause((this.deps.backoff ?? backoff)(failures));
        }
      }
    } finally {
      unwatch();
    }
  }

  /** Tries now, not later: asked for by the menu, or because an agent appeared. */
  retry(): void {
    this.#wake?.();
  }

  /** Stops listening. */
  end(): void {
    this.#ended.abort();
    this.#stream.abort();
    this.#wake?.();
  }

  #over(): boolean {
    return this.#ended.signal.aborted;
  }

  /** One life of an agent. Answers whether it was ended on purpose. */
  async #once(): Promise<boolean> {
    // Trouble is shown until it is over, not only between two tries.
    if (this.snapshot.agent !== 'failed') this.#set(this.#without('starting'));
    let stopping = false;
    try {
      const agent = await this.deps.keeper.ensure();
      if (this.#ended.signal.aborted) return false;
      this.#agent = agent;
      await this.deps.onAttached(agent);
      for (let again = true; again;) {
        again = false;
        const topics = topicsFor(this.snapshot.settings);
        this.#stream = new AbortController();
        for await (const event of this.#events(agent, topics)) {
          if (event.type === 'agent.stopping') stopping = true;
          this.#take(event);
          // Another setting of the title means another set of topics: a new stream, at once.
          again = topicsFor(this.snapshot.settings).length !== topics.length;
          if (again) break;
        }
        this.#stream.abort();
      }
      this.deps.logger.info({ stopping }, 'the agent is gone');
    } catch (error) {
      if (this.#ended.signal.aborted || stopping) return stopping;
      this.deps.logger.warn({ err: error }, 'no agent');
      const problem = error instanceof AgentError ? `${error.message} ${error.action}` : String(error);
      // A stream that broke is followed by another try at once; only what cannot be had is trouble.
      if (this.snapshot.agent !== 'running') this.#set({ ...this.#without('failed'), problem });
    }
    return stopping;
  }

  /** The events, behind a fetch of everything each time the stream opens or has a gap. */
  async *#events(agent: Attached, topics: ReturnType<typeof topicsFor>): AsyncGenerator<AgentEvent> {
    const { client } = agent;
    const signal = this.#stream.signal;
    const load = async (): Promise<Loaded> => {
      const [servers, profiles, downloads, alerts, settings] = await Promise.all([
        client.listServers({ signal }),
        client.listProfiles({ signal }),
        client.listDownloads({ signal }),
        client.listAlerts({ signal }),
        client.getSettings({ signal }),
      ]);
      return { servers, profiles, downloads, alerts, settings };
    };
    let loading = Promise.resolve<unknown>(null);
    const begin = (): void => {
      loading = load().then(
        (loaded) => this.#set({ ...EMPTY, ...loaded, agent: 'running', own: agent.own, address: agent.address }),
        (error: unknown) => {
          this.deps.logger.warn({ err: error }, 'the agent did not tell how things are');
          this.#stream.abort();
        },
      );
    };
    try {
      for await (const event of client.events({ topics, signal, onOpen: begin })) {
        if (event.type === 'stream.reset') begin();
        // What was announced while everything was fetched comes behind it.
        await loading;
        yield event;
      }
    } catch (error) {
      if (!isAbort(error) || !signal.aborted) throw error;
    }
  }

  /** What is known while no agent answers. */
  #without(agent: Snapshot['agent']): Snapshot {
    const problem = agent === 'failed' ? 'The agent ends again and again. Its log says why.' : null;
    return { ...EMPTY, agent, problem, settings: this.snapshot.settings };
  }

  #take(event: AgentEvent): void {
    const before = this.snapshot;
    const after = applyEvent(before, event);
    if (after !== before) this.#set(after);
    this.deps.onEvent(event, before);
  }

  #set(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.deps.onChange(snapshot);
  }

  /** @param ms null waits until somebody wakes us. */
  #pause(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        if (timer) clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  /** An agent that somebody else starts writes agent.json. */
  #watchFile(): () => void {
    mkdirSync(this.deps.paths.home, { recursive: true, mode: 0o700 });
    const name = basename(this.deps.paths.agentFile);
    const watcher = watch(this.deps.paths.home, (_kind, file) => {
      if (file === name && this.snapshot.agent === 'stopped') this.#wakeForAgent();
    });
    watcher.on('error', (error) => this.deps.logger.warn({ err: error }, 'the state folder is not watched'));
    return () => watcher.close();
  }

  #wakeForAgent(): void {
    void this.deps.keeper.find().then((found) => {
      if (found && this.snapshot.agent === 'stopped') this.retry();
    });
  }
}
