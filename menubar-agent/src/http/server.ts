/** The HTTP server that api and gateway stand on. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { AgentError, invalidRequest, VERSION, VERSION_HEADER, type Route } from '@mlx-manager/shared';
import type { Logger } from '../core/index.js';
import type { Access, Area, Caller } from './access.js';
import { allowOrigin, answerPreflight } from './cors.js';
import { anthropicErrorAnswer, errorAnswer, openaiErrorAnswer, toAgentError } from './errors.js';
import { SseStreams, type SseStream } from './sse.js';

/** Bytes of a management request's body. */
const API_BODY_LIMIT = 1024 * 1024;
export const MAX_HEADER_BYTES = 32 * 1024;
/** A kept connection is closed as much later than its client was told: a client that is late with its next request found it reset. */
const KEPT_LONGER_MS = 20_000;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** What the route opens, where its path does not tell. */
    area?: Area;
  }
}

export interface HttpDeps {
  readonly logger: Logger;
  readonly access: Access;
  /** What a request opens, where that is not told by its path as here (a listener of another protocol). */
  readonly areaOf?: (request: FastifyRequest) => Area;
  /** The shape of errors, likewise. */
  readonly errorShape?: (error: AgentError, request: FastifyRequest) => unknown;
}

/** A handler sees parsed values, never HTTP, but for the few that need it. */
export type Handler<R extends Route> = (
  input: {
    params: R extends { params: infer S extends z.ZodType } ? z.output<S> : undefined;
    query: R extends { query: infer S extends z.ZodType } ? z.output<S> : undefined;
    body: R extends { body: infer S extends z.ZodType } ? z.output<S> : undefined;
  },
  http: { request: FastifyRequest; reply: FastifyReply },
) => Promise<z.output<R['response']>> | z.output<R['response']>;

/** A handler of the streamed form of a route. `begun` is what was done before the stream opened. */
export type StreamHandler<R extends Route, B = undefined> = (
  input: Parameters<Handler<R>>[0],
  stream: SseStream,
  request: FastifyRequest,
  begun: B,
) => void | Promise<void>;
/** A streamed form that does something first. What `begin` throws is answered as an error, before the stream opens. */
export interface BegunStream<R extends Route, B> {
  readonly begin: (input: Parameters<Handler<R>>[0]) => B | Promise<B>;
  readonly stream: StreamHandler<R, B>;
}

/** A handler of a route whose body is a file. */
export type BytesHandler<R extends Route> = (
  input: Parameters<Handler<R>>[0],
  bytes: Readable,
  http: Parameters<Handler<R>>[1],
) => Promise<z.output<R['response']>>;

/** The server with our checks on it. */
export class HttpServer {
  readonly app: FastifyInstance;
  readonly streams = new SseStreams();
  #stopping = false;
  #missingPage: ((request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) | null = null;

