/** /api/chat and /api/generate. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AgentError, invalidRequest } from '@mlx-manager/shared';
import type { z } from 'zod';
import type { Call } from '../core/call.js';
import type { ChatChunk, ChatStream } from '../core/chunks.js';
import type { MayUse } from '../core/model-index.js';
import { callerOf, newCall } from '../core/new-call.js';
import { respondStreamed, respondWhole } from '../core/respond.js';
import { lineOf, ndjson, wholeOf, type Form, type OllamaChunk } from './chunks.js';
import { encodeContext } from './context.js';
import type { OllamaDeps } from './deps.js';
import { capabilitiesOf, type Capability } from './describe.js';
import { OllamaFraming } from './framing.js';
import { parseKeepAlive, type KeepAlive } from './keep-alive.js';
import type { Library } from './library.js';
import { loadModel, unloadModel } from './load.js';
import { chatBody, generateBody, rawBody } from './request.js';
import { chatRequest, generateRequest, type OllamaChatRequest, type OllamaGenerateRequest } from './schema.js';
import { metricsOf, OllamaStream } from './stream.js';

/** Bytes of a request: images travel inside it. */
export const BODY_LIMIT = 64 * 1024 * 1024;

export interface AnswerParts {
  readonly deps: OllamaDeps;
  readonly library: Library;
  readonly keepAlive: KeepAlive;
}

type Generating = Pick<OllamaChatRequest, 'model' | 'stream' | 'keep_alive' | 'think' | 'logprobs'>;

/** What is asked of an engine, in the form of one of the two endpoints. */
interface Question {
  readonly form: Form;
  readonly endpoint: '/v1/chat/completions' | '/v1/completions';
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
  /** What the model must be able to do. */
  readonly needs: readonly Capability[];
  readonly context?: (answer: string) => readonly number[];
}

/** Adds the routes. */
export function registerAnswers(app: FastifyInstance, parts: AnswerParts): void {
  app.post('/api/chat', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asked = parse(chatRequest, request.body);
    const messages = asked.messages ?? [];
    return answer(request, reply, parts, asked, 'chat', messages.length === 0 ? null : () => chatQuestion(asked));
  });
  app.post('/api/generate', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asked = parse(generateRequest, request.body);
    if (asked.suffix) throw lacks(asked.model, 'insert');
    if (asked.raw === true && (asked.template || asked.system || (asked.context ?? []).length > 0))
      throw new AgentError('INVALID_REQUEST', { problem: 'body.raw: raw mode does not support template, system, or context' });
    return answer(request, reply, parts, asked, 'generate', asked.prompt ? () => generateQuestion(asked) : null);
  });
}

function chatQuestion(asked: OllamaChatRequest): Question {
  const { body, warnings } = chatBody(asked);
  const images = (asked.messages ?? []).some((message) => (message.images ?? []).length > 0);
  return {
    form: 'chat',
    endpoint: '/v1/chat/completions',
    body,
    warnings,
    needs: needsOf({ tools: (asked.tools ?? []).length > 0, vision: images, thinking: thinks(asked) }),
  };
}

function generateQuestion(asked: OllamaGenerateRequest): Question {
  const needs = needsOf({ vision: (asked.images ?? []).length > 0, thinking: thinks(asked) });
  if (asked.raw === true) return { form: 'generate', endpoint: '/v1/completions', ...rawBody(asked), needs };
  const { body, warnings, turns } = generateBody(asked);
  const context = (answer: string): readonly number[] => encodeContext([...turns, { role: 'assistant', content: answer }]);
  return { form: 'generate', endpoint: '/v1/chat/completions', body, warnings, needs, context };
}

const thinks = ({ think }: Generating): boolean => think !== undefined && think !== null && think !== false;
const needsOf = (wanted: Partial<Record<Capability, boolean>>): Capability[] =>
  (Object.keys(wanted) as Capability[]).filter((name) => wanted[name] === true);

