/** Reads a byte stream of server-sent events. Pure but for its remainder: any split of the bytes gives the same events. */

/** The event that ends a stream in OpenAI's protocol. */
export const DONE = '[DONE]';
/** Characters of one event; a picture may travel in one. */
const MAX_EVENT = 64 * 1024 * 1024;

/** Splits bytes into the `data` of events; comments and other fields are left out. Source: HTML standard, "event stream interpretation". */
export class SseEvents {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /**
   * @returns the data of every event that is complete now.
   * @throws RangeError for an event without end.
   */
  push(chunk: Uint8Array): string[] {
    let text = this.#rest + this.#decoder.decode(chunk, { stream: true });
    // A lone CR at the end may be half a CRLF.
    if (text.includes('\r')) {
      const held = text.endsWith('\r') ? '\r' : '';
      text = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n') + held;
    }
    const events: string[] = [];
    let from = 0;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', from)) {
      const data = dataOf(text.slice(from, end));
      if (data !== null) events.push(data);
      from = end + 2;
    }
    this.#rest = from === 0 ? text : text.slice(from);
    if (this.#rest.length > MAX_EVENT) throw new RangeError('an event of the stream has no end');
    return events;
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
