/** The agent's own log: JSON lines in a file of mode 0600, rotated by size. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

export type Logger = pino.Logger;

export interface LogLimits {
  /** Bytes at which the log is rotated; asked at each line. */
  readonly maxBytes: () => number;
  /** Rotated logs kept: `agent.log.1` is the newest. */
  readonly keep: () => number;
}

const LINE_FEED = 10;
const SECRET = '[secret]';
const SECRET_PATHS = ['token', 'hfToken', 'headers.authorization', 'headers.cookie'].flatMap((path) => [path, `*.${path}`]);

/**
 * A logger that writes to a file, at once, so that a crash loses nothing.
 * Tokens and authorization headers are struck out, whoever logs them.
 * @param file created when missing, appended to.
 * @param level `debug`, `info`, `warn` or `error`.
 */
export const createLogger = (file: string, level: string, limits: LogLimits): Logger => loggerTo(new LogWriter(file, limits), level);

/** The same, to a file that others read along. */
export function loggerTo(writer: LogWriter, level: string): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: SECRET_PATHS, censor: SECRET } };
  return pino(options, writer);
}

/** A logger that keeps nothing, for tests and tools. */
export const silentLogger = (): Logger => pino({ level: 'silent' });

/** Hears a line, without its line feed, and its number. */
type HearLine = (line: string, seq: number) => void;

/**
 * A file that starts anew when it has grown too large. Its lines are numbered from 1 through all rotations and restarts: `<file>.seq` holds the
 * number of the first line, as for the servers' logs.
 */
export class LogWriter {
  readonly #hearers = new Set<HearLine>();
  #descriptor = -1;
  #inode = -1;
  #bytes = 0;
  /** Number of the next line; null until somebody asks: what was there before must be counted. */
  #next: number | null = null;
  #rotations = 0;
  #left = false;

  constructor(
    readonly file: string,
    private readonly limits: LogLimits,
    private readonly numbered = false,
  ) {
    this.#open();
  }

  write(line: string): void {
    if (!this.#left) this.#lookAgain();
    if (!this.#left && this.#bytes > 0 && this.#bytes + Buffer.byteLength(line) > this.limits.maxBytes()) this.#rotate();
    this.#bytes += writeSync(this.#descriptor, line);
    if (this.#next === null) return;
    const seq = this.#next++;
    for (const hear of this.#hearers) hear(line.trimEnd(), seq);
  }

  /** The agent has ended: a line that comes late goes into the file as it is, and makes nothing anew where its folder was deleted. */
  leave(): void {
    this.#left = true;
  }

  /** How often it started anew, since the agent did. */
  get rotations(): number {
    return this.#rotations;
  }

  /** Number of the line that is written next. */
  nextSeq(): number {
    return (this.#next ??= firstSeq(this.file) + countLines(this.file));
  }

  /** Hears each line from now on, as it is written. Answers how to stop. */
  hear(hear: HearLine): () => void {
    this.nextSeq();
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  #open(): void {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(this.file, 'a', 0o600);
    fchmodSync(this.#descriptor, 0o600);
    const { ino, size } = fstatSync(this.#descriptor);
    this.#inode = ino;
    this.#bytes = size;
  }

  /** What somebody deletes, moves or empties is written anew, where it is looked for; its numbers go on. */
  #lookAgain(): void {
    const found = statSync(this.file, { throwIfNoEntry: false });
    if (found?.ino === this.#inode && found.size >= this.#bytes) return;
    this.#rotations++;
    closeSync(this.#descriptor);
    this.#open();
    if (this.#next !== null) this.#noteFirst(this.#next - countLines(this.file));
  }

  #noteFirst(seq: number): void {
    if (this.numbered) writeFileSync(`${this.file}.seq`, JSON.stringify({ first_seq: seq }), { mode: 0o600 });
  }

  #rotate(): void {
    // Noted first: after a crash in between numbers skip, but none is used twice.
    if (this.numbered) this.#noteFirst(this.nextSeq());
    this.#rotations++;
    closeSync(this.#descriptor);
    const keep = this.limits.keep();
    rmSync(`${this.file}.${keep}`, { force: true });
    for (let i = keep - 1; i >= 0; i--) moveIfThere(i === 0 ? this.file : `${this.file}.${i}`, `${this.file}.${i + 1}`);
    if (keep === 0) rmSync(this.file, { force: true });
    this.#open();
  }
}

function firstSeq(file: string): number {
  try {
    const { first_seq: first } = JSON.parse(readFileSync(`${file}.seq`, 'utf8')) as { first_seq?: unknown };
    return typeof first === 'number' && Number.isSafeInteger(first) && first > 0 ? first : 1;
  } catch {
    // Never rotated, or the note is damaged: numbers begin anew.
    return 1;
  }
}

/** Once, and again at no rotation: a log is 10 MB, which takes some milliseconds. */
function countLines(file: string): number {
  // Somebody may just have deleted it.
  if (!existsSync(file)) return 0;
  const bytes = readFileSync(file);
  let lines = 0;
  for (let i = bytes.indexOf(LINE_FEED); i !== -1; i = bytes.indexOf(LINE_FEED, i + 1)) lines++;
  return lines;
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
