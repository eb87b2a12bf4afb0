/**
 * Rotation by copy and truncate, because the engine keeps its descriptor open: a renamed file would go on growing. O_APPEND makes the engine
 * write at the new end. What is written between the last read and the truncation would be lost: a few microseconds without an await. So a log is rotated
 * while it is quiet and ends with a whole line; only one that is never quiet is rotated at twice its size, accepting that.
 */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { chmod, copyFile, rename, rm, stat } from 'node:fs/promises';
import type { LogFile } from './log-file.js';
import { isMissing } from './missing.js';

/** Highest `log_keep` the settings allow. */
const MOST_KEPT = 20;

export type RotationState = 'small' | 'busy' | 'due';

/** Whether a log should be rotated now. @param quiet milliseconds without a write. */
export async function rotationState(file: LogFile, maxBytes: number, quiet: number): Promise<RotationState> {
  let info;
  try {
    info = await stat(file.path);
  } catch (error) {
    if (isMissing(error)) return 'small';
    throw error;
  }
  if (info.size < maxBytes) return 'small';
  if (info.size >= maxBytes * 2) return 'due';
  if (Date.now() - info.mtimeMs < quiet) return 'busy'; // the file's own time, so the machine's clock
  const { offset } = await file.end();
  return offset === info.size ? 'due' : 'busy';
}

/**
 * Moves the content to `.1`, the older ones on by one, and empties the file.
 * @param keep rotated files kept; 0 keeps none.
 * @param onMoved told where the content is now and how long it is, before it may be deleted; the file is empty by then.
 */
export async function rotate(file: LogFile, keep: number, onMoved: (path: string, size: number) => Promise<void>): Promise<void> {
  const copy = `${file.path}.new`;
  const end = await file.end();
  await copyFile(file.path, copy);
  await chmod(copy, 0o600);
  // Whole lines counted before the copy are in it; what follows is copied again.
  const size = moveRest(file, copy, end);
  await onMoved(copy, size);
  for (let n = MOST_KEPT; n > keep; n--) await rm(file.rotated(n), { force: true });
  for (let n = keep - 1; n >= 1; n--) await renameIfThere(file.rotated(n), file.rotated(n + 1));
  if (keep > 0) await rename(copy, file.rotated(1));
  else await rm(copy);
}

/**
 * Copies what came during the copy and truncates, in one go. The number is noted before the truncation: after a crash in between
 * numbers skip, but none is used twice.
 * @returns the whole length.
 */
function moveRest(file: LogFile, copy: string, end: { seq: number; offset: number }): number {
  const from = openSync(file.path, 'r+');
  const to = openSync(copy, 'r+');
  try {
    const block = Buffer.allocUnsafe(64 * 1024);
    let { seq } = end;
    let position = end.offset; // whole lines up to here are in the copy
    let noted = -1;
    for (;;) {
      const read = readSync(from, block, 0, block.length, position);
      if (read === 0 && noted === position) break;
      if (read === 0) {
        file.setFirst(seq);
        noted = position;
        continue; // look once more: noting took a moment
      }
      const bytes = block.subarray(0, read);
      for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) seq++;
      writeSync(to, bytes, 0, read, position);
      position += read;
    }
    ftruncateSync(from, 0);
    return position;
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Deletes a log, its rotated files and its numbers. */
export async function deleteLog(file: LogFile): Promise<void> {
  for (const path of [file.path, `${file.path}.seq`, `${file.path}.new`]) await rm(path, { force: true });
  for (let n = 1; n <= MOST_KEPT; n++) await rm(file.rotated(n), { force: true });
}
