/** Writes into the cache what huggingface_hub would have written. Source: `_hf_hub_download_to_cache_dir` of huggingface_hub 2.4.0. */
import { copyFile, mkdir, open, readlink, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { isMissing, statOrNull, storageError } from './files.js';
import type { RepoLayout } from './paths.js';
import { writeTree } from './tree-file.js';
import type { HubFile } from './types.js';

/** Word for word huggingface_hub's, so that backup tools skip the cache whoever made it. */
const CACHEDIR_TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by huggingface_hub.
# For information about cache directory tags, see:
#\thttps://bford.info/cachedir/
`;

/** The name of a file's blob: SHA-256 in large-file storage, else git's SHA-1. */
export const etagOf = (file: HubFile): string => file.sha256 ?? file.oid;

/** Makes a repository's folders. @throws CACHE_NOT_WRITABLE, DISK_FULL. */
export async function prepareRepo(root: string, layout: RepoLayout): Promise<void> {
  try {
    for (const folder of [layout.blobs, layout.snapshots, layout.refs, layout.locks]) await mkdir(folder, { recursive: true });
    await writeFile(join(root, 'CACHEDIR.TAG'), CACHEDIR_TAG, { flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw storageError(error, root);
  }
}

/** Whether a file of a commit is here already, put there by whomever. Its size must be right; its content is taken on trust, as hf does. */
export async function hasFile(layout: RepoLayout, commit: string, file: HubFile): Promise<boolean> {
  for (const path of [layout.blob(etagOf(file)), join(layout.snapshot(commit), file.path)]) {
    const info = await statOrNull(path);
    if (info?.isFile() === true && info.size === file.sizeBytes) return true;
  }
  return false;
}

/**
 * Gives a whole, checked partial file its final name, durably: it is on the disk before it has the name.
 * The lock file is huggingface_hub's; it stays empty, since Node has no `flock`. That is safe beside `hf`: it writes into a file of its
 * own and renames it, as we do, and its own comment calls the lock best-effort.
 */
export async function publishBlob(layout: RepoLayout, etag: string): Promise<void> {
  try {
    const handle = await open(layout.partial(etag), 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await writeFile(join(layout.locks, `${etag}.lock`), '', { flag: 'a' });
    await rename(layout.partial(etag), layout.blob(etag));
  } catch (error) {
    throw storageError(error, layout.blobs);
  }
}

/**
 * Makes the snapshot of a commit whose blobs are all here: listing, links, and the ref last, so that nobody sees half a model.
 * @param revision as asked for; a branch or tag gets a ref.
 */
export async function writeSnapshot(layout: RepoLayout, commit: string, revision: string, files: readonly HubFile[]): Promise<void> {
  try {
    await writeTree(layout, commit, files);
    await mkdir(layout.snapshot(commit), { recursive: true });
    for (const file of files) {
      const pointer = join(layout.snapshot(commit), file.path);
      await mkdir(dirname(pointer), { recursive: true });
      await pointTo(layout.blob(etagOf(file)), pointer);
    }
    if (revision !== commit) await writeRef(layout, revision, commit);
  } catch (error) {
    throw storageError(error, layout.folder);
  }
}

/** 40 bytes without a newline: with one, huggingface_hub looks for a snapshot of that name and finds none. */
async function writeRef(layout: RepoLayout, revision: string, commit: string): Promise<void> {
  const path = join(layout.refs, revision);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}.tmp`, commit);
  await rename(`${path}.${process.pid}.tmp`, path);
}

/** A relative link, so that the cache can be moved; a copy on disks that know no links (exFAT). */
async function pointTo(blob: string, pointer: string): Promise<void> {
  const present = await statOrNull(pointer);
  const target = relative(dirname(pointer), blob);
  const link = await linkTarget(pointer);
  if (present !== null && (link === null || resolve(dirname(pointer), link) === blob)) return;
  if (link !== null) await unlink(pointer);
  try {
    await symlink(target, pointer);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(blob, pointer);
  }
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return null; // nothing there, or a plain file
    throw error;
  }
}
