/** Cross-origin answers. Only for origins that the owner listed: all others are refused before. */
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { VERSION_HEADER } from '@mlx-manager/shared';

/** Headers that a listed page may send when it does not ask for particular ones. */
const USUAL_HEADERS =
  'authorization, content-type, last-event-id, x-api-key, anthropic-version, anthropic-beta, anthropic-dangerous-direct-browser-access';
/** Seconds a browser may go without asking again. */
const MAX_AGE = '600';
const MAX_ASKED_CHARS = 4096;

/**
 * What a page may read besides the body: the next page, and what the openai and anthropic clients look at
 * (`_request_id`, their waiting before a second try, the limits).
 */
const EXPOSED = [
  'link',
  VERSION_HEADER,
  'retry-after',
  'retry-after-ms',
  'request-id',
  'x-request-id',
  ...['limit', 'remaining', 'reset'].flatMap((one) => ['requests', 'tokens'].map((what) => `x-ratelimit-${one}-${what}`)),
  ...['limit', 'remaining', 'reset'].flatMap((one) => ['requests', 'tokens'].map((what) => `anthropic-ratelimit-${what}-${one}`)),
].join(', ');

/** Lets a listed origin read the answer. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  void reply.header('access-control-allow-origin', origin);
  void reply.header('vary', 'origin');
  void reply.header('cross-origin-resource-policy', 'cross-origin');
  void reply.header('access-control-expose-headers', EXPOSED);
}

/**
 * Answers a browser's question whether a listed origin may send a request. The browsers' clients of OpenAI and Anthropic send a dozen headers of
 * their own (`x-stainless-…`) that change with every release, so what is asked for is allowed as far as it is a list of header names: the
 * origin is trusted, the credentials are checked in the request itself.
 */
export function answerPreflight(reply: FastifyReply, headers: IncomingHttpHeaders): void {
  const asked = headers['access-control-request-headers'];
  void reply.header('access-control-allow-headers', isHeaderList(asked) ? asked : USUAL_HEADERS);
  void reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  void reply.header('access-control-max-age', MAX_AGE);
  void reply.header('vary', 'origin, access-control-request-headers');
  // Chrome asks this before a public page may reach an address of the local network. Source: WICG "Private Network Access".
  if (headers['access-control-request-private-network'] === 'true') void reply.header('access-control-allow-private-network', 'true');
  void reply.code(204).send();
}

/** Header names with commas between them. Source: RFC 9110, `token`. */
function isHeaderList(value: string | undefined): value is string {
  return (
    value !== undefined && value.length <= MAX_ASKED_CHARS && value.split(',').every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name.trim()))
  );
}
