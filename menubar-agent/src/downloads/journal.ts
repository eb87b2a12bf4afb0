/**
 * Which bytes of a partial file are there: one text file for each, in the state folder. First a line that says what it is about, then a
 * line "start end" for each stretch, appended after the stretch was written.
 *
 * Nothing is synced to the disk on the way. A killed process loses nothing, because the system holds what was written; after a power cut
 * the journal may know more than the disk, which the checksum at the end finds out, and the file is fetched again.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ByteRanges, type ByteRange } from './byte-ranges.js';

const VERSION = 1;
const SUFFIX = '.journal';
const header = z.object({ version: z.literal(VERSION), path: z.string(), size: z.number() });

/** The journal's place for a partial file. */
export function journalPath(folder: string, partialPath: string): string {
  return join(folder, `${createHash('sha256').update(partialPath).digest('hex').slice(0, 32)}${SUFFIX}`);
}

/** Reads a journal; null when there is none for that file and size. A line that was torn by a kill is left out. */
export async function readJournal(folder: string, partialPath: string, size: number): Promise<ByteRanges | null> {
  let text: string;
  try {
    text = await readFile(journalPath(folder, partialPath), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const [first = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const parsed = header.safeParse(parseJson(first));
  if (!parsed.success || parsed.data.path !== partialPath || parsed.data.size !== size) return null;
  const ranges = new ByteRanges();
  for (const line of lines) {
    const [start, end] = line.split(' ').map(Number);
    if (start !== undefined && end !== undefined && start >= 0 && end <= size) ranges.add({ start, end });
  }
  return ranges;
}

/** A journal being written. */
export class Journal {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** Begins a journal with what is known, in the place of an older one. */
  static async open(folder: string, partialPath: string, size: number, known: ByteRanges): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = journalPath(folder, partialPath);
    const lines = [...known].map(toLine);
    await writeFile(`${path}.tmp`, `${JSON.stringify({ version: VERSION, path: partialPath, size })}\n${lines.join('')}`, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    return new Journal(path, await open(path, 'a'));
  }

  /** Notes a stretch that has been written. */
  async note(range: ByteRange): Promise<void> {
    await this.handle.write(toLine(range));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Forgets the journal of a partial file. */
export async function removeJournal(folder: string, partialPath: string): Promise<void> {
  await rm(journalPath(folder, partialPath), { force: true });
}

/** Forgets journals whose partial file is gone, e.g. because the cache was deleted by hand. */
export async function sweepJournals(folder: string, exists: (partialPath: string) => Promise<boolean>): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const name of names.filter((candidate) => candidate.endsWith(SUFFIX))) {
    const [first = ''] = (await readFile(join(folder, name), 'utf8')).split('\n', 1);
    const parsed = header.safeParse(parseJson(first));
    if (!parsed.success || !(await exists(parsed.data.path))) await rm(join(folder, name), { force: true });
  }
}

const toLine = ({ start, end }: ByteRange): string => `${start} ${end}\n`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no journal of ours
  }
}
