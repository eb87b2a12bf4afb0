/** New files on this disk. Nothing that is there is ever written over. */
import { mkdir, open, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { extname, join } from "node:path";

/** Where people expect what they saved. */
export const downloadsFolder = (): string => join(process.env.HOME ?? homedir(), "Downloads");

/**
 * Writes a new file. Where the name is taken, a number is added: `Chat 2.md`.
 * @param folder made when it is missing.
 * @returns the path of the file.
 * @throws Error of the file system; no part of the file is left then.
 */
export async function saveNew(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : `${stem} ${number}${ending}`);
    try {
      const file = await open(path, "wx");
      try {
        await file.writeFile(text);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
