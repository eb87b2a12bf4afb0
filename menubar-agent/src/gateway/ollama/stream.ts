/** OpenAI → Ollama: the chunks of an answer become NDJSON lines. Pure: chunks go in one by one, lines come out. */
import { isJson, JsonRepair, parseInput } from '../anthropic/json-repair.js';
import type { ChatChunk, ToolCallDelta } from '../core/chunks.js';
import type { Trace } from '../core/trace.js';
import { lineOf, type DoneReason, type Form, type OllamaChunk, type OllamaMetrics, type Piece } from './chunks.js';

/** What the measuring of a request tells. */
export type Measured = Pick<
  Trace,
  'startedTick' | 'queueMs' | 'loadMs' | 'firstTokenTick' | 'pieces' | 'promptTokens' | 'completionTokens'
>;

export interface OllamaStreamOptions {
  readonly form: Form;
  /** As the client named it: it gets the same name back. */
  readonly model: string;
  readonly measured: Measured;
  /** ISO 8601 of this moment. */
  readonly now: () => string;
  /** `performance.now()`, the clock of the trace's ticks. */
  readonly tick: () => number;
  readonly newToolId: () => string;
  /** Text as it is, of a prompt that went to the model as it was. */
  readonly raw?: boolean;
  /** Of /api/generate: the numbers that go on with the conversation, given the answer. */
  readonly context?: (answer: string) => readonly number[];
}

interface OpenCall {
  id: string;
  name: string;
  json: string;
}

const NANOSECONDS = 1e6;

export class OllamaStream {
  readonly #calls = new Map<number, OpenCall>();
  /** Calls that are out. */
  #sent = 0;
  readonly #text: Edge;
  readonly #thinking: Edge;
  #answer = '';
  #finish: string | null = null;
  #ended = false;

  constructor(private readonly options: OllamaStreamOptions) {
    this.#text = new Edge(options.raw === true);
    this.#thinking = new Edge(options.raw === true);
  }

  /** The lines one chunk makes. Of several choices only the first is told: Ollama knows one. */
  push(chunk: ChatChunk): OllamaChunk[] {
    const out: OllamaChunk[] = [];
    for (const { index, delta, finish_reason: finish, logprobs } of chunk.choices) {
      if (index > 0) continue;
      const piece: Piece = {
        ...named('thinking', this.#thinking.push(delta.reasoning_content ?? '')),
        ...named('text', this.#text.push(delta.content ?? '')),
        ...probabilities(logprobs),
      };
      if (Object.keys(piece).length > 0) out.push(this.#line(piece));
      this.#answer += piece.text ?? '';
      for (const call of delta.tool_calls ?? []) out.push(...this.#callDelta(call));
      if (typeof finish === 'string') this.#finish = finish;
    }
    return out;
  }

  /** The last lines: calls that were still open, then the one that says how it went. */
  end(): OllamaChunk[] {
    if (this.#ended) throw new Error('the stream was ended before');
    this.#ended = true;
    const out = this.#flushCalls();
    const { options } = this;
    out.push({
      ...lineOf(options.form, options.model, options.now(), {}),
      done: true,
      done_reason: doneReason(this.#finish),
      ...(options.context && { context: options.context(this.#answer) }),
      ...metricsOf(options.measured, options.tick()),
    });
    return out;
  }

  #callDelta(delta: ToolCallDelta): OllamaChunk[] {
    const index = delta.index ?? 0;
    // When another call begins, those before it are told, in order and as far as their arguments are whole.
    const out = this.#calls.has(index) ? [] : this.#flushCalls(isJson);
    const call = this.#calls.get(index) ?? { id: '', name: '', json: '' };
    this.#calls.set(index, call);
    if (delta.id && call.id === '') call.id = delta.id;
    if (delta.function?.name && call.name === '') call.name = delta.function.name;
    call.json += delta.function?.arguments ?? '';
    return out;
  }

  /** @param isWhole stops at the first call that is not; all are told when left out. */
  #flushCalls(isWhole: (json: string) => boolean = () => true): OllamaChunk[] {
    const out: OllamaChunk[] = [];
    for (const [index, { id, name, json }] of this.#calls) {
      const repair = new JsonRepair();
      const text = repair.push(json) + repair.end();
      if (!isWhole(text)) break;
      this.#calls.delete(index);
      const call = { id: id || this.options.newToolId(), function: { index: this.#sent++, name, arguments: parseInput(text) } };
      out.push(this.#line({ toolCalls: [call] }));
    }
    return out;
  }

  #line(piece: Piece): OllamaChunk {
    return lineOf(this.options.form, this.options.model, this.options.now(), piece);
  }
}

/** Line breaks before the first word are the template's, not the answer's; an indentation is the answer's. */
class Edge {
  #blank: string | null;

  constructor(asItIs: boolean) {
    this.#blank = asItIs ? null : '';
  }

  push(piece: string): string {
    if (this.#blank === null || piece === '') return piece;
    this.#blank += piece;
    if (this.#blank.trim() === '') return '';
    const text = this.#blank.replace(/^\s*\n/, '');
    this.#blank = null;
    return text;
  }
}

const named = (name: 'text' | 'thinking', value: string): Piece => (value === '' ? {} : { [name]: value });

/** OpenAI's list and Ollama's are the same but for where they lie. */
function probabilities(logprobs: unknown): Piece {
  const content = typeof logprobs === 'object' && logprobs !== null && 'content' in logprobs ? logprobs.content : null;
  return Array.isArray(content) && content.length > 0 ? { logprobs: content } : {};
}

/** Ollama ends an answer with a call as any other. */
const doneReason = (finish: string | null): DoneReason => (finish === 'length' ? 'length' : 'stop');

/** Durations of one request, in nanoseconds. Never below one where clients divide by them. */
export function metricsOf(measured: Measured, endTick: number): OllamaMetrics {
  const { startedTick, queueMs, loadMs, firstTokenTick } = measured;
  const firstTick = firstTokenTick === 0 ? endTick : firstTokenTick;
  const ns = (milliseconds: number): number => Math.max(1, Math.round(milliseconds * NANOSECONDS));
  return {
    total_duration: ns(endTick - startedTick),
    load_duration: ns(loadMs),
    prompt_eval_count: measured.promptTokens ?? 0,
    prompt_eval_duration: ns(firstTick - startedTick - queueMs - loadMs),
    eval_count: measured.completionTokens ?? measured.pieces,
    eval_duration: ns(endTick - firstTick),
  };
}
