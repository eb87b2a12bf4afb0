/** One answer being generated: its state, its text so far, and those who watch it. Watchers ask for what they lack; nobody is waited for. */
import type { Chat, ChatMessage, Run, RunEvent } from '@mlx-manager/shared';
import { Answer } from './answer.js';
import { endOf, idOf, isWithin, lacking, seenOf, type Position, type Seen } from './position.js';

/** How a run and its answer stay. */
export interface Ended {
  readonly run: Run;
  readonly message: ChatMessage;
  readonly chat: Chat;
}

export interface LiveRunOptions {
  readonly run: Run;
  /** The message that is answered, when the run wrote it. */
  readonly asked: ChatMessage | null;
  /** The answer as it was when the run began. */
  readonly message: ChatMessage;
  readonly now: () => number;
  /** Milliseconds within which changes are told together. */
  readonly mergeMs: number;
}

/** Why a run is ended from outside. */
export type EndReason = 'stopped' | 'interrupted';

export class LiveRun {
  answer: Answer;
  ended: Ended | null = null;
  /** Why it was told to end. */
  reason: EndReason | null = null;
  readonly whenEnded: Promise<Ended>;
  #run: Run;
  /** Changes of the run's state so far. */
  #revision = 1;
  /** Counts how often the answer began anew: what was read before is another answer's. */
  #edition = 0;
  #watchers = 0;
  #change = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;
  #told = 0;
  readonly #controller = new AbortController();
  readonly #end = Promise.withResolvers<Ended>();

  constructor(private readonly options: LiveRunOptions) {
    this.#run = options.run;
    this.answer = this.#newAnswer(options.message.parts);
    this.whenEnded = this.#end.promise;
  }

  get run(): Run {
    return this.#run;
  }

  /** Aborted when it is told to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get watchers(): number {
    return this.#watchers;
  }

  /** The answer as it is now. */
  get message(): ChatMessage {
    const { model, profileId, profileName, trimmed } = this.#run;
    // Copied: the parts go on being written.
    const parts = this.answer.parts.map((part) => ({ ...part }));
    return { ...this.options.message, parts, status: 'generating', model, profileId, profileName, trimmed };
  }

  /** Changes the run's state and tells the watchers. */
  set(changes: Partial<Run>): Run {
    this.#run = { ...this.#run, ...changes };
    this.#revision++;
    this.touch();
    return this.#run;
  }

  /** The answer begins anew. */
  restart(): void {
    this.answer = this.#newAnswer([]);
    this.#edition++;
    this.touch();
  }

  /** Something was written: watchers are told soon, at once when nothing was told for a while. */
  touch(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#told + this.options.mergeMs - performance.now());
    this.#timer = setTimeout(() => this.#tell(), wait);
  }

  /** Tells it to end; what was written stays. The first reason counts. */
  abort(reason: EndReason): void {
    this.reason ??= reason;
    this.#controller.abort(new Error(`the run was ${reason}`));
  }

