/**
 * OpenAI → Anthropic: the chunks of a streamed answer become events. Pure: chunks go in one by one, events come out.
 * message_start, then blocks one after another, then message_delta and message_stop; never no block at all.
 */
import { EngineStreamError } from '../core/refusal.js';
import type { Delta, ContentBlock, StopReason, StreamEvent, Usage } from './events.js';
import { isJson, JsonRepair } from './json-repair.js';
import { StopMatcher } from '../core/stop-matcher.js';

/** Some SDKs refuse an empty signature; this one says what it is. It is never sent to an engine. */
export const SIGNATURE = 'unsigned-local-model';

export interface StreamOptions {
  /** E.g. `msg_…`. */
  readonly id: string;
  /** The model as the client named it. */
  readonly model: string;
  /** Tokens of the prompt, estimated: the engine tells the real figure at the end only. */
  readonly inputTokens: number;
  readonly stopSequences: readonly string[];
  /** Makes the id of a call that came without one. */
  readonly newToolId: () => string;
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

type Json = Record<string, unknown>;

export class AnthropicStream {
  #index = -1;
  #open: ContentBlock['type'] | null = null;
  #openCall: ToolCall | null = null;
  /** White space at the start of a block: held until something follows it, since a blank block is refused when it comes back. */
  #blank = '';
  readonly #calls = new Map<number | string, ToolCall>();
  readonly #stop: StopMatcher;
  #finish: string | null = null;
  #matched: string | null = null;
  #usage: Usage | null = null;
  #pieces = 0;
  #out: StreamEvent[] = [];

  constructor(private readonly options: StreamOptions) {
    this.#stop = new StopMatcher(options.stopSequences);
  }

  /** True when a stop sequence came: whatever the engine still says is not the answer any more. */
  get stopped(): boolean {
    return this.#matched !== null;
  }

  /** The first event. */
  start(): StreamEvent[] {
    const { id, model, inputTokens } = this.options;
    const usage = { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
    return [
      {
        type: 'message_start',
        message: { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage },
      },
    ];
  }

  /**
   * One chunk (or a whole completion, which is read as a single one).
   * @throws EngineStreamError when the engine reports an error inside its stream.
   */
  push(chunk: unknown): StreamEvent[] {
    if (!isObject(chunk)) throw new EngineStreamError('it sent what is no chunk');
    if (chunk.error !== undefined && chunk.error !== null) throw new EngineStreamError(errorText(chunk.error));
    if (isObject(chunk.usage)) this.#usage = readUsage(chunk.usage);
    const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (isObject(choice) && !this.stopped) this.#choice(choice);
    return this.#take();
  }

  /** The last events, after the engine’s own last one. */
  end(): StreamEvent[] {
    if (!this.stopped) {
      const held = this.#stop.end();
      if (held !== '') this.#text('text', held);
    }
    this.#closeBlock();
    for (const call of this.#calls.values()) this.#sendCall(call, true);
    if (this.#index === -1) {
      this.#startBlock({ type: 'text', text: '' });
      this.#closeBlock();
    }
    this.#out.push(
      { type: 'message_delta', delta: { stop_reason: this.#reason(), stop_sequence: this.#matched }, usage: this.#finalUsage() },
      { type: 'message_stop' },
    );
    return this.#take();
  }

  #choice(choice: Json): void {
    const delta = isObject(choice.delta) ? choice.delta : isObject(choice.message) ? choice.message : {};
    if (typeof choice.finish_reason === 'string') this.#finish = choice.finish_reason;
    // mlx_lm.server, vLLM: reasoning; DeepSeek, mlx-openai-server: reasoning_content.
    const thinking = [delta.reasoning, delta.reasoning_content].find((one) => typeof one === 'string' && one !== '');
    if (typeof thinking === 'string') {
      this.#pieces++;
      this.#text('thinking', thinking);
    }
    if (typeof delta.content === 'string' && delta.content !== '') {
      this.#pieces++;
      const { text, matched } = this.#stop.push(delta.content);
      if (text !== '') this.#text('text', text);
      this.#matched = matched;
      if (matched !== null) return;
    }
    if (Array.isArray(delta.tool_calls)) {
      delta.tool_calls.forEach((call: unknown, position) => {
        if (isObject(call)) this.#toolDelta(call, position);
      });
    }
  }

  #text(type: 'text' | 'thinking', piece: string): void {
    if (this.#open !== type) {
      this.#blank += piece;
      if (this.#blank.trim() === '') return;
      // Line breaks before the first word are the template's, not the answer's; an indentation is the answer's.
      const text = this.#blank.replace(/^\s*\n/, '');
      this.#blank = '';
      this.#startBlock(type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' });
      piece = text;
    }
    this.#delta(type === 'text' ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece });
  }

  #toolDelta(delta: Json, position: number): void {
    const key = typeof delta.index === 'number' ? delta.index : typeof delta.id === 'string' ? delta.id : position;
    const part = isObject(delta.function) ? delta.function : {};
    let call = this.#calls.get(key);
    if (!call) {
      this.#pieces++;
      call = { id: '', name: '', json: '', repair: new JsonRepair(), sent: 0, state: 'waiting' };
      this.#calls.set(key, call);
    }
    if (typeof delta.id === 'string' && call.id === '') call.id = delta.id;
    if (typeof part.name === 'string' && call.name === '') call.name = part.name;
    const args = typeof part.arguments === 'string' ? part.arguments : isObject(part.arguments) ? JSON.stringify(part.arguments) : '';
    if (args !== '' && call.state === 'closed') throw new EngineStreamError(`it went on with the call of ${call.name} after its end`);
    call.json += call.repair.push(args);
    this.#sendCalls();
  }

  /** Calls go out one after another; a further one only when the arguments of the one before are whole. */
  #sendCalls(): void {
    const all = [...this.#calls.values()];
    for (const [i, call] of all.entries()) {
      if (call.state === 'closed') continue;
      const next = all[i + 1];
      const over = next !== undefined && isJson(call.json);
      this.#sendCall(call, over);
      if (!over) return;
    }
  }

  #sendCall(call: ToolCall, over: boolean): void {
    if (call.state === 'closed') return;
    if (call.name === '') {
      if (over) throw new EngineStreamError('it called a tool without a name');
      return;
    }
    if (call.state === 'waiting') {
      if (call.id === '') call.id = this.options.newToolId();
      this.#startBlock({ type: 'tool_use', id: call.id, name: call.name, input: {} });
      this.#openCall = call;
      call.state = 'open';
    }
    if (call.json.length > call.sent) this.#delta({ type: 'input_json_delta', partial_json: call.json.slice(call.sent) });
    call.sent = call.json.length;
    if (over) this.#closeBlock();
  }

