/** Runs the installer's programs: line by line, cancellable, in an environment cleaned of what would lead them astray. */
/** A program that ended badly. The last lines are in `output`. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly output: readonly string[],
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** Credentials inside URLs (private package indexes) are for nobody's log. */
export const maskSecrets = (line: string): string => line.replace(/(\w+:\/\/)[^/\s@]+@/g, '$1***@');

/**
 * Settings of pip and uv that would change where packages go or what is resolved. Indexes, mirrors, proxies
 * and certificates stay: they are how packages are reached at all.
 */
const hazards = new Set([
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  '__PYVENV_LAUNCHER__',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PIP_USER',
  'PIP_REQUIREMENT',
  'PIP_CONSTRAINT',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_NO_BINARY',
  'PIP_ONLY_BINARY',
  'PIP_PRE',
  'PIP_DRY_RUN',
  'UV_PYTHON',
  'UV_SYSTEM_PYTHON',
  'UV_BREAK_SYSTEM_PACKAGES',
  'UV_PROJECT',
  'UV_PROJECT_ENVIRONMENT',
  'UV_WORKING_DIRECTORY',
  'UV_CONSTRAINT',
  'UV_BUILD_CONSTRAINT',
  'UV_OVERRIDE',
  'UV_EXCLUDE',
  'UV_EXCLUDE_NEWER',
  'UV_RESOLUTION',
  'UV_PRERELEASE',
  'UV_NO_BINARY',
  'UV_NO_BUILD',
  'UV_NO_DEPS',
  'UV_REQUIRE_HASHES',
  'UV_TORCH_BACKEND',
  'UV_VENV_CLEAR',
  'UV_VENV_SEED',
  'UV_FORK_STRATEGY',
]);

/** The environment for pip, uv and Python while they install. @param env the agent's own. */
export function installerEnv(env: NodeJS.ProcessEnv, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !hazards.has(entry[0]));
  return {
    ...Object.fromEntries(kept),
    PYTHONNOUSERSITE: '1',
    PYTHONUTF8: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    UV_NO_PROGRESS: '1',
    NO_COLOR: '1',
    ...extra,
  };
}

/**
 * Runs a program to its end; the answer is its output by lines.
 * @throws CommandError when it cannot be started, ends with another code than 0, or is cancelled.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: {
    env: Readonly<Record<string, string>>;
    cwd: string;
    signal?: AbortSignal | undefined;
    onLine?: (line: string) => void;
    /** Milliseconds. */
    timeout?: number;
    /** False keeps credentials in the answer, for a caller that needs them and logs nothing. */
    mask?: boolean;
  },
): Promise<string[]> {
  // execa costs tens of ms to load: not at the agent's start.
  const { execa } = await import('execa');
  const lines: string[] = [];
  const child = execa(file, args, {
    env: options.env,
    extendEnv: false,
    cwd: options.cwd,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2_000,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
  for await (const raw of child.iterable({ from: 'all' })) {
    const line = options.mask === false ? raw : maskSecrets(raw);
    lines.push(line);
    options.onLine?.(line);
  }
  const result = await child;
  if (result.isCanceled) throw new CommandError('it was cancelled', lines, { cause: options.signal?.reason });
  if (result.failed) throw new CommandError(reasonOf(result, lines), lines);
  return lines;
}

interface Ending {
  readonly timedOut: boolean;
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly originalMessage?: string | undefined;
}

/** The program's own last words, else how it ended. */
function reasonOf(result: Ending, lines: readonly string[]): string {
  if (result.timedOut) return 'it took too long';
  // uv and pip say "error: …" and explain it below, with branches drawn in box characters.
  const from = lines.findIndex((line) => /^\s*(?:error|×)/i.test(line));
  const words = (from === -1 ? lines.slice(-1) : lines.slice(from)).map((line) => line.replace(/^(?:\s*[×╰─▶│├]+)+\s*/u, '').trim());
  const text = words
    .filter((line) => line !== '')
    .join(' ')
    .replace(/^error:\s*/i, '')
    .slice(0, 600);
  if (text !== '') return text;
  if (result.signal !== undefined) return `it was ended by ${result.signal}`;
  return result.exitCode === undefined ? (result.originalMessage ?? 'it could not be started') : `it ended with code ${result.exitCode}`;
}
