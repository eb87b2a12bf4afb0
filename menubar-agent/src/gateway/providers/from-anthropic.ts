/** Anthropic → OpenAI: the events of a streamed message as chunks. Source: Anthropic's reference of streamed messages, and the types of @anthropic-ai/sdk. */
import { z } from 'zod';
import type { ChatChunk, ChatDelta, ChatUsage } from '../core/chunks.js';
import { ToldFailure, usageChunk, type AnswerReader } from './reader.js';

const count = z.number().nullish();
const usage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens_details: z.looseObject({ thinking_tokens: count }).nullish(),
});
/** Loose: event and block types that are not known are passed over, as Anthropic's versioning policy asks. */
const event = z.looseObject({
  type: z.string(),
  index: z.number().optional(),
  message: z.looseObject({ id: z.string().optional(), model: z.string().optional(), usage: usage.nullish() }).optional(),
  content_block: z
    .looseObject({
      type: z.string(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      id: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
    })
    .optional(),
  delta: z
    .looseObject({
      type: z.string().optional(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usage.nullish(),
  error: z.looseObject({ type: z.string().optional(), message: z.string().optional() }).optional(),
});
type Event = z.output<typeof event>;

const FINISH: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** Statuses of Anthropic's error types, which in a stream come without. Source: the table of errors in its API reference. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
};

/** A `tool_use` block that is open, and what was told of its input. */
interface OpenCall {
  readonly index: number;
  /** Its input is the answer itself. */
  readonly isAnswer: boolean;
  readonly input: unknown;
  said: boolean;
}

export class AnthropicReader implements AnswerReader {
  #head: Pick<ChatChunk, 'id' | 'model' | 'created'>;
  readonly #calls = new Map<number, OpenCall>();
  #callCount = 0;
  #answered = false;
  #finish: string | null = null;
  #done = false;
  /** Figures of `message_start`, then of `message_delta`, which are totals and stand over them. */
  #usage: Partial<Record<'input_tokens' | 'output_tokens' | 'cache_creation_input_tokens' | 'cache_read_input_tokens', number>> = {};
  #thinkingTokens: number | null = null;

  /**
   * @param jsonTool tool whose input is the answer; null for none.
   * @param created seconds since 1970.
   */
  constructor(
    private readonly jsonTool: string | null,
    created: number,
  ) {
    this.#head = { created };
  }

  get whole(): boolean {
    return this.#done;
  }

  get done(): boolean {
    return this.#done;
  }

  push(data: string): ChatChunk[] {
    const parsed = event.safeParse(JSON.parse(data));
    // Of a type that is not known: none of its fields is ours to read.
    if (!parsed.success) return [];
    const one = parsed.data;
    switch (one.type) {
      case 'message_start':
        this.#head = {
          ...this.#head,
          ...(one.message?.id && { id: one.message.id }),
          ...(one.message?.model && { model: one.message.model }),
        };
        this.#count(one.message?.usage);
        return [this.#chunk({ role: 'assistant', content: '' })];
      case 'content_block_start':
        return this.#start(one);
      case 'content_block_delta':
        return this.#delta(one);
      case 'content_block_stop':
        return this.#stop(one);
      case 'message_delta':
        this.#count(one.usage);
        return this.#finished(one.delta?.stop_reason);
      case 'message_stop':
        this.#done = true;
        return [];
      case 'error':
        throw new ToldFailure(
          one.error?.message ?? 'it did not say why',
          STATUSES[one.error?.type ?? ''] ?? 500,
          one.error?.type ?? 'api_error',
        );
      default:
        return [];
    }
  }

  end(): ChatChunk[] {
    const {
      input_tokens: fresh,
      cache_creation_input_tokens: written = 0,
      cache_read_input_tokens: cached = 0,
      output_tokens: out,
    } = this.#usage;
    if (fresh === undefined && out === undefined) return [];
    // OpenAI counts the cached part into the prompt, Anthropic beside it.
    const prompt = (fresh ?? 0) + written + cached;
    const told: ChatUsage = {
      prompt_tokens: prompt,
      completion_tokens: out ?? 0,
      total_tokens: prompt + (out ?? 0),
      prompt_tokens_details: { cached_tokens: cached },
      ...(this.#thinkingTokens !== null && { completion_tokens_details: { reasoning_tokens: this.#thinkingTokens } }),
    };
    return [usageChunk(told, this.#head)];
  }

  #start({ index = 0, content_block: block }: Event): ChatChunk[] {
    switch (block?.type) {
      case 'text':
        return block.text ? [this.#chunk({ content: block.text })] : [];
      case 'thinking':
        return block.thinking ? [this.#chunk({ reasoning_content: block.thinking })] : [];
      case 'tool_use': {
        const name = block.name ?? '';
        const isAnswer = this.jsonTool !== null && name === this.jsonTool;
        const call: OpenCall = { index: isAnswer ? -1 : this.#callCount++, isAnswer, input: block.input, said: false };
        this.#calls.set(index, call);
        if (isAnswer) {
          this.#answered = true;
          return [];
        }
        const start = { index: call.index, id: block.id ?? '', type: 'function', function: { name, arguments: '' } };
        return [this.#chunk({ tool_calls: [start] })];
      }
      default:
        // Redacted thinking, and tools that run at Anthropic with their results: no client of ours asked for them.
        return [];
    }
  }

  #delta({ index = 0, delta }: Event): ChatChunk[] {
    switch (delta?.type) {
      case 'text_delta':
        return delta.text ? [this.#chunk({ content: delta.text })] : [];
      case 'thinking_delta':
        return delta.thinking ? [this.#chunk({ reasoning_content: delta.thinking })] : [];
      case 'input_json_delta': {
        const call = this.#calls.get(index);
        if (call === undefined || !delta.partial_json) return [];
        call.said = true;
        return [this.#input(call, delta.partial_json)];
      }
      default:
        // Signatures and citations have no place in OpenAI's protocol.
        return [];
    }
  }

  /** A call without arguments, or one whose input came whole with its start (other servers of this protocol do so). */
  #stop({ index = 0 }: Event): ChatChunk[] {
    const call = this.#calls.get(index);
    this.#calls.delete(index);
    return call === undefined || call.said ? [] : [this.#input(call, JSON.stringify(call.input ?? {}))];
  }

  #input(call: OpenCall, json: string): ChatChunk {
    return this.#chunk(call.isAnswer ? { content: json } : { tool_calls: [{ index: call.index, function: { arguments: json } }] });
  }

  #finished(reason: string | null | undefined): ChatChunk[] {
    if (!reason || this.#finish !== null) return [];
    const finish = FINISH[reason] ?? 'stop';
    this.#finish = finish === 'tool_calls' && this.#answered && this.#callCount === 0 ? 'stop' : finish;
    return [this.#chunk({}, this.#finish)];
  }

  #count(told: z.output<typeof usage> | null | undefined): void {
    for (const key of ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const) {
      const value = told?.[key];
      if (typeof value === 'number') this.#usage[key] = value;
    }
    this.#thinkingTokens = told?.output_tokens_details?.thinking_tokens ?? this.#thinkingTokens;
  }

  #chunk(delta: ChatDelta, finish: string | null = null): ChatChunk {
    return { ...this.#head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] };
  }
}
