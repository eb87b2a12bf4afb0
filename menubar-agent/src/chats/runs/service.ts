/** Runs: one answer each, generated inside the agent and written down as it comes, whoever watches. */
import {
  AgentError,
  FINAL_RUN_STATES,
  type Chat,
  type ChatCount,
  type ChatMessage,
  type ChatTokens,
  type Run,
  type RunCreate,
  type RunEvent,
} from '@mlx-manager/shared';
import { countChat } from './count.js';
import { Generation } from './generation.js';
import { Journal } from './journal.js';
import { eventsOfEnded, LiveRun, type EndReason } from './live-run.js';
import { prepare } from './prepare.js';
import { Titles } from './titles.js';
import { runTimings, type RunsDeps, type RunTimings } from './types.js';

export class RunsService {
  readonly #live = new Map<string, LiveRun>();
  /** What works on them, until all is written down. */
  readonly #work = new Set<Promise<void>>();
  /** Chats in which a run is being prepared. */
  readonly #starting = new Set<string>();
  readonly #journal: Journal;
  readonly #titles: Titles;
  readonly #timings: RunTimings;
  readonly #closing = new AbortController();

  constructor(private readonly deps: RunsDeps) {
    this.#timings = { ...runTimings, ...deps.timings };
    this.#journal = new Journal(deps);
    this.#titles = new Titles(deps, this.#journal);
  }

  /** For the start of the agent: what a killed one left unfinished was interrupted. What was written stays. */
  recover(): void {
    const { storage, clock, logger } = this.deps;
    const error = new AgentError('RUN_INTERRUPTED');
    const now = new Date(clock.now()).toISOString();
    const runs = storage.runs.interruptAll(now, { code: error.code, message: error.message, action: error.action });
    if (runs.length > 0) logger.warn({ runs: runs.map(({ id }) => id) }, 'answers were interrupted by the end of the agent before');
    for (const run of runs) this.#journal.announce(run);
  }

  /** Runs under way, oldest first. */
  list(): Run[] {
    return [...this.#live.values()].filter(({ ended }) => ended === null).map(({ run }) => run);
  }

  /** @throws AgentError RUN_NOT_FOUND. */
  get(runId: string): Run {
    const run = this.#live.get(runId)?.run ?? this.deps.storage.runs.find(runId)?.run;
    if (run === undefined) throw new AgentError('RUN_NOT_FOUND', { runId });
    return run;
  }

  /**
   * Writes down what is said and begins its answer, which goes on by itself.
   * @throws AgentError CHAT_NOT_FOUND, RUN_IN_PROGRESS, SHUTTING_DOWN, and what {@link prepare} throws. Nothing is written then.
   */
  async start(chatId: string, create: RunCreate): Promise<Run> {
    const { storage, sleepGuard } = this.deps;
    this.#refuseSecond(chatId);
    this.#starting.add(chatId);
    try {
      const find = (): Chat => {
        const chat = storage.chats.find(chatId);
        if (chat === null) throw new AgentError('CHAT_NOT_FOUND', { chat: chatId });
        return chat;
      };
      const before = find();
      // A title of an earlier answer must not stand in the way of this one.
      this.#titles.cancel();
      const prepared = await prepare(this.deps, before, create);
      if (this.#closing.signal.aborted) throw new AgentError('SHUTTING_DOWN');
      // Its owner may have deleted it meanwhile, or given it a title.
      const chat = find();
      const { asked, answerer, place } = prepared;
      const named = { model: asked.model, profileId: answerer?.profile.id ?? null, profileName: answerer?.profile.name ?? null };
      const { run, said, answer } = this.#journal.begin(chat, prepared.request, place, named);
      const live = new LiveRun({ run, asked: said, message: answer, now: () => performance.now(), mergeMs: this.#timings.merge });
      this.#live.set(run.id, live);
      const release = sleepGuard.hold('an answer is generated');
      void live.whenEnded.then(release);
      const generation = new Generation(this.deps, this.#journal, this.#timings, live, prepared, this.#closing.signal);
      const work = generation.run().finally(() => {
        this.#work.delete(work);
        this.#live.delete(run.id);
        if (live.ended?.run.state === 'completed' && !this.#closing.signal.aborted) this.#titles.wanted(live.ended);
      });
      this.#work.add(work);
      return run;
    } finally {
      this.#starting.delete(chatId);
    }
  }

  /** How much a model would read. @throws AgentError CHAT_NOT_FOUND, and what {@link countChat} throws. */
  count(asked: ChatCount): Promise<ChatTokens> {
    return countChat(this.deps, asked);
  }

  /** Ends a run; what was written stays. Answers when it has ended; one that had ended already is answered as it is. @throws AgentError RUN_NOT_FOUND. */
  async stop(runId: string): Promise<Run> {
    const live = this.#live.get(runId);
    if (live === undefined) return this.get(runId);
    return this.#end(live, 'stopped');
  }

  /** Ends the run of a chat, if there is one. */
  async stopChat(chatId: string): Promise<void> {
    const live = this.#inChat(chatId);
    if (live !== undefined) await this.#end(live, 'stopped');
  }

  /**
   * The events of a run: all of them, or those behind one. Ends behind `finished`. Leaving does not end the run.
   * @throws AgentError RUN_NOT_FOUND at once.
   */
  events(runId: string, lastEventId: string | undefined, signal: AbortSignal): AsyncIterable<RunEvent> | Iterable<RunEvent> {
    const live = this.#live.get(runId);
    if (live !== undefined) return live.events(lastEventId, signal);
    const run = this.get(runId);
    const { storage } = this.deps;
    const message = storage.messages.find(run.messageId);
    const chat = storage.chats.find(run.chatId);
    if (message === null || chat === null || !FINAL_RUN_STATES.has(run.state)) throw new AgentError('RUN_NOT_FOUND', { runId });
    return eventsOfEnded({ run, message, chat }, this.#askedBy(run, message), lastEventId);
  }

  /** Ends every run: what was written stays and is marked interrupted. Watchers get the end. New runs are refused from now on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#titles.cancel();
    const ending = [...this.#live.values()];
    await Promise.all(ending.map((live) => this.#end(live, 'interrupted')));
    await Promise.all(this.#work);
    const deadline = performance.now() + this.#timings.leave;
    while (ending.some(({ watchers }) => watchers > 0) && performance.now() < deadline) await new Promise((done) => setTimeout(done, 5));
  }

  async #end(live: LiveRun, reason: EndReason): Promise<Run> {
    live.abort(reason);
    return (await live.whenEnded).run;
  }

  #inChat(chatId: string): LiveRun | undefined {
    return [...this.#live.values()].find(({ run }) => run.chatId === chatId);
  }

  #refuseSecond(chatId: string): void {
    if (this.#closing.signal.aborted) throw new AgentError('SHUTTING_DOWN');
    const runId = this.#inChat(chatId)?.run.id;
    if (runId !== undefined || this.#starting.has(chatId)) throw new AgentError('RUN_IN_PROGRESS', { runId: runId ?? 'RUN_ID' });
  }

  /** The message a run wrote down and answered; null when it was there before. */
  #askedBy(run: Run, message: ChatMessage): ChatMessage | null {
    const asked = message.parentId === null ? null : this.deps.storage.messages.find(message.parentId);
    return asked?.runId === run.id ? asked : null;
  }
}
