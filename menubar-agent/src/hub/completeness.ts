/** Whether a snapshot holds what an engine needs to load it. */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { CachedFile, HubFile } from './types.js';

/** Weights that MLX's engines read: mlx-whisper's older models are `weights.npz`. The rest is for models of other runtimes. */
const WEIGHTS = /\.(?:safetensors|npz|bin|gguf|pth|pt)$/;
/** Files at the top that loading may need. mlx-lm downloads these and weights, and leaves the rest of a repository out (`allow_patterns`). */
const NEEDED = /^[^/]+\.(?:json|jinja|model|tiktoken)$/;
const CONFIG = /(?:^|\/)(?:config|model_index)\.json$/;

/**
 * With the commit's listing: every file of it is there, or at least those that loading needs and all weights an index names.
 * Without: a config, and all weights an index names or at least one.
 * @param files of the snapshot, each known to exist.
 * @param tree the commit's listing, where some tool kept it.
 */
export async function isComplete(snapshotPath: string, files: readonly CachedFile[], tree: readonly HubFile[] | null): Promise<boolean> {
  const sizes = new Map(files.map((file) => [file.path, file.sizeBytes]));
  if (tree !== null) {
    const isHere = (file: HubFile): boolean => sizes.get(file.path) === file.sizeBytes;
    if (tree.length > 0 && tree.every(isHere)) return true;
    if (!tree.filter((file) => NEEDED.test(file.path) || sizes.has(file.path)).every(isHere)) return false;
  }
  return (
    files.some((file) => CONFIG.test(file.path)) &&
    files.some((file) => WEIGHTS.test(file.path)) &&
    (await shardsAreHere(snapshotPath, sizes))
  );
}

async function shardsAreHere(snapshotPath: string, sizes: ReadonlyMap<string, number>): Promise<boolean> {
  for (const path of sizes.keys()) {
    if (!path.endsWith('.safetensors.index.json')) continue;
    const shards = namedShards(await readFile(join(snapshotPath, path), 'utf8'));
    if (shards === null || shards.some((shard) => !sizes.has(posix.join(posix.dirname(path), shard)))) return false;
  }
  return true;
}

/** The files a weight index names; null when it is damaged. */
function namedShards(text: string): string[] | null {
  try {
    const map = (JSON.parse(text) as { weight_map?: Record<string, string> }).weight_map;
    return map === undefined ? null : [...new Set(Object.values(map))];
  } catch {
    return null; // a torn index is as good as a missing shard
  }
}
