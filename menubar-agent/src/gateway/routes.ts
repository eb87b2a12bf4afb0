/** `/v1`: one address for every client and every model. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  AgentError,
  characteristics as characteristicsSchema,
  type Characteristics,
  type LocalModel,
  type OpenaiModel,
  type Profile,
  type ServerState,
} from '@mlx-manager/shared';
import { registerAnthropic } from './anthropic/routes.js';
import { callerOf } from './core/new-call.js';
import type { PromptCounter } from './core/count.js';
import type { Gateway } from './core/gateway.js';
import { nameOfLocal, type ModelIndex } from './core/model-index.js';
import { defaultRespondTimings, type RespondDeps, type RespondTimings } from './core/respond.js';
import { registerMedia } from './media/routes.js';
import { registerOpenai } from './openai/routes.js';
import { registerResponses } from './responses/routes.js';
import type { ResponseStore } from './responses/store.js';
import type { Logger } from '../core/index.js';

/** Bytes of a request: images travel inside it. */
export const BODY_LIMIT = 64 * 1024 * 1024;

export interface GatewayRoutesDeps {
  readonly gateway: Gateway;
  readonly models: ModelIndex;
  readonly logger: Logger;
  readonly countPrompt: PromptCounter;
  /** Answers that can be gone on from; shared by all servers that carry these routes. */
  readonly responses: ResponseStore;
  readonly stateOf: (profileId: number) => ServerState;
  /** What a profile's model is; null when its files are not here. */
  readonly characteristicsOf: (profile: Profile) => Promise<Characteristics | null>;
  /** Tests shorten them. */
  readonly timings?: RespondTimings;
}

/** Adds the gateway's routes to a server. */
export function registerGateway(app: FastifyInstance, deps: GatewayRoutesDeps): void {
  const responding: RespondDeps = { logger: deps.logger, timings: deps.timings ?? defaultRespondTimings };
  const { gateway, models, countPrompt } = deps;
  const common = { ...responding, gateway, models, countPrompt, bodyLimit: BODY_LIMIT };

  app.get<{ Querystring: { client_version?: string } }>('/v1/models', async (request) => {
    const caller = callerOf(request);
    const profiles = deps.models.profiles().filter((profile) => caller.mayUse(profile));
    const unclaimed = await models.unclaimed((model) => caller.mayUse(model));
    const data = [...(await Promise.all(profiles.map((profile) => present(profile, deps)))), ...unclaimed.map(presentLocal)];
    // Anthropic's clients page through `has_more`; what they read besides is in each entry.
    const list = { object: 'list', data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    // Codex alone sends its version, and reads a catalogue from `models`: without the field it says at each start that it cannot read the list. An entry there must
    // bring Codex's whole system prompt (`base_instructions`), so that it would replace the real one; an empty catalogue leaves Codex its own (ModelsResponse and
    // apply_remote_models in codex-rs; ik_llama.cpp PR 1964, codex 37122).
    return request.query.client_version === undefined ? list : { ...list, models: [] };
  });
  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    const name = request.params['*'];
    const { mayUse } = callerOf(request);
    const known = models.known(name);
    const local = known ? undefined : (await models.unclaimed(mayUse)).find((one) => nameOfLocal(one).toLowerCase() === name.toLowerCase());
    if (local) return presentLocal(local);
    const found = known ?? (await models.find(name, '/v1/models', null, mayUse));
    if (!mayUse(found)) throw new AgentError('MODEL_NOT_ALLOWED', { model: name });
    return present(found, deps);
  });
  registerOpenai(app, common);
  registerAnthropic(app, common);
  registerMedia(app, common);
  registerResponses(app, {
    ...common,
    store: deps.responses,
    countTokens: async (model, body, { mayUse }) => countPrompt(await models.find(model, '/v1/chat/completions', null, mayUse), body),
  });
}

/** A profile as OpenAI's, Anthropic's and LM Studio's clients read a model. */
async function present(profile: Profile, deps: GatewayRoutesDeps): Promise<OpenaiModel> {
  const characteristics = await deps.characteristicsOf(profile);
  const state = deps.stateOf(profile.id);
  const contextWindow = profile.contextLength ?? characteristics?.contextWindow ?? null;
  return {
    id: profile.name,
    object: 'model',
    type: 'model',
    display_name: profile.name,
    created: Math.floor(Date.parse(profile.createdAt) / 1000),
    created_at: profile.createdAt,
    owned_by: 'mlx-manager',
    profile_id: profile.id,
    aliases: profile.aliases,
    model: profile.modelPath,
    model_type: profile.modelType,
    state:
      state === 'healthy' || state === 'unhealthy'
        ? 'loaded'
        : characteristics === null
          ? 'not_downloaded'
          : state === 'starting'
            ? 'loading'
            : 'startable',
    server_state: state,
    context_window: contextWindow,
    max_input_tokens: contextWindow,
    characteristics: characteristics === null ? null : toWire(characteristics),
  };
}

/** A model that is here and gets its profile with its first request. */
function presentLocal(model: LocalModel): OpenaiModel {
  const { characteristics } = model;
  const id = nameOfLocal(model);
  const createdAt = model.downloadedAt ?? new Date(0).toISOString();
  return {
    id,
    object: 'model',
    type: 'model',
    display_name: id,
    created: Math.floor(Date.parse(createdAt) / 1000),
    created_at: createdAt,
    owned_by: 'mlx-manager',
    profile_id: null,
    aliases: [],
    model: model.modelId,
    model_type: characteristics.modelType,
    state: 'startable',
    server_state: 'stopped',
    context_window: characteristics.contextWindow,
    max_input_tokens: characteristics.contextWindow,
    characteristics: toWire(characteristics),
  };
}

const toWire = (characteristics: Characteristics): OpenaiModel['characteristics'] => z.encode(characteristicsSchema, characteristics);
