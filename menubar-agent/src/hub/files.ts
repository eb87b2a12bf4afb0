/** The file system, where absence is an answer. */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { AgentError } from '@mlx-manager/shared';

/** What a folder holds; nothing when it is not there. */
export async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** `stat` through links; null when there is nothing at the end. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    // ELOOP: a link onto itself leads nowhere, too.
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') return null;
    throw error;
  }
}

/** Whether an error of the file system says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

const GB = 1e9;
const NOT_WRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the disk is read-only',
  ENOENT: 'it is not there',
  ENOTDIR: 'a file is in the way',
  EIO: 'the disk reports an error',
};

/**
 * What a failure to write into the cache means: DISK_FULL or CACHE_NOT_WRITABLE.
 * @param neededBytes what was still to be written, for DISK_FULL.
 */
export function storageError(cause: unknown, path: string, neededBytes = 0): AgentError {
  if (cause instanceof AgentError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(0, neededBytes, cause);
  const reason = NOT_WRITABLE[code] ?? (cause instanceof Error ? cause.message : code);
  return new AgentError('CACHE_NOT_WRITABLE', { path, reason }, { cause });
}

/** DISK_FULL with both sizes in gigabytes. */
export function diskFull(freeBytes: number, neededBytes: number, cause?: unknown): AgentError {
  const gb = (bytes: number): number => Math.round((bytes / GB) * 100) / 100;
  return new AgentError('DISK_FULL', { freeGb: gb(freeBytes), neededGb: gb(neededBytes) }, { cause });
}
