/** Reads an engine's log as it grows, for those who follow it. */
import { statSync, watch, type FSWatcher, type WatchEventType } from 'node:fs';
import { toTimestamp, type Clock, type Logger } from '../../core/index.js';
import type { LogLine } from '@mlx-manager/shared';
import { readBlocks, type LinePosition, type LogFile } from './log-file.js';
import { followingTime, LineParser, LineSplitter } from './log-parse.js';

/** Changes within this time are read together, ms. */
const GATHER = 20;
/** How often a file is looked at where the system gives no notice of changes, ms. */
const POLL = 1_000;

/** Where reading stands. Not safe to use twice at once: {@link ServerLog} takes turns. */
export class LogReader {
  #splitter = new LineSplitter();
  readonly #parser = new LineParser();
  #offset: number;
  #seq: number;
  #time = 0;

  constructor(
    private readonly file: LogFile,
    private readonly clock: Clock,
    start: LinePosition,
  ) {
    this.#offset = start.offset;
    this.#seq = start.seq;
  }

  /** Number of the next line. */
  get nextSeq(): number {
    return this.#seq;
  }

  /** Hands on the lines that were completed since the last call. */
  async read(deliver: (line: LogLine) => void): Promise<void> {
    const size = await this.file.size();
    if (size < this.#offset) {
      // Truncated or deleted by somebody else; the file's numbers go on from what was counted. The rest of a line is gone.
      this.#offset = 0;
      this.#splitter = new LineSplitter();
      await this.file.end();
    }
    await this.#readTo(this.file.path, size, deliver);
  }

  /** Hands on the rest of a content that was moved, and goes on at the beginning of the emptied file. */
  async finishMoved(path: string, size: number, deliver: (line: LogLine) => void): Promise<void> {
    await this.#readTo(path, size, deliver);
    this.#offset = 0;
  }

  async #readTo(path: string, size: number, deliver: (line: LogLine) => void): Promise<void> {
    for await (const block of readBlocks(path, this.#offset, size)) {
      this.#offset += block.length;
      for (const raw of this.#splitter.push(block)) {
        const { time, level, text } = this.#parser.parse(raw);
        this.#time = time === null ? this.clock.now() : followingTime(time, this.#time);
        deliver({ seq: this.#seq++, time: toTimestamp(this.#time), level, text });
      }
    }
  }
}

/**
 * Calls `onChange` after the file changed, at most every 20 ms, also when somebody deleted or moved it and another took its place. The system
 * tells of changes (inotify, kqueue), so a silent engine costs nothing; where it cannot (some network volumes, all inotify watches used up), and
 * where there is no file, it is looked for once a second while somebody follows.
 * @returns a function that ends it.
 */
export function watchFile(path: string, deps: { clock: Clock; logger: Logger }, onChange: () => void): () => void {
  let cancel: (() => void) | null = null;
  let watcher: FSWatcher | null = null;
  let watched: number | undefined;
  let renamed = false;
  let closed = false;
  const later = (kind?: WatchEventType): void => {
    renamed ||= kind === 'rename';
    cancel ??= deps.clock.schedule(() => {
      cancel = null;
      onChange();
      // The system's notices are of the file as it was, whatever its name is now. A new one may have the number of the one before.
      if (watcher !== null && (renamed || inodeOf(path) !== watched)) begin();
    }, GATHER);
  };
  const poll = (next: () => void): void => {
    if (closed) return;
    cancel = deps.clock.schedule(() => {
      cancel = null;
      onChange();
      next();
    }, POLL);
  };
  const pollOn = (): void => poll(pollOn);
  const rest = (): void => {
    watcher?.close();
    watcher = null;
    cancel?.();
    cancel = null;
  };
  const fallBack = (error: unknown): void => {
    if (closed) return;
    deps.logger.warn({ err: error, path }, 'no notice of changes to this log; it is read once a second while somebody follows it');
    rest();
    pollOn();
  };
  const begin = (): void => {
    const replaced = watcher !== null || watched !== undefined;
    rest();
    if (closed) return;
    renamed = false;
    watched = inodeOf(path);
    // Looked for until it is there again.
    if (watched === undefined && replaced) {
      watched = NONE;
      poll(begin);
      return;
    }
    try {
      watcher = watch(path, { persistent: false }, later);
      watcher.on('error', fallBack);
      if (replaced) later();
    } catch (error) {
      fallBack(error);
    }
  };
  begin();
  return () => {
    closed = true;
    watcher?.close();
    cancel?.();
  };
}

/** No file's. */
const NONE = -1;
const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;
