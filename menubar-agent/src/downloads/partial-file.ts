/** A file on its way: `blobs/<etag>.incomplete`, with its journal and its checksum. */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { storageError, type HubFile } from '../hub/index.js';
import { ByteRanges, type ByteRange } from './byte-ranges.js';
import { FollowingChecksum } from './checksum.js';
import { Journal, readJournal, removeJournal } from './journal.js';

/**
 * While bytes are missing, the file is this much longer than it will be. huggingface_hub before 1.18 goes on with an `.incomplete` file
 * from its size, as if there were no gaps, and would make a damaged model of ours; so long, the hub answers it 416 and it gives up.
 */
const GUARD_BYTES = 1;

/** Bytes of a partial file that are there and known to be; 0 when there is no such file. */
export async function bytesPresent(journalFolder: string, path: string, size: number): Promise<number> {
  const handle = await openOrNull(path);
  if (handle === null) return 0;
  try {
    return (await presentRanges(handle, journalFolder, path, size)).total;
  } finally {
    await handle.close();
  }
}

/** Deletes a partial file that nobody needs any more, with its journal. Nothing to do is no error. */
export async function discardPartial(journalFolder: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await removeJournal(journalFolder, path);
}

export class PartialFile {
  readonly #writing = new Set<Promise<unknown>>();
  #closed = false;

  private constructor(
    private readonly file: HubFile,
    readonly path: string,
    private readonly journalFolder: string,
    private readonly handle: FileHandle,
    private readonly journal: Journal,
    private readonly checksum: FollowingChecksum,
    readonly present: ByteRanges,
  ) {}

  /** Opens it with what is there of it, or makes it. @throws DISK_FULL, CACHE_NOT_WRITABLE. */
  static async open(file: HubFile, path: string, journalFolder: string): Promise<PartialFile> {
    let handle: FileHandle | null = null;
    try {
      handle = (await openOrNull(path)) ?? (await open(path, 'w+'));
      const present = await presentRanges(handle, journalFolder, path, file.sizeBytes);
      const journal = await Journal.open(journalFolder, path, file.sizeBytes, present);
      await handle.truncate(file.sizeBytes + GUARD_BYTES);
      const checksum = new FollowingChecksum(file, handle);
      checksum.follow(present.prefix);
      return new PartialFile(file, path, journalFolder, handle, journal, checksum, present);
    } catch (error) {
      await handle?.close();
      throw storageError(error, path, file.sizeBytes);
    }
  }

  get isWhole(): boolean {
    return this.present.total === this.file.sizeBytes;
  }

  /** Writes the bytes that are not there yet and notes them. Answers how many those are. @throws DISK_FULL, CACHE_NOT_WRITABLE. */
  async write(position: number, buffers: readonly Uint8Array[]): Promise<number> {
    // Another connection brought the same bytes and finished the file.
    if (this.#closed) return 0;
    const writing = this.#writeMissing(position, buffers);
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  async #writeMissing(position: number, buffers: readonly Uint8Array[]): Promise<number> {
    const whole = { start: position, end: position + buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0) };
    const gaps = this.present.missingWithin(whole);
    const [gap] = gaps;
    if (gap?.start === whole.start && gap.end === whole.end) return this.#write(whole, buffers);
    // A server that knows no ranges sends again what is here. It is not written again: its checksum has been taken.
    const bytes = Buffer.concat(buffers);
    let added = 0;
    for (const { start, end } of gaps) added += await this.#write({ start, end }, [bytes.subarray(start - position, end - position)]);
    return added;
  }

  /** Checks the whole file and cuts it to its size. False when it arrived damaged. @throws CACHE_NOT_WRITABLE. */
  async verify(): Promise<boolean> {
    try {
      await this.handle.truncate(this.file.sizeBytes);
      return await this.checksum.matches(this.file.sizeBytes);
    } catch (error) {
      throw storageError(error, this.path);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#writing); // each failure is told to its writer
    await this.checksum.idle();
    await this.handle.close();
    await this.journal.close();
  }

  /** Forgets the journal, once the file has its final name. */
  async forget(): Promise<void> {
    await removeJournal(this.journalFolder, this.path);
  }

  /** Closes and deletes it, with its journal. */
  async discard(): Promise<void> {
    await this.close();
    await discardPartial(this.journalFolder, this.path);
  }

  async #write(range: ByteRange, buffers: readonly Uint8Array[]): Promise<number> {
    const length = range.end - range.start;
    try {
      const { bytesWritten } = await this.handle.writev(buffers, range.start);
      // The system may take less than it was given, e.g. when the disk fills up; the next attempt then gets its error.
      if (bytesWritten < length) {
        const all = Buffer.concat(buffers);
        for (let done = bytesWritten; done < length;)
          done += (await this.handle.write(all, done, length - done, range.start + done)).bytesWritten;
      }
      await this.journal.note(range);
    } catch (error) {
      throw storageError(error, this.path, this.file.sizeBytes - this.present.total);
    }
    const added = this.present.add(range);
    this.checksum.written(range.start, buffers);
    this.checksum.follow(this.present.prefix);
    return added;
  }
}

/** What a partial file holds: by our journal, or, where an older huggingface_hub left it, everything up to its size. */
async function presentRanges(handle: FileHandle, journalFolder: string, path: string, size: number): Promise<ByteRanges> {
  const actual = (await handle.stat()).size;
  const known = await readJournal(journalFolder, path, size);
  if (known !== null) return actual >= size ? known : new ByteRanges();
  // Ours without its journal (longer than the file), or nothing: from the start. Else a file that grew from its start on.
  return actual > 0 && actual <= size ? new ByteRanges([{ start: 0, end: actual }]) : new ByteRanges();
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
