/** Runs the programs that make the starter. */
import { AgentError } from '@mlx-manager/shared';

export const failed = (reason: string, cause?: unknown): AgentError =>
  new AgentError('STARTER_FAILED', { reason: reason.replace(/\.$/, '') }, cause === undefined ? {} : { cause });

/** Credentials of a private package index are for nobody's screen. */
const mask = (text: string): string => text.replace(/(\w+:\/\/)[^/\s@]+@/g, '$1***@');

/**
 * Runs a program to its end.
 * @param options.what what it does, for the error: "the download failed".
 * @throws AgentError STARTER_FAILED with the program's own words.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: {
    what: string;
    env: Readonly<Record<string, string | undefined>>;
    cwd: string;
    signal?: AbortSignal | undefined;
    onLine?: (line: string) => void;
  },
): Promise<void> {
  // execa costs tens of ms to load: not at the agent's start.
  const { execa } = await import('execa');
  const child = execa(file, args, {
    env: options.env,
    extendEnv: false,
    cwd: options.cwd,
    stdin: 'ignore',
    reject: false,
    forceKillAfterDelay: 5_000,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  const lines = (async () => {
    for await (const line of child.iterable()) options.onLine?.(mask(line));
  })();
  const result = await child;
  await lines.catch(() => undefined); // it fails as the child does, which is told below
  if (result.isCanceled) throw failed('it was cancelled', options.signal?.reason);
  if (result.failed) throw failed(`${options.what}: ${mask(reasonOf(result))}`);
}

interface Ending {
  readonly stderr: string;
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly originalMessage?: string | undefined;
}

/** uv says `error: …` and then `cause: …` lines, the deepest last (`Caused by:` in older ones); the converter `error: …`. */
function reasonOf(result: Ending): string {
  const lines = result.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const error = lines.find((line) => /^(error: |×)/.test(line));
  const causes = lines.filter((line) => /^(cause|caused by|╰─▶)/i.test(line));
  const telling = [error ?? lines.at(-1), causes.at(-1)]
    .filter((line) => line !== undefined)
    .map((line) => line.replace(/^(error:|×|cause:|caused by:|╰─▶)\s*/i, ''));
  if (telling.length > 0) return [...new Set(telling)].join(': ').slice(0, 400);
  if (result.signal !== undefined) return `it was ended by ${result.signal}`;
  return result.exitCode === undefined ? (result.originalMessage ?? 'it could not be started') : `it ended with code ${result.exitCode}`;
}
