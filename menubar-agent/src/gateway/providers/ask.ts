/** Asks a provider. Its refusals, its silence and its broken streams become errors here, in one way for both protocols. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AgentError } from '@mlx-manager/shared';
import type { ChatChunk, ChatStream } from '../core/chunks.js';
import { SseEvents } from '../core/sse-events.js';
import { EngineRefusal } from '../core/refusal.js';
import { refusalOf } from '../core/ask.js';
import { endpointOf, headersOf } from './address.js';
import { AnthropicReader } from './from-anthropic.js';
import { OpenaiReader } from './from-openai.js';
import { withModel } from './model-name.js';
import { ToldFailure, type AnswerReader } from './reader.js';
import { toAnthropicRequest } from './to-anthropic.js';
import { toOpenaiRequest } from './to-openai.js';
import type { ProviderAt } from './types.js';

/** Of an error answer. */
const MAX_ERROR_CHARS = 64 * 1024;
/** Bytes of a whole answer that is translated. */
const MAX_WHOLE = 64 * 1024 * 1024;
/** The same of one that is passed on: thousands of embeddings. */
const MAX_PASSED = 256 * 1024 * 1024;
/** A provider that says nothing at all for so long is dead: nobody looks after it as we do after engines. Longer than the official SDKs wait. */
const SILENCE_MS = 15 * 60_000;

/** What is answered by a stream of chunks. */
export type ChatEndpoint = '/v1/chat/completions' | '/v1/completions';

/**
 * One chat answer of a provider as corrected chunks, in OpenAI's form; the last one carries the usage. Ends only when the answer is whole. A reader that
 * stops, or an aborted signal, closes the connection.
 * @param body OpenAI's chat request; `model` is the provider's.
 * @param endpoint text completions too, for a provider of OpenAI's protocol.
 * @throws AgentError PROVIDER_UNREACHABLE, PROVIDER_KEY_REJECTED, PROVIDER_STREAM_BROKEN, PROVIDER_CANNOT_ANSWER; EngineRefusal for its own words; the
 * signal's reason when it is aborted.
 */
export async function* providerChat(
  provider: ProviderAt,
  key: string | null,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  endpoint: ChatEndpoint = '/v1/chat/completions',
): ChatStream {
  const anthropic = provider.protocol === 'anthropic';
  const asked = anthropic ? toAnthropicRequest(body, provider.name) : { body: toOpenaiRequest(body, provider.baseUrl), jsonTool: null };
  const path = anthropic ? '/v1/messages' : endpoint;
  const answer = await send(provider, key, path, { body: JSON.stringify(asked.body), accept: 'text/event-stream' }, signal);
  const reader = anthropic ? new AnthropicReader(asked.jsonTool, Math.floor(Date.now() / 1000)) : new OpenaiReader();
  let begun = false;
  try {
    for await (const chunks of read(answer, reader)) {
      begun ||= chunks.length > 0;
      yield* chunks;
    }
    if (!reader.whole) throw new Error('the stream ended without its last event');
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error, provider, key, begun);
  }
  yield* reader.end();
}

/** The chunks of an answer as they come. A provider that gave a whole answer for a stream is read as a stream of one event. */
async function* read(answer: Dispatcher.ResponseData, reader: AnswerReader): AsyncGenerator<ChatChunk[]> {
  const type = answer.headers['content-type'];
  if (typeof type === 'string' && type.includes('application/json')) {
    const text = await startOf(answer.body, MAX_WHOLE);
    if (text.length >= MAX_WHOLE) throw new RangeError('the answer has no end');
    yield reader.push(text);
    return;
  }
  const events = new SseEvents();
  try {
    for await (const bytes of answer.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const data of events.push(bytes)) {
        yield reader.push(data);
        if (reader.done) return;
      }
    }
    // A last event without its empty line still counts.
    for (const data of events.push(new TextEncoder().encode('\n\n'))) yield reader.push(data);
  } finally {
    leave(answer.body, reader.done);
  }
}

/** What an answer begins with; the rest is not waited for. @param maxBytes at least so many, if there are. */
export async function startOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) break; // which closes it
  }
  return Buffer.concat(parts).toString('utf8');
}

/** How long a provider may take to end an answer after its last event, ms. */
const LAST_BYTES_MS = 1_000;

/**
 * Lets go of an answer. Closing ends the provider's work; after the last event its last bytes are read, so that the connection can be used again: a new one
 * costs several ways to and fro.
 */
function leave(body: Readable, done: boolean): void {
  if (body.readableEnded) return;
  body.on('error', () => undefined); // nobody waits for it any more
  if (!done) {
    body.destroy();
    return;
  }
  const over = setTimeout(() => body.destroy(), LAST_BYTES_MS).unref();
  body.once('close', () => clearTimeout(over));
  body.resume();
}

/** Before anything of the answer came, a failure that is told in the stream is a refusal like any other. */
function failureOf(error: unknown, provider: ProviderAt, key: string | null, begun: boolean): unknown {
  if (error instanceof ToldFailure && !begun) {
    const said = withoutKey(error.message, key);
    if (isKeyProblem(error.status)) return keyRejected(provider, said);
    return new EngineRefusal(error.status, said, { type: error.type, code: null, param: null }, null);
  }
  const { id: providerId, name } = provider;
  return new AgentError('PROVIDER_STREAM_BROKEN', { name, providerId, reason: withoutKey(reasonOf(error), key) }, { cause: error });
}

/** Some providers repeat the key when they complain about it; the client must not learn it, nor the log. */
const withoutKey = (text: string, key: string | null): string => (key === null || key === '' ? text : text.replaceAll(key, '[key]'));

