/** Finds a Python that an engine's environment can be made from. */
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import type { EngineAdapter } from './types.js';
import { CommandError, installerEnv, runCommand } from './run.js';

export type PythonRange = EngineAdapter['pythonRange'];

export interface PythonFacts {
  /** The interpreter itself, not a shim that chooses one. */
  readonly path: string;
  /** E.g. `3.11.7`. */
  readonly version: string;
  readonly minor: number;
  /** Whether `python -m venv` works (Debian ships Pythons without). */
  readonly canMakeVenv: boolean;
}

/** Asks everything in one spawn. `-I`: neither the current folder nor user settings have a say. */
const QUESTION = `
import sys, struct, json, platform, sysconfig, importlib.util as u
print(json.dumps({
  "path": sys.executable, "version": list(sys.version_info[:3]), "bits": struct.calcsize("P") * 8, "machine": platform.machine(),
  "implementation": sys.implementation.name, "nogil": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
  "venv": all(u.find_spec(name) for name in ("venv", "ensurepip")),
}))`;

interface Answer {
  path: string;
  version: [number, number, number];
  bits: number;
  machine: string;
  implementation: string;
  nogil: boolean;
  venv: boolean;
}

/** No engine runs on an older Python 3 than this. */
const OLDEST_MINOR = 10;
/** Which one is taken first: the one most packages have wheels for. */
const preference = [12, 11, 13, 10, 14];

/** The version uv is asked to fetch when the machine has none that fits, e.g. `3.12`. */
export function preferredVersion(range: PythonRange): string | null {
  const minor = preference.find((candidate) => inRange(candidate, range));
  return minor === undefined ? null : `3.${minor}`;
}

/** E.g. `>=3.11 <3.13`. */
export function pythonRangeText({ min, below }: PythonRange): string {
  return below === null ? `>=3.${min}` : `>=3.${min} <3.${below}`;
}

const inRange = (minor: number, { min, below }: PythonRange): boolean => minor >= min && (below === null || minor < below);

/**
 * Runs a Python to see what it is.
 * @param path absolute, or a name on PATH.
 * @throws AgentError PYTHON_UNSUITABLE with the reason.
 */
export async function inspectPython(path: string, range: PythonRange, env: NodeJS.ProcessEnv = process.env): Promise<PythonFacts> {
  const refuse = (reason: string): AgentError => new AgentError('PYTHON_UNSUITABLE', { path, reason, range: pythonRangeText(range) });
  let answer: Answer;
  try {
    const lines = await runCommand(path, ['-I', '-c', QUESTION], { env: installerEnv(env), cwd: '/', timeout: 15_000 });
    answer = JSON.parse(lines.at(-1) ?? '') as Answer;
  } catch (error) {
    if (error instanceof CommandError) throw refuse(`it does not run (${error.message})`);
    throw refuse('it does not answer as a Python does');
  }
  const [major, minor] = answer.version;
  const version = answer.version.join('.');
  if (major !== 3 || !inRange(minor, range)) throw refuse(`it is version ${version}`);
  if (answer.bits !== 64) throw refuse(`it has ${answer.bits} bits`);
  if (answer.implementation !== 'cpython') throw refuse(`it is ${answer.implementation}, not CPython`);
  if (answer.nogil) throw refuse('it is the free-threaded build, for which most packages have no wheels');
  if (process.platform === 'darwin' && answer.machine !== 'arm64') throw refuse(`it is built for ${answer.machine}; MLX needs arm64`);
  return { path: answer.path, version, minor, canMakeVenv: answer.venv };
}

/**
 * Checks the Python of the setting `engine_python` before it is stored: it must suit at least one engine.
 * @throws AgentError PYTHON_UNSUITABLE
 */
export async function checkPython(path: string): Promise<PythonFacts> {
  const range = { min: OLDEST_MINOR, below: null };
  const refuse = (reason: string): AgentError => new AgentError('PYTHON_UNSUITABLE', { path, reason, range: pythonRangeText(range) });
  if (!isAbsolute(path)) throw refuse('it is not an absolute path');
  try {
    await access(path, constants.X_OK);
  } catch {
    throw refuse(existsSync(path) ? 'it is not executable' : 'there is no such file');
  }
  return inspectPython(path, range);
}

