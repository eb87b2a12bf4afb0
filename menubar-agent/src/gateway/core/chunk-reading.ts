/** Events of an answer, read. */
import { AgentError } from '@mlx-manager/shared';
import type { Call } from './call.js';
import type { ChatChunk, ChatStream } from './chunks.js';
import { Passed, type Piece } from './passed.js';

/** Told of a profile whose engine sent what cannot be read. */
type OnStall = (profileId: number) => Promise<void>;

/** @throws AgentError ENGINE_STREAM_BROKEN for what is no JSON. */
export async function* parsed(call: Call, events: AsyncIterable<readonly string[]>, onStall: OnStall): ChatStream {
  for await (const some of events) yield* parsedSome(call, some, onStall);
}

/** The same; what is passed on stays as it is. */
export async function* parsedOrPassed(call: Call, pieces: AsyncIterable<Piece>, onStall: OnStall): AsyncGenerator<ChatChunk | Passed> {
  for await (const piece of pieces) {
    if (piece instanceof Passed) yield piece;
    else yield* parsedSome(call, piece, onStall);
  }
}

/** Events that came together. */
export function* parsedSome({ trace }: Call, events: readonly string[], onStall: OnStall): Generator<ChatChunk> {
  for (const event of events) {
    let chunk: ChatChunk;
    try {
      chunk = JSON.parse(event) as ChatChunk;
    } catch (cause) {
      if (trace.profileId !== null) void onStall(trace.profileId);
      throw new AgentError('ENGINE_STREAM_BROKEN', { name: trace.profileName, said: ' It sent what is no JSON.' }, { cause });
    }
    // Some leave it out of a chunk that only tells the usage.
    if (!Array.isArray(chunk.choices)) chunk.choices = [];
    yield chunk;
  }
}

/** Chunks as events again. */
export async function* texts(chunks: ChatStream): AsyncGenerator<readonly string[]> {
  for await (const chunk of chunks) yield [JSON.stringify(chunk)];
}
