/** /api/embed and the older /api/embeddings. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AgentError } from '@mlx-manager/shared';
import { z } from 'zod';
import { newCall } from '../core/new-call.js';
import { respondWhole } from '../core/respond.js';
import { BODY_LIMIT, parse, type AnswerParts } from './answers.js';
import { ollamaErrorAnswer } from './framing.js';
import { parseKeepAlive } from './keep-alive.js';
import { loadModel, unloadModel } from './load.js';
import { embeddingsRequest, embedRequest } from './schema.js';
import { metricsOf } from './stream.js';

const ENDPOINT = '/v1/embeddings';

const engineAnswer = z.looseObject({
  data: z.array(z.looseObject({ index: z.int().optional(), embedding: z.array(z.number()) })),
  usage: z.looseObject({ prompt_tokens: z.number().optional() }).nullish(),
});

interface Asked {
  readonly model: string;
  readonly inputs: readonly string[];
  readonly dimensions: number | null;
  readonly keep: number | null;
}

interface Embedded {
  readonly vectors: readonly (readonly number[])[];
  readonly total_duration: number;
  readonly load_duration: number;
  readonly prompt_eval_count: number;
}

/** Adds the routes. */
export function registerEmbed(app: FastifyInstance, parts: AnswerParts): void {
  app.post('/api/embed', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const { model, input, dimensions, keep_alive } = parse(embedRequest, request.body);
    const inputs = input === undefined || input === null || input === '' ? [] : typeof input === 'string' ? [input] : input;
    const asked = { model, inputs, dimensions: dimensions || null, keep: parseKeepAlive(keep_alive) };
    return respond(request, reply, parts, asked, ({ vectors, ...figures }) => ({ model, embeddings: vectors.map(unit), ...figures }));
  });
  app.post('/api/embeddings', async (request, reply) => {
    const { model, prompt, keep_alive } = parse(embeddingsRequest, request.body);
    const asked = { model, inputs: prompt ? [prompt] : [], dimensions: null, keep: parseKeepAlive(keep_alive) };
    return respond(request, reply, parts, asked, ({ vectors }) => ({ embedding: vectors[0] ?? [] }));
  });
}

async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  { deps, library, keepAlive }: AnswerParts,
  asked: Asked,
  shape: (embedded: Embedded) => unknown,
): Promise<FastifyReply> {
  const { inputs, dimensions, keep } = asked;
  const model = library.toAsk(asked.model);
  const body = { model, input: inputs, encoding_format: 'float', ...(dimensions !== null && { dimensions }) };
  const call = newCall(request, reply, { protocol: 'ollama', endpoint: ENDPOINT, model, body, stream: false });
  const run = async (): Promise<unknown> => {
    let vectors: number[][] = [];
    let tokens = 0;
    if (inputs.length === 0) await (keep === 0 ? unloadModel(deps, keepAlive, call) : loadModel(deps, keepAlive, call, keep));
    else {
      try {
        ({ vectors, tokens } = readAnswer(await deps.gateway.whole(call)));
      } finally {
        keepAlive.apply(call.trace.profileId, keep);
      }
    }
    const { total_duration, load_duration } = metricsOf(call.trace, performance.now());
    return shape({ vectors, total_duration, load_duration, prompt_eval_count: tokens });
  };
  await respondWhole(reply, call, { refusal: (error) => ollamaErrorAnswer(error, asked.model) }, run(), deps);
  return reply;
}

/** @throws AgentError ENGINE_STREAM_BROKEN for what is no answer. */
function readAnswer(text: string): { vectors: number[][]; tokens: number } {
  let answer;
  try {
    answer = engineAnswer.parse(JSON.parse(text));
  } catch (error) {
    throw new AgentError('ENGINE_STREAM_BROKEN', { name: 'the embedding model', said: '' }, { cause: error });
  }
  const inOrder = answer.data.map((one, i) => ({ at: one.index ?? i, vector: one.embedding })).sort((a, b) => a.at - b.at);
  return { vectors: inOrder.map(({ vector }) => vector), tokens: answer.usage?.prompt_tokens ?? 0 };
}

/** The vector with length 1: Ollama promises that of /api/embed (not of /api/embeddings). */
export function unit(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
