/**
 * The body of an engine's answer, straight from undici's handler: no stream object between the socket and its reader, which is half of what a small
 * answer would cost. Source: undici's documentation, "Dispatcher.dispatch".
 */
import type { Dispatcher } from 'undici';

/** Bytes that wait for a reader before the engine's socket is paused. */
const HIGH_WATER = 256 * 1024;
/** Of an answer that is given whole: ten pictures are some 40 MB. */
const MAX_WHOLE = 256 * 1024 * 1024;
/** How long an engine may take to end an answer after its last event, milliseconds. */
const LAST_BYTES_MS = 1_000;

export class EngineBody implements AsyncIterableIterator<Uint8Array> {
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #error: unknown = null;
  #left = false;
  #wake: (() => void) | null = null;

  constructor(private readonly controller: Dispatcher.DispatchController) {}

  /** The next bytes, all that came meanwhile. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#waiting.length === 0 && this.#state === 'open') await new Promise<void>((wake) => (this.#wake = wake));
    const [first, ...more] = this.#waiting;
    if (first !== undefined) {
      this.#waiting = [];
      this.#bytes = 0;
      if (this.controller.paused) this.controller.resume();
      return { done: false, value: more.length === 0 ? first : Buffer.concat([first, ...more]) };
    }
    if (this.#state === 'failed') throw this.#error;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All of it. @throws RangeError when it has no end. */
  async text(): Promise<string> {
    return this.#read(MAX_WHOLE, () => {
      throw new RangeError('the answer has no end');
    });
  }

  /** What it begins with; the rest is not waited for. @param maxBytes at least so many, if there are. */
  start(maxBytes: number): Promise<string> {
    return this.#read(maxBytes, () => undefined);
  }

  async #read(maxBytes: number, tooMuch: () => void): Promise<string> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this) {
      parts.push(part);
      bytes += part.length;
      if (bytes <= maxBytes) continue;
      this.leave('close');
      tooMuch();
      break;
    }
    return Buffer.concat(parts).toString('utf8');
  }

  /**
   * Lets go of the answer.
   * @param how `close` closes the connection, which ends the engine's work; `finish` reads the last bytes, so that the connection can be used again; `drain` reads
   * all the rest, however long.
   */
  leave(how: 'close' | 'finish' | 'drain'): void {
    if (this.#left) return;
    this.#left = true;
    this.#waiting = [];
    if (this.#state !== 'open') return;
    if (how === 'close') {
      this.controller.abort(new Error('the reader left'));
      return;
    }
    if (this.controller.paused) this.controller.resume();
    if (how === 'drain') return;
    const over = setTimeout(() => this.controller.abort(new Error('the answer does not end')), LAST_BYTES_MS).unref();
    this.#wake = () => clearTimeout(over);
  }

  /** Bytes came. */
  push(bytes: Uint8Array): void {
    if (this.#left) return;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > HIGH_WATER) this.controller.pause();
    this.#stir();
  }

  /** It is whole. */
  end(): void {
    this.#state = 'ended';
    this.#stir();
  }

  /** It broke off. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#error = error;
    this.#stir();
  }

  #stir(): void {
    const wake = this.#wake;
    if (wake === null) return;
    // What waits for the last bytes is told at the end only.
    if (this.#left && this.#state === 'open') return;
    this.#wake = null;
    wake();
  }
}
