/** The checksum of a file that arrives in no order: it follows the part without gaps, and reads again what came early. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { HubFile } from '../hub/index.js';

/** Small enough that the event loop is held for a fraction of a millisecond. */
const PIECE = 256 * 1024;

export class FollowingChecksum {
  readonly #hash: Hash;
  readonly #expected: string;
  #position = 0;
  /** The reading under way; one at a time. */
  #catchingUp: Promise<void> | null = null;

  constructor(
    file: HubFile,
    private readonly handle: FileHandle,
  ) {
    this.#hash = createHash(file.sha256 === null ? 'sha1' : 'sha256');
    this.#expected = file.sha256 ?? file.oid;
    // A blob's name in git is the SHA-1 of its kind and size, then its content.
    if (file.sha256 === null) this.#hash.update(`blob ${file.sizeBytes}\0`);
  }

  /** Tells of bytes just written. The next ones in order are taken from memory. */
  written(position: number, buffers: readonly Uint8Array[]): void {
    if (this.#catchingUp !== null || position !== this.#position) return;
    for (const buffer of buffers) {
      this.#hash.update(buffer);
      this.#position += buffer.byteLength;
    }
  }

  /** Reads on, in the background, up to where the file has no gaps. Failures show in {@link matches}. */
  follow(prefix: number): void {
    if (this.#catchingUp !== null || prefix <= this.#position) return;
    const reading = this.#readTo(prefix).finally(() => (this.#catchingUp = null));
    reading.catch(() => undefined); // met again by `matches`, which reads on from the same place
    this.#catchingUp = reading;
  }

  /** Whether the whole file has the checksum the hub gave. @param size bytes of the file. */
  async matches(size: number): Promise<boolean> {
    if (this.#catchingUp !== null) await this.#catchingUp;
    await this.#readTo(size);
    return this.#hash.digest('hex') === this.#expected;
  }

  /** Waits until nothing reads any more, so that the file can be closed. */
  async idle(): Promise<void> {
    await this.#catchingUp?.catch(() => undefined); // what failed to be read matters to `matches` only
  }

  async #readTo(end: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, end - this.#position)));
    while (this.#position < end) {
      const { bytesRead } = await this.handle.read(buffer, 0, Math.min(buffer.length, end - this.#position), this.#position);
      if (bytesRead === 0) return; // the file was cut from outside: the checksum will not match
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#position += bytesRead;
    }
  }
}
