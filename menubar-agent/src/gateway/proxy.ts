/** Carries a request to an engine and its answer back, bytes as they come. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { AgentError } from '@mlx-manager/shared';
import { openaiErrorAnswer } from '../http/index.js';
import type { Logger } from '../core/index.js';
import { engineError } from './engine-error.js';
import type { ServerTarget } from '../servers/index.js';

export interface ProxyDeps {
  readonly logger: Logger;
  /** Told when an engine gives no answer, so that it is looked at. */
  readonly onStall: (profileId: number) => void;
}

/** The event that ends a stream in OpenAI’s protocol, and as many bytes as hold it with what may stand behind it. */
const LAST_EVENT = '[DONE]';
const TAIL_BYTES = 64;

/** Of an engine's error answer. */
const MAX_ERROR_CHARS = 64 * 1024;

/** Answer headers that say something of the body; all others are the engine's own affair. */
const PASSED_HEADERS = ['content-type', 'retry-after'] as const;

/**
 * Sends a request on. When the client leaves, the engine's work is cancelled by closing its connection.
 * @param path e.g. `/v1/chat/completions`.
 * @throws AgentError ENGINE_UNREACHABLE before the first byte; later the error goes into the stream.
 */
export async function proxyRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  call: { target: ServerTarget; path: string; body: Record<string, unknown>; profileId: number; profileName: string; stream: boolean },
  deps: ProxyDeps,
): Promise<FastifyReply> {
  // Loaded with the first request: most of the agent's life there is none.
  const { request: send } = await import('undici');
  const { raw } = reply;
  const left = new AbortController();
  const onClose = (): void => left.abort();
  raw.on('close', onClose);
  let answer;
  try {
    answer = await send(call.target.baseUrl + call.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: call.stream ? 'text/event-stream' : 'application/json' },
      body: JSON.stringify(call.body),
      signal: left.signal,
      // A long prompt may take minutes before the first byte; only the client decides how long it waits.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  } catch (error) {
    raw.off('close', onClose);
    if (left.signal.aborted) return reply.hijack();
    deps.onStall(call.profileId);
    throw new AgentError(
      'ENGINE_UNREACHABLE',
      { name: call.profileName, reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
  if (answer.statusCode >= 400) {
    raw.off('close', onClose);
    const text = (await answer.body.text().catch(() => '')).slice(0, MAX_ERROR_CHARS); // an error that breaks off is an error all the same
    const dead = call.target.adapter.saysDead?.(answer.statusCode, text) ?? false;
    if (dead || answer.statusCode >= 500) deps.onStall(call.profileId);
    if (dead)
      throw new AgentError('ENGINE_UNREACHABLE', { name: call.profileName, reason: 'it says that it can generate nothing any more' });
    const retryAfter = answer.headers['retry-after'];
    if (typeof retryAfter === 'string') void reply.header('retry-after', retryAfter);
    const { status, body } = engineError(answer.statusCode, text);
    return reply.code(status).send(body);
  }
  reply.hijack();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = String(value);
  for (const name of PASSED_HEADERS) {
    const value = answer.headers[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const streamed = headers['content-type']?.includes('text/event-stream') ?? false;
  if (streamed) headers['cache-control'] = 'no-store';
  const length = answer.headers['content-length'];
  if (!streamed && typeof length === 'string') headers['content-length'] = length;
  raw.writeHead(answer.statusCode, headers);
  try {
    const tail = await copy(answer.body, raw, left.signal);
    // mlx_lm.server marks the end of a stream by closing: a killed engine looks like one that is done, but for its last event.
    if (streamed && !tail.includes(LAST_EVENT)) throw new Error('the stream ended without its last event');
    raw.end();
  } catch (error) {
    if (!left.signal.aborted) {
      deps.logger.warn({ err: error, profileId: call.profileId, url: request.url }, 'an engine broke off in an answer');
      deps.onStall(call.profileId);
      if (streamed) {
        const broken = new AgentError('ENGINE_STREAM_BROKEN', { name: call.profileName }, { cause: error });
        raw.end(`data: ${JSON.stringify(openaiErrorAnswer(broken))}\n\n`);
      } else {
        // Half a JSON answer: only cutting the connection says so.
        raw.destroy();
      }
    }
  } finally {
    raw.off('close', onClose);
  }
  return reply;
}

/**
 * Copies as fast as the client reads.
 * @returns the last bytes as text.
 */
async function copy(from: Readable, to: Writable, left: AbortSignal): Promise<string> {
  let tail = '';
  for await (const chunk of from as AsyncIterable<Uint8Array>) {
    tail = (tail + Buffer.from(chunk.subarray(-TAIL_BYTES)).toString('latin1')).slice(-TAIL_BYTES);
    if (!to.write(chunk)) await once(to, 'drain', { signal: left });
  }
  return tail;
}
