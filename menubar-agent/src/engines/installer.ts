/** Makes an engine's environment: uv venv, uv pip install, the recipe's files, a trial import, and last of all the manifest. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import {
  environmentAt,
  folderSize,
  installedPackages,
  readEngineDisk,
  recipeHash,
  sitePackages,
  writeManifest,
  type FoundEnvironment,
} from './environments.js';
import { withLock, type StartTimeOf } from './lock.js';
import { findPython, inspectPython, preferredVersion, type PythonFacts, type PythonRange } from './python.js';
import { CommandError, installerEnv, runCommand } from './run.js';
import type { EngineAdapter, EngineEnvironment } from './types.js';
import { installOwnUv, machineUv, ownUv, pipConfig, pipSettingsForUv } from './uv.js';

export interface InstallOptions {
  readonly enginesDir: string;
  /** The setting `engine_python`. */
  readonly enginePython: string | null;
  readonly startTimeOf: StartTimeOf;
  /** Each line of the installer, free of secrets. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** File named in the error of a failed installation. */
  readonly logFile: string;
  /** Remakes an environment that only seems whole. */
  readonly force?: boolean;
  /** Whether environments may be running: then nothing is deleted. */
  readonly inUse: () => boolean;
}

/**
 * Makes the environment of the pinned version, unless it is there already. Several callers, in this process or another,
 * get one environment: the others wait and find it made.
 * @throws AgentError PYTHON_NOT_FOUND, PYTHON_UNSUITABLE, ENGINE_INSTALL_FAILED, SHUTTING_DOWN when cancelled.
 */
