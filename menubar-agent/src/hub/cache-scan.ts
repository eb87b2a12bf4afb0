/** Reads a repository of the cache as other tools may have left it: links or files, broken links, missing refs, partial files. */
import { lstat, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isComplete } from './completeness.js';
import { entries, statOrNull } from './files.js';
import { PARTIAL_SUFFIX, repoLayout, type RepoLayout } from './paths.js';
import { readTree } from './tree-file.js';
import type { CachedFile, CachedModel, CachedRevision } from './types.js';

/** Everything in a repository's folder. Rejects with the system's error when the folder cannot be read. */
export async function scanRepo(root: string, modelId: string): Promise<CachedModel> {
  const layout = repoLayout(root, modelId);
  const [refs, blobs, snapshotNames] = await Promise.all([readRefs(layout.refs), readBlobs(layout.blobs), subfolders(layout.snapshots)]);
  const finished = new Set(blobs.map((blob) => blob.name));
  // A partial file beside its finished blob is a leftover of a killed process; nothing misses it.
  const missed = blobs.some((blob) => blob.partial && !finished.has(blob.name.slice(0, blob.name.indexOf('.'))));

  const found: { revision: CachedRevision; changedAt: number; listed: boolean }[] = [];
  for (const commit of snapshotNames) {
    const snapshot = await scanSnapshot(layout.snapshot(commit));
    const tree = await readTree(layout, commit);
    const complete = !snapshot.broken && (await isComplete(layout.snapshot(commit), snapshot.files, tree));
    const revision = {
      commit,
      snapshotPath: layout.snapshot(commit),
      refs: refs.get(commit) ?? [],
      files: snapshot.files,
      modifiedAt: snapshot.modifiedAt,
      complete,
    };
    found.push({ revision, changedAt: snapshot.changedAt, listed: tree !== null });
  }
  // Which revision a partial file belongs to is known only where a listing names it (then a file of it is missing above).
  // Without one it belongs most likely to the snapshot that was touched last.
  const suspect = missed ? found.filter((entry) => !entry.listed).sort((a, b) => b.changedAt - a.changedAt)[0] : undefined;
  const revisions = found.map((entry) => (entry === suspect ? { ...entry.revision, complete: false } : entry.revision));
  revisions.sort((a, b) => Number(b.refs.includes('main')) - Number(a.refs.includes('main')) || b.modifiedAt - a.modifiedAt);
  return {
    modelId,
    path: layout.folder,
    sizeBytes: await totalSize(layout, blobs, revisions),
    revisions,
    hasPartial: blobs.some((blob) => blob.partial),
  };
}

interface Blob {
  readonly name: string;
  readonly sizeBytes: number;
  readonly partial: boolean;
}

async function readBlobs(folder: string): Promise<Blob[]> {
  const blobs: Blob[] = [];
  for (const entry of await entries(folder)) {
    const partial = entry.name.endsWith(PARTIAL_SUFFIX);
    const info = await statOrNull(join(folder, entry.name));
    // Null: a link into the shared store whose file is gone. hf counts it as missing too.
    if (info === null || !info.isFile()) continue;
    // A partial file may have holes: what counts is what the disk holds. `blocks` are of 512 bytes everywhere.
    blobs.push({ name: entry.name, partial, sizeBytes: partial ? Math.min(info.size, info.blocks * 512) : info.size });
  }
  return blobs;
}

async function totalSize(layout: RepoLayout, blobs: readonly Blob[], revisions: readonly CachedRevision[]): Promise<number> {
  let total = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  const seen = new Set<string>();
  for (const file of revisions.flatMap((revision) => revision.files)) {
    if (seen.has(file.blobPath) || file.blobPath.startsWith(layout.blobs + sep)) continue;
    seen.add(file.blobPath);
    // A link that leaves the repository is somebody else's disk space.
    const info = await lstat(file.blobPath);
    if (info.isFile() && file.blobPath.startsWith(layout.folder + sep)) total += info.size;
  }
  return total;
}

async function scanSnapshot(folder: string): Promise<{ files: CachedFile[]; broken: boolean; modifiedAt: number; changedAt: number }> {
  const files: CachedFile[] = [];
  const changedAt = (await stat(folder)).mtimeMs;
  let broken = false;
  let modifiedAt = 0;
  const walk = async (current: string): Promise<void> => {
    for (const entry of await entries(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        await walk(path);
        continue;
      }
      if (entry.name === '.DS_Store') continue;
      const info = await statOrNull(path);
      if (info === null) broken = true;
      if (info === null || !info.isFile()) continue;
      const blobPath = entry.isSymbolicLink() ? resolve(current, await readlink(path)) : path;
      files.push({ path: relative(folder, path).split(sep).join('/'), sizeBytes: info.size, blobPath });
      modifiedAt = Math.max(modifiedAt, info.mtimeMs);
    }
  };
  await walk(folder);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, broken, modifiedAt: modifiedAt === 0 ? changedAt : modifiedAt, changedAt };
}

/** Commit → names of the refs that point to it. */
async function readRefs(folder: string): Promise<Map<string, string[]>> {
  const refs = new Map<string, string[]>();
  const walk = async (current: string): Promise<void> => {
    for (const entry of await entries(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() && entry.name !== '.DS_Store' && !entry.name.endsWith('.tmp')) {
        const commit = (await readFile(path, 'utf8')).trim();
        refs.set(commit, [...(refs.get(commit) ?? []), relative(folder, path).split(sep).join('/')]);
      }
    }
  };
  await walk(folder);
  return refs;
}

async function subfolders(folder: string): Promise<string[]> {
  return (await entries(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
