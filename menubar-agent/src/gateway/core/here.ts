/** Answers of this machine: a place at an engine, and what is done there. */
import { AgentError, type Profile } from '@mlx-manager/shared';
import type { Ticket } from '../../pool/index.js';
import { adapterOf } from '../../profiles/index.js';
import { withProfileDefaults, withSampling } from '../request.js';
import type { Target } from '../routing/index.js';
import type { EngineAt } from './ask.js';
import type { Call } from './call.js';
import { parsed, texts } from './chunk-reading.js';
import type { GatewayCoreDeps } from './deps.js';
import { CHAT, COMPLETIONS } from './endpoints.js';
import { engineStream } from './engine-stream.js';
import { estimateRequest } from './estimate.js';
import { checkMediaAddresses, mediaIn } from './media-addresses.js';
import { StallWatch } from './stall-watch.js';
import type { Trace } from './trace.js';

type Body = Readonly<Record<string, unknown>>;

/** A place at an engine, and whose it is. */
export interface Place {
  readonly profile: Profile;
  readonly at: EngineAt;
  readonly ticket: Ticket;
}
/** Work in a place. */
export type Run = (place: Place) => AsyncGenerator<readonly string[]>;

/** How long an answer that was stopped may wait for the count of its prompt, milliseconds. */
const COUNT_MS = 1_000;

export class Here {
  /** Requests whose engine was stopped before it told the tokens. */
  readonly #untold = new WeakSet<Trace>();
  readonly #stalls: StallWatch;

  constructor(private readonly deps: GatewayCoreDeps) {
    this.#stalls = deps.stalls ?? new StallWatch(deps.onStall);
  }

  /** Whether a request's engine was stopped before it told the tokens: what its reader was told are figures of ours. */
  untold(trace: Trace): boolean {
    return this.#untold.has(trace);
  }

  /** An answer of this machine. An engine that turns out to be dead before it said anything is started anew, once. */
  async *answer(call: Call, target: Target, run: Run): AsyncGenerator<readonly string[]> {
    for (let again = true; ; again = false) {
      const place = await this.#place(call, target);
      let begun = false;
      let whole = false;
      let looked: Promise<void>;
      try {
        for await (const events of run(place)) {
          begun = true;
          yield events;
        }
        whole = true;
        return;
      } catch (error) {
        if (call.signal.aborted || !(error instanceof AgentError) || error.code !== 'ENGINE_UNREACHABLE') throw error;
        looked = this.deps.onStall(place.profile.id);
        if (begun || !again) throw error;
      } finally {
        place.ticket.release(!whole || this.#untold.has(call.trace));
      }
      await looked;
    }
  }

  /** Generates, with what the engine lacks done around it. */
  generate(call: Call, { at, profile }: Place): AsyncGenerator<readonly string[]> {
    const { shaping, logger } = this.deps;
    const body = filled(call, profile);
    const { native } = at.target.adapter;
    const ask = (asked: Body): AsyncGenerator<readonly string[]> =>
      engineStream(at, call.endpoint, asked, call.signal, logger, this.#stalls);
    if (!shaping.needed(body, native)) return ask(body);
    return texts(
      shaping.shape(
        body,
        native,
        (shaped) => parsed(call, ask(shaped), this.deps.onStall),
        () => this.#promptTokens(call, profile),
      ),
    );
  }

  /** For an answer that was stopped: its reader is told these figures, metering counts its own. */
  async #promptTokens({ body, endpoint, trace }: Call, profile: Profile): Promise<number> {
    this.#untold.add(trace);
    const { countPrompt } = this.deps;
    if (endpoint !== CHAT || countPrompt === undefined) return estimateRequest(body);
    return (await countPrompt(profile, body as never, { withinMs: COUNT_MS })).tokens;
  }

  /** Finds who answers here and waits for a place there. */
  async #place(call: Call, target: Target): Promise<Place> {
    const { trace, caller, signal } = call;
    const { models, pool } = this.deps;
    const name = target.kind === 'model' ? target.model : target.name;
    const profile = await models.find(name, call.endpoint, mediaIn(call.body), caller.mayUse);
    trace.profileId = profile.id;
    trace.profileName = profile.name;
    trace.modelPath = profile.modelPath;
    checkMediaAddresses(call.body, call.protocol);
    const client = caller.keyName ?? caller.client;
    let ticket: Ticket;
    try {
      ticket = await pool.admit({
        id: call.id,
        profileId: profile.id,
        priority: caller.priority,
        client,
        signal,
        batchKey: batchKey(call, profile),
      });
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
}

/** The request as the profile wants it. */
const filled = (call: Call, profile: Profile): Body =>
  call.endpoint === CHAT ? withProfileDefaults(call.body as never, profile) : withSampling(call.body, profile);

/** What must be alike for requests to be worked on at once by the profile's engine; null where that is nothing. */
function batchKey(call: Call, profile: Profile): string | null {
  if (call.endpoint !== CHAT && call.endpoint !== COMPLETIONS) return null;
  return adapterOf(profile).batchKey?.(filled(call, profile)) ?? null;
}
