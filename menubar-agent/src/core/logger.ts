/** The agent's own log: JSON lines in a file of mode 0600, rotated by size. */
import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

export type Logger = pino.Logger;

export interface LogLimits {
  /** Bytes at which the log is rotated; asked at each line. */
  readonly maxBytes: () => number;
  /** Rotated logs kept: `agent.log.1` is the newest. */
  readonly keep: () => number;
}

const SECRET = '[secret]';
const SECRET_PATHS = ['token', 'hfToken', 'headers.authorization', 'headers.cookie'].flatMap((path) => [path, `*.${path}`]);

/**
 * A logger that writes to a file, at once, so that a crash loses nothing.
 * Tokens and authorization headers are struck out, whoever logs them.
 * @param file created when missing, appended to.
 * @param level `debug`, `info`, `warn` or `error`.
 */
export function createLogger(file: string, level: string, limits: LogLimits): Logger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: SECRET_PATHS, censor: SECRET } };
  return pino(options, new LogFile(file, limits));
}

/** A logger that keeps nothing, for tests and tools. */
export const silentLogger = (): Logger => pino({ level: 'silent' });

/** A file that starts anew when it has grown too large. */
class LogFile {
  #descriptor: number;
  #bytes: number;

  constructor(
    private readonly file: string,
    private readonly limits: LogLimits,
  ) {
    this.#descriptor = this.#open();
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(line: string): void {
    if (this.#bytes > 0 && this.#bytes + Buffer.byteLength(line) > this.limits.maxBytes()) this.#rotate();
    this.#bytes += writeSync(this.#descriptor, line);
  }

  #open(): number {
    const descriptor = openSync(this.file, 'a', 0o600);
    fchmodSync(descriptor, 0o600);
    return descriptor;
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    const keep = this.limits.keep();
    rmSync(`${this.file}.${keep}`, { force: true });
    for (let i = keep - 1; i >= 0; i--) moveIfThere(i === 0 ? this.file : `${this.file}.${i}`, `${this.file}.${i + 1}`);
    if (keep === 0) rmSync(this.file, { force: true });
    this.#descriptor = this.#open();
    this.#bytes = 0;
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