  constructor(private readonly deps: HttpDeps) {
    this.app = Fastify({
      logger: false,
      bodyLimit: API_BODY_LIMIT,
      routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
      // A HEAD that runs a GET's work would use up a one-time link.
      exposeHeadRoutes: false,
      // What never reaches a route has our shape too.
      frameworkErrors: (error, request, reply) => this.#answer(error, request as FastifyRequest, reply as FastifyReply),
      clientErrorHandler: answerSocket,
      // Connections that are only kept alive must not hold up the end of the agent.
      forceCloseConnections: true,
      http: { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeoutBuffer: KEPT_LONGER_MS },
    });
    this.#secure();
    this.#answerErrors();
    // An empty body with a JSON content type is an empty object: POST calls without a body are common.
    this.app.removeContentTypeParser('text/plain');
    this.app.removeContentTypeParser('application/json');
    this.app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body === '' ? {} : readJson(body as string));
      } catch (error) {
        done(
          error instanceof AgentError
            ? error
            : new AgentError('INVALID_REQUEST', { problem: 'the body is no valid JSON' }, { cause: error }),
        );
      }
    });
  }

  /** Adds a management route of the table. */
  route<const R extends Route, B = undefined>(route: R, handler: Handler<R>, streamed?: StreamHandler<R> | BegunStream<R, B>): void {
    this.app.route({
      method: route.method,
      url: route.path,
      ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
      handler: async (request, reply) => {
        const input = parseInput(route, request);
        if (typeof streamed === 'function' && wantsStream(request)) {
          await this.#stream(input, (...args) => streamed(...args, undefined), request, reply);
          return reply;
        }
        if (typeof streamed === 'object' && wantsStream(request)) {
          const begun = await streamed.begin(input);
          await this.#stream(input, (...args) => streamed.stream(...args, begun), request, reply);
          return reply;
        }
        const value = await handler(input, { request, reply });
        reply.code(route.status);
        return route.status === 204 ? reply.send() : reply.send(z.encode(route.response, value));
      },
    });
  }

  /** Adds a route whose body is the bytes of a file, of any content type and length, handed over as they come. */
  bytesRoute<const R extends Route>(route: R, handler: BytesHandler<R>): void {
    // In a scope of its own: everywhere else a body is JSON.
    void this.app.register((scope, _options, registered) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
      scope.route({
        method: route.method,
        url: route.path,
        handler: async (request, reply) => {
          // Without a body there is nothing to parse, and the request itself ends at once.
          const bytes = request.body instanceof Readable ? request.body : request.raw;
          const value = await handler(parseInput(route, request), bytes, { request, reply });
          return reply.code(route.status).send(z.encode(route.response, value));
        },
      });
      registered();
    });
  }

  /** Adds a route that only streams. What `prepare` throws is answered as an error before the stream opens. */
  streamRoute<const R extends Route>(
    route: R,
    streamHandler: StreamHandler<R>,
    prepare?: (input: Parameters<Handler<R>>[0]) => void | Promise<void>,
  ): void {
    this.app.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const input = parseInput(route, request);
        await prepare?.(input);
        await this.#stream(input, (...args) => streamHandler(...args, undefined), request, reply);
        return reply;
      },
    });
  }

  /** From now on new requests get SHUTTING_DOWN; open streams end. */
  beginShutdown(): void {
    this.#stopping = true;
    this.streams.endAll();
  }

  async #stream<R extends Route>(
    input: Parameters<Handler<R>>[0],
    handler: (input: Parameters<Handler<R>>[0], stream: SseStream, request: FastifyRequest) => void | Promise<void>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const stream = this.streams.open(reply);
    try {
      await handler(input, stream, request);
    } catch (error) {
      // The head is out: the error goes into the stream.
      const known = toAgentError(error, request);
      if (known.code === 'INTERNAL') this.deps.logger.error({ err: error, url: request.url }, 'a stream failed');
      stream.send({ event: 'error', data: JSON.stringify(errorAnswer(known)) });
      stream.end();
    }
  }

  #secure(): void {
    this.app.decorateRequest('caller', null as unknown as Caller);
    this.app.addHook('onRequest', (request, reply, done) => {
      void reply.header(VERSION_HEADER, VERSION);
      void reply.header('x-content-type-options', 'nosniff');
      void reply.header('cross-origin-resource-policy', 'same-origin');
      try {
        if (this.#stopping) throw new AgentError('SHUTTING_DOWN');
        // A proxy's way of writing an address; we are none.
        if (!request.url.startsWith('/')) throw new AgentError('NOT_FOUND', { method: request.method, path: request.url });
        const { access, areaOf = areaByPath } = this.deps;
        const passage = access.guard(request.headers, request.raw.socket);
        // Before who it is: a page must be able to read why it was refused.
        if (passage.corsOrigin !== null) allowOrigin(reply, passage.corsOrigin);
        if (request.method === 'OPTIONS' && passage.corsOrigin !== null) {
          answerPreflight(reply, request.headers);
          return;
        }
        request.caller = access.identify(request.headers, passage, areaOf(request));
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    });
  }

  #answerErrors(): void {
    this.app.setErrorHandler((error, request, reply) => this.#answer(error, request, reply));
    this.app.setNotFoundHandler((request, reply) => {
      if (this.#missingPage !== null && isPageRequest(request)) return this.#missingPage(request, reply.code(404));
      throw new AgentError('NOT_FOUND', { method: request.method, path: request.url.split('?')[0] });
    });
  }

  /** @param answer what a browser gets for an address that nothing has, instead of an error in JSON; for anybody, as the pages are. */
  onMissingPage(answer: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void {
    this.#missingPage = answer;
  }

  #answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = toAgentError(error, request);
    // Work that was given up because its caller left is no failure, and nobody hears the answer.
    const left = request.raw.socket.destroyed && (error as Error | undefined)?.name === 'AbortError';
    if (known.code === 'INTERNAL' && !left)
      this.deps.logger.error({ err: error, method: request.method, url: request.url.split('?')[0] }, 'a request failed');
    const retryAfter = known.details.retryAfter;
    if (typeof retryAfter === 'number') void reply.header('retry-after', String(Math.ceil(retryAfter)));
    void reply.code(known.status || 500).type('application/json; charset=utf-8');
    // RFC 9110: every 401 names the way to sign in. No browser asks its user for a Bearer token.
    if (known.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.send(JSON.stringify((this.deps.errorShape ?? errorByPath)(known, request)));
  }
}

/** Levels of a body's JSON. What is deeper overflows the stack of whoever writes it out again, ours and an engine's (Python's limit is 1,000). */
const MAX_DEPTH = 200;

/** Reads a body. @throws SyntaxError; AgentError INVALID_REQUEST for one that is nested too deep. */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isDeeper(value, MAX_DEPTH))
    throw new AgentError('INVALID_REQUEST', { problem: `the body is nested deeper than ${MAX_DEPTH} levels` });
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((one) => isDeeper(one, levels - 1));
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

function parseInput<R extends Route>(route: R, request: FastifyRequest): Parameters<Handler<R>>[0] {
  const part = (schema: z.ZodType | undefined, value: unknown, where: string): unknown => {
    if (!schema) return undefined;
    const result = z.safeDecode(schema, value);
    if (result.success) return result.data;
    throw invalidRequest(result.error, where);
  };
  return {
    params: part(route.params, request.params, 'path'),
    query: part(route.query, request.query, 'query'),
    body: part(route.body, request.body ?? {}, 'body'),
  } as Parameters<Handler<R>>[0];
}

const wantsStream = (request: FastifyRequest): boolean => request.headers.accept?.includes('text/event-stream') ?? false;

/** Routes that need no token, or ask for it themselves. Everything else needs it, what is added later too. */
const PUBLIC_ROUTES = new Set(['/open', '/api/health', '/metrics']);

/** Decided by the route that was matched: the address as it was written can be written in many ways (`/%61pi`, `http://x/api`). */
function areaByPath(request: FastifyRequest): Area {
  const { url: route, config } = request.routeOptions;
  // What matched no route has no config.
  const area = (config as { area?: Area } | undefined)?.area;
  if (area !== undefined) return area;
  if (route !== undefined && PUBLIC_ROUTES.has(route)) return 'public';
  if (route === undefined && isPageRequest(request)) return 'public';
  return isGateway(request) ? 'gateway' : 'management';
}

/** Whether somebody looks for a page: typed, linked or bookmarked. Addresses of the interfaces are never pages. */
const isPageRequest = ({ method, url, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true && !/^\/(?:api|v1|assets)(?:[/?]|$)/.test(url);

/** Each protocol has its own words for what went wrong. */
function errorByPath(error: AgentError, request: FastifyRequest): unknown {
  const shape = isAnthropic(request) ? anthropicErrorAnswer : isGateway(request) ? openaiErrorAnswer : errorAnswer;
  return shape(error);
}

/** Whether a request is for `/v1`: by its route, and by its address where it has none. */
function isGateway(request: FastifyRequest): boolean {
  return /^\/v1(?:[/?]|$)/.test((request.routeOptions as { url?: string } | undefined)?.url ?? request.url);
}

/** Whether a request speaks Anthropic's protocol. */
function isAnthropic(request: FastifyRequest): boolean {
  return /^\/v1\/messages(?:[/?]|$)/.test((request.routeOptions as { url?: string } | undefined)?.url ?? request.url);
}

/** The answer to what is no HTTP, or too long to be read. */
export function answerSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const known = tooLarge
    ? new AgentError('PAYLOAD_TOO_LARGE', { limit: 'the limit for headers' })
    : new AgentError('INVALID_REQUEST', { problem: 'it is no HTTP that can be read' });
  const body = JSON.stringify(errorAnswer(known));
  const head = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${head}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
