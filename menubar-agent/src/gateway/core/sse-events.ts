/** Reads a byte stream of server-sent events. Pure but for its remainder: any split of the bytes gives the same events. */

/** The event that ends a stream in OpenAI's protocol. */
export const DONE = '[DONE]';
/** Characters of one event; a picture may travel in one. */
const MAX_EVENT = 64 * 1024 * 1024;

/** Splits bytes into the `data` of events; comments and other fields are left out. Source: HTML standard, "event stream interpretation". */
export class SseEvents {
  readonly #decoder = new TextDecoder();
  /** An event that has no end yet, in the pieces it came in: put together once, however many they are. */
  #held: string[] = [];
  #heldChars = 0;
  #heldEndsLine = false;
  /** A lone CR at the end may be half a CRLF. */
  #cr = '';

  /**
   * @returns the data of every event that is complete now.
   * @throws RangeError for an event without end.
   */
  push(chunk: Uint8Array): string[] {
    let text = this.#cr + this.#decoder.decode(chunk, { stream: true });
    if (text.includes('\r')) {
      this.#cr = text.endsWith('\r') ? '\r' : '';
      text = text.slice(0, text.length - this.#cr.length).replace(/\r\n?/g, '\n');
    } else this.#cr = '';
    const ends = text.includes('\n\n') || (this.#heldEndsLine && text.startsWith('\n'));
    if (!ends) {
      this.#hold(text);
      return [];
    }
    if (this.#held.length > 0) text = this.#held.join('') + text;
    const events: string[] = [];
    let from = 0;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', from)) {
      const data = dataOf(text.slice(from, end));
      if (data !== null) events.push(data);
      from = end + 2;
    }
    this.#held = [];
    this.#heldChars = 0;
    this.#heldEndsLine = false;
    this.#hold(text.slice(from));
    return events;
  }

  #hold(text: string): void {
    if (text === '') return;
    this.#held.push(text);
    this.#heldChars += text.length;
    this.#heldEndsLine = text.endsWith('\n');
    if (this.#heldChars > MAX_EVENT) throw new RangeError('an event of the stream has no end');
  }
}

function dataOf(block: string): string | null {
  // What engines send: one line.
  if (block.startsWith('data: ') && !block.includes('\n')) return block.slice(6);
  const lines = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5));
  return lines.length === 0 ? null : lines.join('\n');
}
