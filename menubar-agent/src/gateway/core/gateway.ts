/** The inner door of the gateway: from a call to the events of its answer. Protocols frame them, chats read them. */
import { AgentError, type Profile } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { RateLimits } from '../../http/index.js';
import type { Admission, Ticket } from '../../pool/index.js';
import type { Providers } from '../providers/index.js';
import { PassReader } from '../providers/index.js';
import { withProfileDefaults, withSampling } from '../request.js';
import { inTurn, type Routing, type Target } from '../routing/index.js';
import { askEngine, type EngineAt } from './ask.js';
import { assemble } from './assemble.js';
import type { Call } from './call.js';
import type { ChatChunk, ChatStream } from './chunks.js';
import { engineStream } from './engine-stream.js';
import { checkMediaAddresses } from './media-addresses.js';
import { Meter } from './meter.js';
import type { ModelIndex } from './model-index.js';
import { answeringName } from './new-call.js';
import { Passed, type Piece } from './passed.js';
import { EngineRefusal } from './refusal.js';
import type { TraceSink } from './trace.js';

type Body = Readonly<Record<string, unknown>>;
type Native = EngineAt['target']['adapter']['native'];

/** Wrappers for what an engine cannot do itself; see `shaping/`. */
export interface Shaping {
  /** Whether this request needs more than the engine can. */
  needed(body: Body, native: Native): boolean;
  /** The same answer, with what the engine lacks done here. */
  shape(body: Body, native: Native, ask: (body: Body) => ChatStream): ChatStream;
}

export interface GatewayCoreDeps {
  readonly pool: Admission;
  readonly models: ModelIndex;
  readonly sink: TraceSink;
  /** Requests and tokens a minute, by key. */
  readonly limits: Pick<RateLimits, 'take' | 'spent'>;
  readonly routing: Pick<Routing, 'decide'>;
  readonly providers: Pick<Providers, 'chat' | 'pass' | 'native' | 'known'>;
  readonly shaping: Shaping;
  readonly logger: Logger;
  /** Looks at an engine that gave no answer. Settles when it is known how it is. */
  readonly onStall: (profileId: number) => Promise<void>;
  /** Notes that a profile's model is used. */
  readonly used: (profileId: number) => void;
}

/** A place at an engine, and whose it is. */
interface Place {
  readonly profile: Profile;
  readonly at: EngineAt;
  readonly ticket: Ticket;
}
type Outside = Target & { kind: 'provider' };
type Run = (place: Place) => AsyncGenerator<readonly string[]>;

/** Names who answered in place of this machine. */
export const PROVIDER_HEADER = 'x-mlx-manager-provider';
const CHAT = '/v1/chat/completions';

export class Gateway {
  constructor(private readonly deps: GatewayCoreDeps) {}

  /**
   * One chat answer as corrected chunks; the last one before the end carries the usage. Ends only when the answer is whole. A reader that stops, or a call that is
   * aborted, ends the engine's work.
   * @throws AgentError, EngineRefusal.
   */
  async *chat(call: Call): ChatStream {
    yield* this.#parsed(call, this.events(call));
  }

  /**
   * The same; where a provider of the client's own protocol answers, its bytes as they come.
   * @throws AgentError, EngineRefusal.
   */
  async *chatOrPassed(call: Call): AsyncGenerator<ChatChunk | Passed> {
    for await (const piece of this.#answer(call)) {
      if (piece instanceof Passed) yield piece;
      else yield* this.#parsedSome(call, piece);
    }
  }

  /**
   * The same as JSON texts, as many at a time as came together: the quick way for whoever passes them on.
   * @throws AgentError, EngineRefusal.
   */
  events(call: Call): AsyncGenerator<readonly string[]> {
    // Only a call that can be passed on is.
    return this.#answer(call.passable === null ? call : { ...call, passable: null }) as AsyncGenerator<readonly string[]>;
  }

