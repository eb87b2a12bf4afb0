/**
 * What the login shell knows and a Mac's apps do not: an app started from the Dock sees no `export` of ~/.zshrc. The shell is asked once, its answer
 * is kept, and each later start takes what is kept and asks again for the next one, so that no start waits for a slow profile.
 * The way (interactive login shell, marks around the answer, a variable that says what it is for) is that of VS Code
 * (microsoft/vscode, src/vs/platform/shell/node/shellEnv.ts) and of sindresorhus/shell-env.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, delimiter, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Env = Readonly<Record<string, string | undefined>>;

/** Where Hugging Face's tools look, and the path of commands. */
export const IMPORTED = ['HF_HOME', 'HF_TOKEN', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_ENDPOINT', 'XDG_CACHE_HOME', 'PATH'] as const;
type Imported = Partial<Record<(typeof IMPORTED)[number], string>>;

const MARK = 'mlx-manager-environment';
/** No environment is that large; a profile that prints without end is cut off. Bytes. */
const MAX_OUTPUT = 256 * 1024;
const TIMEOUT_MS = 10_000;
/** How long the very first start waits, ms. */
const PATIENCE_MS = 2000;

/** Asked of sh, so that it means the same under zsh, bash, fish and the rest. No single quote may stand in it. */
const QUESTION = `printf "%s\\0" ${[MARK, ...IMPORTED.map((name) => `"${name}=$${name}"`), MARK].join(' ')}`;

export interface LoginShellOptions {
  /** The shell's path. */
  readonly shell: string;
  readonly env: Env;
  readonly timeoutMs?: number;
}

/**
 * Asks the login shell.
 * @throws Error when it cannot be run, takes too long, or gives no answer.
 */
export function readLoginShell({ shell, env, timeoutMs = TIMEOUT_MS }: LoginShellOptions): Promise<Imported> {
  const command = `/bin/sh -c '${QUESTION}'`;
  // csh and tcsh take `-l` only by itself.
  const args = /^t?csh$/.test(basename(shell)) ? ['-ic', command] : ['-i', '-l', '-c', command];
  return new Promise((resolve, reject) => {
    const child = spawn(shell, args, {
      // A session of its own: an interactive shell would else take the terminal away from us, or be stopped for trying.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      // So that a profile can leave out what is slow, and asks nothing.
      env: { ...env, MLX_MANAGER_RESOLVING_ENVIRONMENT: '1', DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false' },
    });
    let output = '';
    const end = (problem: string | null): void => {
      clearTimeout(timer);
      killGroup(child.pid);
      const found = problem === null ? parseAnswer(output) : null;
      if (found) resolve(found);
      else reject(new Error(`${shell}: ${problem ?? 'it gave no answer'}`));
    };
    const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // The answer is enough: what a profile leaves running must not hold us up.
      if (parseAnswer(output)) end(null);
      else if (output.length > MAX_OUTPUT) end('it prints without end');
    });
    child.once('error', (error) => end(error.message));
    child.once('close', () => end(null));
  });
}

/** The answer between the marks; null while it is not whole. */
export function parseAnswer(output: string): Imported | null {
  const begin = output.indexOf(`${MARK}\0`);
  if (begin < 0) return null;
  const rest = output.slice(begin + MARK.length + 1);
  const end = rest.indexOf(`${MARK}\0`);
  if (end < 0) return null;
  return pick(Object.fromEntries(rest.slice(0, end).split('\0').map(pairOf)));
}

function pairOf(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function pick(values: Readonly<Record<string, unknown>>): Imported {
  const found: Imported = {};
  for (const name of IMPORTED) {
    const value = values[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
  }
  return found;
}

/** Ours stands over the shell's; of the path both parts count, the shell's first. */
export function mergeEnvironment(own: Env, imported: Imported): Env {
  const path = [...(imported.PATH ?? '').split(delimiter), ...(own.PATH ?? '').split(delimiter)].filter((folder) => folder !== '');
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined && value !== ''));
  return { ...imported, ...given, PATH: [...new Set(path)].join(delimiter) };
}

/** Whether the environment at hand is no shell's: macOS, and not started from a terminal. */
export const needsLoginShell = (env: Env, platform: NodeJS.Platform): boolean => platform === 'darwin' && env.SHLVL === undefined;

/**
 * The environment for an agent that the shell starts.
 * @param file where the answer is kept, mode 0600: it may hold the hub's token.
 */
export async function agentEnvironment(options: {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly file: string;
  readonly onProblem: (error: unknown) => void;
  readonly patienceMs?: number;
  readonly timeoutMs?: number;
}): Promise<Env> {
  const { env, file, onProblem } = options;
  if (!needsLoginShell(env, options.platform)) return env;
  const asked = readLoginShell({ shell: env.SHELL ?? userInfo().shell ?? '/bin/zsh', env, ...pickTimeout(options) })
    .then((found) => {
      keep(file, found);
      return found;
    })
    .catch((error: unknown) => {
      onProblem(error);
      return null;
    });
  const found = kept(file) ?? (await Promise.race([asked, sleep(options.patienceMs ?? PATIENCE_MS, null, { ref: false })]));
  return mergeEnvironment(env, found ?? {});
}

const pickTimeout = ({ timeoutMs }: { readonly timeoutMs?: number }): { timeoutMs?: number } =>
  timeoutMs === undefined ? {} : { timeoutMs };

function kept(file: string): Imported | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? pick(value as Record<string, unknown>) : null;
  } catch {
    return null; // the first start, or half written: the shell is asked
  }
}

function keep(file: string, found: Imported): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(found), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
