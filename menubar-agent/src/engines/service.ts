/** The engines of this machine: what is installed, installing, upgrading, removing. */
import { access, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, type Engine, type InstallLine } from '@mlx-manager/shared';
import type { Clock, EventBus, Logger } from '../core/index.js';
import { createProcessTable } from '../system/index.js';
import { readEngineDisk, readManifest, writeManifest, type EngineDisk } from './environments.js';
import { InstallJob } from './install-job.js';
import { environmentWorks, installEngine, type InstallOptions } from './installer.js';
import { withLock, type StartTimeOf } from './lock.js';
import { pythonRangeText } from './python.js';
import { adapters as allAdapters, getAdapter } from './registry.js';
import type { EngineAdapter, EngineEnvironment } from './types.js';
import { installerEnv } from './run.js';
import { machineUv, ownUv, pipConfig, pipSettingsForUv } from './uv.js';

export interface EngineServiceDeps {
  /** Folder of all environments; may be shared with other agents. */
  readonly enginesDir: string;
  /** Where `install-<engine>.log` goes. */
  readonly logsFolder: string;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The setting `engine_python`. */
  readonly enginePython: () => string | null;
  /** Names of the running servers of an engine. */
  readonly usersOf: (engineId: string) => string[];
  /** The agent's environment; index settings of pip and uv in it count. */
  readonly env: NodeJS.ProcessEnv;
  /** For tests: another way to see whether a lock's owner lives. */
  readonly startTimeOf?: StartTimeOf;
  /** For tests: other adapters than the registry's. */
  readonly adapters?: readonly EngineAdapter[];
}

/** Versions of what the engines bring; null where nothing is installed. */
export interface EngineVersions {
  readonly python: string | null;
  readonly mlx: string | null;
  readonly mlxLm: string | null;
  readonly mlxOpenaiServer: string | null;
}

export class EngineService {
  readonly #jobs = new Map<string, InstallJob>();
  /** Engines found broken when they were to be used; it was announced. */
  readonly #toldBroken = new Set<string>();
  /** Environments whose modules were imported by this agent or its installer. */
  readonly #proven = new Set<string>();
  readonly #adapters: readonly EngineAdapter[];
  readonly #startTimeOf: StartTimeOf;
  #stopped = false;

  constructor(private readonly deps: EngineServiceDeps) {
    this.#adapters = deps.adapters ?? allAdapters;
    const processes = createProcessTable();
    this.#startTimeOf = deps.startTimeOf ?? ((pid) => processes.startTime(pid));
  }

