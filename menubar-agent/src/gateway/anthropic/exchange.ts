/** One request to an engine and its answer, as Anthropic's events or as one message. */
import type { FastifyReply } from 'fastify';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { AgentError, readSse } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import { anthropicErrorAnswer, anthropicErrorBody, type AnthropicError } from '../../http/index.js';
import type { ServerTarget } from '../../servers/index.js';
import { engineError } from '../engine-error.js';
import { encodeEvent, type StreamEvent } from './events.js';
import { messageOf } from './message.js';
import { AnthropicStream, EngineStreamError, type StreamOptions } from './stream.js';

export interface Call {
  readonly target: ServerTarget;
  readonly body: Record<string, unknown>;
  readonly profileId: number;
  readonly profileName: string;
  readonly answer: StreamOptions;
}

export interface ExchangeDeps {
  readonly logger: Logger;
  /** Told when an engine gives no answer, so that it is looked at. */
  readonly onStall: (profileId: number) => void;
  readonly timings: Timings;
}

/** Milliseconds. */
export interface Timings {
  /** How long an engine may take to refuse with a status of its own; then the stream opens, and errors go into it. */
  readonly open: number;
  /** Between pings while nothing else is said: some clients give up after 15 s. */
  readonly ping: number;
}
export const defaultTimings: Timings = { open: 2_000, ping: 5_000 };

/** The event that ends a stream in OpenAI’s protocol. */
const LAST_EVENT = '[DONE]';
/** Of an engine's error answer. */
const MAX_ERROR_CHARS = 64 * 1024;

/** What an engine refused, in its own words. */
class EngineRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: string | null,
  ) {
    super(message);
  }
}

/**
 * Answers with one message. The engine is asked for a stream all the same: only a stream stops when its reader leaves.
 * @throws AgentError ENGINE_UNREACHABLE, ENGINE_STREAM_BROKEN.
 */
export async function answerWhole(reply: FastifyReply, call: Call, deps: ExchangeDeps): Promise<void> {
  const left = leaving(reply.raw);
  try {
    const stream = new AnthropicStream(call.answer);
    const events = stream.start();
    for await (const more of translate(await send(call, left.signal, deps), stream, call, left.signal, deps)) events.push(...more);
    void reply.send(messageOf(events));
  } catch (error) {
    if (left.signal.aborted) reply.hijack();
    else refuse(reply, error, call, deps);
  } finally {
    left.forget();
  }
}

/**
 * Answers with a stream.
 * @throws AgentError ENGINE_UNREACHABLE before the stream opens; later errors are its last event.
 */
export async function answerStreamed(reply: FastifyReply, call: Call, deps: ExchangeDeps): Promise<void> {
  const { raw } = reply;
  const left = leaving(raw);
  const stream = new AnthropicStream(call.answer);
  let pinging: NodeJS.Timeout | undefined;
  const write = async (events: readonly StreamEvent[]): Promise<void> => {
    pinging?.refresh();
    if (events.length > 0 && !raw.write(events.map(encodeEvent).join(''))) await once(raw, 'drain', { signal: left.signal });
  };
  const open = (): void => {
    reply.hijack();
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    raw.write(stream.start().map(encodeEvent).join(''));
    pinging = setInterval(() => {
      // A client that does not read needs no sign of life.
      if (!raw.writableNeedDrain) raw.write(encodeEvent({ type: 'ping' }));
    }, deps.timings.ping).unref();
  };
  try {
    const sending = send(call, left.signal, deps);
    if (!(await settlesWithin(sending, deps.timings.open))) open();
    const answer = await sending;
    if (!raw.headersSent) open();
    for await (const events of translate(answer, stream, call, left.signal, deps)) await write(events);
    raw.end();
  } catch (error) {
    if (raw.headersSent) {
      if (!left.signal.aborted) raw.end(encodeEvent(lastWord(error, call, deps)));
    } else if (left.signal.aborted) reply.hijack();
    else refuse(reply, error, call, deps);
  } finally {
    clearInterval(pinging);
    left.forget();
  }
}

