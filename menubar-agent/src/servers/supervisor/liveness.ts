/**
 * Notices the end of an engine that is not our child. Its parent is init, so no exit event comes, and pidfd and kqueue are out of Node's reach.
 * A connection to its port, on which nothing is ever sent, is closed by the kernel at the moment the process dies, and costs nothing until then: no
 * engine limits how long a first request may be awaited (uvicorn's keep-alive timeout starts after an answer; http.server has none).
 * When it closes, the process table decides. The health loop asks the table as well, as a safety net.
 */
import { connect, type Socket } from 'node:net';
import type { Clock, Logger } from '../../core/index.js';
import type { ProcessIdentity, ProcessTable } from '../../system/index.js';
import type { ProcessEnd } from './spawn.js';

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
/** A connection held this long was no refusal, ms. */
const HELD = 10_000;

export class LivenessWatch {
  /** Settles when the process is gone. How it ended cannot be known. */
  readonly ended: Promise<ProcessEnd>;
  #settle: (end: ProcessEnd) => void = () => undefined;
  #socket: Socket | null = null;
  #cancel: (() => void) | null = null;
  #closed = false;
  #pause = FIRST_PAUSE;

  constructor(
    private readonly identity: ProcessIdentity,
    private readonly address: { host: string; port: number },
    private readonly deps: { processes: ProcessTable; clock: Clock; logger: Logger },
  ) {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#connect();
  }

  /** Asks the process table now. */
  async check(): Promise<boolean> {
    const alive = await this.deps.processes.isAlive(this.identity);
    if (!alive) {
      this.close();
      this.#settle({ exitCode: null, signal: null });
    }
    return alive;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#cancel?.();
  }

  #connect(): void {
    const since = this.deps.clock.now();
    const socket = connect(this.address);
    this.#socket = socket;
    socket.unref();
    socket.on('error', () => undefined); // `close` follows and is what counts
    socket.once('close', () => {
      if (this.#closed) return;
      if (this.deps.clock.now() - since > HELD) this.#pause = FIRST_PAUSE;
      this.#checkAndReturn();
    });
    socket.resume();
  }

  /** The kernel closes connections a moment before the process is gone from the table, so look again soon, then ever less often. */
  #checkAndReturn(): void {
    this.check().then(
      (alive) => {
        if (!alive || this.#closed) return;
        this.#cancel = this.deps.clock.schedule(() => this.#connect(), this.#pause);
        this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
      },
      (error: unknown) => this.deps.logger.error({ err: error, pid: this.identity.pid }, 'the process table could not be read'),
    );
  }
}
