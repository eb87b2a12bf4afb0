/** `/v1/messages`: Anthropic's API over every profile that runs, translated onto chat completions. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { invalidRequest, type Profile } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { Pool } from '../../pool/index.js';
import { withProfileDefaults } from '../request.js';
import { estimateTokens } from './estimate.js';
import { answerStreamed, answerWhole, defaultTimings, type Timings } from './exchange.js';
import { toChatRequest, type ChatCall } from './request.js';
import { messagesRequest, type MessagesRequest } from './schema.js';

export interface AnthropicDeps {
  readonly pool: Pick<Pool, 'target' | 'used'>;
  readonly logger: Logger;
  readonly onStall: (profileId: number) => void;
}

export interface AnthropicOptions {
  /** Bytes of a request. */
  readonly bodyLimit: number;
  /** The profile behind a name. */
  readonly find: (name: string) => Profile;
  /** Tests shorten them. */
  readonly timings?: Timings;
}

/** Says that a count is an estimate. */
export const COUNT_HEADER = 'x-mlx-manager-count';

/** Adds the routes. Anthropic's headers (`x-api-key`, `anthropic-version`, `anthropic-beta`) may be there or not. */
export function registerAnthropic(app: FastifyInstance, deps: AnthropicDeps, options: AnthropicOptions): void {
  const { bodyLimit, find, timings = defaultTimings } = options;

  const read = (body: unknown): { request: MessagesRequest; call: ChatCall; profile: Profile } => {
    const parsed = messagesRequest.safeParse(body);
    if (!parsed.success) throw invalidRequest(parsed.error, 'body');
    const profile = find(parsed.data.model);
    const call = toChatRequest(parsed.data);
    for (const warning of call.warnings) deps.logger.warn({ profileId: profile.id }, warning);
    return { request: parsed.data, profile, call: { ...call, body: withProfileDefaults(call.body, profile) } };
  };

  app.post('/v1/messages', { bodyLimit }, async (request, reply) => {
    const { request: asked, profile, call } = read(request.body);
    const target = deps.pool.target(profile.id);
    deps.pool.used(profile.id);
    void reply.header('request-id', `req_${request.id}_${randomUUID()}`);
    const exchange = {
      target,
      body: target.adapter.prepareChat({ ...call.body, stream: true, stream_options: { include_usage: true } }, target.spec),
      profileId: profile.id,
      profileName: profile.name,
      answer: {
        id: `msg_${randomUUID()}`,
        model: asked.model,
        inputTokens: estimateTokens(call.body),
        stopSequences: call.stopSequences,
        newToolId: () => `toolu_${randomUUID()}`,
      },
    };
    const answer = asked.stream === true ? answerStreamed : answerWhole;
    await answer(reply, exchange, { logger: deps.logger, onStall: deps.onStall, timings });
    return reply;
  });

  app.post('/v1/messages/count_tokens', { bodyLimit }, async (request, reply) => {
    const { call } = read(request.body);
    void reply.header(COUNT_HEADER, 'estimated');
    return reply.send({ input_tokens: estimateTokens(call.body) });
  });
}
