/**
 * Who may call. A web page must not reach the agent, whatever name it found for it (DNS rebinding), so Host and Origin are
 * checked on everything; `/api` needs the token or the session cookie besides, and `/v1` a key (or those) where the owner wants one, where the
 * name or the origin is a listed one, and always where the request comes from another machine.
 */
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AgentError, API_KEY_PREFIX, SESSION_COOKIE } from '@mlx-manager/shared';
import { hostName, isFromBeyond, isLiteralOf, isLoopbackAddress, type Peer } from './addresses.js';
import type { Recognised } from './api-keys.js';
import type { CallerKey } from './caller-key.js';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** How long a browser stays signed in, seconds. */
export const SESSION_SECONDS = 30 * 24 * 3600;
/** How long a one-time link is good, milliseconds. */
const LINK_MS = 2 * 60_000;
const UNKNOWN: Recognised = { problem: 'is not known here' };
/** Letters of a refused key that are told. */
const TOLD = API_KEY_PREFIX.length + 7;

export interface AccessDeps {
  readonly token: string;
  readonly allowedHosts: () => readonly string[];
  readonly allowedOrigins: () => readonly string[];
  /** Whether `/v1` needs a key on this machine too; no, when left out. */
  readonly requireApiKey?: () => boolean;
  /** Looks API keys up; there are none when left out. */
  readonly keys?: { recognise(secret: string): Recognised };
  readonly now: () => number;
}

/** What a route opens: models, the agent itself, or what anybody on this machine may see. */
export type Area = 'gateway' | 'management' | 'public';

/** Where a request comes from. It may come in; what it may do is another question. */
export interface Passage {
  /** From this machine, to a loopback name, and not by a page of elsewhere. */
  readonly plain: boolean;
  /** Began on another machine. */
  readonly beyond: boolean;
  /** Origin that may read the answer, when it is not our own. */
  readonly corsOrigin: string | null;
}

/** Who a request comes from. */
export interface Caller {
  /** It carries the token or a session. */
  readonly signedIn: boolean;
  /** The API key it carries; null without one, and where the token stands before it. */
  readonly key: CallerKey | null;
  /** Origin that may read the answer, when it is not our own. */
  readonly corsOrigin: string | null;
}

/** Checks requests and signs browsers in. */
export class Access {
  readonly #links = new Map<string, number>();
  readonly #tokenDigest: Buffer;

  constructor(private readonly deps: AccessDeps) {
    this.#tokenDigest = digest(deps.token);
  }

  /**
   * The checks that every request passes, before anything else.
   * @throws AgentError FORBIDDEN_HOST, FORBIDDEN_ORIGIN.
   */
  guard(headers: IncomingHttpHeaders, peer: Peer): Passage {
    const beyond = isFromBeyond(headers, peer);
    const host = hostName(headers.host);
    // An address of ours written as a number needs no list: a page's DNS name cannot look like it.
    const literal = host !== null && !LOOPBACK_HOSTS.has(host) && isLiteralOf(host, peer.localAddress);
    const loopback = host !== null && (LOOPBACK_HOSTS.has(host) || (literal && isLoopbackAddress(peer.localAddress)));
    const listed = (): boolean => host !== null && this.deps.allowedHosts().some((name) => name.toLowerCase() === host);
    if (!loopback && !literal && !listed()) throw new AgentError('FORBIDDEN_HOST', { host: headers.host ?? '(none)' });
    const corsOrigin = this.#foreignOrigin(headers);
    return { plain: loopback && !beyond && corsOrigin === null, beyond, corsOrigin };
  }

  /**
   * Who it is, and whether they may.
   * Many clients send something as a key because they must (`not-needed`, `ollama`): that is no key, and goes as far as none does. What begins like one
   * of ours and is not valid is refused everywhere, so that a revoked key does not seem to work.
   * @throws AgentError UNAUTHORIZED, API_KEY_REQUIRED, INVALID_API_KEY, API_KEY_NOT_FOR_MANAGEMENT.
   */
  identify(headers: IncomingHttpHeaders, { plain, beyond, corsOrigin }: Passage, area: Area): Caller {
    let refused: AgentError | null = null;
    let key: CallerKey | null = null;
    for (const secret of credentials(headers)) {
      const found = secret.startsWith(API_KEY_PREFIX) ? (this.deps.keys?.recognise(secret) ?? UNKNOWN) : null;
      if (found !== null && 'key' in found) key ??= found.key;
      else if (timingSafeEqual(digest(secret), this.#tokenDigest)) return { signedIn: true, key: null, corsOrigin };
      else if (found !== null) refused ??= new AgentError('INVALID_API_KEY', { prefix: secret.slice(0, TOLD), problem: found.problem });
    }
    // A browser's session is one of this machine: the cookie travels in the clear.
    if (!beyond && corsOrigin === null && this.#inSession(headers)) return { signedIn: true, key, corsOrigin };
    const caller = { signedIn: false, key, corsOrigin };
    if (area === 'management') throw new AgentError(key === null ? 'UNAUTHORIZED' : 'API_KEY_NOT_FOR_MANAGEMENT');
    if (key !== null) return caller;
    if (area === 'public') {
      if (!plain) throw new AgentError('UNAUTHORIZED');
      return caller;
    }
    if (refused !== null) throw refused;
    if (!plain || this.deps.requireApiKey?.() === true) throw new AgentError('API_KEY_REQUIRED');
    return caller;
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

  #inSession(headers: IncomingHttpHeaders): boolean {
    if (headers.cookie === undefined) return false;
    const cookie = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w.-]+)`).exec(headers.cookie)?.[1];
    if (cookie === undefined) return false;
    const end = Number(cookie.split('.')[0]);
    return end > this.deps.now() / 1000 && timingSafeEqual(digest(cookie), digest(this.#session(end)));
  }

  /** Signed with the token, so that a session outlives a restart of the agent and needs no table. */
  #session(end: number): string {
    return `${end}.${createHmac('sha256', this.deps.token).update(`session ${end}`).digest('base64url')}`;
  }
}

/** What a request shows: OpenAI's clients `Authorization`, Anthropic's a header of their own. Both are looked at: one may be a leftover. */
function credentials(headers: IncomingHttpHeaders): string[] {
  const bearer = headers.authorization === undefined ? undefined : /^Bearer +(\S.*)$/i.exec(headers.authorization)?.[1];
  const own = headers['x-api-key'];
  const given = [];
  if (bearer !== undefined) given.push(bearer.trimEnd());
  if (typeof own === 'string' && own !== '' && own !== bearer) given.push(own);
  return given;
}

/** Digests are of one length, and comparing them takes a time that says nothing of what they were made from. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
