/** Generates one answer: asks the gateway, tries again where that may help, writes down what comes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerMetrics, MessageStatus, Run, RunState, TaskError } from '@mlx-manager/shared';
import { buildCall, CHAT, type Call, type CallerInfo, type ChatChunk } from '../../gateway/index.js';
import { Answer } from './answer.js';
import { fit, sizeOf } from './context.js';
import { continuation, JointMissed } from './continuation.js';
import { asTaskError, mayPass } from './failure.js';
import type { Journal } from './journal.js';
import type { LiveRun } from './live-run.js';
import type { OpenaiMessage } from './messages.js';
import { metricsOf } from './metrics.js';
import type { Prepared } from './prepare.js';
import type { RunsDeps, RunTimings } from './types.js';

/** By this name requests of chats are measured. */
export const CHAT_CALLER: CallerInfo = {
  key: null,
  keyId: null,
  keyName: null,
  client: 'MLX Manager',
  priority: 'interactive',
  mayUse: () => true,
};

/** How often a partial answer's last word is drawn before it is shown to the model as it is. */
const JOINTS = 3;

/** Longest pause between tries to write the end of an answer down, milliseconds. */
const MAX_REWRITE = 60_000;

type FinalState = Extract<RunState, 'completed' | 'stopped' | 'interrupted' | 'failed'>;

/** How an answer is asked for. */
interface Way {
  readonly endpoint: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Takes a chunk of it. @returns whether it said anything. */
  readonly take: (chunk: ChatChunk) => boolean;
}

export class Generation {
  readonly #began = performance.now();
  #flush: NodeJS.Timeout | undefined;
  #call: Call | null = null;
  /** Once for all tries. */
  #kept: Promise<readonly OpenaiMessage[]> | null = null;

  constructor(
    private readonly deps: RunsDeps,
    private readonly journal: Journal,
    private readonly timings: RunTimings,
    private readonly live: LiveRun,
    private readonly prepared: Prepared,
    /** Aborted when the agent ends. */
    private readonly closing: AbortSignal,
  ) {}

  /** Works to the end, and until that is written down. Never rejects: whatever happens ends the run. */
  async run(): Promise<void> {
    const [state, error] = await this.#answered();
    await this.#end(state, error);
  }

