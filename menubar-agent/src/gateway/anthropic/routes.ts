/** `/v1/messages`: Anthropic's API over every model, translated onto chat completions. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalidRequest } from '@mlx-manager/shared';
import type { Call } from '../core/call.js';
import type { ChatChunk } from '../core/chunks.js';
import type { Gateway } from '../core/gateway.js';
import { AUTO, type ModelIndex } from '../core/model-index.js';
import type { PromptCounter } from '../core/count.js';
import { answeringName, callerOf, newCall } from '../core/new-call.js';
import { Passed } from '../core/passed.js';
import { respondStreamed, respondWhole, type RespondDeps } from '../core/respond.js';
import { estimateTokens } from '../core/estimate.js';
import { encodeEvent, type Message, type StreamEvent } from './events.js';
import { anthropicFraming } from './framing.js';
import { messageOf } from './message.js';
import { toChatRequest, type ChatCall } from './request.js';
import { messagesRequest, type MessagesRequest } from './schema.js';
import { AnthropicStream } from './stream.js';

export interface AnthropicDeps extends RespondDeps {
  readonly gateway: Gateway;
  readonly models: ModelIndex;
  readonly countPrompt: PromptCounter;
  /** Bytes of a request. */
  readonly bodyLimit: number;
}

/** Says that a count is an estimate. */
export const COUNT_HEADER = 'x-mlx-manager-count';

/** Adds the routes. Anthropic's headers (`x-api-key`, `anthropic-version`, `anthropic-beta`) may be there or not. */
export function registerAnthropic(app: FastifyInstance, deps: AnthropicDeps): void {
  const { gateway, models, countPrompt, bodyLimit, logger } = deps;

  const read = (body: unknown): { request: MessagesRequest; chat: ChatCall } => {
    const parsed = messagesRequest.safeParse(body);
    if (!parsed.success) throw invalidRequest(parsed.error, 'body');
    const known = models.known(parsed.data.model ?? AUTO);
    const chat = toChatRequest(parsed.data, { sees: known === undefined || known.modelType === 'multimodal' });
    for (const warning of chat.warnings) logger.warn({ model: parsed.data.model }, warning);
    return { request: parsed.data, chat };
  };
  const callOf = (request: FastifyRequest, reply: FastifyReply, chat: ChatCall, stream: boolean, begin: () => void): Call =>
    newCall(request, reply, {
      protocol: 'anthropic',
      endpoint: '/v1/chat/completions',
      model: chat.body.model ?? AUTO,
      body: chat.body,
      stream,
      passable: {
        protocol: 'anthropic',
        path: '/v1/messages',
        body: () => JSON.stringify(request.body),
        headers: request.headers,
        possible: () => !reply.raw.headersSent,
        begin,
      },
    });

  app.post('/v1/messages', { bodyLimit }, async (request, reply) => {
    const { request: asked, chat } = read(request.body);
    void reply.header('request-id', `req_${request.id}_${randomUUID()}`);
    let passed = false;
    const call = callOf(request, reply, chat, asked.stream === true, () => (passed = true));
    const stream = new AnthropicStream({
      id: `msg_${call.id}`,
      // Known for `auto` when the answer begins.
      get model() {
        return answeringName(call);
      },
      inputTokens: estimateTokens(chat.body),
      stopSequences: chat.stopSequences,
      newToolId: () => `toolu_${randomUUID()}`,
    });
    // What is passed on brings its own beginning.
    const framing = anthropicFraming(() => (passed ? [] : stream.start()));
    const answer = gateway.translatedOrPassed(call, (pieces) => translated(pieces, stream));
    if (call.stream) await respondStreamed(reply, call, framing, streamText(answer), deps);
    else await respondWhole(reply, call, framing, whole(answer, stream), deps);
    return reply;
  });

  app.post('/v1/messages/count_tokens', { bodyLimit }, async (request, reply) => {
    const { chat } = read(request.body);
    const model = chat.body.model ?? AUTO;
    const profile = await models.find(model, '/v1/chat/completions', null, callerOf(request).mayUse);
    const { tokens, exact } = await countPrompt(profile, chat.body);
    if (!exact) void reply.header(COUNT_HEADER, 'estimated');
    return reply.send({ input_tokens: tokens });
  });
}

/** The events of an answer after its first, or the bytes that are passed on. */
async function* translated(pieces: AsyncIterable<ChatChunk | Passed>, stream: AnthropicStream): AsyncGenerator<Said> {
  let passed = false;
  for await (const piece of pieces) {
    if (piece instanceof Passed) {
      passed = true;
      yield piece.bytes;
      continue;
    }
    yield stream.push(piece);
    // Leaving the loop ends the engine’s work.
    if (stream.stopped) break;
  }
  if (!passed) yield stream.end();
}

type Said = readonly StreamEvent[] | Uint8Array;

async function* streamText(answer: AsyncIterable<Said>): AsyncGenerator<string | Uint8Array> {
  for await (const some of answer) yield some instanceof Uint8Array ? some : some.map(encodeEvent).join('');
}

async function whole(answer: AsyncIterable<Said>, stream: AnthropicStream): Promise<Message | string> {
  const events: StreamEvent[] = [];
  const bytes: Uint8Array[] = [];
  for await (const some of answer) {
    if (some instanceof Uint8Array) bytes.push(some);
    else events.push(...some);
  }
  return bytes.length > 0 ? Buffer.concat(bytes).toString('utf8') : messageOf([...stream.start(), ...events]);
}
