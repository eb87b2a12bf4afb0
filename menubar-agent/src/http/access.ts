/**
 * Who may call. A web page must not reach the agent, whatever name it found for it (DNS rebinding), so Host and Origin are
 * checked on everything; `/api` needs the token or the session cookie besides.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AgentError, SESSION_COOKIE } from '@mlx-manager/shared';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** How long a browser stays signed in, seconds. */
export const SESSION_SECONDS = 30 * 24 * 3600;
/** How long a one-time link is good, milliseconds. */
const LINK_MS = 2 * 60_000;

export interface AccessDeps {
  readonly token: string;
  readonly allowedHosts: () => readonly string[];
  readonly allowedOrigins: () => readonly string[];
  readonly now: () => number;
}

/** What the checks found out about a request. */
export interface Caller {
  /** It carries the token or a session. */
  readonly signedIn: boolean;
  /** Origin that may read the answer, when it is not our own. */
  readonly corsOrigin: string | null;
}

/** Checks requests and signs browsers in. */
export class Access {
  readonly #links = new Map<string, number>();

  constructor(private readonly deps: AccessDeps) {}

  /**
   * The checks every request passes.
   * @throws AgentError FORBIDDEN_HOST, FORBIDDEN_ORIGIN, UNAUTHORIZED (a listed name or origin without the token).
   */
  check(headers: IncomingHttpHeaders): Caller {
    const host = hostName(headers.host);
    const loopback = host !== null && LOOPBACK_HOSTS.has(host);
    if (!loopback && !(host !== null && this.deps.allowedHosts().some((name) => name.toLowerCase() === host))) {
      throw new AgentError('FORBIDDEN_HOST', { host: headers.host ?? '(none)' });
    }
    const foreign = this.#foreignOrigin(headers);
    const signedIn = this.#signedIn(headers, foreign === null);
    const preflight = headers['access-control-request-method'] !== undefined;
    if ((!loopback || foreign !== null) && !signedIn && !preflight) throw new AgentError('UNAUTHORIZED');
    return { signedIn, corsOrigin: foreign };
  }

  /** Makes a one-time code. Answers it with its end, milliseconds since 1970. */
  createLink(): { code: string; expiresAt: number } {
    const now = this.deps.now();
    for (const [code, end] of this.#links) if (end < now) this.#links.delete(code);
    const code = randomBytes(24).toString('base64url');
    const expiresAt = now + LINK_MS;
    this.#links.set(code, expiresAt);
    return { code, expiresAt };
  }

  /**
   * Uses a one-time code up.
   * @returns the Set-Cookie header of the session.
   * @throws AgentError LINK_EXPIRED.
   */
  redeemLink(code: string): string {
    const end = this.#links.get(code);
    this.#links.delete(code);
    const now = this.deps.now();
    if (end === undefined || end < now) throw new AgentError('LINK_EXPIRED');
    const session = this.#session(Math.floor(now / 1000) + SESSION_SECONDS);
    return `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_SECONDS}`;
  }

  /** A listed foreign origin, or null for none or our own. */
  #foreignOrigin(headers: IncomingHttpHeaders): string | null {
    const { origin } = headers;
    if (origin === undefined) {
      // Images, scripts and no-cors fetches of a foreign page send no Origin; browsers say so here. A link that is followed is fine.
      const site = headers['sec-fetch-site'];
      if ((site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate') {
        throw new AgentError('FORBIDDEN_ORIGIN', { origin: 'another site' });
      }
      return null;
    }
    if (origin === `http://${headers.host ?? ''}`) return null;
    if (this.deps.allowedOrigins().some((one) => one.toLowerCase() === origin.toLowerCase())) return origin;
    throw new AgentError('FORBIDDEN_ORIGIN', { origin });
  }

  #signedIn(headers: IncomingHttpHeaders, ownOrigin: boolean): boolean {
    const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    // Anthropic's clients send theirs in a header of its own.
    const key = headers['x-api-key'];
    const given = bearer ?? (typeof key === 'string' ? key : undefined);
    if (given !== undefined && sameSecret(given, this.deps.token)) return true;
    if (!ownOrigin) return false;
    const cookie = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w.-]+)`).exec(headers.cookie ?? '')?.[1];
    if (cookie === undefined) return false;
    const end = Number(cookie.split('.')[0]);
    return end > this.deps.now() / 1000 && sameSecret(cookie, this.#session(end));
  }

  /** Signed with the token, so that a session outlives a restart of the agent and needs no table. */
  #session(end: number): string {
    return `${end}.${createHmac('sha256', this.deps.token).update(`session ${end}`).digest('base64url')}`;
  }
}

/** Compares in a time that does not depend on the contents. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function hostName(header: string | undefined): string | null {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1] ?? null;
}
