/** The event stream: every announcement with an id, kept for a while so that a reader that was away misses nothing. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { eventPayloads, type EventTopic, type EventType } from '@mlx-manager/shared';
import type { BusEvent, EventBus } from '../core/index.js';
import type { SseStream } from '../http/index.js';

/** Events kept for replay, and bytes: a thousand large ones must not fill the memory. */
const KEPT = 1000;
const KEPT_BYTES = 4 * 1024 * 1024;

interface Kept {
  readonly seq: number;
  readonly type: EventType;
  /** On the wire, ready to send. */
  readonly data: string;
}

/** Something to keep going while readers of a topic are there. Answers how to let go. */
export type TopicWatch = () => () => void;

export class EventStream {
  /** Ids of an earlier run of the agent are told apart by this. */
  readonly #run = randomBytes(4).toString('hex');
  readonly #ring: Kept[] = [];
  readonly #readers = new Set<(event: Kept) => void>();
  #seq = 0;
  #bytes = 0;

  /**
   * @param bus what is carried.
   * @param watches per topic, work that is only done while somebody reads it (samplers).
   */
  constructor(
    bus: EventBus,
    private readonly watches: Partial<Record<EventTopic, TopicWatch>>,
  ) {
    bus.onAny((event) => this.#keep(event));
  }

  /** Id of the last event: a reader that goes on behind it misses nothing of what comes. */
  position(): string {
    return this.#id(this.#seq);
  }

  /**
   * Serves one reader: what it missed, then what comes.
   * @param topics all when null.
   * @param lastEventId of its earlier connection.
   */
  serve(stream: SseStream, topics: ReadonlySet<string> | null, lastEventId: string | undefined): void {
    const wanted = (type: EventType): boolean => topics === null || topics.has(topicOf(type));
    const send = (event: Kept): void => {
      if (wanted(event.type)) stream.send({ id: this.#id(event.seq), event: event.type, data: event.data });
    };
    for (const event of this.#missed(stream, lastEventId)) send(event);
    this.#readers.add(send);
    const release = Object.entries(this.watches)
      .filter(([topic]) => topics === null || topics.has(topic))
      .map(([, watch]) => watch());
    const leave = (): void => {
      this.#readers.delete(send);
      for (const letGo of release) letGo();
    };
    // It may have left already, or been too slow for what it missed.
    if (stream.signal.aborted) leave();
    else stream.signal.addEventListener('abort', leave, { once: true });
  }

  #missed(stream: SseStream, lastEventId: string | undefined): Kept[] {
    if (lastEventId === undefined || lastEventId === '') return [];
    const [run, seq] = lastEventId.split('-');
    const last = Number(seq);
    const reset = (reason: 'restarted' | 'gap'): Kept[] => {
      const data = JSON.stringify(z.encode(eventPayloads['stream.reset'], { reason }));
      stream.send({ id: this.#id(this.#seq), event: 'stream.reset', data });
      return [];
    };
    if (run !== this.#run || !Number.isInteger(last)) return reset('restarted');
    const oldest = this.#ring[0]?.seq ?? this.#seq + 1;
    if (last < oldest - 1) return reset('gap');
    return this.#ring.filter((event) => event.seq > last);
  }

  #keep({ type, data }: BusEvent): void {
    const event = { seq: ++this.#seq, type, data: JSON.stringify(z.encode(eventPayloads[type] as z.ZodType, data)) };
    this.#ring.push(event);
    this.#bytes += event.data.length;
    while (this.#ring.length > KEPT || (this.#bytes > KEPT_BYTES && this.#ring.length > 1))
      this.#bytes -= this.#ring.shift()?.data.length ?? 0;
    for (const reader of [...this.#readers]) reader(event);
  }

  #id(seq: number): string {
    return `${this.#run}-${seq}`;
  }
}

const topicOf = (type: EventType): string => type.split('.')[0] as string;
