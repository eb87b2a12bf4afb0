/** uv: the one tool that makes engine environments. The machine's own, or one that pip puts in a small venv. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, installerEnv, runCommand } from './run.js';
import { programFolders, type PythonFacts } from './python.js';

/** From PyPI, for machines without uv. */
export const UV_VERSION = '0.13.9';
/** Older ones do not know UV_DEFAULT_INDEX. */
const OLDEST_UV = [0, 4, 23] as const;

/** The machine's uv, if it has one that is new enough. */
export async function machineUv(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  for (const folder of programFolders(env)) {
    const path = join(folder, 'uv');
    if (existsSync(path) && (await uvRuns(path, env))) return path;
  }
  return null;
}

/** Our own uv, if it was installed before. */
export async function ownUv(enginesDir: string, env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const path = ownUvPath(enginesDir);
  return existsSync(path) && (await uvRuns(path, env)) ? path : null;
}

const ownUvFolder = (enginesDir: string): string => join(enginesDir, '.uv', UV_VERSION);
const ownUvPath = (enginesDir: string): string => join(ownUvFolder(enginesDir), 'bin', 'uv');

/**
 * Installs uv into `<enginesDir>/.uv/<version>`. The caller holds the lock.
 * @throws CommandError
 */
export async function installOwnUv(
  enginesDir: string,
  python: PythonFacts,
  options: { env: NodeJS.ProcessEnv; signal?: AbortSignal | undefined; onLine: (line: string) => void },
): Promise<string> {
  const folder = ownUvFolder(enginesDir);
  await rm(folder, { recursive: true, force: true });
  await mkdir(enginesDir, { recursive: true });
  const run = { env: installerEnv(options.env), cwd: enginesDir, signal: options.signal, onLine: options.onLine };
  options.onLine(`Getting uv ${UV_VERSION} with ${python.path}`);
  await runCommand(python.path, ['-m', 'venv', folder], run);
  await runCommand(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--no-cache-dir', `uv==${UV_VERSION}`], run);
  return ownUvPath(enginesDir);
}

async function uvRuns(path: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const lines = await runCommand(path, ['--version'], { env: installerEnv(env), cwd: '/', timeout: 15_000 });
    const match = /^uv (\d+)\.(\d+)\.(\d+)/.exec(lines.at(-1) ?? '');
    if (!match) return false;
    const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
    const [a, b, c] = OLDEST_UV;
    return major > a || (major === a && (minor > b || (minor === b && patch >= c)));
  } catch (error) {
    if (error instanceof CommandError) return false; // a uv that does not run is none
    throw error;
  }
}

/** pip's settings in uv's words; uv reads none of pip's. */
const translation: Readonly<Record<string, { name: string; separator: string }>> = {
  'index-url': { name: 'UV_DEFAULT_INDEX', separator: ' ' },
  'extra-index-url': { name: 'UV_INDEX', separator: ' ' },
  'find-links': { name: 'UV_FIND_LINKS', separator: ',' },
  'trusted-host': { name: 'UV_INSECURE_HOST', separator: ' ' },
  cert: { name: 'SSL_CERT_FILE', separator: ' ' },
};

/**
 * Where the owner's pip gets its packages, as environment for uv, so that a mirror set up for pip serves here too.
 * What uv's own variables say stands over it.
 * @param config lines of `pip config list`.
 */
export function pipSettingsForUv(config: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  // `global.` first, then `install.`, then the environment: later ones win, as in pip.
  const rank = (line: string): number => (line.startsWith(':env:') ? 2 : line.startsWith('install.') ? 1 : 0);
  for (const line of config.toSorted((a, b) => rank(a) - rank(b))) {
    const match = /^(?::env:|global|install)\.([\w-]+)='(.*)'$/s.exec(line);
    const target = translation[match?.[1] ?? ''];
    if (!target || match?.[2] === undefined) continue;
    found[target.name] = match[2].replaceAll('\\n', ' ').trim().split(/\s+/).join(target.separator);
  }
  const own = ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_INDEX', 'UV_EXTRA_INDEX_URL'].some((name) => env[name]);
  return Object.fromEntries(
    Object.entries(found).filter(([name]) => !env[name] && !(own && (name === 'UV_DEFAULT_INDEX' || name === 'UV_INDEX'))),
  );
}

/** `pip config list` of a Python; empty when it has no pip. */
export async function pipConfig(python: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  try {
    return await runCommand(python, ['-m', 'pip', 'config', 'list'], { env: installerEnv(env), cwd: '/', timeout: 30_000, mask: false });
  } catch (error) {
    if (error instanceof CommandError) return []; // no pip, no settings of pip
    throw error;
  }
}
