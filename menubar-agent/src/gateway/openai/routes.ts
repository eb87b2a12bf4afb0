/** OpenAI's chat completions, completions and embeddings. */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { chatCompletionRequest, completionRequest, embeddingsRequest, invalidRequest } from '@mlx-manager/shared';
import type { Gateway } from '../core/gateway.js';
import { AUTO } from '../core/model-index.js';
import { newCall } from '../core/new-call.js';
import { respondStreamed, respondWhole, type RespondDeps } from '../core/respond.js';
import { openaiFraming } from './framing.js';
import { openaiText } from './stream.js';

export interface OpenaiDeps extends RespondDeps {
  readonly gateway: Gateway;
  /** Bytes of a request. */
  readonly bodyLimit: number;
}

/** Adds the routes. */
export function registerOpenai(app: FastifyInstance, deps: OpenaiDeps): void {
  const { gateway, bodyLimit } = deps;
  const generate = <T extends Generating>(endpoint: string, schema: z.ZodType<T>): void => {
    app.post(endpoint, { bodyLimit }, async (request, reply) => {
      const body = parse(schema, request.body);
      const model = body.model ?? AUTO;
      const stream = body.stream === true;
      const call = newCall(request, reply, { protocol: 'openai', endpoint, model, body, stream });
      if (stream) {
        const text = gateway.mapped(call, openaiText(call, body.stream_options?.include_usage === true));
        await respondStreamed(reply, call, openaiFraming, text, deps);
      } else await respondWhole(reply, call, openaiFraming, gateway.complete(call), deps);
      return reply;
    });
  };
  generate('/v1/chat/completions', chatCompletionRequest);
  generate('/v1/completions', completionRequest);

  app.post('/v1/embeddings', { bodyLimit }, async (request, reply) => {
    const body = parse(embeddingsRequest, request.body);
    const call = newCall(request, reply, {
      protocol: 'openai',
      endpoint: '/v1/embeddings',
      model: body.model ?? AUTO,
      body,
      stream: false,
    });
    await respondWhole(reply, call, openaiFraming, gateway.whole(call), deps);
    return reply;
  });
}

type Generating = {
  readonly model?: string | null | undefined;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: unknown } | null | undefined;
} & Record<string, unknown>;

/** @throws AgentError INVALID_REQUEST. */
function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}