  /** Every engine. Reads a few small files, starts nothing. */
  async list(): Promise<Engine[]> {
    return Promise.all(this.#adapters.map((adapter) => this.#describe(adapter)));
  }

  /** @throws AgentError ENGINE_UNKNOWN */
  async get(engineId: string): Promise<Engine> {
    return this.#describe(this.#adapter(engineId));
  }

  /**
   * Installs the pinned version, or repairs it: an environment that is there is tried, and remade when it fails.
   * Answers at once; an installation under way is joined. Progress comes as `engine.progress`, the end as `engine.updated`.
   * @throws AgentError ENGINE_UNKNOWN, SHUTTING_DOWN
   */
  async install(engineId: string): Promise<Engine> {
    return this.#begin(this.#adapter(engineId), false);
  }

  /**
   * Installs the pinned version beside what is there, switches to it, and deletes older ones unless a server runs on this engine.
   * @throws AgentError ENGINE_UNKNOWN, SHUTTING_DOWN
   */
  async upgrade(engineId: string): Promise<Engine> {
    return this.#begin(this.#adapter(engineId), true);
  }

  /**
   * Deletes all environments of an engine. Nothing to delete is no error.
   * @throws AgentError ENGINE_UNKNOWN, ENGINE_BUSY, ENGINE_IN_USE
   */
  async remove(engineId: string): Promise<void> {
    const adapter = this.#adapter(engineId);
    if (this.#running(engineId)) throw new AgentError('ENGINE_BUSY', { engineId });
    const users = this.deps.usersOf(engineId);
    if (users.length > 0) throw new AgentError('ENGINE_IN_USE', { engineId, users });
    const { enginesDir } = this.deps;
    // Another agent may be installing into the same folder.
    const signal = AbortSignal.timeout(1_000);
    try {
      await withLock(join(enginesDir, '.locks', engineId), { startTimeOf: this.#startTimeOf, signal }, async () => {
        await rm(join(enginesDir, engineId), { recursive: true, force: true });
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw new AgentError('ENGINE_BUSY', { engineId }, { cause: error });
      throw error;
    }
    this.#jobs.delete(engineId);
    await this.#clearCache();
    this.deps.bus.emit('engine.updated', await this.#describe(adapter));
  }

  /**
   * The environment to start an engine from.
   * @throws AgentError ENGINE_UNKNOWN, ENGINE_NOT_INSTALLED
   */
  async environment(engineId: string): Promise<EngineEnvironment> {
    const adapter = this.#adapter(engineId);
    const disk = await this.#disk(adapter);
    if (disk.usable) {
      this.#toldBroken.delete(engineId);
      return disk.usable.environment;
    }
    const state = this.#state(engineId, disk);
    // Who shows it may still say that it is installed: nothing tells when a folder breaks. Once is enough.
    if (state === 'broken' && !this.#toldBroken.has(engineId)) {
      this.#toldBroken.add(engineId);
      await this.#announce(adapter);
    }
    throw new AgentError('ENGINE_NOT_INSTALLED', { engineId, state });
  }

  /**
   * The environment, installed first when it is missing or broken.
   * @param onLine gets the installer's lines, those that came before too.
   * @throws AgentError ENGINE_UNKNOWN, ENGINE_INSTALL_FAILED, PYTHON_NOT_FOUND, PYTHON_UNSUITABLE, SHUTTING_DOWN
   */
  async ensureInstalled(engineId: string, onLine?: (line: InstallLine) => void): Promise<EngineEnvironment> {
    const adapter = this.#adapter(engineId);
    const { usable } = await this.#disk(adapter);
    if (usable && !this.#running(engineId)) return usable.environment;
    const seen = this.#running(engineId)?.lines ?? [];
    for (const line of seen) onLine?.(line);
    const unsubscribe = this.deps.bus.on('engine.progress', (line) => {
      if (line.engineId === engineId) onLine?.(line);
    });
    try {
      return await this.#job(adapter, false).done;
    } finally {
      unsubscribe();
    }
  }

  /**
   * uv, and the environment it wants (pip's index settings in uv's words), for packages beside the engines. After an installation it is there.
   * @param python whose pip is asked for its settings.
   * @throws AgentError ENGINE_NOT_INSTALLED when neither the machine has a uv nor one was installed here.
   */
  async uv(python: string): Promise<{ path: string; env: NodeJS.ProcessEnv }> {
    const { env, enginesDir } = this.deps;
    const path = (await machineUv(env)) ?? (await ownUv(enginesDir, env));
    if (path === null) throw new AgentError('ENGINE_NOT_INSTALLED', { engineId: 'mlx-lm', state: 'missing' });
    return { path, env: installerEnv(env, pipSettingsForUv(await pipConfig(python, env), env)) };
  }

  /**
   * A server could not be started because its environment lacks something. The environment is tried, since a model may ask for packages no
   * engine brings; when it does not work it is marked on disk, shown as broken, and made anew by the next `install`.
   * @param reason a sentence for the owner.
   * @returns whether it is broken.
   * @throws AgentError ENGINE_UNKNOWN
   */
  async reportBroken(engineId: string, reason: string): Promise<boolean> {
    const adapter = this.#adapter(engineId);
    const { usable } = await this.#disk(adapter);
    if (usable === null || this.#running(engineId)) return false; // known already, or being seen to
    const { environment, manifest } = usable;
    if (await environmentWorks(adapter, environment)) {
      this.deps.logger.warn({ engine: engineId, reason }, 'a server lacked a package, but its environment works');
      return false;
    }
    const { enginesDir } = this.deps;
    const lock = { startTimeOf: this.#startTimeOf, signal: AbortSignal.timeout(1_000) };
    try {
      await withLock(join(enginesDir, '.locks', engineId), lock, async () => {
        const now = await readManifest(environment.root);
        // Another agent may have made it anew meanwhile.
        if (now?.installedAt === manifest?.installedAt && now !== null)
          await writeManifest(environment.root, { ...now, broken: reason.replace(/\.$/, '') });
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') return false; // somebody installs it
      throw error;
    }
    this.#proven.delete(environment.root);
    this.deps.logger.warn({ engine: engineId, root: environment.root, reason }, 'an environment is broken');
    await this.#announce(adapter);
    return true;
  }

  /** Lines of the newest installation, for those who come late. */
  progressLines(engineId: string): readonly InstallLine[] {
    return this.#jobs.get(this.#adapter(engineId).id)?.lines ?? [];
  }

  /**
   * Waits for the installation under way, if there is one.
   * @throws AgentError with which it failed.
   */
  async whenInstalled(engineId: string): Promise<Engine> {
    const adapter = this.#adapter(engineId);
    await this.#running(engineId)?.done;
    return this.#describe(adapter);
  }

  /** Versions for the system's information. */
  async versions(): Promise<EngineVersions> {
    const manifests = (await Promise.all(this.#adapters.map(async (adapter) => (await this.#disk(adapter)).usable?.manifest))).filter(
      (manifest) => !!manifest,
    );
    const versionOf = (name: string): string | null =>
      manifests.find(({ packages }) => packages[name] !== undefined)?.packages[name] ?? null;
    return {
      python: manifests[0]?.python ?? null,
      mlx: versionOf('mlx'),
      mlxLm: versionOf('mlx-lm'),
      mlxOpenaiServer: versionOf('mlx-openai-server'),
    };
  }

  /** Cancels what is being installed and waits for its end. Half-made environments are remade the next time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const running = [...this.#jobs.values()].filter((job) => job.running);
    for (const job of running) job.cancel('the agent is stopping');
    await Promise.allSettled(running.map((job) => job.done));
  }

  #adapter(engineId: string): EngineAdapter {
    const adapter = this.#adapters.find(({ id }) => id === engineId);
    // The registry's error names what there is.
    return adapter ?? getAdapter(engineId);
  }

  #running(engineId: string): InstallJob | null {
    const job = this.#jobs.get(engineId);
    return job?.running ? job : null;
  }

  async #begin(adapter: EngineAdapter, upgrade: boolean): Promise<Engine> {
    this.#job(adapter, upgrade);
    return this.#describe(adapter);
  }

  /** The job under way, else a new one. */
  #job(adapter: EngineAdapter, upgrade: boolean): InstallJob {
    const running = this.#running(adapter.id);
    if (running) return running;
    if (this.#stopped) throw new AgentError('SHUTTING_DOWN');
    const { bus, clock, logsFolder, logger } = this.deps;
    const logFile = join(logsFolder, `install-${adapter.id}.log`);
    const job = new InstallJob(adapter.id, { clock, logFile, announce: (line) => bus.emit('engine.progress', line) });
    this.#jobs.set(adapter.id, job);
    job.start(
      () => this.#install(adapter, job, logFile, upgrade),
      async (error) => {
        if (error !== null) {
          job.error = error instanceof AgentError ? error : new AgentError('INTERNAL', {}, { cause: error });
          logger.warn({ engine: adapter.id, err: error }, 'engine installation failed');
        }
        bus.emit('engine.updated', await this.#describe(adapter));
      },
    );
    void this.#announce(adapter);
    return job;
  }

  async #install(adapter: EngineAdapter, job: InstallJob, logFile: string, upgrade: boolean): Promise<EngineEnvironment> {
    const { enginesDir, enginePython, usersOf, env } = this.deps;
    const inUse = (): boolean => usersOf(adapter.id).length > 0;
    const before = await this.#disk(adapter);
    let force = false;
    if (before.usable && before.current && !this.#proven.has(before.usable.environment.root)) {
      job.line(`Trying the environment in ${before.usable.environment.root}`);
      force = !(await environmentWorks(adapter, before.usable.environment, job.signal));
      job.line(force ? 'It does not work; it is made anew' : 'It works');
    }
    const options: InstallOptions = {
      enginesDir,
      enginePython: enginePython(),
      startTimeOf: this.#startTimeOf,
      onLine: job.line,
      signal: job.signal,
      env,
      logFile,
      force,
      inUse,
    };
    const environment = await installEngine(adapter, options);
    this.#proven.add(environment.root);
    if (upgrade && !inUse()) await this.#removeOthers(adapter, environment, job);
    return environment;
  }

  async #removeOthers(adapter: EngineAdapter, kept: EngineEnvironment, job: InstallJob): Promise<void> {
    for (const { environment } of (await this.#disk(adapter)).all) {
      if (environment.root === kept.root) continue;
      job.line(`Removing ${environment.root}`);
      await rm(environment.root, { recursive: true, force: true });
    }
  }

  async #announce(adapter: EngineAdapter): Promise<void> {
    try {
      this.deps.bus.emit('engine.updated', await this.#describe(adapter));
    } catch (error) {
      this.deps.logger.warn({ engine: adapter.id, err: error }, 'the engine could not be read');
    }
  }

  async #disk(adapter: EngineAdapter): Promise<EngineDisk> {
    return readEngineDisk(this.deps.enginesDir, adapter);
  }

  #state(engineId: string, disk: EngineDisk): Engine['state'] {
    if (this.#running(engineId)) return 'installing';
    if (disk.usable) return 'installed';
    return disk.all.length > 0 ? 'broken' : 'missing';
  }

  async #describe(adapter: EngineAdapter): Promise<Engine> {
    const disk = await this.#disk(adapter);
    const { usable } = disk;
    const job = this.#jobs.get(adapter.id);
    const state = this.#state(adapter.id, disk);
    return {
      id: adapter.id,
      name: adapter.name,
      state,
      version: usable?.manifest?.version ?? null,
      pinnedVersion: adapter.pinnedVersion,
      upgradeAvailable: usable !== null && !disk.current,
      python: usable?.manifest?.python ?? null,
      pythonRange: pythonRangeText(adapter.pythonRange),
      sizeBytes: usable?.manifest?.sizeBytes ?? null,
      path: usable?.environment.root ?? join(this.deps.enginesDir, adapter.id, adapter.pinnedVersion),
      defaultFor: [...adapter.defaultFor],
      capabilities: adapter.capabilities,
      unsupportedOptions: [...adapter.unsupportedOptions],
      progress: job?.running ? (job.lines.at(-1)?.text ?? null) : null,
      error: state === 'installing' ? null : this.#error(adapter.id, state, disk, job),
    };
  }

  #error(engineId: string, state: Engine['state'], disk: EngineDisk, job: InstallJob | undefined): Engine['error'] {
    if (job?.error) return job.error.toTaskError();
    if (state !== 'broken') return null;
    const problem = disk.all[0]?.problem ?? 'unknown';
    return new AgentError('ENGINE_NOT_INSTALLED', { engineId, state: `broken: ${problem}` }).toTaskError();
  }

  /** uv's cache shares its files with the environments; it goes when the last environment goes. */
  async #clearCache(): Promise<void> {
    const { enginesDir } = this.deps;
    const disks = await Promise.all(this.#adapters.map((adapter) => this.#disk(adapter)));
    if (disks.some(({ all }) => all.length > 0) || [...this.#jobs.values()].some((job) => job.running)) return;
    try {
      await access(join(enginesDir, '.uv', 'cache'));
      // A lock's name has no dot; leftovers of killed waiters have one.
      if ((await readdir(join(enginesDir, '.locks'))).some((name) => !name.includes('.'))) return; // somebody installs
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(join(enginesDir, '.uv', 'cache'), { recursive: true, force: true });
  }
}