export async function installEngine(adapter: EngineAdapter, options: InstallOptions): Promise<EngineEnvironment> {
  const onWait = (pid: number): void => options.onLine(`Waiting for process ${pid}, which installs ${adapter.id} already`);
  try {
    await mkdir(options.enginesDir, { recursive: true });
    return await withLock(join(options.enginesDir, '.locks', adapter.id), { ...options, onWait }, async () => {
      const disk = await readEngineDisk(options.enginesDir, adapter);
      if (disk.usable && disk.current && options.force !== true) return disk.usable.environment;
      return build(adapter, disk.all, options);
    });
  } catch (error) {
    if (error instanceof AgentError) throw error;
    if (options.signal?.aborted) throw new AgentError('SHUTTING_DOWN', {}, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    options.onLine(`Failed: ${reason}`);
    throw new AgentError(
      'ENGINE_INSTALL_FAILED',
      { engineId: adapter.id, reason: reason.replace(/\.$/, ''), log: options.logFile },
      { cause: error },
    );
  }
}

async function build(adapter: EngineAdapter, present: readonly FoundEnvironment[], options: InstallOptions): Promise<EngineEnvironment> {
  const { enginesDir, signal } = options;
  const env = options.env ?? process.env;
  const { uv, python } = await tools(adapter, options, env);
  if (!options.inUse()) await clearBroken(adapter, present, options);
  const root = await freeFolder(join(enginesDir, adapter.id), adapter.pinnedVersion);
  try {
    return await fill(adapter, root, { uv, python }, options);
  } catch (error) {
    // A failure leaves no gigabytes behind. When the agent stops there is no time; the next installation clears it.
    if (signal?.aborted !== true) await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  adapter: EngineAdapter,
  root: string,
  { uv, python }: { uv: string; python: PythonFacts },
  options: InstallOptions,
): Promise<EngineEnvironment> {
  const { enginesDir, signal, onLine } = options;
  const env = options.env ?? process.env;
  const environment = environmentAt(root);
  const recipe = adapter.recipe(process.platform);
  const uvEnv = installerEnv(env, {
    ...pipSettingsForUv(await pipConfig(python.path, env), env),
    // Beside the environments, so that files are linked, not copied, and go when the engines go.
    UV_CACHE_DIR: env.UV_CACHE_DIR ?? join(enginesDir, '.uv', 'cache'),
  });
  const run = { env: uvEnv, cwd: enginesDir, signal, onLine };

  onLine(`Making an environment for ${adapter.packageName} ${adapter.pinnedVersion} with Python ${python.version} (${python.path})`);
  await runCommand(uv, ['venv', '--no-project', '--python', python.path, root], run);
  const overrides = join(root, 'overrides.txt');
  await writeFile(overrides, `${recipe.overrides.join('\n')}\n`);
  onLine(`Installing ${recipe.requirements.join(', ')}`);
  const override = recipe.overrides.length > 0 ? ['--override', overrides] : [];
  await runCommand(uv, ['pip', 'install', '--python', environment.python, ...override, ...recipe.requirements], run);

  const site = await sitePackages(root);
  for (const [name, text] of Object.entries(recipe.files)) await writeFile(join(site, name), text);
  onLine('Trying it');
  await smokeTest(environment, recipe.smokeImports, run);
  const packages = await installedPackages(root);
  const version = packages[adapter.packageName] ?? adapter.pinnedVersion;
  await writeManifest(root, {
    format: 1,
    engine: adapter.id,
    version,
    recipeHash: recipeHash(adapter),
    python: python.version,
    sizeBytes: await folderSize(root),
    packages,
    installedAt: new Date().toISOString(),
  });
  onLine(`Installed ${adapter.packageName} ${version}`);
  return environment;
}

/** Whether an environment that seems whole really runs: its modules are imported. */
export async function environmentWorks(adapter: EngineAdapter, environment: EngineEnvironment, signal?: AbortSignal): Promise<boolean> {
  try {
    const run = { env: installerEnv(process.env), cwd: environment.root, signal, onLine: () => undefined };
    await smokeTest(environment, adapter.recipe(process.platform).smokeImports, run);
    return true;
  } catch (error) {
    if (error instanceof CommandError && signal?.aborted !== true) return false;
    throw error;
  }
}

/** Imports the recipe's modules. The first import of a new environment also compiles it, which takes its time. */
async function smokeTest(
  environment: EngineEnvironment,
  modules: readonly string[],
  run: { env: Record<string, string>; cwd: string; signal?: AbortSignal | undefined; onLine: (line: string) => void },
): Promise<void> {
  const program = `import ${modules.join(', ')}\nprint('imports: ok')`;
  const env = { ...run.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };
  await runCommand(environment.python, ['-I', '-c', program], { ...run, env, timeout: 300_000 });
}

/** Pythons that may carry uv. */
const UV_RANGE: PythonRange = { min: 10, below: null };

async function tools(
  adapter: EngineAdapter,
  options: InstallOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ uv: string; python: PythonFacts }> {
  const { enginesDir, signal, onLine } = options;
  const present = (await machineUv(env)) ?? (await ownUv(enginesDir, env));
  if (present !== null) return { uv: present, python: await pythonFor(adapter, present, options, env) };
  const carrier = await pythonForUv(adapter, options, env);
  const lock = join(enginesDir, '.locks', 'uv');
  const onWait = (pid: number): void => onLine(`Waiting for process ${pid}, which installs uv`);
  const uv = await withLock(lock, { startTimeOf: options.startTimeOf, signal, onWait }, async () => {
    return (await ownUv(enginesDir, env)) ?? (await installOwnUv(enginesDir, carrier, { env, signal, onLine }));
  });
  return { uv, python: await pythonFor(adapter, uv, options, env) };
}

/** A Python to put uv beside: one the engine runs on, else any that uv does; uv can then fetch the one that fits. */
async function pythonForUv(adapter: EngineAdapter, options: InstallOptions, env: NodeJS.ProcessEnv): Promise<PythonFacts> {
  const find = (range: PythonRange): Promise<PythonFacts> =>
    findPython(range, { setting: options.enginePython, uv: null, env, onLine: options.onLine });
  try {
    return await find(adapter.pythonRange);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'PYTHON_NOT_FOUND') throw error;
    try {
      return await find(UV_RANGE);
    } catch (none) {
      // What is missing is a Python for the engine: that is what the owner is told.
      throw none instanceof AgentError && none.code === 'PYTHON_NOT_FOUND' ? error : none;
    }
  }
}

/** The Python, which uv fetches when the machine has none that fits. */
async function pythonFor(adapter: EngineAdapter, uv: string, options: InstallOptions, env: NodeJS.ProcessEnv): Promise<PythonFacts> {
  const { onLine, signal } = options;
  try {
    return await findPython(adapter.pythonRange, { setting: options.enginePython, uv, env, onLine });
  } catch (error) {
    const version = preferredVersion(adapter.pythonRange);
    if (version === null || !(error instanceof AgentError) || error.code !== 'PYTHON_NOT_FOUND') throw error;
    onLine(`No Python fits; asking uv for Python ${version}`);
    const run = { env: installerEnv(env), cwd: options.enginesDir, signal, onLine };
    try {
      await runCommand(uv, ['python', 'install', version], run);
      const found = await runCommand(uv, ['python', 'find', '--no-project', '--managed-python', version], run);
      return await inspectPython(found.at(-1)?.trim() ?? '', adapter.pythonRange, env);
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new AgentError('PYTHON_NOT_FOUND', error.details, { cause });
    }
  }
}

/** Deletes environments that cannot be used; those of other versions stay until an upgrade. */
async function clearBroken(adapter: EngineAdapter, present: readonly FoundEnvironment[], options: InstallOptions): Promise<void> {
  for (const { environment, manifest, problem } of present) {
    const remake = options.force === true && manifest?.version === adapter.pinnedVersion;
    if (problem === null && !remake) continue;
    options.onLine(`Removing ${environment.root}: ${problem ?? 'it is made anew'}`);
    await rm(environment.root, { recursive: true, force: true });
  }
}

/** `<folder>/<version>`, or with `-2`, `-3`… when something that may be running is in the way. */
async function freeFolder(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const taken = new Set(await readdir(folder));
  for (let n = 1; ; n++) {
    const name = n === 1 ? version : `${version}-${n}`;
    if (!taken.has(name)) return join(folder, name);
  }
}
