/** Brings an answer to its client: waits a moment for an early error, opens the stream, keeps it alive, tells how it ended. */
import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { AgentError } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { Framing, GatewayFailure } from './framing.js';
import { EngineRefusal } from './refusal.js';

/** Milliseconds. */
export interface RespondTimings {
  /** How long an answer may take to fail with a status of its own; then the stream opens, and errors go into it. */
  readonly open: number;
  /** Between signs of life while nothing else is said: some clients give up after 15 s. */
  readonly ping: number;
  /** How long a client may read nothing of what waits for it: it holds a place at the engine. Five minutes when left out. */
  readonly unread?: number;
}
export const defaultRespondTimings: RespondTimings = { open: 2_000, ping: 5_000 };
const UNREAD_MS = 5 * 60_000;

export interface RespondDeps {
  readonly logger: Logger;
  readonly timings: RespondTimings;
}

/** What `respond…` needs of a call. */
export interface Answering {
  readonly signal: AbortSignal;
  /** Headers for the answer, as far as they are known when it opens. */
  readonly answerHeaders: Readonly<Record<string, string>>;
}

/**
 * Answers with a stream of wire text.
 * @param text framed already; bytes as they are. What it throws ends the stream in the protocol's own words.
 */
export async function respondStreamed(
  reply: FastifyReply,
  call: Answering,
  framing: Framing,
  text: AsyncIterable<string | Uint8Array>,
  deps: RespondDeps,
): Promise<void> {
  const { raw } = reply;
  const iterator = text[Symbol.asyncIterator]();
  let pinging: NodeJS.Timeout | undefined;
  const open = (flush: boolean): void => {
    reply.hijack();
    raw.writeHead(200, { ...headersOf(reply), ...call.answerHeaders, 'content-type': framing.contentType, 'cache-control': 'no-store' });
    const opening = framing.open();
    if (opening !== '') raw.write(opening);
    else if (flush) raw.flushHeaders();
    pinging = setInterval(() => {
      // A client that does not read needs no sign of life.
      const sign = raw.writableNeedDrain ? '' : framing.keepAlive();
      if (sign !== '') raw.write(sign);
    }, deps.timings.ping).unref();
  };
  const opening = setTimeout(open, deps.timings.open, true);
  try {
    for (;;) {
      const { done, value } = (await iterator.next()) as IteratorResult<string | Uint8Array, undefined>;
      if (!raw.headersSent) {
        clearTimeout(opening);
        if (call.signal.aborted) break;
        open(false);
      }
      if (done === true) break;
      if (value.length === 0) continue;
      pinging?.refresh();
      if (!raw.write(value)) await drained(raw, call.signal, deps.timings.unread ?? UNREAD_MS);
    }
    if (raw.headersSent) raw.end(framing.close?.() ?? '');
    else reply.hijack();
  } catch (error) {
    clearTimeout(opening);
    if (call.signal.aborted) {
      // Nobody is there to be told.
      if (raw.headersSent) raw.destroy();
      else reply.hijack();
    } else if (raw.headersSent) raw.end(framing.failure(toFailure(error, deps.logger)));
    else refuse(reply, call, framing, error, deps.logger);
  } finally {
    clearTimeout(opening);
    clearInterval(pinging);
    await iterator.return?.();
  }
}

/** Waits until the client has read what was written. One that never does is gone, though its connection is not: it is closed, and with it the call. */
async function drained(raw: FastifyReply['raw'], signal: AbortSignal, patience: number): Promise<void> {
  const gone = setTimeout(() => raw.destroy(), patience).unref();
  try {
    await once(raw, 'drain', { signal });
  } finally {
    clearTimeout(gone);
  }
}

/** Answers with one body. A string is sent as the JSON it is. */
export async function respondWhole(
  reply: FastifyReply,
  call: Answering,
  framing: Pick<Framing, 'refusal'>,
  body: Promise<unknown>,
  deps: Pick<RespondDeps, 'logger'>,
): Promise<void> {
  try {
    const answer = await body;
    if (call.signal.aborted) {
      reply.hijack();
      return;
    }
    void reply.headers(call.answerHeaders).type('application/json; charset=utf-8');
    void reply.send(typeof answer === 'string' ? answer : JSON.stringify(answer));
  } catch (error) {
    if (call.signal.aborted) reply.hijack();
    else refuse(reply, call, framing, error, deps.logger);
  }
}

/** Whether the client has left; to be forgotten when the answer is done. */
export function clientLeft(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new Error('the client left'));
  });
  return left.signal;
}

function refuse(reply: FastifyReply, call: Answering, framing: Pick<Framing, 'refusal'>, error: unknown, logger: Logger): void {
  const failure = toFailure(error, logger);
  const retryAfter = failure instanceof EngineRefusal ? failure.retryAfter : failure.details.retryAfter;
  if (typeof retryAfter === 'string') void reply.header('retry-after', retryAfter);
  if (typeof retryAfter === 'number') void reply.header('retry-after', String(Math.ceil(retryAfter)));
  const { status, body } = framing.refusal(failure);
  void reply.headers(call.answerHeaders).code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** Whatever was thrown, as what a client may be told. */
export function toFailure(error: unknown, logger: Logger): GatewayFailure {
  if (error instanceof AgentError || error instanceof EngineRefusal) return error;
  logger.error({ err: error }, 'an answer failed');
  return new AgentError('INTERNAL', {}, { cause: error });
}

/** The headers that hooks put on a reply, for one that is written by hand. */
export function headersOf(reply: FastifyReply): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = String(value);
  return headers;
}