/** An answer passed through. */
export interface ProviderAnswer {
  readonly status: number;
  /** Those that say something of the body or of the provider's limits. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it comes. @throws AgentError PROVIDER_STREAM_BROKEN when it ends before it is whole; the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** One request in the provider's own protocol. */
export interface PassedRequest {
  /** As the gateway's own, e.g. `/v1/messages`. */
  readonly path: string;
  /** JSON as the client sent it: only the model's name in it is changed. */
  readonly body: string;
  /** What the provider is asked for. */
  readonly model: string;
  readonly stream: boolean;
  /** The client's headers: those that belong to the protocol are sent on, its keys never. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a client may say to a provider of its own protocol. */
const CLIENT_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'idempotency-key'];
const ANSWER_HEADERS = /^(?:content-type|retry-after|request-id|x-request-id|x-ratelimit-.*|anthropic-ratelimit-.*|openai-processing-ms)$/;

/**
 * Passes a request on to a provider of the client's own protocol: bytes unchanged but for the model's name.
 * @throws AgentError PROVIDER_UNREACHABLE, PROVIDER_KEY_REJECTED; EngineRefusal for its error answers, so that another target can be tried.
 */
export async function providerPass(
  provider: ProviderAt,
  key: string | null,
  request: PassedRequest,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const headers = Object.fromEntries(
    CLIENT_HEADERS.flatMap((name) => {
      const value = request.headers?.[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  const accept = request.stream ? 'text/event-stream' : 'application/json';
  const answer = await send(provider, key, request.path, { body: withModel(request.body, request.model), accept, headers }, signal);
  const passed = Object.entries(answer.headers).flatMap(([name, value]) =>
    ANSWER_HEADERS.test(name) && value !== undefined ? [[name, String(value)]] : [],
  );
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(passed) as Record<string, string>,
    body: checked(answer, provider, key, signal),
  };
}

/** The event by which a stream says that it is whole, of either protocol; or, where `[DONE]` is left out, a reason for the end. */
const WHOLE = /^data: ?\[DONE\]|"message_stop"|"response\.(?:completed|incomplete|failed)"|"finish_reason": ?"/m;
/** Bytes at the end in which it must stand: the last event of the Responses API holds the whole answer, its name at the beginning. */
const TAIL_BYTES = 4096;

async function* checked(
  answer: Dispatcher.ResponseData,
  provider: ProviderAt,
  key: string | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const type = answer.headers['content-type'];
  const streamed = typeof type === 'string' && type.includes('text/event-stream');
  let tail = '';
  let whole = false;
  let count = 0;
  try {
    for await (const bytes of answer.body as AsyncIterable<Uint8Array>) {
      if (streamed) {
        const text = tail + Buffer.from(bytes).toString('latin1');
        whole ||= WHOLE.test(text);
        tail = text.slice(-TAIL_BYTES);
      } else if ((count += bytes.length) > MAX_PASSED) throw new RangeError('the answer has no end');
      yield bytes;
    }
    if (streamed && !whole) throw new Error('the stream ended without its last event');
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error, provider, key, true);
  }
}

/**
 * Sends one request.
 * @throws AgentError PROVIDER_UNREACHABLE, PROVIDER_KEY_REJECTED; EngineRefusal for other error answers; the signal's reason.
 */
async function send(
  provider: ProviderAt,
  key: string | null,
  path: string,
  request: { body: string; accept: string; headers?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  signal.throwIfAborted();
  // Loaded with the first request: most of the agent's life there is none.
  const { request: ask } = await import('undici');
  let answer: Dispatcher.ResponseData;
  try {
    answer = await ask(endpointOf(provider, path), {
      method: 'POST',
      headers: { ...headersOf(provider, key), ...request.headers, 'content-type': 'application/json', accept: request.accept },
      body: request.body,
      signal,
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(provider, error);
  }
  if (answer.statusCode < 300) return answer;
  const text = (await startOf(answer.body, MAX_ERROR_CHARS).catch(() => '')).slice(0, MAX_ERROR_CHARS); // an error that breaks off is an error all the same
  throw refused(provider, answer.statusCode, withoutKey(text, key), answer.headers);
}

/** An error answer. What concerns our key, and not the client's, must not look like the client's fault. */
export function refused(provider: ProviderAt, status: number, text: string, headers: Dispatcher.ResponseData['headers']): Error {
  // Followed, a redirection would carry prompt and key to where the owner did not send them.
  if (status < 400) return unreachable(provider, `it points to ${String(headers.location ?? 'another address')}`);
  const { status: ours, message, fields, retryAfter } = refusalOf(status, text, headers['retry-after']);
  if (isKeyProblem(status)) return keyRejected(provider, message);
  const said = text.trim() === '' ? `answered ${status} without a word.` : `says: ${message}`;
  return new EngineRefusal(ours, `The provider ${provider.name} ${said}`, fields, retryAfter);
}

/** 402: nothing is left on the account. */
const isKeyProblem = (status: number): boolean => status === 401 || status === 402 || status === 403;

function keyRejected({ id: providerId, name }: ProviderAt, said: string): AgentError {
  return new AgentError('PROVIDER_KEY_REJECTED', { name, providerId, reason: /[.!?]$/.test(said) ? said : `${said}.` });
}

export function unreachable({ id: providerId, name }: ProviderAt, cause: unknown): AgentError {
  return new AgentError('PROVIDER_UNREACHABLE', { name, providerId, reason: reasonOf(cause) }, { cause });
}

function reasonOf(error: unknown): string {
  if (typeof error === 'string') return error;
  // Several addresses of one name were tried: each has its own error, the whole has no words.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? (error.message || error.name).replace(/\.$/, '') : String(error);
}