/** Asks the engine. @throws AgentError ENGINE_UNREACHABLE, EngineRefusal. */
async function send(call: Call, signal: AbortSignal, deps: ExchangeDeps): Promise<Dispatcher.ResponseData> {
  // Loaded with the first request: most of the agent's life there is none.
  const { request } = await import('undici');
  const unreachable = (reason: string, cause?: unknown): AgentError => {
    if (!signal.aborted) deps.onStall(call.profileId);
    return new AgentError('ENGINE_UNREACHABLE', { name: call.profileName, reason }, { cause });
  };
  let answer;
  try {
    answer = await request(`${call.target.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(call.body),
      signal,
      // A long prompt may take minutes before the first byte; only the client decides how long it waits.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error), error);
  }
  if (answer.statusCode < 400) return answer;
  const text = (await answer.body.text().catch(() => '')).slice(0, MAX_ERROR_CHARS); // an error that breaks off is an error all the same
  if (call.target.adapter.saysDead?.(answer.statusCode, text) === true) throw unreachable('it says that it can generate nothing any more');
  if (answer.statusCode >= 500) deps.onStall(call.profileId);
  const { status, body } = engineError(answer.statusCode, text);
  const retryAfter = answer.headers['retry-after'];
  throw new EngineRefusal(status, body.error.message, typeof retryAfter === 'string' ? retryAfter : null);
}

/**
 * Reads the engine's answer to its last event.
 * @throws AgentError ENGINE_STREAM_BROKEN when it ends before.
 */
async function* translate(
  answer: Dispatcher.ResponseData,
  stream: AnthropicStream,
  call: Call,
  signal: AbortSignal,
  deps: ExchangeDeps,
): AsyncGenerator<StreamEvent[]> {
  try {
    for await (const { data } of readSse(answer.body)) {
      if (data === LAST_EVENT) {
        yield stream.end();
        return;
      }
      yield stream.push(JSON.parse(data));
      if (stream.stopped) {
        // Leaving the loop closes the connection, which ends the engine’s work.
        yield stream.end();
        return;
      }
    }
    throw new Error('the stream ended without its last event');
  } catch (error) {
    if (!signal.aborted) {
      deps.logger.warn({ err: error, profileId: call.profileId }, 'an engine broke off in an answer');
      deps.onStall(call.profileId);
    }
    throw new AgentError('ENGINE_STREAM_BROKEN', { name: call.profileName }, { cause: error });
  }
}

/** An error as the answer. What the engine did not cause is left to the server. */
function refuse(reply: FastifyReply, error: unknown, call: Call, deps: ExchangeDeps): void {
  if (!(error instanceof EngineRefusal || error instanceof AgentError)) throw error;
  if (error instanceof EngineRefusal && error.retryAfter !== null) void reply.header('retry-after', error.retryAfter);
  void reply.code(error.status).send(lastWord(error, call, deps));
}

/** An error in Anthropic's words, as the last event of a stream too. */
function lastWord(error: unknown, call: Call, deps: ExchangeDeps): AnthropicError {
  if (error instanceof EngineRefusal) return anthropicErrorBody(error.status, error.message);
  if (error instanceof AgentError) {
    const said = error.cause instanceof EngineStreamError ? ` ${error.cause.message}` : '';
    const answer = anthropicErrorAnswer(error);
    return { ...answer, error: { ...answer.error, message: answer.error.message + said } };
  }
  deps.logger.error({ err: error, profileId: call.profileId }, 'a stream failed');
  return anthropicErrorAnswer(new AgentError('INTERNAL'));
}

/** Whether the client has left; to be forgotten when the answer is done. */
function leaving(raw: ServerResponse): { signal: AbortSignal; forget(): void } {
  const left = new AbortController();
  const onClose = (): void => left.abort();
  raw.on('close', onClose);
  return { signal: left.signal, forget: () => raw.off('close', onClose) };
}

/** Whether a promise is done, well or badly, in that time. Its error stays its own. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  const done = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
