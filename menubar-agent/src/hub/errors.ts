/** What the hub's answers and the network's failures mean in our codes. */
import { AgentError } from '@mlx-manager/shared';
import type { HubAnswer } from './http.js';

export interface HubErrorContext {
  readonly endpoint: string;
  /** What was asked for, for the message: `the model list`. */
  readonly what: string;
  readonly modelId?: string;
  readonly revision?: string;
}

/** Seconds waited when a 429 does not say how long: the hub's windows are five minutes, most of which have passed. */
const DEFAULT_RETRY_AFTER = 60;

/**
 * The error a failed answer stands for. Source of the headers' meaning: `hf_raise_for_status` of huggingface_hub.
 * @param now milliseconds since 1970, for a Retry-After that is a date.
 */
export function errorOfAnswer(answer: HubAnswer, context: HubErrorContext, now: number = Date.now()): AgentError {
  const { status, headers } = answer.response;
  const { modelId, revision, what, endpoint } = context;
  const code = headers.get('x-error-code');
  if (status === 429) return new AgentError('HUB_RATE_LIMITED', { retryAfter: retryAfterSeconds(headers, now) ?? DEFAULT_RETRY_AFTER });
  if (code === 'GatedRepo') return new AgentError('MODEL_GATED', { modelId, url: `${endpoint}/${modelId ?? ''}` });
  if (code === 'RevisionNotFound') return new AgentError('REVISION_NOT_FOUND', { modelId, revision });
  // A stranger gets 401 for private and missing repositories alike.
  const hidden = status === 401 && !answer.withToken && !answer.external;
  if (modelId !== undefined && (code === 'RepoNotFound' || hidden)) return new AgentError('MODEL_NOT_FOUND', { modelId });
  if ((status === 401 || status === 403) && answer.withToken) return new AgentError('HUB_TOKEN_REJECTED');
  return new AgentError('HUB_ERROR', { status, what });
}

/**
 * The error a request without any answer stands for.
 * @param cause what `fetch` or reading the body rejected with.
 */
export function errorOfFailure(cause: unknown, context: HubErrorContext): AgentError {
  if (cause instanceof AgentError) return cause;
  // The library reads bodies itself; a captive portal's page is no JSON.
  if (facts(cause).name === 'SyntaxError')
    return new AgentError('HUB_ERROR', { status: 'something that is not JSON', what: context.what }, { cause });
  return new AgentError('HUB_UNREACHABLE', { endpoint: context.endpoint, reason: networkReason(cause) }, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
};

/** A network failure in plain words. */
export function networkReason(cause: unknown): string {
  for (let error = cause, depth = 0; typeof error === 'object' && error !== null && depth < 5; error = facts(error).cause, depth += 1) {
    const { name, code } = facts(error);
    if (name === 'TimeoutError') return 'it did not answer in time';
    if (typeof code === 'string') return REASONS[code] ?? code;
  }
  const { message } = facts(cause);
  return typeof message === 'string' && message !== '' ? message : 'unknown';
}

// By looks, not by `instanceof`: errors of Node's own fetch belong to another realm when the code runs inside a `vm`, as under jest.
function facts(error: unknown): { name?: unknown; code?: unknown; message?: unknown; cause?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}

/**
 * How long the hub wants us to wait: `Retry-After` in seconds or as a date, else `t=` of its `RateLimit` header. Null when it says nothing.
 * Source of the latter: `parse_ratelimit_headers` of huggingface_hub.
 */
export function retryAfterSeconds(headers: Headers, now: number): number | null {
  const value = headers.get('retry-after');
  if (value !== null) {
    if (/^\d+$/.test(value)) return Number(value);
    const date = Date.parse(value);
    if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - now) / 1000));
  }
  const window = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '');
  return window === null ? null : Number(window[1]);
}
