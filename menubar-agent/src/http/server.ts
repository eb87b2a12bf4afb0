/** The HTTP server that api and gateway stand on. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { AgentError, invalidRequest, VERSION, VERSION_HEADER, type Route } from '@mlx-manager/shared';
import type { Logger } from '../core/index.js';
import type { Access } from './access.js';
import { type Caller } from './access.js';
import { anthropicErrorAnswer, errorAnswer, openaiErrorAnswer, toAgentError } from './errors.js';
import { SseStreams, type SseStream } from './sse.js';

/** Bytes of a management request's body. */
const API_BODY_LIMIT = 1024 * 1024;
const MAX_HEADER_BYTES = 32 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

export interface HttpDeps {
  readonly logger: Logger;
  readonly access: Access;
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

/** A handler of the streamed form of a route. */
export type StreamHandler<R extends Route> = (
  input: Parameters<Handler<R>>[0],
  stream: SseStream,
  request: FastifyRequest,
) => void | Promise<void>;

/** The server with our checks on it. */
export class HttpServer {
  readonly app: FastifyInstance;
  readonly streams = new SseStreams();
  #stopping = false;

  constructor(private readonly deps: HttpDeps) {
    this.app = Fastify({
      logger: false,
      bodyLimit: API_BODY_LIMIT,
      routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
      // A HEAD that runs a GET's work would use up a one-time link.
      exposeHeadRoutes: false,
      // What never reaches a route has our shape too.
      frameworkErrors: (error, request, reply) => this.#answer(error, request as FastifyRequest, reply as FastifyReply),
      clientErrorHandler: (error, socket) => answerSocket(error as NodeJS.ErrnoException, socket),
      // Connections that are only kept alive must not hold up the end of the agent.
      forceCloseConnections: true,
      http: { maxHeaderSize: MAX_HEADER_BYTES },
    });
    this.#secure();
    this.#answerErrors();
    // An empty body with a JSON content type is an empty object: POST calls without a body are common.
    this.app.removeContentTypeParser('text/plain');
    this.app.removeContentTypeParser('application/json');
    this.app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body === '' ? {} : (JSON.parse(body as string) as unknown));
      } catch (error) {
        done(new AgentError('INVALID_REQUEST', { problem: 'the body is no valid JSON' }, { cause: error }));
      }
    });
  }

  /** Adds a management route of the table. */
  route<const R extends Route>(route: R, handler: Handler<R>, streamHandler?: StreamHandler<R>): void {
    this.app.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const input = parseInput(route, request);
        if (streamHandler && wantsStream(request)) {
          await this.#stream(input, streamHandler, request, reply);
          return reply;
        }
        const value = await handler(input, { request, reply });
        reply.code(route.status);
        return route.status === 204 ? reply.send() : reply.send(z.encode(route.response, value));
      },
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
        await this.#stream(input, streamHandler, request, reply);
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
    handler: StreamHandler<R>,
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
        request.caller = this.deps.access.check(request.headers);
        if (request.caller.corsOrigin !== null) allowOrigin(reply, request.caller.corsOrigin);
        if (request.method === 'OPTIONS' && request.caller.corsOrigin !== null) {
          void reply.code(204).send();
          return;
        }
        if (!isPublic(request) && !request.caller.signedIn) throw new AgentError('UNAUTHORIZED');
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    });
  }

  #answerErrors(): void {
    this.app.setErrorHandler((error, request, reply) => this.#answer(error, request, reply));
    this.app.setNotFoundHandler((request) => {
      throw new AgentError('NOT_FOUND', { method: request.method, path: request.url.split('?')[0] });
    });
  }

  #answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = toAgentError(error, request);
    if (known.code === 'INTERNAL')
      this.deps.logger.error({ err: error, method: request.method, url: request.url.split('?')[0] }, 'a request failed');
    const retryAfter = known.details.retryAfter;
    if (typeof retryAfter === 'number') void reply.header('retry-after', String(Math.ceil(retryAfter)));
    void reply.code(known.status || 500).type('application/json; charset=utf-8');
    const shape = isAnthropic(request) ? anthropicErrorAnswer : isGateway(request) ? openaiErrorAnswer : errorAnswer;
    void reply.send(JSON.stringify(shape(known)));
  }
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

/** Routes that need no token. Everything else does, what is added later too. */
const PUBLIC_ROUTES = new Set(['/', '/open', '/api/health']);

/** Decided by the route that was matched: the address as it was written can be written in many ways (`/%61pi`, `http://x/api`). */
function isPublic(request: FastifyRequest): boolean {
  const route = request.routeOptions.url;
  return route === undefined ? isGateway(request) : PUBLIC_ROUTES.has(route) || route.startsWith('/v1/');
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
function answerSocket(error: NodeJS.ErrnoException, socket: Socket): void {
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

function allowOrigin(reply: FastifyReply, origin: string): void {
  void reply.header('access-control-allow-origin', origin);
  void reply.header('vary', 'origin');
  void reply.header('cross-origin-resource-policy', 'cross-origin');
  void reply.header(
    'access-control-allow-headers',
    'authorization, content-type, last-event-id, x-api-key, anthropic-version, anthropic-beta, anthropic-dangerous-direct-browser-access',
  );
  void reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  void reply.header('access-control-expose-headers', `link, ${VERSION_HEADER}`);
}
