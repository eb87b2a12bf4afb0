/**
 * Requests and tokens a minute, by API key, in memory. A token bucket: a key may use its whole minute at once, and gets it back evenly.
 * A request without a key, or with one that has no limit, costs nothing here.
 */
import { AgentError } from '@mlx-manager/shared';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerKey } from './caller-key.js';

const MINUTE_MS = 60_000;
/** Keys whose buckets are full again are forgotten when there are more than these. */
const SWEEP_AT = 1000;

/** Whose names the headers carry. */
export type HeaderStyle = 'openai' | 'anthropic';
export type RateHeaders = Readonly<Record<string, string>>;

/** Whether a request may go on, and what its answer says of the limits either way. */
export type RateVerdict =
  { readonly ok: true; readonly headers: RateHeaders } | { readonly ok: false; readonly headers: RateHeaders; readonly error: AgentError };

const NO_LIMIT: RateVerdict = { ok: true, headers: {} };

/** What was used and has not come back yet. */
interface Bucket {
  used: number;
  /** Until when what comes back is counted in, milliseconds. */
  at: number;
  /** A minute's worth, as the key said at its last request; null for no limit. */
  limit: number | null;
}
interface Buckets {
  readonly requests: Bucket;
  readonly tokens: Bucket;
}

/** The limits of all keys. They start anew with the agent. */
export class RateLimits {
  readonly #keys = new Map<number, Buckets>();

  /** @param now milliseconds since 1970. */
  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Counts a request of a key, before it is admitted. A request that is refused is not counted.
   * How many tokens it will take is not known yet: it goes on while any are left, and {@link spent} may leave the bucket overdrawn, which the
   * requests after it wait for.
   * @param key of the request; null without one.
   */
  take(key: CallerKey | null, style: HeaderStyle = 'openai'): RateVerdict {
    if (key === null || (key.requestsPerMinute === null && key.tokensPerMinute === null)) return NO_LIMIT;
    const now = this.now();
    const { requests, tokens } = this.#of(key.id, now);
    for (const bucket of [requests, tokens]) refill(bucket, now);
    // The owner may have changed them since; what was used stays used.
    requests.limit = key.requestsPerMinute;
    tokens.limit = key.tokensPerMinute;
    const waits = { requests: waitMs(requests), tokens: waitMs(tokens) };
    const ok = waits.requests === 0 && waits.tokens === 0;
    if (ok) requests.used += 1;
    const headers = { ...headersOf(style, 'requests', requests, now), ...headersOf(style, 'tokens', tokens, now) };
    if (ok) return { ok, headers };
    const what = waits.tokens > waits.requests ? 'tokens' : 'requests';
    // Whole seconds, rounded up: a client that waits as told finds its turn.
    const retryAfter = Math.ceil(waits[what] / 1000);
    const { name, id: keyId } = key;
    const error = new AgentError('RATE_LIMIT_EXCEEDED', { name, keyId, limit: { requests, tokens }[what].limit, what, retryAfter });
    return { ok: false, headers: { ...headers, 'retry-after': String(retryAfter) }, error };
  }

  /** Books the tokens of an answer (prompt and completion together). @param keyId of the request; null without a key. */
  spent(keyId: number | null, tokens: number): void {
    if (keyId === null) return;
    // Only keys with limits have buckets.
    const bucket = this.#keys.get(keyId)?.tokens;
    if (bucket === undefined) return;
    // First what came back while the answer was made: it must not be set against this answer's tokens.
    refill(bucket, this.now());
    bucket.used += tokens;
  }

  /** Keys that something is kept of. */
  get size(): number {
    return this.#keys.size;
  }

  #of(id: number, now: number): Buckets {
    let buckets = this.#keys.get(id);
    if (buckets === undefined) {
      if (this.#keys.size >= SWEEP_AT) this.#sweep(now);
      buckets = { requests: { used: 0, at: now, limit: null }, tokens: { used: 0, at: now, limit: null } };
      this.#keys.set(id, buckets);
    }
    return buckets;
  }

  /** Forgets the keys that have all of their minute back. */
  #sweep(now: number): void {
    for (const [id, { requests, tokens }] of this.#keys) {
      refill(requests, now);
      refill(tokens, now);
      if (requests.used === 0 && tokens.used === 0) this.#keys.delete(id);
    }
  }
}

/**
 * The limits at a route's door: puts the headers on the answer, and refuses what is over them.
 * @throws AgentError RATE_LIMIT_EXCEEDED.
 */
export function enforceLimits(limits: RateLimits, request: FastifyRequest, reply: FastifyReply, style: HeaderStyle = 'openai'): void {
  const verdict = limits.take(request.caller.key, style);
  if (verdict === NO_LIMIT) return;
  void reply.headers(verdict.headers);
  if (!verdict.ok) throw verdict.error;
}

/** Counts in what has come back. */
function refill(bucket: Bucket, now: number): void {
  // A clock that was set back must not stop the flow.
  const elapsed = Math.max(0, now - bucket.at);
  bucket.used = bucket.limit === null ? 0 : Math.max(0, bucket.used - (elapsed * bucket.limit) / MINUTE_MS);
  bucket.at = now;
}

/** How long until one more may be used, milliseconds. */
function waitMs({ used, limit }: Bucket): number {
  // Sums of fractions are a hair off; a millionth of a request is none.
  return limit === null || used + 1 - limit <= 1e-6 ? 0 : ((used + 1 - limit) * MINUTE_MS) / limit;
}

/**
 * Sources: "Rate limits in headers" of OpenAI's guide (reset is a duration such as `6m0s`, until all is back) and "Response headers" of
 * Anthropic's rate limits page (reset is an instant, RFC 3339).
 */
function headersOf(style: HeaderStyle, what: 'requests' | 'tokens', { used, limit }: Bucket, now: number): RateHeaders {
  if (limit === null) return {};
  const remaining = String(Math.max(0, Math.floor(limit - used + 1e-6)));
  const resetMs = Math.ceil((used * MINUTE_MS) / limit);
  if (style === 'anthropic') {
    const name = `anthropic-ratelimit-${what}`;
    const reset = new Date(Math.ceil((now + resetMs) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
    return { [`${name}-limit`]: String(limit), [`${name}-remaining`]: remaining, [`${name}-reset`]: reset };
  }
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: remaining,
    [`x-ratelimit-reset-${what}`]: formatDuration(resetMs),
  };
}

/** Milliseconds as OpenAI writes them: `12ms`, `1.5s`, `6m0s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / MINUTE_MS);
  const seconds = Math.round((ms - minutes * MINUTE_MS) / 10) / 100;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${Math.floor(seconds)}s`;
}
