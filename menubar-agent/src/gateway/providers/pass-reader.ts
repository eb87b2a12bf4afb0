/** Reads an answer that is passed through, beside it: what it says and what it cost, for the trace. Never a reason for the answer to fail. */
import type { ProviderProtocol } from '@mlx-manager/shared';
import type { ChatChunk } from '../core/chunks.js';
import { SseEvents } from '../core/sse-events.js';
import { AnthropicReader } from './from-anthropic.js';
import { OpenaiReader } from './from-openai.js';
import type { AnswerReader } from './reader.js';

/** Of a whole answer; a larger one is passed on all the same. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

export class PassReader {
  readonly #reader: AnswerReader;
  readonly #events: SseEvents | null;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  /** It sent what cannot be read: the rest is only passed on. */
  #lost = false;

  /** @param contentType of the answer: a stream, or one JSON text. */
  constructor(
    private readonly protocol: ProviderProtocol,
    contentType: string,
  ) {
    this.#reader = protocol === 'anthropic' ? new AnthropicReader(null, 0) : new OpenaiReader();
    this.#events = contentType.includes('text/event-stream') ? new SseEvents() : null;
  }

  /** @returns what these bytes complete, as chunks of the gateway's own form. */
  push(bytes: Uint8Array): ChatChunk[] {
    if (this.#lost) return [];
    const events = this.#events;
    if (events !== null) return this.#try(() => events.push(bytes).flatMap((data) => this.#reader.push(data)));
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_WHOLE_BYTES) this.#lost = true;
    else this.#parts.push(bytes);
    return [];
  }

  /** What the end completes: a whole answer, and the usage. */
  end(): ChatChunk[] {
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    return this.#try(() => [...(text === '' ? [] : this.#whole(text)), ...this.#reader.end()]);
  }

  #whole(text: string): ChatChunk[] {
    if (this.protocol === 'openai') return this.#reader.push(text);
    return eventsOf(JSON.parse(text)).flatMap((event) => this.#reader.push(JSON.stringify(event)));
  }

  #try(read: () => ChatChunk[]): ChatChunk[] {
    if (this.#lost) return [];
    try {
      return read();
    } catch {
      this.#lost = true; // the client sees the same bytes and judges them itself
      return [];
    }
  }
}

/** A whole message of Anthropic's as the events it would have been streamed by. */
function eventsOf(message: unknown): unknown[] {
  const { content, stop_reason, usage } = message as { content?: unknown; stop_reason?: unknown; usage?: unknown };
  const blocks = Array.isArray(content) ? (content as unknown[]) : [];
  return [
    { type: 'message_start', message },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason }, usage },
    { type: 'message_stop' },
  ];
}