  /** It has ended. */
  finish(ended: Ended): void {
    this.ended = ended;
    this.#run = ended.run;
    clearTimeout(this.#timer);
    this.#tell();
    this.#end.resolve(ended);
  }

  /**
   * Everything a watcher lacks, until the end.
   * @param lastEventId of the last event it got; all comes when left out.
   * @param signal it left.
   */
  async *events(lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<RunEvent> {
    // One promise a wait: a long-lived one would gather what waits for it until the end of a long answer.
    let wake = (): void => undefined;
    const leave = (): void => wake();
    const gone = (): boolean => signal.aborted;
    signal.addEventListener('abort', leave, { once: true });
    this.#watchers++;
    try {
      let seen = seenOf(lastEventId);
      // Where it stands is looked up once; from then on we know.
      let edition = isWithin(this.answer.parts, seen.at) || !seen.messages ? this.#edition : -1;
      while (!signal.aborted) {
        const change = this.#change.promise;
        const told = this.#step(seen, edition);
        edition = this.#edition;
        for (const event of told) {
          seen = event.seen;
          yield event.event;
          if (gone()) return;
        }
        if (this.ended !== null) {
          yield finished(this.ended, this.#revision);
          return;
        }
        if (told.length > 0) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          void change.then(() => resolve());
        });
      }
    } finally {
      this.#watchers--;
      signal.removeEventListener('abort', leave);
    }
  }

  /** What a watcher lacks now. */
  #step(from: Seen, edition: number): Told[] {
    const out: Told[] = [];
    let seen = from;
    const tell = (to: Partial<Seen>, event: Pick<RunEvent, 'type' | 'data'>): void => {
      seen = { ...seen, ...to };
      out.push({ seen, event: { id: idOf(seen), ...event } as RunEvent });
    };
    if (seen.revision !== this.#revision && this.ended === null) tell({ revision: this.#revision }, { type: 'run', data: this.#run });
    if (!seen.messages) {
      const { asked, message } = this.options;
      const at = endOf(message.parts);
      tell({ messages: true, at }, { type: 'messages', data: { messages: asked === null ? [message] : [asked, message] } });
      if (!isWithin(this.answer.parts, at)) return [...out, ...this.#whole(seen)];
    } else if (edition !== this.#edition) return [...out, ...this.#whole(seen)];
    const more = lacking(this.answer.parts, seen.at);
    if (more === null) return [...out, ...this.#whole(seen)];
    for (const { at, ...delta } of withPlaces(this.answer.parts, more)) tell({ at }, { type: 'delta', data: delta });
    return out;
  }

  #whole(seen: Seen): Told[] {
    const to = { ...seen, at: endOf(this.answer.parts) };
    return [{ seen: to, event: { id: idOf(to), type: 'parts', data: { message: this.message } } }];
  }

  #tell(): void {
    this.#timer = undefined;
    this.#told = performance.now();
    const { resolve } = this.#change;
    this.#change = Promise.withResolvers();
    resolve(undefined);
  }

  #newAnswer(before: ChatMessage['parts']): Answer {
    return new Answer(before, this.options.now);
  }
}

interface Told {
  readonly seen: Seen;
  readonly event: RunEvent;
}

/** Each delta with the place behind it. */
function withPlaces(
  parts: ChatMessage['parts'],
  { deltas, to }: NonNullable<ReturnType<typeof lacking>>,
): ({ at: Position } & (typeof deltas)[number])[] {
  return deltas.map((delta, i) => ({ ...delta, at: i === deltas.length - 1 ? to : endOf(parts.slice(0, delta.index + 1)) }));
}

const finished = (ended: Ended, revision: number): RunEvent => ({
  id: idOf({ revision, messages: true, at: endOf(ended.message.parts) }),
  type: 'finished',
  data: ended,
});

/**
 * The events of a run that has ended, for who comes late: what it lacks, and the end.
 * @param asked the message that is answered.
 */
export function* eventsOfEnded(ended: Ended, asked: ChatMessage | null, lastEventId: string | undefined): Generator<RunEvent> {
  let seen = seenOf(lastEventId);
  const { run, message } = ended;
  const event = (to: Partial<Seen>, told: Pick<RunEvent, 'type' | 'data'>): RunEvent => {
    seen = { ...seen, ...to };
    return { id: idOf(seen), ...told } as RunEvent;
  };
  if (seen.revision === 0) yield event({ revision: 1 }, { type: 'run', data: run });
  if (!seen.messages) {
    const empty: ChatMessage = { ...message, parts: [], status: 'generating', error: null, metrics: null };
    yield event({ messages: true }, { type: 'messages', data: { messages: asked === null ? [empty] : [asked, empty] } });
  }
  const more = isWithin(message.parts, seen.at) ? lacking(message.parts, seen.at) : null;
  if (more === null) yield event({ at: endOf(message.parts) }, { type: 'parts', data: { message } });
  else for (const { at, ...delta } of withPlaces(message.parts, more)) yield event({ at }, { type: 'delta', data: delta });
  yield finished(ended, seen.revision);
}
