/** The inner door of the gateway: from a call to the events of its answer. Protocols frame them, chats read them. */
import { AgentError } from '@mlx-manager/shared';
import { inTurn, type Target } from '../routing/index.js';
import { askEngine, type EngineAt } from './ask.js';
import { Assembly } from './assemble.js';
import type { Call } from './call.js';
import { parsed, parsedOrPassed, parsedSome } from './chunk-reading.js';
import type { ChatChunk, ChatStream } from './chunks.js';
import type { GatewayCoreDeps } from './deps.js';
import { COMPLETIONS } from './endpoints.js';
import { noteFailure, senseless } from './failure.js';
import { Here } from './here.js';
import { Meter } from './meter.js';
import { namedAnswer } from './named-answer.js';
import { answeringName } from './new-call.js';
import { Outside, PROVIDER_HEADER, type ProviderTarget } from './outside.js';
import type { Passed, Piece } from './passed.js';
import { EngineStreamError } from './refusal.js';

/** The answer in a protocol's own words. */
type Translate<T> = (pieces: AsyncIterable<Piece>) => AsyncIterable<T>;

export class Gateway {
  readonly #here: Here;
  readonly #outside: Outside;

  constructor(private readonly deps: GatewayCoreDeps) {
    this.#here = new Here(deps);
    this.#outside = new Outside(deps);
  }

  /**
   * One chat answer as corrected chunks; the last one before the end carries the usage. Ends only when the answer is whole. A reader that stops, or a call that is
   * aborted, ends the engine's work.
   * @throws AgentError, EngineRefusal.
   */
  chat(call: Call): ChatStream {
    return this.translated(call, (chunks) => chunks);
  }

