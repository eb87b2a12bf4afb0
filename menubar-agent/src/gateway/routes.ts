/** `/v1`: OpenAI's API over every profile that runs. */
import { chatCompletionRequest, invalidRequest, type OpenaiModel, type Profile } from '@mlx-manager/shared';
import type { Logger } from '../core/index.js';
import type { HttpServer } from '../http/index.js';
import type { Pool } from '../pool/index.js';
import { proxyRequest } from './proxy.js';
import { withProfileDefaults } from './request.js';
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

  app.post('/v1/chat/completions', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const parsed = chatCompletionRequest.safeParse(request.body);
    if (!parsed.success) throw invalidRequest(parsed.error, 'body');
    const profile = find(parsed.data.model);
    const target = deps.pool.target(profile.id);
    deps.pool.used(profile.id);
    const body = target.adapter.prepareChat(withProfileDefaults(parsed.data, profile), target.spec);
    const call = {
      target,
      path: '/v1/chat/completions',
      body,
      profileId: profile.id,
      profileName: profile.name,
      stream: parsed.data.stream === true,
    };
    return proxyRequest(request, reply, call, { logger: deps.logger, onStall: deps.onStall });
  });
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
