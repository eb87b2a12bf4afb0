/**
 * The shell's agent: the one that lives, found by agent.json, else one of our own in a utility process. Only our own is ever ended by us
 * (design, "Who starts the agent").
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError, createClient, type Client } from '@mlx-manager/shared';
import { readAgentFile, type AgentPaths, type Logger } from '../core/index.js';
import type { ChildLike } from './electron-parts.js';
import type { Env } from './login-environment.js';

/** An agent that answers. */
export interface Attached {
  readonly client: Client;
  readonly address: string;
  /** Whether we started it. */
  readonly own: boolean;
  readonly pid: number;
}

export interface AgentKeeperDeps {
  readonly paths: Pick<AgentPaths, 'agentFile' | 'logs'>;
  readonly logger: Logger;
  /** Starts the agent's process. */
  readonly fork: (env: Env) => ChildLike;
  readonly environment: () => Promise<Env>;
  /** Told what the agent prints, line by line. */
  readonly onLine: (line: string) => void;
  /** How long a health check may take, and an end in good order, ms. Engines take their time to end. */
  readonly healthMs?: number;
  readonly endMs?: number;
}

const HEALTH_MS = 5000;
const END_MS = 30_000;
/** The line of `start` (cli/start.ts). */
const READY = /^MLX Manager is ready at (\S+)/;
/** Of what a failed start printed, so many lines are told. */
const TOLD_LINES = 3;

/** Finds, starts and ends the agent. */
export class AgentKeeper {
  #child: OwnAgent | null = null;
  /** Nothing is started any more. */
  #closed = false;

  constructor(private readonly deps: AgentKeeperDeps) {}

  /**
   * The agent that lives; starts one when none does.
   * @throws AgentError AGENT_START_FAILED with what the agent said.
   */
  async ensure(): Promise<Attached> {
    const living = await this.find();
    if (living) return living;
    // One of ours that lives and does not answer must be gone before another takes its place.
    await this.#child?.kill();
    const environment = await this.deps.environment();
    // Quitting while the login shell was asked: nobody would end what is started now.
    if (this.#closed) throw new AgentError('AGENT_START_FAILED', { reason: 'the app is quitting.', log: this.deps.paths.logs });
    const child = new OwnAgent(this.deps.fork(environment), this.deps.onLine);
    this.#child = child;
    this.deps.logger.info({ pid: child.pid }, 'the agent was started');
    const started = await child.started;
    const found = await this.find();
    if (found) return found;
    throw new AgentError('AGENT_START_FAILED', {
      reason: started ? 'it is ready, but does not answer.' : child.reason(),
      log: `${this.deps.paths.logs}/agent.log`,
    });
  }

  /** The agent that agent.json names, if it answers. */
  async find(): Promise<Attached | null> {
    const file = readAgentFile(this.deps.paths);
    if (!file) return null;
    const address = `http://127.0.0.1:${file.port}`;
    const client = createClient({ fetch: globalThis.fetch, baseUrl: address, token: file.token });
    try {
      await client.health({ signal: AbortSignal.timeout(this.deps.healthMs ?? HEALTH_MS) });
    } catch (error) {
      // A file of a killed agent names a port where nobody, or somebody else, listens.
      this.deps.logger.debug({ err: error }, 'agent.json names nobody who answers');
      return null;
    }
    return { client, address, own: this.#child?.alive === true && this.#child.pid === file.pid, pid: file.pid };
  }

  /** Resolves with the exit code when our agent ends; null when there is none of ours. */
  get exited(): Promise<number> | null {
    return this.#child?.exited ?? null;
  }

  /**
   * Ends our own agent in good order; another's is left alone. By its API: a utility process that is told to end by a signal is killed two seconds
   * later (Chromium, base::EnsureProcessTerminated), before large engines are gone.
   * @param keepServers leaves engines running; the setting decides when undefined.
   */
  async end(keepServers: boolean | undefined): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (!child?.alive) return;
    const living = await this.find();
    try {
      if (living?.own) {
        await living.client.shutdown({
          body: keepServers === undefined ? {} : { keepServers },
          signal: AbortSignal.timeout(this.deps.healthMs ?? HEALTH_MS),
        });
        const gone = await Promise.race([child.exited.then(() => true), sleep(this.deps.endMs ?? END_MS, false, { ref: false })]);
        if (gone) return;
      }
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the agent did not hear that it is to end');
    }
    await child.kill();
  }
}

/** A process of ours. */
class OwnAgent {
  alive = true;
  /** Whether it got ready; false when it ended before. */
  readonly started: Promise<boolean>;
  readonly exited: Promise<number>;
  readonly #said: string[] = [];
  #code: number | null = null;

  constructor(
    private readonly child: ChildLike,
    onLine: (line: string) => void,
  ) {
    const ready = Promise.withResolvers<boolean>();
    this.started = ready.promise;
    eachLine(child.stdout, (line) => {
      onLine(line);
      if (READY.test(line)) ready.resolve(true);
    });
    eachLine(child.stderr, (line) => {
      onLine(line);
      this.#said.push(line);
      if (this.#said.length > 50) this.#said.shift();
    });
    this.exited = new Promise((resolve) => {
      child.on('exit', (code) => {
        this.alive = false;
        this.#code = code;
        ready.resolve(false);
        resolve(code);
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Why it ended, in its own words. */
  reason(): string {
    const lines = this.#said.map((line) => line.replace(/^✗ /, '').trim()).filter((line) => line !== '' && !line.startsWith('•'));
    return lines.slice(-TOLD_LINES).join(' ') || `it ended with code ${this.#code ?? 'unknown'}.`;
  }

  async kill(): Promise<void> {
    if (!this.alive) return;
    this.child.kill();
    await this.exited;
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, tell: (line: string) => void): void {
  if (!stream) return;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    lines.forEach(tell);
  });
}