  #answer(call: Call): AsyncGenerator<Piece> {
    return this.#metered(call, (target) =>
      target.kind === 'provider' ? this.#outside(call, target) : this.#local(call, target, (place) => this.#generate(call, place)),
    );
  }

  /**
   * A whole chat or text completion, in OpenAI's form.
   * @throws AgentError, EngineRefusal.
   */
  async complete(call: Call): Promise<Record<string, unknown>> {
    return assemble(this.chat(call), { id: call.id, model: () => answeringName(call), text: call.endpoint === '/v1/completions' });
  }

  /**
   * An answer that is given whole (embeddings), as it came.
   * @throws AgentError, EngineRefusal.
   */
  async whole(call: Call): Promise<string> {
    const work = async (at: EngineAt): Promise<string> => {
      const body = JSON.stringify(at.target.adapter.prepareChat(call.body, at.target.spec));
      const request = { body, contentType: 'application/json', accept: 'application/json' };
      return (await askEngine(at, call.endpoint, request, call.signal)).body.text();
    };
    return this.#carry(call, work, (target) => this.#passWhole(call, target));
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

  async #carry<T>(call: Call, here: (at: EngineAt) => Promise<T>, outside: (target: Outside) => Promise<T>): Promise<T> {
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
        : this.#local(call, target, (place) => one(async () => take(await here(place.at)))),
    );
    for await (const _ of pieces);
    return answers.at(-1) as T;
  }

  /** Runs a call at whoever answers it, with everything about it written down. */
  async *#metered(call: Call, source: (target: Target) => AsyncIterable<Piece>): AsyncGenerator<Piece> {
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
      for await (const piece of pieces) {
        for (const event of piece instanceof Passed ? piece.events : piece) meter.event(event);
        yield piece;
      }
    } catch (error) {
      noteFailure(call, error);
      throw error;
    } finally {
      trace.endTick = performance.now();
      if (signal.aborted) trace.outcome = 'cancelled';
      if (trace.keyId !== null) limits.spent(trace.keyId, (trace.promptTokens ?? 0) + (trace.completionTokens ?? trace.pieces));
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

  /** An answer of this machine. An engine that turns out to be dead before it said anything is started anew, once. */
  async *#local(call: Call, target: Target, run: Run): AsyncGenerator<readonly string[]> {
    for (let again = true; ; again = false) {
      const place = await this.#place(call, target);
      let begun = false;
      let looked: Promise<void>;
      try {
        for await (const events of run(place)) {
          begun = true;
          yield events;
        }
        return;
      } catch (error) {
        if (call.signal.aborted || !(error instanceof AgentError) || error.code !== 'ENGINE_UNREACHABLE') throw error;
        looked = this.deps.onStall(place.profile.id);
        if (begun || !again) throw error;
      } finally {
        place.ticket.release();
      }
      await looked;
    }
  }

  #generate(call: Call, { at, profile }: Place): AsyncGenerator<readonly string[]> {
    const { shaping, logger } = this.deps;
    const chat = call.endpoint === CHAT;
    const body: Body = chat ? withProfileDefaults(call.body as never, profile) : withSampling(call.body, profile);
    const { native } = at.target.adapter;
    const ask = (asked: Body): AsyncGenerator<readonly string[]> => engineStream(at, call.endpoint, asked, call.signal, logger);
    return chat && shaping.needed(body, native)
      ? texts(shaping.shape(body, native, (shaped) => this.#parsed(call, ask(shaped))))
      : ask(body);
  }

  /** An answer from outside: passed on where the provider speaks the client's protocol, else translated. */
  async *#outside(call: Call, target: Outside): AsyncGenerator<Piece> {
    const { providers, shaping } = this.deps;
    const provider = this.#leaveHouse(call, target);
    const { passable, signal } = call;
    if (passable !== null && passable.protocol === provider && passable.possible()) {
      const request = { path: passable.path, body: passable.body(), model: target.model, stream: call.stream, headers: passable.headers };
      const passed = await providers.pass(target.providerId, request, signal);
      const { 'content-type': type = '', ...headers } = passed.headers;
      Object.assign(call.answerHeaders, headers);
      passable.begin();
      const reader = new PassReader(provider, type);
      const read = (chunks: ChatChunk[]): string[] => chunks.map((chunk) => JSON.stringify(chunk));
      for await (const bytes of passed.body) yield new Passed(bytes, read(reader.push(bytes)));
      yield new Passed(new Uint8Array(), read(reader.end()));
      return;
    }
    const body: Body = { ...call.body, model: target.model };
    const native = providers.native(target.providerId);
    const endpoint = call.endpoint as Parameters<Providers['chat']>[3];
    const ask = (asked: Body): ChatStream => providers.chat(target.providerId, asked, signal, endpoint);
    yield* texts(call.endpoint === CHAT && shaping.needed(body, native) ? shaping.shape(body, native, ask) : ask(body));
  }

  async #passWhole(call: Call, target: Outside): Promise<string> {
    this.#leaveHouse(call, target);
    const request = { path: call.endpoint, body: JSON.stringify(call.body), model: target.model, stream: false };
    const { body } = await this.deps.providers.pass(target.providerId, request, call.signal);
    const parts: Uint8Array[] = [];
    for await (const bytes of body) parts.push(bytes);
    return Buffer.concat(parts).toString('utf8');
  }

  /** Marks an answer from outside. @returns the provider's protocol. @throws AgentError MODEL_NOT_ALLOWED. */
  #leaveHouse(call: Call, { name, model, providerId }: Outside): 'openai' | 'anthropic' {
    if (!call.caller.mayUse({ name: call.model, aliases: [], modelPath: model }))
      throw new AgentError('MODEL_NOT_ALLOWED', { model: call.model });
    // What was tried here before does not answer it.
    Object.assign(call.trace, { provider: name, profileId: null, profileName: null, modelPath: null, engine: null });
    call.answerHeaders[PROVIDER_HEADER] = name;
    return this.deps.providers.known().find(({ id }) => id === providerId)?.protocol ?? 'openai';
  }

  /** Finds who answers here and waits for a place there. */
  async #place(call: Call, target: Target): Promise<Place> {
    const { trace, caller, signal } = call;
    const { models, pool } = this.deps;
    const name = target.kind === 'model' ? target.model : target.name;
    const profile = await models.find(name, call.endpoint);
    if (!caller.mayUse(profile)) throw new AgentError('MODEL_NOT_ALLOWED', { model: call.model });
    trace.profileId = profile.id;
    trace.profileName = profile.name;
    trace.modelPath = profile.modelPath;
    checkMediaAddresses(call.body);
    const client = caller.keyName ?? caller.client;
    let ticket: Ticket;
    try {
      ticket = await pool.admit({ id: call.id, profileId: profile.id, priority: caller.priority, client, signal });
    } catch (error) {
      // For a client the profile's model is simply not there.
      if (error instanceof AgentError && error.code === 'MODEL_NOT_DOWNLOADED')
        throw new AgentError('MODEL_NOT_HERE', { model: profile.modelPath, near: [], hint: '' }, { cause: error });
      throw error;
    }
    trace.engine = ticket.target.adapter.id;
    trace.queueMs += ticket.queueMs;
    trace.loadMs += ticket.loadMs;
    this.deps.used(profile.id);
    const at = { target: ticket.target, profileId: profile.id, profileName: profile.name, onStall: this.deps.onStall };
    return { profile, at, ticket };
  }

  async *#parsed(call: Call, events: AsyncIterable<readonly string[]>): ChatStream {
    for await (const some of events) yield* this.#parsedSome(call, some);
  }

  *#parsedSome({ trace }: Call, events: readonly string[]): Generator<ChatChunk> {
    for (const event of events) {
      let chunk: ChatChunk;
      try {
        chunk = JSON.parse(event) as ChatChunk;
      } catch (cause) {
        if (trace.profileId !== null) void this.deps.onStall(trace.profileId);
        throw new AgentError('ENGINE_STREAM_BROKEN', { name: trace.profileName, said: ' It sent what is no JSON.' }, { cause });
      }
      // Some leave it out of a chunk that only tells the usage.
      if (!Array.isArray(chunk.choices)) chunk.choices = [];
      yield chunk;
    }
  }
}

function noteFailure({ trace, signal }: Call, error: unknown): void {
  trace.outcome = trace.engine === null && trace.provider === null ? 'refused' : 'error';
  if (signal.aborted) return;
  trace.status = error instanceof AgentError || error instanceof EngineRefusal ? error.status : 500;
  trace.errorCode =
    error instanceof AgentError ? error.code : error instanceof EngineRefusal ? (error.fields.code ?? 'engine_refused') : 'INTERNAL';
  trace.errorMessage = error instanceof Error ? error.message.slice(0, 500) : null;
}

async function* texts(chunks: ChatStream): AsyncGenerator<readonly string[]> {
  for await (const chunk of chunks) yield [JSON.stringify(chunk)];
}

async function* one(work: () => Promise<readonly string[]>): AsyncGenerator<readonly string[]> {
  yield await work();
}
