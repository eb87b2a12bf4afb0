/** Starts an engine so that it outlives the agent: its own process group, no pipes, output to a file. */
import { closeSync } from 'node:fs';
import type { LaunchCommand } from '../../engines/index.js';
import { INSTANCE_VARIABLE } from '../../system/index.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What an engine inherits besides what its adapter adds: paths, language, proxies, certificates. No token of ours or the owner's. */
const INHERITED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|TZ|LANG|LC_\w+|https?_proxy|no_proxy|all_proxy|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/;

/** The environment of an engine. */
export function engineEnvironment(env: Env, command: LaunchCommand, instance: string): Record<string, string> {
  const inherited = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && INHERITED.test(entry[0]));
  // Python keeps output to a file back in blocks of 8 kB unless told not to.
  return { ...Object.fromEntries(inherited), PYTHONUNBUFFERED: '1', ...command.env, [INSTANCE_VARIABLE]: instance };
}

const OPTIONS = { stdin: 'ignore', extendEnv: false, detached: true, cleanup: false, buffer: false, reject: false } as const;

/** How a process ended; both null when that cannot be known, as for an adopted one. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface SpawnedProcess {
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
}

/** The program could not be run. `missing` when it, or its folder, is not there or not to be executed: the environment is broken then. */
export class SpawnError extends Error {
  readonly missing: boolean;

  constructor(reason: string, cause: unknown) {
    super(reason, { cause });
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
    this.missing = ['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR'].includes(String(code));
  }
}

/**
 * Spawns detached, so that neither the agent's end nor its terminal's Ctrl-C reaches the engine.
 * @param output file descriptor for stdout and stderr; closed here.
 * @param folder working folder.
 * @throws SpawnError when the program cannot be run.
 */
export async function spawnEngine(
  command: LaunchCommand,
  env: Record<string, string>,
  output: number,
  folder: string,
): Promise<SpawnedProcess> {
  try {
    const { execa } = await import('execa'); // loaded when first needed: the agent starts faster without it
    const fd = output as 3; // execa takes any descriptor; its types name those up to 9
    const child = execa(command.file, [...command.args], { ...OPTIONS, cwd: folder, env, stdout: fd, stderr: fd });
    const { pid } = child;
    if (pid === undefined) {
      const result = await child;
      throw new SpawnError(result.shortMessage ?? 'the program cannot be run', result.cause);
    }
    const { nodeChildProcess: node } = child;
    node.unref();
    // `exit`, not execa's own promise: that one waits for the streams too.
    const ended = new Promise<ProcessEnd>((resolve) => {
      node.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    return { pid, ended };
  } finally {
    closeSync(output);
  }
}
