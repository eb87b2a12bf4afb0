/**
 * Chat completions → Responses: the chunks of an answer become events. Pure but for the clock and the ids it is given: chunks go in one by one, events come out.
 * created, in_progress, then items one after another (thinking, text, calls), then completed or incomplete. The items of the events are those of the
 * final response: clients pair them by id and call_id.
 */
import { AgentError } from '@mlx-manager/shared';
import { isJson, JsonRepair } from '../anthropic/json-repair.js';
import type { ChatChoice, ChatChunk, ChatUsage, ToolCallDelta } from '../core/chunks.js';
import type { EventBody, OutputItem, ResponseHead, ResponseObject, ResponsesEvent, ResponseStatus, ResponseUsage } from './events.js';
import { CallWriter, MessageWriter, ReasoningWriter, type ItemWriter, type TextWriter } from './items.js';
import type { ToolBook } from './tools.js';

export interface StreamOptions {
  /** The response's own fields and those that repeat the request. */
  readonly head: ResponseHead;
  readonly tools: Pick<ToolBook, 'identity'>;
  /** How thinking is told: as the summary that the client asked for, else as it is. */
  readonly summary: boolean;
  /** Whether thinking is sealed for a client that will send it back. */
  readonly encrypted: boolean;
  readonly logprobs: boolean;
  /** A new id; the prefix says of what: `msg`, `rs`, `fc`, `ctc`, `call`. */
  readonly newId: (prefix: string) => string;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** The model's name in the answer, where it is known only then. */
  readonly model?: () => string;
}

interface ToolCall {
  id: string;
  name: string;
  /** Arguments so far, repaired. */
  json: string;
  readonly repair: JsonRepair;
  /** How much of them went out. */
  sent: number;
  state: 'waiting' | 'open' | 'closed';
}
type TextKind = 'text' | 'thinking';

export class ResponsesStream {
  #number = 0;
  #out: EventBody[] = [];
  readonly #output: OutputItem[] = [];
  /** Of the last item, when its end is not told yet: only with the next one, or at the end, is it known whether it was cut off. */
  #ended: ItemWriter | null = null;
  #open: (TextWriter & { readonly kind: TextKind }) | null = null;
  #call: { readonly writer: CallWriter; readonly of: ToolCall } | null = null;
  readonly #calls = new Map<number | string, ToolCall>();
  /** White space at the start of an item: held until something follows it. A template's line breaks are no answer. */
  #blank = '';
  #blankLogprobs: unknown[] = [];
  /** What was said while a call was not yet whole: items come one after another. */
  #held: { kind: TextKind; text: string; logprobs: unknown[] }[] = [];
  #lastArguments = '';
  #finish: string | null = null;
  #usage: ResponseUsage | null = null;
  #final: ResponseObject | null = null;

  constructor(private readonly options: StreamOptions) {}

  /** The response as it ended; null before the end. */
  get response(): ResponseObject | null {
    return this.#final;
  }

  /** The first events. */
  start(): ResponsesEvent[] {
    const response = this.#response('in_progress');
    this.#out.push({ type: 'response.created', response }, { type: 'response.in_progress', response });
    return this.#take();
  }

  /**
   * One chunk.
   * @throws AgentError ENGINE_STREAM_BROKEN when its tool calls make no sense.
   */
  push(chunk: ChatChunk): ResponsesEvent[] {
    if (chunk.usage) this.#usage = usageOf(chunk.usage);
    const choice = chunk.choices[0];
    if (choice) this.#choice(choice);
    return this.#take();
  }

