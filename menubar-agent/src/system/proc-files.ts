/** Reading files below /proc and /sys, which come and go with their processes. */
import { readFile, readdir } from 'node:fs/promises';

/** The process is gone, the file is not there on this kernel, or it belongs to somebody else: each means "nothing to read". */
const NOTHING_TO_READ = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']);

/** Whether an error says that there is nothing (for us) to read. By its code: `instanceof` fails for errors of another realm, as in jest. */
export const isNothingToRead = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && NOTHING_TO_READ.has(String(error.code));

/** Text of a file; null when there is nothing to read. Other failures are thrown. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNothingToRead(error)) return null;
    throw error;
  }
}

/** Names in a folder; none when there is nothing to read. */
export async function readNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isNothingToRead(error)) return [];
    throw error;
  }
}