/** @param question null when nothing is asked: the model is to be loaded, or unloaded. */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: AnswerParts,
  asked: Generating,
  form: Form,
  question: (() => Question) | null,
): Promise<FastifyReply> {
  const { deps, library } = parts;
  const keep = parseKeepAlive(asked.keep_alive);
  const streams = asked.stream !== false;
  const now = (): string => new Date(deps.now()).toISOString();
  const framing = new OllamaFraming(form, asked.model, now);
  const made = question?.() ?? null;
  if (made) {
    for (const warning of made.warnings) deps.warnOnce(asked.model, warning);
    await checkAbility(library, asked.model, made.needs, callerOf(request).mayUse);
  }
  const model = library.toAsk(asked.model);
  const call = newCall(request, reply, {
    protocol: 'ollama',
    endpoint: made?.endpoint ?? '/v1/chat/completions',
    model,
    body: { ...made?.body, model },
    stream: streams,
  });
  const chunks = made ? translated(parts, call, asked, made, keep, now) : loaded(parts, call, asked.model, form, keep, now);
  if (streams) await respondStreamed(reply, call, framing, texts(chunks), deps);
  else await respondWhole(reply, call, framing, collect(form, chunks), deps);
  return reply;
}

/** The lines of an answer. */
async function* translated(
  { deps, keepAlive }: AnswerParts,
  call: Call,
  asked: Generating,
  question: Question,
  keep: number | null,
  now: () => string,
): AsyncGenerator<readonly OllamaChunk[]> {
  const raw = question.endpoint === '/v1/completions';
  const stream = new OllamaStream({
    form: question.form,
    model: asked.model,
    measured: call.trace,
    now,
    tick: () => performance.now(),
    newToolId: () => `call_${randomUUID().slice(0, 8)}`,
    raw,
    ...(question.context && { context: question.context }),
  });
  try {
    const chunks = deps.gateway.chat(call);
    for await (const chunk of raw ? asChat(chunks) : chunks) yield stream.push(chunk);
    yield stream.end();
  } finally {
    keepAlive.apply(call.trace.profileId, keep);
  }
}

/** The one line that says that a model is loaded, or goes. */
async function* loaded(
  { deps, keepAlive }: AnswerParts,
  call: Call,
  model: string,
  form: Form,
  keep: number | null,
  now: () => string,
): AsyncGenerator<readonly OllamaChunk[]> {
  const reason = keep === 0 ? ('unload' as const) : ('load' as const);
  if (reason === 'unload') await unloadModel(deps, keepAlive, call);
  else await loadModel(deps, keepAlive, call, keep);
  yield [{ ...lineOf(form, model, now(), {}), done: true, done_reason: reason, ...metricsOf(call.trace, performance.now()) }];
}

/** A text completion's chunks as a chat's. */
async function* asChat(chunks: ChatStream): ChatStream {
  for await (const chunk of chunks) {
    const choices = chunk.choices.map((choice) => ({ ...choice, delta: { content: (choice as { text?: string }).text ?? '' } }));
    yield { ...chunk, choices } satisfies ChatChunk;
  }
}

async function* texts(chunks: AsyncIterable<readonly OllamaChunk[]>): AsyncGenerator<string> {
  for await (const some of chunks) yield some.map(ndjson).join('');
}

async function collect(form: Form, chunks: AsyncIterable<readonly OllamaChunk[]>): Promise<OllamaChunk> {
  const all: OllamaChunk[] = [];
  for await (const some of chunks) all.push(...some);
  return wholeOf(form, all);
}

/**
 * Refuses what a model cannot do, in Ollama's words: clients fall back when they read them. Looked up only when something special is wanted.
 * @throws AgentError MODEL_LACKS_ABILITY.
 */
async function checkAbility(library: Library, model: string, needs: readonly Capability[], mayUse: MayUse): Promise<void> {
  if (needs.length === 0) return;
  const { profile, model: known } = await library.find(model, mayUse);
  const can = capabilitiesOf(profile, known);
  const missing = needs.find((need) => !can.includes(need));
  // A model that does not talk at all is refused by the gateway, which names those that do.
  if (missing !== undefined && can.includes('completion')) throw lacks(model, missing);
}

const lacks = (model: string, ability: string): AgentError => new AgentError('MODEL_LACKS_ABILITY', { model, ability });

/** @throws AgentError INVALID_REQUEST. */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  if (typeof body !== 'object' || body === null || Object.keys(body).length === 0)
    throw new AgentError('INVALID_REQUEST', { problem: 'missing request body' });
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}
