/** `/v1/responses`: OpenAI's Responses API over every model, translated onto chat completions. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AgentError, invalidRequest, type ChatCompletionRequest } from '@mlx-manager/shared';
import type { CallerInfo } from '../core/call.js';
import type { ChatStream } from '../core/chunks.js';
import { estimateTokens } from '../core/estimate.js';
import type { Gateway } from '../core/gateway.js';
import { AUTO } from '../core/model-index.js';
import { answeringName, callerOf, newCall } from '../core/new-call.js';
import { respondStreamed, respondWhole, type RespondDeps } from '../core/respond.js';
import { encodeEvent, type ResponseObject, type ResponsesEvent } from './events.js';
import { responsesFraming } from './framing.js';
import { headOf } from './head.js';
import { responseOf } from './message.js';
import { ENCRYPTED_REASONING, itemsOf, toChatRequest, wantsLogprobs, type ChatRequest } from './request.js';
import { responsesRequest, type Item, type ResponsesRequest } from './schema.js';
import { ResponseStore, type Owner } from './store.js';
import { ResponsesStream } from './stream.js';

export interface ResponsesDeps extends RespondDeps {
  readonly gateway: Pick<Gateway, 'translated'>;
  /** Bytes of a request. */
  readonly bodyLimit: number;
  /** By default one of its own. */
  readonly store?: ResponseStore;
  /** Counts a prompt with the model's own tokenizer; without it prompts are estimated. */
  readonly countTokens?: (
    model: string,
    body: ChatCompletionRequest,
    caller: CallerInfo,
  ) => Promise<{ readonly tokens: number; readonly exact: boolean }>;
}

/** Says that a count is an estimate, as `/v1/messages/count_tokens` says it. */
const COUNT_HEADER = 'x-mlx-manager-count';

const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;
const now = (): number => Math.floor(Date.now() / 1000);

/** Adds the routes. */
export function registerResponses(app: FastifyInstance, deps: ResponsesDeps): void {
  const { gateway, bodyLimit, logger, store = new ResponseStore(), countTokens } = deps;

  const read = (request: FastifyRequest): { asked: ResponsesRequest; owner: Owner; input: Item[]; items: Item[]; chat: ChatRequest } => {
    const asked = parse(request.body);
    const owner = callerOf(request).keyId;
    const input = store.resolve(owner, itemsOf(asked));
    const items = [...before(asked, owner, store), ...input];
    if (items.length === 0 && !asked.instructions) {
      throw new AgentError('INVALID_REQUEST', { problem: 'body.input: nothing in it can be answered' });
    }
    const chat = toChatRequest(asked, items);
    for (const warning of chat.warnings) logger.warn({ model: asked.model }, warning);
    return { asked, owner, input, items, chat };
  };

  app.post('/v1/responses', { bodyLimit }, async (request, reply) => {
    const { asked, owner, input, items, chat } = read(request);
    const model = asked.model ?? AUTO;
    const call = newCall(request, reply, {
      protocol: 'responses',
      endpoint: '/v1/chat/completions',
      model,
      body: chat.body,
      stream: asked.stream === true,
    });
    const stream = new ResponsesStream({
      head: headOf(asked, items, { id: newId('resp'), createdAt: now(), model }),
      tools: chat.tools,
      summary: wantsSummary(asked),
      encrypted: asked.include?.includes(ENCRYPTED_REASONING) === true,
      logprobs: wantsLogprobs(asked),
      newId,
      now,
      model: () => answeringName(call),
    });
    const framing = responsesFraming(stream);
    const keep = (response: ResponseObject): void => {
      if (asked.store !== false) store.put(owner, { response, input: withIds(input) });
    };
    const events = gateway.translated(call, (chunks) => translated(chunks, stream, keep));
    if (call.stream) await respondStreamed(reply, call, framing, wireText(events), deps);
    else await respondWhole(reply, call, framing, whole(events), deps);
    return reply;
  });

  app.post('/v1/responses/input_tokens', { bodyLimit }, async (request, reply) => {
    const { asked, chat } = read(request);
    const counted = await countTokens?.(asked.model ?? AUTO, chat.body, callerOf(request));
    if (counted?.exact !== true) void reply.header(COUNT_HEADER, 'estimated');
    return reply.send({ object: 'response.input_tokens', input_tokens: counted?.tokens ?? estimateTokens(chat.body) });
  });

  app.get<{ Params: { id: string }; Querystring: { stream?: string } }>('/v1/responses/:id', async (request, reply) => {
    const { response } = store.get(callerOf(request).keyId, request.params.id);
    if (request.query.stream === 'true') {
      throw new AgentError('INVALID_REQUEST', { problem: 'query.stream: a stored response is given whole; leave it out' });
    }
    return reply.send(response);
  });

  app.get<{ Params: { id: string }; Querystring: PageQuery }>('/v1/responses/:id/input_items', async (request, reply) => {
    const { input } = store.get(callerOf(request).keyId, request.params.id);
    return reply.send(page(input, request.query));
  });

  app.delete<{ Params: { id: string } }>('/v1/responses/:id', async (request, reply) => {
    const { id } = request.params;
    store.delete(callerOf(request).keyId, id);
    return reply.send({ id, object: 'response', deleted: true });
  });

  app.post<{ Params: { id: string } }>('/v1/responses/:id/cancel', (request) => {
    store.get(callerOf(request).keyId, request.params.id);
    throw new AgentError('INVALID_REQUEST', {
      problem: 'path.id: this response is complete; one that is being given is cancelled by closing its connection',
    });
  });
}

