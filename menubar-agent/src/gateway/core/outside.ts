/** Answers of providers, in this machine's place. */
import { AgentError } from '@mlx-manager/shared';
import { PassReader, type Providers } from '../providers/index.js';
import type { Target } from '../routing/index.js';
import type { Call } from './call.js';
import type { ChatChunk, ChatStream } from './chunks.js';
import { texts } from './chunk-reading.js';
import type { GatewayCoreDeps } from './deps.js';
import { CHAT } from './endpoints.js';
import { Passed, type Piece } from './passed.js';

type Body = Readonly<Record<string, unknown>>;
export type ProviderTarget = Target & { kind: 'provider' };

/** Names who answered in place of this machine. */
export const PROVIDER_HEADER = 'x-mlx-manager-provider';

export class Outside {
  constructor(private readonly deps: Pick<GatewayCoreDeps, 'providers' | 'shaping'>) {}

  /** An answer from outside: passed on where the provider speaks the client's protocol, else translated. */
  async *answer(call: Call, target: ProviderTarget): AsyncGenerator<Piece> {
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

  async whole(call: Call, target: ProviderTarget): Promise<string> {
    this.#leaveHouse(call, target);
    const request = { path: call.endpoint, body: JSON.stringify(call.body), model: target.model, stream: false };
    const { body } = await this.deps.providers.pass(target.providerId, request, call.signal);
    const parts: Uint8Array[] = [];
    for await (const bytes of body) parts.push(bytes);
    return Buffer.concat(parts).toString('utf8');
  }

  /** Marks an answer from outside. @returns the provider's protocol. @throws AgentError MODEL_NOT_ALLOWED. */
  #leaveHouse(call: Call, { name, model, providerId }: ProviderTarget): 'openai' | 'anthropic' {
    if (!call.caller.mayUse({ name: call.model, aliases: [], modelPath: model }))
      throw new AgentError('MODEL_NOT_ALLOWED', { model: call.model });
    // What was tried here before does not answer it.
    Object.assign(call.trace, { provider: name, profileId: null, profileName: null, modelPath: null, engine: null });
    call.answerHeaders[PROVIDER_HEADER] = name;
    return this.deps.providers.known().find(({ id }) => id === providerId)?.protocol ?? 'openai';
  }
}
