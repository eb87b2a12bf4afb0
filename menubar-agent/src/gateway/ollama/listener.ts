/** The listener for Ollama's clients: opened and closed as the settings say. */
import { AgentError, type OllamaStatus } from '@mlx-manager/shared';
import type { EventBus, Logger } from '../../core/index.js';
import type { HttpServer } from '../../http/index.js';

/** Loopback, as Ollama's own. */
const HOST = '127.0.0.1';

export interface OllamaListenerDeps {
  readonly bus: EventBus;
  readonly logger: Logger;
  /** Read anew each time. */
  readonly wanted: () => { readonly enabled: boolean; readonly port: number };
  /** A new server with every route on it: one that was closed cannot listen again. */
  readonly createServer: () => HttpServer;
  /** The program that listens on a port; null when it is free. */
  readonly portHolder: (port: number) => Promise<string | null>;
}

interface Open {
  readonly port: number;
  readonly server: HttpServer;
}

export class OllamaListener {
  #open: Open | null = null;
  #error: AgentError | null = null;
  #stopped = false;
  /** Changes come one after another. */
  #turn: Promise<void> = Promise.resolve();
  readonly #unsubscribe: () => void;

  constructor(private readonly deps: OllamaListenerDeps) {
    this.#unsubscribe = deps.bus.on('settings.updated', () => void this.apply());
  }

  /** Does what the settings say now. A port that is taken is told in the status, and in the log. Never rejects. */
  apply(): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#apply())
      .catch((error: unknown) => {
        this.deps.logger.error({ err: error }, 'the listener for Ollama’s clients could not be changed');
      });
    return this.#turn;
  }

  /** Closes it for good. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopped = true;
    this.#open?.server.beginShutdown();
    await this.apply();
  }

  /** How it stands. */
  async status(): Promise<OllamaStatus> {
    const { enabled, port } = this.deps.wanted();
    const listening = this.#open?.port === port;
    return {
      enabled,
      listening,
      port,
      url: listening ? `http://${HOST}:${port}` : null,
      portFree: listening || (await this.deps.portHolder(port)) === null,
      error: this.#error?.toTaskError() ?? null,
    };
  }

  /**
   * Whether it could listen so. For settings, before they are changed.
   * @throws AgentError OLLAMA_PORT_TAKEN.
   */
  async check(enabled: boolean, port: number): Promise<void> {
    if (!enabled || this.#open?.port === port) return;
    const program = await this.deps.portHolder(port);
    if (program !== null) throw new AgentError('OLLAMA_PORT_TAKEN', { port, program });
  }

  async #apply(): Promise<void> {
    const { enabled, port } = this.deps.wanted();
    const wanted = enabled && !this.#stopped ? port : null;
    if (this.#open !== null && this.#open.port !== wanted) {
      const { server } = this.#open;
      this.#open = null;
      server.beginShutdown();
      await server.app.close();
    }
    this.#error = null;
    if (wanted === null || this.#open !== null) return;
    const server = this.deps.createServer();
    try {
      await server.app.listen({ host: HOST, port: wanted });
      this.#open = { port: wanted, server };
      this.deps.logger.info({ port: wanted }, 'Ollama’s clients are answered');
    } catch (error) {
      await server.app.close();
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      const program = taken ? ((await this.deps.portHolder(wanted)) ?? 'another program') : (error as Error).message;
      this.#error = new AgentError('OLLAMA_PORT_TAKEN', { port: wanted, program }, { cause: error });
      this.deps.logger.error({ err: this.#error }, 'Ollama’s clients cannot be answered');
    }
  }
}
