/** Real Python packages for tests, each in a virtual environment that is made once and then shared by all test runs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const made = new Map<string, Promise<string>>();

/**
 * The Python of an environment that holds one pinned requirement, such as `huggingface_hub==2.4.0`.
 * It lies under MLX_MANAGER_ENGINES_DIR where that is set, else under `.cache/test-venvs`.
 * Two test processes that make it at once do not disturb each other: each makes its own, and the first rename wins.
 */
export async function pythonWith(requirement: string): Promise<string> {
  const making = made.get(requirement) ?? makeEnvironment(requirement);
  made.set(requirement, making);
  return making;
}

/** Runs Python code in such an environment and answers what it printed. Rejects with its stderr. */
export async function runPython(
  python: string,
  code: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await run(python, ['-c', code, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    maxBuffer: 1 << 26,
  });
  return stdout;
}

async function makeEnvironment(requirement: string): Promise<string> {
  const base = join(process.env.MLX_MANAGER_ENGINES_DIR ?? join(root, '.cache'), 'test-venvs');
  const folder = join(base, requirement.replace(/[^\w.-]+/g, '-'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  const draft = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  await run('python3', ['-m', 'venv', draft]);
  await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]);
  // Run by its Python only, an environment works wherever it is moved.
  await rename(draft, folder).catch(async (error: unknown) => {
    if (!existsSync(python)) throw error;
    await rm(draft, { recursive: true, force: true });
  });
  return python;
}
