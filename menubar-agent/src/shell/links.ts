/** Where pages may go. A page shows what models wrote, so a link in it is a stranger's. Pure. */
import { PUT_AWAY_HASH, WINDOW_PAGES } from '@mlx-manager/shared';

/** Hosts whose pages are part of the product: they open without a question. Everything else is shown to its owner first. */
const KNOWN_HOSTS = ['huggingface.co', 'github.com', 'raycast.com', 'docs.anthropic.com', 'platform.openai.com'];
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a page of ours may load this address itself: the agent's own, and nothing else. @param address the agent's, e.g. `http://127.0.0.1:10239`. */
export function isOurs(url: string, address: string | null): boolean {
  const parsed = parse(url);
  return parsed !== null && address !== null && parsed.origin === new URL(address).origin;
}

/** The page of the window that an address of ours names, as its path; null when it names none: `/api`, the dropdown, another origin. */
export function windowPage(url: string, address: string | null): string | null {
  const parsed = parse(url);
  if (parsed === null || !isOurs(url, address)) return null;
  const { pathname } = parsed;
  return pathname === '/' || WINDOW_PAGES.includes(pathname.split('/')[1] ?? '') ? pathname : null;
}

/** Addresses of ours that are for a browser: the reference of the API, and figures as text. */
const BROWSER_PATHS: readonly string[] = ['/api/docs', '/metrics'];

/** The path of ours that an address names and that is shown in the owner's browser; null for every other. */
export function browserPath(url: string, address: string | null): string | null {
  const parsed = parse(url);
  return parsed !== null && isOurs(url, address) && BROWSER_PATHS.includes(parsed.pathname) ? parsed.pathname : null;
}

/** Whether the dropdown says that its reader is done with it. */
export const isPutAway = (url: string): boolean => parse(url)?.hash === PUT_AWAY_HASH;

/** Whether a request of a page may be made: to the agent, or to what the page itself holds. */
export function mayRequest(url: string, address: string | null): boolean {
  const parsed = parse(url);
  if (parsed === null) return false;
  if (parsed.protocol === 'data:' || parsed.protocol === 'devtools:') return true;
  if (parsed.protocol === 'blob:') return address !== null && parsed.origin === new URL(address).origin;
  return isOurs(url, address);
}

export type Outside = 'open' | 'ask' | 'refuse';

/**
 * What becomes of a link that leads out of our pages. Opening is handing it to the system, which may start any program for it
 * (electronjs.org/docs/latest/tutorial/security, point 15): only `https:`, and `http:` of this machine, without a user name that could pass
 * for a host.
 */
export function outside(url: string): Outside {
  const parsed = parse(url);
  if (parsed === null || parsed.username !== '' || parsed.password !== '' || url.length > 2048) return 'refuse';
  if (parsed.protocol === 'http:') return LOOPBACK.has(parsed.hostname) ? 'ask' : 'refuse';
  if (parsed.protocol !== 'https:') return 'refuse';
  return KNOWN_HOSTS.some((host) => parsed.hostname === host || parsed.hostname.endsWith(`.${host}`)) ? 'open' : 'ask';
}

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}