  /** @returns how it ended. Never rejects. */
  async #answered(): Promise<[state: FinalState, error: TaskError | null]> {
    const { live } = this;
    try {
      let joints = JOINTS;
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#ask(await this.#way(joints > 0));
          break;
        } catch (error) {
          if (error instanceof JointMissed && joints > 0) {
            // Another word was drawn than the one that is there: it is drawn again.
            joints--;
            attempt--;
            continue;
          }
          const pause = this.timings.retries[attempt - 1];
          if (live.signal.aborted || live.answer.begun || pause === undefined || !mayPass(error)) throw error;
          this.deps.logger.warn(
            { err: error, runId: live.run.id, attempt },
            'an answer failed before its first token; it is asked for again',
          );
          // Not all at the same moment, where one engine failed for many.
          await delay(pause * (0.75 + Math.random() / 2), undefined, { signal: live.signal });
          this.#change({ attempt: attempt + 1 });
        }
      }
      return [live.reason ?? 'completed', null];
    } catch (error) {
      if (live.reason !== null) return [live.reason, null];
      this.deps.logger.warn({ err: error, runId: live.run.id }, 'an answer failed');
      return ['failed', asTaskError(error)];
    }
  }

  /** The request, with as much of the conversation as the model can read. */
  async #way(again: boolean): Promise<Way> {
    const { asked, answerer, place } = this.prepared;
    const { live } = this;
    const messages = await this.#fitted();
    const anew = { endpoint: CHAT, body: { messages, ...asked.options }, take: (chunk: ChatChunk) => live.answer.take(chunk) };
    const before = live.answer.parts;
    if (place.resumed === null || before.length === 0) return anew;
    const going = await this.#unlessTold(continuation(this.deps, answerer, messages, asked.options, before, again));
    if (going === null) return { ...anew, take: (chunk) => this.#takeAnew(chunk) };
    const { endpoint, body, split, joint } = going;
    if (split === null) return { endpoint, body, take: (chunk) => live.answer.take(withText(chunk, joint)) };
    const take = (chunk: ChatChunk): boolean => {
      // A completion's text stands in the choice itself.
      const text = (chunk.choices[0] as { text?: unknown } | undefined)?.text;
      if (typeof text !== 'string') return false;
      let said = false;
      for (const piece of split(joint(text))) said = live.answer.say(piece.type, piece.text) || said;
      return said;
    };
    return { endpoint, body, take };
  }

  /** The engine can only begin anew: what was written stays until there is something in its place. */
  #takeAnew(chunk: ChatChunk): boolean {
    const { live } = this;
    if (live.run.continued !== 'restarted') {
      if (!new Answer([], () => 0).take(chunk)) return false;
      live.restart();
      this.#change({ continued: 'restarted' });
    }
    return live.answer.take(chunk);
  }

  #fitted(): Promise<readonly OpenaiMessage[]> {
    return (this.#kept ??= this.#fit());
  }

  async #fit(): Promise<readonly OpenaiMessage[]> {
    const { asked, answerer, blocks } = this.prepared;
    const system: OpenaiMessage[] = asked.systemPrompt === null ? [] : [{ role: 'system', content: asked.systemPrompt }];
    const contextLength = answerer === null ? null : (answerer.profile.contextLength ?? answerer.characteristics?.contextWindow ?? null);
    const own = answerer?.profile.systemPrompt ?? null;
    const extra = sizeOf(asked.systemPrompt ?? own ?? undefined) + sizeOf(asked.options.tools) + sizeOf(this.live.answer.parts);
    const maxTokens = asked.maxTokens ?? answerer?.profile.sampling.maxTokens ?? null;
    const { messages, trimmed } = await fit(blocks, { contextLength, maxTokens }, extra, async (kept) => {
      if (answerer === null) return 0;
      const body = { messages: [...system, ...kept], ...asked.options };
      return (await this.#unlessTold(this.deps.countPrompt(answerer.profile, body))).tokens;
    });
    if (trimmed > 0) this.#change({ trimmed });
    return [...system, ...messages];
  }

  async #ask({ endpoint, body, take }: Way): Promise<void> {
    const { live } = this;
    live.signal.throwIfAborted();
    const { model } = this.prepared.asked;
    const call = buildCall({ protocol: 'internal', endpoint, model, body: { ...body, model }, stream: true }, CHAT_CALLER, live.signal);
    this.#call = call;
    for await (const chunk of this.deps.gateway.chat(call)) {
      if (!take(chunk)) continue;
      if (live.run.state === 'waiting') this.#change({ state: 'generating', ...this.#answering(call) });
      live.touch();
      this.#flush ??= setTimeout(() => this.#write(), this.timings.flush);
    }
    live.signal.throwIfAborted();
  }

  /** Who answers, now that it is known. */
  #answering({ trace }: Call): Pick<Run, 'profileId' | 'profileName'> {
    return { profileId: trace.profileId, profileName: trace.profileName };
  }

  #write(): void {
    this.#flush = undefined;
    const { live, journal } = this;
    try {
      journal.flush(live.run.messageId, live.answer.parts);
    } catch (error) {
      // The next one may succeed; the answer is in memory still.
      this.deps.logger.error({ err: error, runId: live.run.id }, 'an answer could not be written down');
    }
  }

  /** What works for us cannot be ended (a tokenizer that starts), but need not be waited for by who told the run to end. */
  async #unlessTold<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.live;
    signal.throwIfAborted();
    const told = Promise.withResolvers<never>();
    const leave = (): void => told.reject(signal.reason as Error);
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([work, told.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #change(changes: Partial<Run>): void {
    const { live, journal } = this;
    const run = live.set(changes);
    try {
      journal.save(run);
    } catch (error) {
      // The answer goes on; its end is written down with everything.
      this.deps.logger.error({ err: error, runId: run.id }, 'the state of an answer could not be written down');
    }
  }

  async #end(state: FinalState, error: TaskError | null): Promise<void> {
    clearTimeout(this.#flush);
    const { live } = this;
    live.answer.end();
    const named = this.#call?.trace.profileName === null || this.#call === null ? {} : this.#answering(this.#call);
    const run: Run = { ...live.run, ...named, state, error };
    const changes = {
      parts: live.answer.parts,
      status: STATUS[state],
      error,
      metrics: this.#metrics(),
      profileId: run.profileId,
      profileName: run.profileName,
      trimmed: run.trimmed,
    };
    const gone = {
      run: { ...run, endedAt: new Date(this.deps.clock.now()).toISOString() },
      message: { ...live.message, ...changes },
    };
    for (let pause = this.timings.rewrite; ; pause = Math.min(pause * 2, MAX_REWRITE)) {
      try {
        const ended = this.journal.end(run, changes);
        // The chat was deleted meanwhile: those who watch see it as it was.
        if (live.ended === null) live.finish(ended ?? { ...gone, chat: this.prepared.chat });
        return;
      } catch (problem) {
        this.deps.logger.error({ err: problem, runId: run.id }, 'the end of an answer could not be written down');
        if (live.ended === null) live.finish({ ...gone, chat: this.prepared.chat });
        if (this.closing.aborted) return;
      }
      // A disk that is full is emptied, a lock is let go: until then the answer is here. Who waits for it has it.
      await delay(pause, undefined, { signal: this.closing, ref: false }).catch(() => undefined); // the agent ends: a last try
    }
  }

  #metrics(): AnswerMetrics | null {
    if (this.#call === null) return null;
    return metricsOf(this.#call.trace, this.live.answer.parts, this.#call.trace.startedTick - this.#began);
  }
}

/** A chunk with its text changed. */
function withText(chunk: ChatChunk, change: (text: string) => string): ChatChunk {
  const [choice] = chunk.choices;
  if (typeof choice?.delta.content !== 'string') return chunk;
  return { ...chunk, choices: [{ ...choice, delta: { ...choice.delta, content: change(choice.delta.content) } }] };
}

const STATUS: Readonly<Record<FinalState, MessageStatus>> = {
  completed: 'complete',
  stopped: 'stopped',
  interrupted: 'interrupted',
  failed: 'failed',
};
