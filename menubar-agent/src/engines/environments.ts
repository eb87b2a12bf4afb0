/** Engine environments on disk: `<enginesDir>/<engine>/<version>`, whole only with a manifest that was written last. */
import { createHash } from 'node:crypto';
import { access, constants, lstat, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EngineAdapter, EngineEnvironment } from './types.js';

export const MANIFEST_FILE = 'mlx-manager.json';

const manifestSchema = z.object({
  format: z.literal(1),
  engine: z.string(),
  /** Version of the engine's package. */
  version: z.string(),
  recipeHash: z.string(),
  /** Version of the environment's Python. */
  python: z.string(),
  sizeBytes: z.number(),
  /** Name → version of everything installed. */
  packages: z.record(z.string(), z.string()),
  installedAt: z.string(),
  /** Why it no longer works, since a server could not be started from it. */
  broken: z.string().optional(),
});
export type Manifest = z.output<typeof manifestSchema>;

/** One folder under `<enginesDir>/<engine>`. */
export interface FoundEnvironment {
  readonly environment: EngineEnvironment;
  readonly manifest: Manifest | null;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
}

/** What an engine has on disk. */
export interface EngineDisk {
  /** The one to use: the pinned version's, else the newest other. */
  readonly usable: FoundEnvironment | null;
  /** Whether `usable` is what this release would install. */
  readonly current: boolean;
  readonly all: readonly FoundEnvironment[];
}

/** Where a POSIX environment has its Python. */
export const environmentAt = (root: string): EngineEnvironment => ({ root, python: join(root, 'bin', 'python') });

/** Identifies what the installer would do: another recipe makes another environment. */
export function recipeHash(adapter: EngineAdapter, platform: NodeJS.Platform = process.platform): string {
  const text = JSON.stringify([adapter.id, adapter.pinnedVersion, platform, process.arch, adapter.recipe(platform)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Reads what is there: stats and one small file each, no process.
 * @param enginesDir folder of all engines.
 */
export async function readEngineDisk(enginesDir: string, adapter: EngineAdapter): Promise<EngineDisk> {
  const folder = join(enginesDir, adapter.id);
  const hash = recipeHash(adapter);
  const all = await Promise.all((await subfolders(folder)).map((name) => readEnvironment(join(folder, name), adapter, hash)));
  const usable = all
    .filter(({ problem }) => problem === null)
    .toSorted(
      (a, b) => rank(b, adapter) - rank(a, adapter) || (b.manifest?.installedAt ?? '').localeCompare(a.manifest?.installedAt ?? ''),
    )[0];
  return { usable: usable ?? null, current: usable?.manifest?.version === adapter.pinnedVersion, all };
}

const rank = (found: FoundEnvironment, adapter: EngineAdapter): number => Number(found.manifest?.version === adapter.pinnedVersion);

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readEnvironment(root: string, adapter: EngineAdapter, hash: string): Promise<FoundEnvironment> {
  const environment = environmentAt(root);
  const manifest = await readManifest(root);
  if (manifest === null) return { environment, manifest, problem: 'its installation was not finished' };
  if (manifest.engine !== adapter.id) return { environment, manifest, problem: `it belongs to ${manifest.engine}` };
  if (manifest.version === adapter.pinnedVersion && manifest.recipeHash !== hash) {
    return { environment, manifest, problem: 'it was made by another recipe' };
  }
  if (manifest.broken !== undefined) return { environment, manifest, problem: manifest.broken };
  try {
    // Follows the link into the Python it was made from, which an OS or brew upgrade may have taken away.
    await access(environment.python, constants.X_OK);
  } catch {
    return { environment, manifest, problem: 'its Python is gone' };
  }
  return { environment, manifest, problem: null };
}

/** The manifest, or null when it is missing or unreadable. */
export async function readManifest(root: string): Promise<Manifest | null> {
  let text: string;
  try {
    text = await readFile(join(root, MANIFEST_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return null; // cut off or of another format: the environment counts as half-made
  }
}

/** Writes the manifest, at once and whole. */
export async function writeManifest(root: string, manifest: Manifest): Promise<void> {
  const temporary = join(root, `${MANIFEST_FILE}.part`);
  await writeFile(temporary, JSON.stringify(manifest, null, 2), { mode: 0o644 });
  await rename(temporary, join(root, MANIFEST_FILE));
}

/** `lib/python3.X/site-packages` of an environment. @throws Error when there is none. */
export async function sitePackages(root: string): Promise<string> {
  const lib = join(root, 'lib');
  const name = (await subfolders(lib)).find((entry) => /^python3\.\d+$/.test(entry));
  if (name === undefined) throw new Error(`${lib} holds no Python`);
  return join(lib, name, 'site-packages');
}

/** Packages by the names of their `.dist-info` folders: normalised name → version. */
export async function installedPackages(root: string): Promise<Record<string, string>> {
  const packages: Record<string, string> = {};
  for (const name of await subfolders(await sitePackages(root))) {
    const match = /^(.+)-([^-]+)\.dist-info$/.exec(name);
    if (match?.[1] !== undefined && match[2] !== undefined) packages[match[1].toLowerCase().replace(/[._]+/g, '-')] = match[2];
  }
  return packages;
}

/** Bytes on disk, each file counted once however many links it has here. */
export async function folderSize(folder: string): Promise<number> {
  const seen = new Set<string>();
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { dev, ino, blocks } = await lstat(join(entry.parentPath, entry.name));
    const key = `${dev}:${ino}`;
    if (seen.has(key)) continue;
    seen.add(key);
    bytes += blocks * 512;
  }
  return bytes;
}
