/** The configuration file of another program on this disk: read, compared, written with a backup. No React in here. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

/** What is on the disk. */
export interface FoundFile {
  /** Where it really is: a link is followed, so that writing keeps it. */
  readonly path: string;
  /** Null where there is none. */
  readonly text: string | null;
  /** Permissions, e.g. 0o600. */
  readonly mode: number;
}

/** A new one may hold a key: nobody else reads it. */
const NEW_MODE = 0o600;

/** `~/x` in this user's home. */
export const expandHome = (path: string): string =>
  path.startsWith("~/") ? join(process.env.HOME ?? homedir(), path.slice(2)) : path;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * @param path may begin with `~/`.
 * @throws Error what the system says, or that it is not UTF-8 text.
 */
export async function findFile(path: string): Promise<FoundFile> {
  const wanted = expandHome(path);
  let real = wanted;
  try {
    real = await realpath(wanted);
    const [bytes, info] = await Promise.all([readFile(real), stat(real)]);
    // A text that is not UTF-8 would come back changed; so would one whose mark at the beginning got lost.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { path: real, text, mode: info.mode & 0o777 };
  } catch (error) {
    if (isMissing(error)) return { path: real, text: null, mode: NEW_MODE };
    if (error instanceof TypeError) throw new Error("It is not UTF-8 text.", { cause: error });
    throw error;
  }
}

/** Where the copy of what was there goes: beside it, `<file>.backup-20261121-193005`. */
export function backupPath(path: string, now: Date = new Date()): string {
  const [date = "", time = ""] = now.toISOString().split("T");
  return `${path}.backup-${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

/**
 * Writes the file: first the backup, then the whole new text under another name, which then takes the file's place. Its permissions stay.
 * @param found as the difference was shown for.
 * @returns where the backup is; null where there was no file.
 * @throws Error when the file is no longer as it was found; nothing is written then.
 */
export async function writeConfig(found: FoundFile, text: string): Promise<string | null> {
  const now = await findFile(found.path);
  if (now.text !== found.text) throw new Error("The file was changed in the meantime. Look at the difference again.");
  await mkdir(dirname(found.path), { recursive: true, mode: 0o700 });
  const backup = found.text === null ? null : backupPath(found.path);
  // Never over another backup.
  if (backup !== null) await copyFile(found.path, backup, constants.COPYFILE_EXCL);
  const part = join(dirname(found.path), `.${basename(found.path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(part, "wx", found.mode);
    try {
      // The umask has no say in what was there before.
      await file.chmod(found.mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, found.path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return backup;
}
