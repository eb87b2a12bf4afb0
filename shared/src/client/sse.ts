/** Server-sent events from a fetch body, chunk borders wherever they fall. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { AgentError, isAbort } from '../agent-error.js';

/** What a fetch body may be: a web stream (browsers, undici) or a Node stream (node-fetch). */
export type ByteBody = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * Reads events until the body ends.
 * @param body the answer's body.
 * @throws AgentError STREAM_BROKEN when the connection breaks.
 */
export async function* readSse(body: ByteBody): AsyncGenerator<EventSourceMessage> {
  const queue: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => queue.push(event) });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of chunksOf(body)) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      while (queue.length > 0) yield queue.shift() as EventSourceMessage;
    }
  } catch (error) {
    if (isAbort(error)) return;
    throw new AgentError('STREAM_BROKEN', {}, { cause: error });
  }
  parser.feed(decoder.decode());
  // A last event without its empty line still counts: some servers leave it out (raycast/extensions PR 28791).
  parser.feed('\n\n');
  while (queue.length > 0) yield queue.shift() as EventSourceMessage;
}

async function* chunksOf(body: ByteBody): AsyncGenerator<Uint8Array> {
  if (!('getReader' in body)) {
    yield* body;
    return;
  }
  const reader = body.getReader();
  let left = true;
  try {
    for (;;) {
      left = false; // a source that ends or breaks needs no word from us
      const part = await reader.read();
      if (part.done) return;
      left = true;
      yield part.value;
    }
  } finally {
    // A reader that leaves early closes the connection: nothing else would.
    if (left) await reader.cancel();
    reader.releaseLock();
  }
}