/** Where programs are looked for: PATH, and what PATH lacks in apps that Finder starts. */
export function programFolders(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? homedir();
  const more =
    process.platform === 'darwin'
      ? [
          '/opt/homebrew/bin',
          '/usr/local/bin',
          join(home, '.local/bin'),
          join(home, '.cargo/bin'),
          join(home, '.pyenv/shims'),
          '/Library/Frameworks/Python.framework/Versions/Current/bin',
        ]
      : ['/usr/local/bin', '/usr/bin', join(home, '.local/bin'), join(home, '.cargo/bin')];
  return [...new Set([...(env.PATH ?? '').split(delimiter).filter(isAbsolute), ...more])];
}

/** Files named like Python in every folder, the preferred version first. */
async function candidates(range: PythonRange, folders: readonly string[]): Promise<string[]> {
  const minors = [...preference, 15, 16].filter((minor) => inRange(minor, range));
  const found: string[] = [];
  for (const name of [...minors.map((minor) => `python3.${minor}`), 'python3', 'python']) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (existsSync(path) && (await isRealProgram(path))) found.push(path);
    }
  }
  return found;
}

/** On a Mac without the command line tools /usr/bin/python3 is a stub that opens a dialog to install them. */
async function isRealProgram(path: string): Promise<boolean> {
  if (process.platform !== 'darwin' || !path.startsWith('/usr/bin/')) return true;
  try {
    await runCommand('/usr/bin/xcode-select', ['-p'], { env: installerEnv(process.env), cwd: '/', timeout: 5_000 });
    return true;
  } catch {
    return false; // no tools: the stub must not be run
  }
}

/**
 * The Python for an engine: the setting's (which must fit, then), else the first that fits on this machine.
 * @param uv a uv to ask for Pythons it knows or manages, when there is one already.
 * @throws AgentError PYTHON_UNSUITABLE (the setting's), PYTHON_NOT_FOUND.
 */
export async function findPython(
  range: PythonRange,
  options: {
    setting: string | null;
    uv: string | null;
    env?: NodeJS.ProcessEnv;
    onLine?: (line: string) => void;
    /** Where to look; {@link programFolders} when left out. */
    folders?: readonly string[];
  },
): Promise<PythonFacts> {
  const env = options.env ?? process.env;
  if (options.setting !== null) return inspectPython(options.setting, range, env);
  const rejected: string[] = [];
  const paths = [
    ...(options.uv === null ? [] : await uvPythons(options.uv, range, env)),
    ...(await candidates(range, options.folders ?? programFolders(env))),
  ];
  for (const path of new Set(paths)) {
    try {
      const facts = await inspectPython(path, range, env);
      // Without uv the first step is `python -m venv`.
      if (options.uv !== null || facts.canMakeVenv) return facts;
      rejected.push(`${path}: the module venv is missing (on Debian and Ubuntu: apt install python3-venv)`);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      rejected.push(`${path}: ${String(error.details.reason)}`);
    }
  }
  for (const line of rejected) options.onLine?.(`Not usable: ${line}`);
  throw new AgentError('PYTHON_NOT_FOUND', { range: pythonRangeText(range), rejected });
}

/** What `uv python find` names; empty when it knows none. */
async function uvPythons(uv: string, range: PythonRange, env: NodeJS.ProcessEnv): Promise<string[]> {
  const found: string[] = [];
  for (const minor of preference.filter((candidate) => inRange(candidate, range))) {
    try {
      const lines = await runCommand(uv, ['python', 'find', '--no-project', '--managed-python', '--no-python-downloads', `3.${minor}`], {
        env: installerEnv(env),
        cwd: '/',
        timeout: 15_000,
      });
      const path = lines.at(-1)?.trim();
      if (path !== undefined && isAbsolute(path)) found.push(path);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // it manages none of this version
    }
  }
  return found;
}
