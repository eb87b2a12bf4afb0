/** Which TCP ports are free: found out by binding them, because no list is ever up to date. */
import { connect, createServer } from 'node:net';
import { AgentError } from '@mlx-manager/shared';

/** Addresses that clients on this machine reach by a loopback address. */
const LOCAL: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::']);
const LAST_PORT = 65_535;
/** Longest wait for an answer of this very machine, in ms. */
const CONNECT_TIMEOUT_MS = 500;

/**
 * Whether a server can listen on a port right now. Another program may take it a moment later.
 * @throws AgentError INVALID_REQUEST when the host is no address of this machine.
 */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  if ((await bind(port, host)) === null) return false;
  // BSD (macOS) lets 127.0.0.1 be bound while another program listens on all addresses: ask whether somebody answers, too.
  // `localhost` may mean either loopback address, so a program on the other one would get our clients.
  const addresses = LOCAL.has(host) ? ['127.0.0.1', '::1'] : [host];
  return (await Promise.all(addresses.map((address) => answers(port, address)))).every((answered) => !answered);
}

/**
 * The first free port from `start` up that is not in `taken`.
 * @throws AgentError NO_FREE_PORT.
 */
export async function findFreePort(start: number, taken: Iterable<number> = [], host = '127.0.0.1'): Promise<number> {
  const excluded = new Set(taken);
  for (let port = start; port <= LAST_PORT; port++) {
    if (!excluded.has(port) && (await isPortFree(port, host))) return port;
  }
  throw new AgentError('NO_FREE_PORT', { start });
}

/** A port that the OS chose and that is free again now. */
export async function ephemeralPort(host = '127.0.0.1'): Promise<number> {
  const port = await bind(0, host);
  if (port === null) throw new AgentError('NO_FREE_PORT', { start: 0 });
  return port;
}

/** Binds and lets go; the port that it was, or null when it was refused. */
function bind(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAFNOSUPPORT')
        reject(new AgentError('INVALID_REQUEST', { problem: `host: ${host} is no address of this machine` }, { cause: error }));
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' ? (address?.port ?? null) : null;
      server.close(() => resolve(bound));
    });
  });
}

/** Whether something accepts a connection. Not in time counts as yes: a full queue belongs to somebody. */
function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: CONNECT_TIMEOUT_MS });
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true));
    // A loop that was held up sees its timers first: a refusal that has come meanwhile is heard before this counts.
    socket.once('timeout', () => setImmediate(() => settle(true)));
    // Refused, or no IPv6 here: nobody.
    socket.once('error', () => settle(false));
  });
}
