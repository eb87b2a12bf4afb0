/** The agent's own log: JSON lines in a file of mode 0600. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

export type Logger = pino.Logger;

/**
 * A logger that writes to a file, at once, so that a crash loses nothing.
 * Tokens and authorization headers are struck out, whoever logs them.
 * @param file created when missing, appended to.
 * @param level `debug`, `info`, `warn` or `error`.
 */
export function createLogger(file: string, level: string): Logger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  chmodSync(file, 0o600);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'token',
          'hfToken',
          '*.token',
          '*.hfToken',
          'headers.authorization',
          'headers.cookie',
          '*.headers.authorization',
          '*.headers.cookie',
        ],
        censor: '[secret]',
      },
    },
    destination,
  );
}

/** A logger that keeps nothing, for tests and tools. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
