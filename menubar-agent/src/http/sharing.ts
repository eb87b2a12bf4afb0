/**
 * Listening beyond loopback. The agent's own listener on 127.0.0.1 never moves, so that its page, its command and its extension find it always;
 * for every further address there is a second listener on the same port that hands its requests to the same routes. That they need a key is
 * decided by the connection, in `access.ts`.
 *
 * `0.0.0.0` and `::` are taken as "every address this machine has now", looked up again every few seconds: next to a listener on 127.0.0.1 the wildcard
 * cannot be bound on Linux, and a machine that changes its network goes on being reachable, under its new address.
 */
import type { FastifyInstance } from 'fastify';
import { lookup } from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { AgentError } from '@mlx-manager/shared';
import type { Clock, Logger } from '../core/index.js';
import { isLoopbackAddress, plainAddress } from './addresses.js';
import { answerSocket, MAX_HEADER_BYTES } from './server.js';

/** Milliseconds between looks at the machine's addresses, while it listens beyond loopback. */
const LOOK_MS = 10_000;
const WILDCARDS: Readonly<Record<string, readonly (4 | 6)[]>> = { '0.0.0.0': [4], '::': [4, 6] };
const OWN_LISTENER = '127.0.0.1';

export interface SharingDeps {
  readonly app: FastifyInstance;
  /** Of the agent's own listener. */
  readonly port: () => number;
  /** The settings `listen_host` and `require_api_key`. */
  readonly host: () => string;
  readonly requireApiKey: () => boolean;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly logger: Logger;
  /** Addresses of this machine; tests say others. */
  readonly machineAddresses?: () => string[];
}

/** Listeners beyond the agent's own. */
export class Sharing {
  readonly #open = new Map<string, Server>();
  /** One change after the other. */
  #last: Promise<void> = Promise.resolve();
  #cancelLook: (() => void) | null = null;
  #closed = false;
  #told = '';

  constructor(private readonly deps: SharingDeps) {
    deps.app.addHook('preClose', () => this.#close());
  }

  /** Addresses it listens on now, besides 127.0.0.1. */
  addresses(): string[] {
    return [...this.#open.keys()];
  }

  /** Base URLs for clients on other machines. */
  urls(): string[] {
    const beyond = this.addresses().filter((address) => !isLoopbackAddress(address));
    return beyond.map((address) => `http://${isIP(address) === 6 ? `[${address}]` : address}:${this.deps.port()}/v1`);
  }

  /**
   * Makes a change of the settings possible, before it is kept: listens on the new host besides what it listens on already.
   * Follow it with {@link follow}, which also closes what is no longer wanted.
   * @throws AgentError SHARING_NEEDS_KEYS, LISTEN_HOST_UNAVAILABLE.
   */
  prepare(host: string, requireApiKey: boolean): Promise<void> {
    return this.#inTurn(async () => {
      // A host that stays may be out of reach just now, and need not be reached for a change of something else.
      const stays = host === this.deps.host();
      const wanted = await this.#wanted(host).catch((error: unknown) => {
        if (!stays) throw error;
        return null;
      });
      if (!requireApiKey && (wanted === null || reachesBeyond(host, wanted))) throw new AgentError('SHARING_NEEDS_KEYS', { host });
      if (stays || wanted === null) return;
      const opened: string[] = [];
      try {
        for (const address of wanted) if (await this.#listen(address)) opened.push(address);
      } catch (error) {
        for (const address of opened) this.#end(address);
        throw unavailable(host, error);
      }
    });
  }

  /** Listens where the settings say, and nowhere else. What does not work is logged and tried again: a machine away from its network keeps its agent. */
  follow(): Promise<void> {
    return this.#inTurn(async () => {
      const host = this.deps.host();
      const problems: string[] = [];
      const wanted = await this.#allowed(host).catch((error: unknown): string[] => {
        problems.push(error instanceof Error ? error.message : String(error));
        return [];
      });
      for (const address of this.#open.keys()) if (!wanted.includes(address)) this.#end(address);
      for (const address of wanted) {
        await this.#listen(address).catch((error: unknown) => problems.push(unavailable(address, error).message));
      }
      this.#tell(problems.join(' '));
      this.#cancelLook?.();
      this.#cancelLook = null;
      if (host !== OWN_LISTENER && !this.#closed) this.#cancelLook = this.deps.clock.schedule(() => void this.follow(), LOOK_MS);
    });
  }

  /** The addresses of a stored host. A settings table that was changed by hand must not open what the API refuses to. */
  async #allowed(host: string): Promise<string[]> {
    const wanted = await this.#wanted(host);
    if (!this.deps.requireApiKey() && reachesBeyond(host, wanted)) throw new AgentError('SHARING_NEEDS_KEYS', { host });
    return wanted;
  }

  /** Each problem is told once, not every few seconds. */
  #tell(problem: string): void {
    const text = problem === '' ? this.addresses().join(', ') : problem;
    if (text === this.#told) return;
    this.#told = text;
    if (problem !== '') this.deps.logger.warn({ problem }, 'the agent does not listen everywhere it should');
    else this.deps.logger.info({ addresses: this.addresses() }, 'listening beyond 127.0.0.1');
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => (this.#closed ? undefined : work()));
    this.#last = turn.catch(() => undefined); // the caller is told; the next one must not be
    return turn;
  }

  /** The addresses a host stands for, without 127.0.0.1. */
  async #wanted(host: string): Promise<string[]> {
    const mine = (this.deps.machineAddresses ?? machineAddresses)();
    const families = WILDCARDS[host];
    const addresses = families ? mine.filter((one) => families.some((family) => isIP(one) === family)) : await resolve(host);
    return [...new Set(addresses.map(plainAddress))].filter((one) => one !== OWN_LISTENER);
  }

  /** Answers whether it is new. */
  async #listen(address: string): Promise<boolean> {
    if (this.#open.has(address)) return false;
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, reply) => this.deps.app.routing(request, reply));
    server.on('clientError', answerSocket);
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host: address, port: this.deps.port(), ipv6Only: true }, () => {
        server.off('error', fail);
        done();
      });
    });
    server.on('error', (error) => this.deps.logger.warn({ err: error, address }, 'a listener failed'));
    this.#open.set(address, server);
    return true;
  }

  /** Ends a listener and its connections: who is no longer let in must not stay. */
  #end(address: string): void {
    const server = this.#open.get(address);
    this.#open.delete(address);
    server?.close();
    server?.closeAllConnections();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook?.();
    await this.#last;
    for (const address of this.addresses()) this.#end(address);
  }
}

/** Whether other machines could reach it: by what it stands for, and always for "every address". */
function reachesBeyond(host: string, addresses: readonly string[]): boolean {
  return host in WILDCARDS || addresses.some((one) => !isLoopbackAddress(one));
}

async function resolve(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address).filter((one) => !isLinkLocal(one));
  } catch (error) {
    throw unavailable(host, error);
  }
}

/** IPv6's addresses of one cable: they mean nothing without the card's name. */
const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address);

/** Addresses of the network cards. */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((card) => card ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .map(({ address }) => address);
}

/** Sources of the codes: bind(2), getaddrinfo(3). */
const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'it is no address of this machine',
  EADDRINUSE: 'another program uses the port there',
  EACCES: 'the system does not allow it',
  ENOTFOUND: 'no address is known for that name',
  EAI_AGAIN: 'no address is known for that name',
};

function unavailable(host: string, error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new AgentError('LISTEN_HOST_UNAVAILABLE', { host, reason: REASONS[code ?? ''] ?? message }, { cause: error });
}