  /**
   * The last events, after the engine's own last chunk.
   * @throws AgentError ENGINE_STREAM_BROKEN when a call has no name.
   */
  end(): ResponsesEvent[] {
    this.#closeCall();
    this.#release();
    this.#closeText();
    for (const call of this.#calls.values()) {
      if (call.state === 'closed') continue;
      this.#openCall(call);
      this.#closeCall();
    }
    const cut = this.#finish === 'length' || this.#finish === 'content_filter';
    // A response of thinking alone is refused by some when it comes back.
    if (!cut && !this.#output.some(({ type }) => type !== 'reasoning')) {
      this.#open = this.#begin('text');
      this.#closeText();
    }
    const last = this.#output.at(-1);
    // A call whose arguments are whole can be answered, even when the model was cut off behind it.
    const whole = last?.type !== 'message' && isJson(this.#lastArguments);
    if (cut && last && 'status' in last && !whole) last.status = 'incomplete';
    this.#flushDone();
    const response = this.#response(cut ? 'incomplete' : 'completed');
    this.#final = response;
    this.#out.push({ type: cut ? 'response.incomplete' : 'response.completed', response });
    return this.#take();
  }

  /** The last event of an answer that failed. */
  fail(error: { code: string; message: string }): ResponsesEvent[] {
    this.#out = [];
    const response = { ...this.#response('failed'), error };
    this.#final = response;
    this.#out.push({ type: 'response.failed', response });
    return this.#take();
  }

  /** A sign of life. A real event: Codex does not count comments as one, and OpenAI's own clients know this one. */
  keepAlive(): ResponsesEvent {
    return { type: 'keepalive', sequence_number: this.#number++ };
  }

  #choice(choice: ChatChoice): void {
    const { delta, finish_reason, logprobs } = choice;
    if (finish_reason) this.#finish = finish_reason;
    if (delta.reasoning_content) this.#text('thinking', delta.reasoning_content, []);
    if (delta.content) this.#text('text', delta.content, this.options.logprobs ? tokensOf(logprobs) : []);
    delta.tool_calls?.forEach((part, position) => this.#toolDelta(part, position));
  }

  #text(kind: TextKind, text: string, logprobs: unknown[]): void {
    if (this.#call) {
      // White space is what a template puts between calls.
      if (!isJson(this.#call.of.json) || text.trim() === '') {
        this.#held.push({ kind, text, logprobs });
        return;
      }
      this.#closeCall();
      this.#release();
    }
    let piece = text;
    let tokens = logprobs;
    if (this.#open?.kind !== kind) {
      this.#blank += text;
      this.#blankLogprobs.push(...logprobs);
      if (this.#blank.trim() === '') return;
      // Line breaks before the first word are the template's, not the answer's; an indentation is the answer's.
      piece = this.#blank.replace(/^\s*\n/, '');
      tokens = this.#blankLogprobs;
      this.#closeText();
      this.#open = this.#begin(kind);
    }
    this.#open.push(piece, tokens);
  }

  #begin(kind: TextKind): TextWriter & { readonly kind: TextKind } {
    this.#flushDone();
    const { newId, summary, encrypted } = this.options;
    const sink = { emit: (event: EventBody) => this.#out.push(event), index: this.#output.length };
    const writer = kind === 'text' ? new MessageWriter(newId('msg'), sink) : new ReasoningWriter(newId('rs'), sink, { summary, encrypted });
    return Object.assign(writer, { kind });
  }

  #closeText(): void {
    this.#blank = '';
    this.#blankLogprobs = [];
    if (!this.#open) return;
    this.#done(this.#open);
    this.#open = null;
  }

  #toolDelta(delta: ToolCallDelta, position: number): void {
    const key = delta.index ?? delta.id ?? position;
    let call = this.#calls.get(key);
    if (!call) {
      call = { id: '', name: '', json: '', repair: new JsonRepair(), sent: 0, state: 'waiting' };
      this.#calls.set(key, call);
    }
    call.id ||= delta.id ?? '';
    call.name ||= delta.function?.name ?? '';
    const args = argumentsOf(delta.function?.arguments);
    if (call.state === 'closed') {
      if (args.trim() === '') return;
      throw this.#broken(`it went on with the call of ${call.name} after its end`);
    }
    call.json += call.repair.push(args);
    this.#sendCalls();
  }

  /** Calls go out one after another; a further one only when the arguments of the one before are whole. */
  #sendCalls(): void {
    const waiting = [...this.#calls.values()].filter(({ state }) => state !== 'closed');
    for (const [i, call] of waiting.entries()) {
      // Its name and id may come in pieces behind it.
      if (call.state === 'waiting' && (call.name === '' || call.json === '')) return;
      if (call.state === 'waiting') this.#openCall(call);
      this.#sendArguments(call);
      if (i === waiting.length - 1 || !isJson(call.json)) return;
      this.#closeCall();
      this.#release();
    }
  }

  #openCall(call: ToolCall): void {
    if (call.name === '') throw this.#broken('it called a tool without a name');
    this.#closeText();
    this.#flushDone();
    const { newId, tools } = this.options;
    const identity = tools.identity(call.name);
    const taken = this.#output.some((item) => 'call_id' in item && item.call_id === call.id);
    // Results are paired with calls by this id.
    const callId = call.id === '' || taken ? newId('call') : call.id;
    const sink = { emit: (event: EventBody) => this.#out.push(event), index: this.#output.length };
    const writer = new CallWriter(newId(identity.kind === 'custom' ? 'ctc' : 'fc'), sink, callId, identity);
    this.#call = { writer, of: call };
    call.state = 'open';
  }

  #sendArguments(call: ToolCall): void {
    if (call.json.length > call.sent) this.#call?.writer.push(call.json.slice(call.sent));
    call.sent = call.json.length;
  }

  #closeCall(): void {
    if (!this.#call) return;
    const { writer, of: call } = this.#call;
    call.json += call.repair.end();
    this.#sendArguments(call);
    call.state = 'closed';
    this.#lastArguments = call.json;
    this.#done(writer);
    this.#call = null;
  }

  /** What was held back while a call was open. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { kind, text, logprobs } of held) this.#text(kind, text, logprobs);
  }

  #done(writer: ItemWriter): void {
    this.#ended = writer;
    this.#output.push(writer.item());
  }

  #flushDone(): void {
    const item = this.#output.at(-1);
    if (this.#ended && item) this.#ended.done(item);
    this.#ended = null;
  }

  #response(status: ResponseStatus): ResponseObject {
    const reason = this.#finish === 'content_filter' ? ('content_filter' as const) : ('max_output_tokens' as const);
    return {
      ...this.options.head,
      ...(this.options.model && { model: this.options.model() }),
      status,
      error: null,
      incomplete_details: status === 'incomplete' ? { reason } : null,
      output: structuredClone(this.#output),
      usage: this.#usage,
      completed_at: status === 'completed' ? this.options.now() : null,
    };
  }

  #broken(what: string): AgentError {
    return new AgentError('ENGINE_STREAM_BROKEN', { name: this.options.head.model, said: ` What it said makes no sense: ${what}.` });
  }

  #take(): ResponsesEvent[] {
    const out = this.#out;
    this.#out = [];
    return out.map((event) => ({ ...event, sequence_number: this.#number++ }));
  }
}

/** Some engines give an object in place of its text. */
const argumentsOf = (given: unknown): string =>
  typeof given === 'string' ? given : typeof given === 'object' && given !== null ? JSON.stringify(given) : '';

/** `logprobs.content` of a chat chunk has the same elements. */
function tokensOf(logprobs: unknown): unknown[] {
  const content = typeof logprobs === 'object' && logprobs !== null && 'content' in logprobs ? logprobs.content : null;
  return Array.isArray(content) ? (content as unknown[]) : [];
}

function usageOf(usage: ChatUsage): ResponseUsage {
  const { prompt_tokens: input, completion_tokens: output } = usage;
  return {
    input_tokens: input,
    // What is written to the cache costs nothing here; OpenAI's own types want the figure.
    input_tokens_details: { cached_tokens: Math.min(input, usage.prompt_tokens_details?.cached_tokens ?? 0), cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0 },
    total_tokens: input + output,
  };
}
