/** Reads an engine's log as it grows, for those who follow it. */
import { watch, type FSWatcher } from 'node:fs';
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
  readonly #splitter = new LineSplitter();
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
      // Truncated by somebody else; the file's numbers go on from what was counted.
      this.#offset = 0;
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
 * Calls `onChange` after the file changed, at most every 20 ms. The system tells of changes (inotify, kqueue), so a silent engine costs nothing; where it cannot
 * (some network volumes, all inotify watches used up) the file is looked at once a second while somebody follows.
 * @returns a function that ends it.
 */
export function watchFile(path: string, deps: { clock: Clock; logger: Logger }, onChange: () => void): () => void {
  let cancel: (() => void) | null = null;
  let watcher: FSWatcher | null = null;
  let closed = false;
  const later = (): void => {
    cancel ??= deps.clock.schedule(() => {
      cancel = null;
      onChange();
    }, GATHER);
  };
  const poll = (): void => {
    if (closed) return;
    cancel = deps.clock.schedule(() => {
      onChange();
      poll();
    }, POLL);
  };
  const fallBack = (error: unknown): void => {
    deps.logger.warn({ err: error, path }, 'no notice of changes to this log; it is read once a second while somebody follows it');
    watcher?.close();
    watcher = null;
    cancel?.();
    poll();
  };
  try {
    watcher = watch(path, { persistent: false }, later);
    watcher.on('error', fallBack);
  } catch (error) {
    fallBack(error);
  }
  return () => {
    closed = true;
    watcher?.close();
    cancel?.();
  };
}