  #startBlock(block: ContentBlock): void {
    this.#closeBlock();
    this.#blank = '';
    this.#open = block.type;
    this.#out.push({ type: 'content_block_start', index: ++this.#index, content_block: block });
  }

  #closeBlock(): void {
    if (this.#open === 'thinking') this.#delta({ type: 'signature_delta', signature: SIGNATURE });
    if (this.#openCall) {
      const rest = this.#openCall.repair.end();
      if (rest !== '') this.#delta({ type: 'input_json_delta', partial_json: rest });
      this.#openCall.state = 'closed';
      this.#openCall = null;
    }
    if (this.#open !== null) this.#out.push({ type: 'content_block_stop', index: this.#index });
    this.#open = null;
  }

  #delta(delta: Delta): void {
    this.#out.push({ type: 'content_block_delta', index: this.#index, delta });
  }

  #take(): StreamEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #reason(): StopReason {
    if ([...this.#calls.values()].some((call) => call.state === 'closed')) return 'tool_use';
    if (this.#matched !== null) return 'stop_sequence';
    if (this.#finish === 'length') return 'max_tokens';
    return this.#finish === 'content_filter' ? 'refusal' : 'end_turn';
  }

  /** The engine’s figures. Where there are none (it was stopped before it told them) the estimate and the number of pieces, about one a token. */
  #finalUsage(): Usage {
    const estimate = {
      input_tokens: this.options.inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: this.#pieces,
    };
    return this.#usage ?? estimate;
  }
}

/** Anthropic counts what came from the cache apart from the rest. */
function readUsage(usage: Json): Usage {
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const prompt = count(usage.prompt_tokens);
  const cached = Math.min(prompt, count(details.cached_tokens));
  return {
    input_tokens: prompt - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: count(usage.completion_tokens),
  };
}

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? Math.floor(value) : 0);

function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  return isObject(error) && typeof error.message === 'string' ? error.message : JSON.stringify(error);
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
