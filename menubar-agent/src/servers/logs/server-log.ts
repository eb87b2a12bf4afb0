/** The log of one profile's server: what the engine wrote, history, followers, rotation. */
import { closeSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { toTimestamp, type Clock, type Logger } from '../../core/index.js';
import type { LogLine, LogsQuery } from '@mlx-manager/shared';
import { LogFile } from './log-file.js';
import { matches, readHistory, readTail } from './log-history.js';
import { deleteLog, rotate, rotationState } from './log-rotation.js';
import { LogReader, watchFile } from './log-tail.js';

/** Marks our own lines among the engine's. */
const OURS = '[mlx-manager]';
const STARTING = `${OURS} INFO starting`;

export interface ServerLogDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  maxBytes(): number;
  keep(): number;
  /** Milliseconds without a write after which a log counts as quiet. */
  readonly quiet: number;
}

interface Follower {
  readonly query: LogsQuery;
  readonly listener: (line: LogLine) => void;
  /** Has its history and gets new lines. */
  joined: boolean;
  closed: boolean;
}

export class ServerLog {
  readonly #file: LogFile;
  readonly #followers = new Set<Follower>();
  #live: { reader: LogReader; stopWatching: () => void } | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #cancelRotation: (() => void) | null = null;

  /** @param rotates false for a file that another program owns. */
  constructor(
    path: string,
    private readonly deps: ServerLogDeps,
    private readonly rotates = true,
  ) {
    this.#file = new LogFile(path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  get path(): string {
    return this.#file.path;
  }

  /** Notes a start and opens the file for the engine. @returns a file descriptor the caller closes. */
  begin(what: string): number {
    this.#file.appendLine(`${toTimestamp(this.deps.clock.now())} ${STARTING} ${what}`);
    return this.#file.openForAppend();
  }

  /** Adds a line of our own. */
  note(level: 'INFO' | 'WARNING' | 'ERROR', text: string): void {
    this.#file.appendLine(`${toTimestamp(this.deps.clock.now())} ${OURS} ${level} ${text}`);
  }

  /** The engine's last lines since it was last started, without ours. */
  async tail(count: number): Promise<string[]> {
    const lines = await this.#inTurn(() => readTail(this.#file, count + 8, (line) => line.includes(STARTING)));
    return lines.filter((line) => !line.includes(OURS)).slice(-count);
  }

  /** Bytes written so far to the current file. */
  size(): Promise<number> {
    return this.#file.size();
  }

  /** The last lines that match, oldest first. Works without a running server. */
  history(query: LogsQuery): Promise<LogLine[]> {
    return this.#inTurn(() => readHistory(this.#file, query));
  }

  /**
   * Calls `listener` with history and then with each new line, in order, none twice and none left out. What is history is settled when the file was
   * read, a moment after the call.
   * @param afterSeq the last line the caller has; null begins with the last `query.lines` lines.
   * @returns a function that ends it; no line comes after it.
   */
  follow(afterSeq: number | null, query: LogsQuery, listener: (line: LogLine) => void): () => void {
    const follower: Follower = { query, listener, joined: false, closed: false };
    this.#followers.add(follower);
    this.#inTurn(() => this.#join(follower, afterSeq)).catch((error: unknown) => {
      this.deps.logger.error({ err: error, path: this.#file.path }, 'following a log failed');
    });
    return () => {
      follower.closed = true;
      this.#followers.delete(follower);
      this.#restIfAlone();
    };
  }

  /** Rotates the log when it is too large; when it is being written to just now, a little later. */
  checkSize(): Promise<void> {
    return this.#inTurn(() => this.#rotateIfDue());
  }

  /** Ends timers and watching; followers get nothing more. */
  close(): void {
    for (const follower of this.#followers) follower.closed = true;
    this.#followers.clear();
    this.#restIfAlone();
    this.#cancelRotation?.();
    this.#cancelRotation = null;
  }

  /** Deletes the log with all its rotated files. */
  async delete(): Promise<void> {
    this.close();
    await this.#inTurn(() => deleteLog(this.#file));
  }

  async #join(follower: Follower, afterSeq: number | null): Promise<void> {
    if (follower.closed) return;
    const { reader } = (this.#live ??= await this.#startReading());
    await reader.read((line) => this.#deliver(line));
    const history = await readHistory(this.#file, { ...follower.query, after: afterSeq });
    for (const line of history) {
      // The file may have grown in between; those lines come from the reader.
      if (line.seq < reader.nextSeq) this.#hand(follower, line);
    }
    follower.joined = true;
    this.#restIfAlone();
  }

  async #startReading(): Promise<{ reader: LogReader; stopWatching: () => void }> {
    closeSync(this.#file.openForAppend()); // a server that never ran has no file to watch yet
    const reader = new LogReader(this.#file, this.deps.clock, await this.#file.end());
    const stopWatching = watchFile(this.#file.path, this.deps, () => {
      this.#inTurn(() => this.#readOn()).catch((error: unknown) => {
        this.deps.logger.error({ err: error, path: this.#file.path }, 'reading a log failed');
      });
    });
    return { reader, stopWatching };
  }

  async #readOn(): Promise<void> {
    await this.#live?.reader.read((line) => this.#deliver(line));
    await this.#rotateIfDue();
  }

  #deliver(line: LogLine): void {
    for (const follower of this.#followers) {
      if (follower.joined && matches(line, follower.query)) this.#hand(follower, line);
    }
  }

  #hand(follower: Follower, line: LogLine): void {
    if (follower.closed) return;
    try {
      follower.listener(line);
    } catch (error) {
      this.deps.logger.error({ err: error }, 'a log follower failed');
    }
  }

  async #rotateIfDue(): Promise<void> {
    if (!this.rotates) return;
    const state = await rotationState(this.#file, this.deps.maxBytes(), this.deps.quiet);
    if (state === 'busy') {
      this.#cancelRotation ??= this.deps.clock.schedule(() => {
        this.#cancelRotation = null;
        this.checkSize().catch((error: unknown) => {
          this.deps.logger.error({ err: error, path: this.#file.path }, 'rotating a log failed');
        });
      }, this.deps.quiet);
      return;
    }
    if (state === 'small') return;
    await rotate(this.#file, this.deps.keep(), async (path, size) => {
      await this.#live?.reader.finishMoved(path, size, (line) => this.#deliver(line));
    });
  }

  #restIfAlone(): void {
    if (this.#followers.size > 0) return;
    this.#live?.stopWatching();
    this.#live = null;
  }

  /** One thing at a time: reading, rotating and joining share positions. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined); // the caller has the error; the next turn does not care
    return result;
  }
}
