/** `/v1`: OpenAI's API over every profile that runs. */
import {
  AgentError,
  chatCompletionRequest,
  completionRequest,
  embeddingsRequest,
  invalidRequest,
  type ModelType,
  type OpenaiModel,
  type Profile,
} from '@mlx-manager/shared';
import type { z } from 'zod';
import type { Logger } from '../core/index.js';
import type { HttpServer } from '../http/index.js';
import type { Pool } from '../pool/index.js';
import { adapterOf } from '../profiles/index.js';
import { registerAnthropic } from './anthropic/routes.js';
import { proxyRequest } from './proxy.js';
import { withProfileDefaults, withSampling } from './request.js';
import { resolveModel } from './resolve.js';

/** Bytes of a request: images travel inside it. */
const BODY_LIMIT = 64 * 1024 * 1024;

export interface GatewayDeps {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly profiles: () => readonly Profile[];
  readonly stateOf: (profileId: number) => string;
  /** Tokens; null when unknown. */
  readonly contextWindowOf: (profile: Profile) => Promise<number | null>;
  readonly onStall: (profileId: number) => void;
}

/** Adds the gateway's routes. */
export function registerGateway(http: HttpServer, deps: GatewayDeps): void {
  const { app } = http;
  const isRunning = (id: number): boolean => deps.stateOf(id) === 'healthy';
  const find = (name: string): Profile => resolveModel(name, { profiles: deps.profiles, isRunning });

  app.get('/v1/models', async () => ({
    object: 'list',
    data: await Promise.all(deps.profiles().map((profile) => present(profile, deps))),
  }));
  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => present(find(request.params['*']), deps));

  const pass = <T extends { model: string; stream?: boolean | null | undefined }>(path: string, endpoint: Endpoint<T>): void => {
    app.post(path, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const parsed = endpoint.schema.safeParse(request.body);
      if (!parsed.success) throw invalidRequest(parsed.error, 'body');
      const profile = find(parsed.data.model);
      checkAbility(profile, path, endpoint.types, deps.profiles());
      const target = deps.pool.target(profile.id);
      deps.pool.used(profile.id);
      const body = target.adapter.prepareChat(endpoint.fill(parsed.data, profile), target.spec);
      const call = { target, path, body, profileId: profile.id, profileName: profile.name, stream: parsed.data.stream === true };
      return proxyRequest(request, reply, call, { logger: deps.logger, onStall: deps.onStall });
    });
  };
  pass('/v1/chat/completions', { schema: chatCompletionRequest, types: ['lm', 'multimodal'], fill: withProfileDefaults });
  pass('/v1/completions', { schema: completionRequest, types: ['lm'], fill: withSampling });
  pass('/v1/embeddings', { schema: embeddingsRequest, types: ['embeddings'], fill: (body) => body });
  const findTalker = (name: string): Profile => {
    const profile = find(name);
    checkAbility(profile, '/v1/chat/completions', ['lm', 'multimodal'], deps.profiles());
    return profile;
  };
  registerAnthropic(app, deps, { bodyLimit: BODY_LIMIT, find: findTalker });
}

/** An endpoint that the engine answers itself. */
interface Endpoint<T> {
  readonly schema: z.ZodType<T>;
  /** Model types that can. */
  readonly types: readonly ModelType[];
  /** Adds the profile's defaults. */
  readonly fill: (body: T, profile: Profile) => Record<string, unknown>;
}

/** @throws AgentError MODEL_CANNOT_ANSWER naming those that can. */
function checkAbility(profile: Profile, path: string, types: readonly ModelType[], all: readonly Profile[]): void {
  const can = (one: Profile): boolean => types.includes(one.modelType) && adapterOf(one).capabilities.endpoints.includes(path);
  if (can(profile)) return;
  const able = all.filter(can).map((one) => `"${one.name}"`);
  const remedy = able.length > 0 ? `Use ${able.join(' or ')}.` : `Make a profile of type ${types.join(' or ')} for it.`;
  const { name, modelType, id: profileId } = profile;
  throw new AgentError('MODEL_CANNOT_ANSWER', { name, profileId, modelType, engineId: adapterOf(profile).id, path, remedy });
}

async function present(profile: Profile, deps: GatewayDeps): Promise<OpenaiModel> {
  return {
    id: profile.name,
    object: 'model',
    created: Math.floor(Date.parse(profile.createdAt) / 1000),
    owned_by: 'mlx-manager',
    profile_id: profile.id,
    state: deps.stateOf(profile.id),
    context_window: await deps.contextWindowOf(profile),
  };
}
