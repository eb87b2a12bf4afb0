/** One file of a task: which stretches are still to be fetched, and by whom. */
import type { HubFile } from '../hub/index.js';
import type { ByteRange } from './byte-ranges.js';
import { PartialFile } from './partial-file.js';

export interface TransferPlace {
  readonly file: HubFile;
  readonly partialPath: string;
  readonly journalFolder: string;
  readonly segmentBytes: number;
}

/** A file being fetched by one or several connections. */
export class FileTransfer {
  /** The CDN's address of the file, until it no longer holds. */
  address: string | null = null;
  #asking: Promise<unknown> | null = null;
  #opening: Promise<PartialFile> | null = null;
  #partial: PartialFile | null = null;
  #segments: ByteRange[] = [];
  #finishing = false;
  #sequential: ByteRange | null = null;
  #damaged = 0;

  constructor(private readonly place: TransferPlace) {}

  get file(): HubFile {
    return this.place.file;
  }

  get partial(): PartialFile {
    if (this.#partial === null) throw new Error('the file is not open');
    return this.#partial;
  }

  /** The stretch whose connection has taken over the whole file, because the server knows no ranges. */
  get sequential(): ByteRange | null {
    return this.#sequential;
  }

  /** The next stretch to fetch, an empty one when only the check is left, or null when others have all of it. Opens the file at first. */
  async take(): Promise<ByteRange | null> {
    if (this.#finishing) return null;
    this.#opening ??= this.#open();
    await this.#opening;
    const next = this.#segments.shift();
    if (next !== undefined) return next;
    return this.partial.isWhole && this.claimFinish() ? { start: this.file.sizeBytes, end: this.file.sizeBytes } : null;
  }

  /** Lets one connection at a time ask the hub where the file is; the others then use the address it found. */
  async askOnce<T>(ask: () => Promise<T>): Promise<T> {
    while (this.address === null && this.#asking !== null) await this.#asking;
    if (this.address !== null) return ask();
    const asking = ask();
    const settled = asking.then(
      () => undefined,
      () => undefined, // told to whoever asked; the next one asks anew
    );
    this.#asking = settled;
    try {
      return await asking;
    } finally {
      if (this.#asking === settled) this.#asking = null;
    }
  }

  /** True for the one caller that may finish a file that is whole. */
  claimFinish(): boolean {
    if (this.#finishing || this.#partial?.isWhole !== true) return false;
    this.#finishing = true;
    return true;
  }

  /** True for the one connection that may go on when the server answers the whole file to each of them. */
  claimSequential(range: ByteRange): boolean {
    this.#sequential ??= range;
    this.#segments = [];
    return this.#sequential === range;
  }

  /** Whether a stretch's connection has nothing left to do: its bytes are here, or another connection took over. */
  isDone(range: ByteRange): boolean {
    if (this.#finishing) return true;
    if (this.#sequential !== null) return this.#sequential !== range || this.partial.isWhole;
    return this.partial.present.missingWithin(range).length === 0;
  }

  /** Begins anew after the file arrived damaged. Answers how often that has happened. */
  async startOver(): Promise<number> {
    await this.#partial?.discard();
    this.#partial = null;
    this.#opening = null;
    this.#finishing = false;
    this.#sequential = null;
    this.address = null;
    return (this.#damaged += 1);
  }

  /** Closes the file; what is there stays for the next time. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined); // told to whoever opened it
    await this.#partial?.close();
  }

  async #open(): Promise<PartialFile> {
    const { file, partialPath, journalFolder, segmentBytes } = this.place;
    this.#partial = await PartialFile.open(file, partialPath, journalFolder);
    this.#segments = this.#partial.present.missing(file.sizeBytes, segmentBytes);
    return this.#partial;
  }
}
