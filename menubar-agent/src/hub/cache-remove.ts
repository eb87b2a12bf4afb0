/** Deletes revisions and repositories, and of shared things only our own end. */
import type { Stats } from 'node:fs';
import { lstat, readFile, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { scanRepo } from './cache-scan.js';
import { entries, isMissing } from './files.js';
import { isSafeCommit, isSafeModelId, repoLayout, type RepoLayout } from './paths.js';

/**
 * Deletes one revision with the blobs no other revision uses, or the whole repository with its locks.
 * A blob that is a link into the cache's shared store loses the link only: what it leads to may serve other repositories, and
 * huggingface_hub clears its store itself (`_shared_blobs.py`).
 * @throws MODEL_NOT_LOCAL, REVISION_NOT_FOUND, or the system's error.
 */
export async function removeFromCache(root: string, modelId: string, commit?: string): Promise<{ freedBytes: number }> {
  if (!isSafeModelId(modelId)) throw new AgentError('MODEL_NOT_LOCAL', { modelId });
  const layout = repoLayout(root, modelId);
  const folder = await lstatOrNull(layout.folder);
  if (folder === null) throw new AgentError('MODEL_NOT_LOCAL', { modelId });
  // A link in the place of a repository leads to a folder of the owner's choosing: only the link is ours.
  if (folder.isSymbolicLink()) {
    await unlink(layout.folder);
    return { freedBytes: 0 };
  }
  if (commit === undefined) return removeRepo(layout);

  const model = await scanRepo(root, modelId);
  const revision = model.revisions.find((candidate) => candidate.commit === commit);
  if (!isSafeCommit(commit) || revision === undefined) throw new AgentError('REVISION_NOT_FOUND', { modelId, revision: commit });
  const others = model.revisions.filter((candidate) => candidate !== revision);
  if (others.length === 0 && !model.hasPartial) return removeRepo(layout);

  const kept = new Set(others.flatMap((other) => other.files.map((file) => file.blobPath)));
  const gone = new Set(
    revision.files.map((file) => file.blobPath).filter((path) => path.startsWith(layout.blobs + sep) && !kept.has(path)),
  );
  // First the names, then the snapshot, then the blobs: broken off at any point, nothing that is left looks whole and is not.
  for (const ref of await refsTo(layout.refs, commit)) await rm(ref, { force: true });
  let freedBytes = 0;
  for (const file of revision.files) if (file.blobPath.startsWith(revision.snapshotPath + sep)) freedBytes += await ownBytes(file.blobPath);
  await rm(revision.snapshotPath, { recursive: true, force: true });
  await rm(join(layout.noExist, commit), { recursive: true, force: true });
  await rm(join(layout.trees, `${commit}.json`), { force: true });
  for (const blob of gone) freedBytes += await removeBlob(blob);
  return { freedBytes };
}

/** Unlinks a blob or a partial file; nothing to do is no error. Answers the bytes it held itself. */
export async function removeBlob(path: string): Promise<number> {
  const bytes = await ownBytes(path);
  await rm(path, { force: true });
  return bytes;
}

async function removeRepo(layout: RepoLayout): Promise<{ freedBytes: number }> {
  const freedBytes = await folderBytes(layout.folder);
  await rm(layout.refs, { recursive: true, force: true });
  await rm(layout.snapshots, { recursive: true, force: true });
  await rm(layout.folder, { recursive: true, force: true });
  await rm(layout.locks, { recursive: true, force: true });
  await removeEmpty(dirname(layout.locks));
  return { freedBytes };
}

/** Bytes of a folder's own files; links count nothing. */
async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await entries(folder)) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? await folderBytes(path) : await ownBytes(path);
  }
  return bytes;
}

/** Bytes that unlinking frees: none for a link, the allocated ones for a file with holes. */
async function ownBytes(path: string): Promise<number> {
  const info = await lstatOrNull(path);
  return info?.isFile() === true && info.nlink === 1 ? Math.min(info.size, info.blocks * 512) : 0;
}

async function refsTo(folder: string, commit: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entries(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await refsTo(path, commit)));
    else if ((await readFile(path, 'utf8')).trim() === commit) found.push(path);
  }
  return found;
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // Other repositories have locks there, or it is gone already.
    if (!isMissing(error) && !['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