/** @throws AgentError INVALID_REQUEST. */
function parse(body: unknown): ResponsesRequest {
  const parsed = responsesRequest.safeParse(body);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}

/** What was said before this request. Its instructions are not among it: they hold for their own response only. */
function before({ previous_response_id: id }: ResponsesRequest, owner: Owner, store: ResponseStore): Item[] {
  return id ? store.conversation(owner, id) : [];
}

function wantsSummary({ reasoning }: ResponsesRequest): boolean {
  const summary = reasoning?.summary ?? reasoning?.generate_summary ?? 'none';
  return summary !== 'none';
}

/** The events of an answer after its first ones. @param keep told of the response before its last event goes out: it may be referred to at once. */
async function* translated(
  chunks: ChatStream,
  stream: ResponsesStream,
  keep: (response: ResponseObject) => void,
): AsyncGenerator<readonly ResponsesEvent[]> {
  for await (const chunk of chunks) yield stream.push(chunk);
  const last = stream.end();
  keep(responseOf(last));
  yield last;
}

async function* wireText(all: AsyncIterable<readonly ResponsesEvent[]>): AsyncGenerator<string> {
  for await (const events of all) yield events.map(encodeEvent).join('');
}

async function whole(all: AsyncIterable<readonly ResponsesEvent[]>): Promise<ResponseObject> {
  let last: readonly ResponsesEvent[] = [];
  for await (const events of all) last = events;
  return responseOf(last);
}

const withIds = (items: readonly Item[]): Item[] =>
  items.map((item) => ({
    ...item,
    type: item.type ?? 'message',
    id: item.id ?? newId(item.type === 'message' || !item.type ? 'msg' : 'item'),
  }));

interface PageQuery {
  readonly limit?: string;
  readonly order?: string;
  readonly after?: string;
}

/** A page of a list, the newest first unless asked otherwise. */
function page(items: readonly Item[], { limit, order, after }: PageQuery): Record<string, unknown> {
  const all = order === 'asc' ? [...items] : items.toReversed();
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const size = Math.min(100, Math.max(1, Number.parseInt(limit ?? '20', 10) || 20));
  const data = all.slice(start, start + size);
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: start + size < all.length };
}