  /**
   * The same in a protocol of its own. What the translation throws is a failure of the answer, and stands in the trace.
   * @param translate may end before the chunks do.
   * @throws AgentError, EngineRefusal.
   */
  translated<T>(call: Call, translate: (chunks: ChatStream) => AsyncIterable<T>): AsyncGenerator<T> {
    return this.#answer(unpassable(call), (pieces) =>
      translate(parsed(call, pieces as AsyncIterable<readonly string[]>, this.deps.onStall)),
    );
  }

  /**
   * The same; where a provider of the client's own protocol answers, its bytes as they come.
   * @throws AgentError, EngineRefusal.
   */
  translatedOrPassed<T>(call: Call, translate: (pieces: AsyncIterable<ChatChunk | Passed>) => AsyncIterable<T>): AsyncGenerator<T> {
    return this.#answer(call, (pieces) => translate(parsedOrPassed(call, pieces, this.deps.onStall)));
  }

  /**
   * The same as JSON texts, as many at a time as came together: the quick way for whoever passes them on.
   * @throws AgentError, EngineRefusal.
   */
  events(call: Call): AsyncGenerator<readonly string[]> {
    return this.#answer(unpassable(call)) as AsyncGenerator<readonly string[]>;
  }

  /**
   * The same, each lot of events turned into something at once: a step less between the engine and the client.
   * @throws AgentError, EngineRefusal.
   */
  mapped<T>(call: Call, map: (events: readonly string[]) => T): AsyncGenerator<T> {
    const own = unpassable(call);
    return this.#metered(own, this.#source(own), undefined, map as (piece: Piece) => T) as AsyncGenerator<T>;
  }

  #answer(call: Call): AsyncGenerator<Piece>;
  #answer<T>(call: Call, translate: Translate<T>): AsyncGenerator<T>;
  #answer<T>(call: Call, translate?: Translate<T>): AsyncGenerator<Piece | T> {
    return this.#metered(call, this.#source(call), translate);
  }

  #source(call: Call): (target: Target) => AsyncIterable<Piece> {
    return (target) =>
      target.kind === 'provider'
        ? this.#outside.answer(call, target)
        : this.#here.answer(call, target, (place) => this.#here.generate(call, place));
  }

  /**
   * A whole chat or text completion, in OpenAI's form.
   * @throws AgentError, EngineRefusal.
   */
  async complete(call: Call): Promise<Record<string, unknown>> {
    const whole = new Assembly();
    for await (const events of this.events(call)) for (const chunk of parsedSome(call, events, this.deps.onStall)) whole.take(chunk);
    return whole.answer({ id: call.id, model: answeringName(call), text: call.endpoint === COMPLETIONS });
  }

  /**
   * An answer that is given whole (embeddings), as it came but for the model's name.
   * @throws AgentError, EngineRefusal.
   */
  async whole(call: Call): Promise<string> {
    const work = async (at: EngineAt): Promise<string> => {
      const body = JSON.stringify(at.target.adapter.prepareChat(call.body, at.target.spec));
      const request = { body, contentType: 'application/json', accept: 'application/json' };
      return (await askEngine(at, call.endpoint, request, call.signal)).body.text();
    };
    const answer = await this.#carry(call, work, (target) => this.#outside.whole(call, target));
    return namedAnswer(answer, answeringName(call));
  }

  /**
   * Any work at the engine that answers a call, in its place and with its trace.
   * @throws what finding, admission and the work throw; PROVIDER_CANNOT_ANSWER where a rule leads outside.
   */
  carry<T>(call: Call, work: (at: EngineAt) => Promise<T>): Promise<T> {
    return this.#carry(call, work, ({ name }) => {
      throw new AgentError('PROVIDER_CANNOT_ANSWER', { name, problem: `${call.endpoint} is answered on this machine only` });
    });
  }

  async #carry<T>(call: Call, here: (at: EngineAt) => Promise<T>, outside: (target: ProviderTarget) => Promise<T>): Promise<T> {
    const answers: T[] = [];
    const take = (value: T): readonly string[] => {
      answers.push(value);
      // The figures stand behind the numbers of an embedding: no need to read those.
      const end = typeof value === 'string' ? value.slice(-400) : '';
      return [end.slice(Math.max(0, end.indexOf('"usage"')))];
    };
    const pieces = this.#metered(call, (target) =>
      target.kind === 'provider'
        ? one(async () => take(await outside(target)))
        : this.#here.answer(call, target, (place) => one(async () => take(await here(place.at)))),
    );
    for await (const _ of pieces);
    return answers.at(-1) as T;
  }

  /** Runs a call at whoever answers it, with everything about it written down. */
  async *#metered<T = Piece>(
    call: Call,
    source: (target: Target) => AsyncIterable<Piece>,
    translate?: Translate<T>,
    map?: (piece: Piece) => T,
  ): AsyncGenerator<Piece | T> {
    const { trace, signal } = call;
    const { sink, limits, routing, logger } = this.deps;
    const meter = new Meter(trace);
    sink.begin(trace);
    try {
      this.#limit(call);
      const decision = routing.decide(call);
      trace.rule = decision.rule?.name ?? null;
      const fallBack = (failed: Target, error: unknown, next: Target): void => {
        logger.warn({ err: error, failed, next, rule: trace.rule }, 'the next target of a routing rule is asked');
        trace.provider = null;
        Reflect.deleteProperty(call.answerHeaders, PROVIDER_HEADER);
      };
      const pieces = decision.fallbacks.length === 0 ? source(decision.target) : inTurn(decision, signal, source, fallBack);
      if (translate !== undefined) {
        for await (const said of translate(metered(pieces, meter))) yield said;
        return;
      }
      for await (const piece of pieces) {
        meter.piece(piece);
        yield map === undefined ? piece : map(piece);
      }
    } catch (thrown) {
      const error = thrown instanceof EngineStreamError ? senseless(call, thrown, logger) : thrown;
      noteFailure(call, error);
      throw error;
    } finally {
      trace.endTick = performance.now();
      if (signal.aborted) trace.outcome = 'cancelled';
      if (trace.keyId !== null) limits.spent(trace.keyId, (trace.promptTokens ?? 0) + (trace.completionTokens ?? trace.pieces));
      if (this.#here.untold(trace)) trace.promptTokens = trace.completionTokens = null;
      sink.finish(trace, call, meter.answer());
    }
  }

  /** Counts the request against the limits of its key. @throws AgentError RATE_LIMIT_EXCEEDED. */
  #limit({ caller, protocol, answerHeaders }: Call): void {
    if (caller.key === null) return;
    const verdict = this.deps.limits.take(caller.key, protocol === 'anthropic' ? 'anthropic' : 'openai');
    Object.assign(answerHeaders, verdict.headers);
    if (!verdict.ok) throw verdict.error;
  }
}

/** Only a call that can be passed on is. */
const unpassable = (call: Call): Call => (call.passable === null ? call : { ...call, passable: null });

async function* metered(pieces: AsyncIterable<Piece>, meter: Meter): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    meter.piece(piece);
    yield piece;
  }
}

async function* one(work: () => Promise<readonly string[]>): AsyncGenerator<readonly string[]> {
  yield await work();
}
