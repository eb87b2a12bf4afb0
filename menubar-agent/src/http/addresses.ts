/** What an address or a Host header says about where a request comes from and goes to. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** The two ends of a connection, as a socket knows them. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
}

/** One way of writing for every address: `::ffff:127.0.0.1` is `127.0.0.1`, `FD00:0::2` is `fd00::2`, and no zone. */
export function plainAddress(address: string): string {
  const bare = address.toLowerCase().split('%')[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  // URL writes IPv6 in its shortest form (RFC 5952).
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}

/** Whether an address is this machine's own inner one. One that is not known is not. */
export function isLoopbackAddress(address: string | undefined): boolean {
  // The common cases first: this is asked for every request.
  if (address === '127.0.0.1' || address === '::1') return true;
  if (address === undefined || isIP(address) === 0) return false;
  const plain = plainAddress(address);
  return plain === '::1' || plain.startsWith('127.');
}

/**
 * Whether a request began on another machine: by its socket, or because a proxy on this one (a tunnel, a web server) says that it carries
 * it for somebody. A proxy that says nothing cannot be told from a local client; those that rewrite Host usually do say it.
 */
export function isFromBeyond(headers: IncomingHttpHeaders, peer: Peer): boolean {
  if (!isLoopbackAddress(peer.remoteAddress)) return true;
  if (headers.forwarded !== undefined) return true;
  const chain = headers['x-forwarded-for'];
  return (
    chain !== undefined &&
    String(chain)
      .split(',')
      .some((one) => !isLoopbackAddress(one.trim()))
  );
}

/** The name in a Host header, small, without port; null when it is none. */
export function hostName(header: string | undefined): string | null {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1] ?? null;
}

/** Whether a Host's name is, as a number, the very address that the connection came in on. A rebound DNS name never is. */
export function isLiteralOf(host: string, address: string | undefined): boolean {
  if (address === undefined) return false;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIP(bare) !== 0 && plainAddress(bare) === plainAddress(address);
}
