/**
 * One log on disk and the numbers of its lines. Lines are numbered from 1 through all rotations: `<log>.seq` holds the number of the current
 * file's first line, so a number means the same line after a restart of the agent.
 */
import {
  appendFileSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isMissing } from './missing.js';

const BLOCK = 64 * 1024;
const LINE_FEED = 10;

/** Where a line begins, and its number. */
export interface LinePosition {
  readonly offset: number;
  readonly seq: number;
}

export class LogFile {
  #known: LinePosition | null = null;

  constructor(readonly path: string) {}

  /** The n-th rotated file; 1 is the newest. */
  rotated(n: number): string {
    return `${this.path}.${n}`;
  }

  /**
   * Opens it for an engine: O_APPEND, so that it may be truncated while the engine writes; mode 0600.
   * @returns a file descriptor the caller closes.
   */
  openForAppend(): number {
    const fd = openSync(this.path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
    fchmodSync(fd, 0o600);
    return fd;
  }

  /** Adds a line of our own, on a line of its own even when the engine died in the middle of one. */
  appendLine(text: string): void {
    const fd = openSync(this.path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    try {
      const { size } = fstatSync(fd);
      const last = Buffer.alloc(1);
      if (size > 0) readSync(fd, last, 0, 1, size - 1);
      appendFileSync(fd, `${size > 0 && last[0] !== LINE_FEED ? '\n' : ''}${text}\n`);
    } finally {
      closeSync(fd);
    }
  }

  /** Bytes; 0 when there is none. */
  async size(path = this.path): Promise<number> {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }

  /** Where the next complete line will begin. Reads only what came since the last call. */
  async end(): Promise<LinePosition> {
    let from = this.#known ?? { offset: 0, seq: this.#firstSeq() };
    const size = await this.size();
    if (size < from.offset) {
      // Somebody else truncated it: the numbers go on, none is used twice.
      from = { offset: 0, seq: from.seq };
      this.setFirst(from.seq);
    }
    let { offset, seq } = from;
    let position = from.offset;
    for await (const block of readBlocks(this.path, position, size)) {
      for (let i = block.indexOf(LINE_FEED); i !== -1; i = block.indexOf(LINE_FEED, i + 1)) {
        seq++;
        offset = position + i + 1;
      }
      position += block.length;
    }
    this.#known = { offset, seq };
    return this.#known;
  }

  /** Notes that the current file begins with this line. Written whole or not at all. */
  setFirst(seq: number): void {
    const side = `${this.path}.seq`;
    writeFileSync(`${side}.new`, JSON.stringify({ first_seq: seq }), { mode: 0o600 });
    renameSync(`${side}.new`, side);
    this.#known = { offset: 0, seq };
  }

  #firstSeq(): number {
    try {
      const { first_seq: first } = JSON.parse(readFileSync(`${this.path}.seq`, 'utf8')) as { first_seq?: unknown };
      return typeof first === 'number' && Number.isSafeInteger(first) && first > 0 ? first : 1;
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return 1; // never rotated, or the note is damaged: numbers begin anew
      throw error;
    }
  }
}

/** The bytes from `from` to `to`, a block at a time; nothing when the file is missing. A block is valid until the next one. */
export async function* readBlocks(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  if (to <= from) return;
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  try {
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK, to - from));
    let position = from;
    while (position < to) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - position), position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
