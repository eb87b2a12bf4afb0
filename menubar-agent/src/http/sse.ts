/** Server-sent events: one writer for every stream of the agent. */
import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

/** Seconds between heartbeats: shorter than the idle limits of common proxies. */
const HEARTBEAT_MS = 15_000;
/** A reader that leaves this much unread, bytes, for that long, milliseconds, is gone or too slow; it connects again and replays. */
const MUCH_UNREAD = 1024 * 1024;
const PATIENCE_MS = 10_000;
/** Whoever can tell the same in fewer events waits when so much is unread, bytes. */
const WAIT_UNREAD = 64 * 1024;
/** So much at once is too much for any reader: more than a whole replay. */
const MAX_UNREAD = 16 * 1024 * 1024;

export interface SseMessage {
  readonly event?: string;
  readonly id?: string;
  /** JSON, or text without line breaks. */
  readonly data: string;
}

/** An open stream. */
export class SseStream {
  readonly #raw: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #ended = new AbortController();
  #deadline: NodeJS.Timeout | undefined;

  /** Takes the answer over from Fastify and sends the head. */
  constructor(reply: FastifyReply) {
    reply.hijack();
    this.#raw = reply.raw;
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    this.#raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // The head goes out at once: a client knows that it is connected before the first event.
    this.#raw.write(': connected\n\n');
    this.#heartbeat = setInterval(() => this.#write(': heartbeat\n\n'), HEARTBEAT_MS);
    this.#heartbeat.unref();
    this.#raw.on('close', () => this.#finish());
    this.#raw.on('error', () => this.#finish());
    this.#raw.on('drain', () => this.#readUp());
  }

  /** Aborted when the reader left or the stream was ended. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Sends one event. */
  send(message: SseMessage): void {
    const id = message.id === undefined ? '' : `id: ${message.id}\n`;
    const event = message.event === undefined ? '' : `event: ${message.event}\n`;
    this.#write(`${id}${event}data: ${message.data}\n\n`);
  }

  /** Resolved when the reader has read most of what was sent, or left: for streams that need not tell everything they could. */
  async whenRead(): Promise<void> {
    if (this.signal.aborted || this.#raw.writableLength < WAIT_UNREAD) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#raw.off('drain', go);
        this.signal.removeEventListener('abort', go);
        resolve();
      };
      this.#raw.once('drain', go);
      this.signal.addEventListener('abort', go, { once: true });
    });
  }

  /** Ends the stream; what was sent arrives first. */
  end(): void {
    if (!this.signal.aborted) this.#raw.end();
    this.#finish();
  }

  #write(text: string): void {
    if (this.signal.aborted) return;
    this.#raw.write(text);
    if (this.#raw.writableLength > MAX_UNREAD) this.#giveUp();
    else if (this.#raw.writableLength > MUCH_UNREAD) this.#deadline ??= setTimeout(() => this.#giveUp(), PATIENCE_MS).unref();
  }

  #readUp(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #giveUp(): void {
    this.#raw.destroy();
    this.#finish();
  }

  #finish(): void {
    clearInterval(this.#heartbeat);
    this.#readUp();
    this.#ended.abort();
  }
}

/** Open streams, so that the agent can end them when it stops. */
export class SseStreams {
  readonly #open = new Set<SseStream>();

  open(reply: FastifyReply): SseStream {
    const stream = new SseStream(reply);
    this.#open.add(stream);
    stream.signal.addEventListener('abort', () => this.#open.delete(stream), { once: true });
    return stream;
  }

  get size(): number {
    return this.#open.size;
  }

  endAll(): void {
    for (const stream of [...this.#open]) stream.end();
  }
}
