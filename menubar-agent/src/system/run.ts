/** Runs one short command of the system. The only place in this room that starts execa, and only when it is needed. */

/** How a command ended. A command that answers "no" is an answer, not an exception. */
export interface CommandResult {
  /** Null when the command could not be started, was ended by a signal, or took too long. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** What the command wrote, or why it could not run. */
  readonly stderr: string;
}
/** @param file absolute path: an app opened from the Finder has a short PATH. */
export type Run = (file: string, args: readonly string[]) => Promise<CommandResult>;

/** Longest that a system command may take, in ms. `footprint` of a very large process is the slowest. */
const TIMEOUT_MS = 20_000;

/**
 * What a parser may rely on. `ps -o lstart` follows the locale (PrimeIntellect-ai/prime-agent issue 1607) and, being a local
 * time, the time zone too: a Mac that travels would otherwise seem to run different processes.
 */
const STABLE_OUTPUT = { LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };

/** Runs a command with a fixed locale and time zone and no standard input. Never rejects because of the command. */
export const runCommand: Run = async (file, args) => {
  // execa costs tens of ms to load: not at the agent's start.
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    reject: false,
    stdin: 'ignore',
    env: STABLE_OUTPUT,
    timeout: TIMEOUT_MS,
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  const ran = result.exitCode !== undefined;
  return {
    exitCode: result.exitCode ?? null,
    stdout: result.stdout,
    stderr: ran ? result.stderr : (result.shortMessage ?? 'it could not be run'),
  };
};
