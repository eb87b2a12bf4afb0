/** A whole answer in OpenAI's form, put together from the chunks of its stream; so both say the same. Source: OpenAI's API reference. */
import type { ChatChunk, ChatUsage, ToolCallDelta } from './chunks.js';

interface Assembled {
  readonly index: number;
  content: string | null;
  reasoning: string;
  text: string;
  readonly calls: Map<number, { id: string; type: string; function: { name: string; arguments: string } }>;
  logprobs: unknown;
  finish: string | null;
}

/** What the client sees: the answer's id and model; `text` for a text completion. */
export interface AnswerHead {
  readonly id: string;
  readonly model: string;
  readonly text: boolean;
}

/** One answer that is being put together. */
export class Assembly {
  readonly #choices = new Map<number, Assembled>();
  #usage: ChatUsage | null = null;
  #created = 0;
  #fingerprint: unknown;

  /** The next chunk. */
  take(chunk: ChatChunk): void {
    this.#created ||= chunk.created ?? 0;
    this.#fingerprint ??= (chunk as { system_fingerprint?: unknown }).system_fingerprint;
    this.#usage = chunk.usage ?? this.#usage;
    for (const choice of chunk.choices) {
      const into = this.#choices.get(choice.index) ?? start(choice.index);
      this.#choices.set(choice.index, into);
      take(into, choice as unknown as Parameters<typeof take>[1]);
    }
  }

  /** The whole answer. */
  answer({ id, model, text }: AnswerHead): Record<string, unknown> {
    const choices = this.#choices.size === 0 ? [start(0)] : [...this.#choices.values()].sort((a, b) => a.index - b.index);
    return {
      id: text ? `cmpl-${id}` : `chatcmpl-${id}`,
      object: text ? 'text_completion' : 'chat.completion',
      created: this.#created || Math.floor(Date.now() / 1000),
      model,
      ...(this.#fingerprint !== undefined && { system_fingerprint: this.#fingerprint }),
      choices: choices.map(text ? textChoice : chatChoice),
      ...(this.#usage !== null && { usage: this.#usage }),
    };
  }
}

const start = (index: number): Assembled => ({
  index,
  content: null,
  reasoning: '',
  text: '',
  calls: new Map(),
  logprobs: null,
  finish: null,
});

function take(
  into: Assembled,
  choice: { delta?: Record<string, unknown>; text?: unknown; finish_reason?: string | null; logprobs?: unknown },
): void {
  const delta = choice.delta ?? {};
  if (typeof delta.content === 'string') into.content = (into.content ?? '') + delta.content;
  if (typeof delta.reasoning_content === 'string') into.reasoning += delta.reasoning_content;
  if (typeof choice.text === 'string') into.text += choice.text;
  if (Array.isArray(delta.tool_calls)) (delta.tool_calls as ToolCallDelta[]).forEach((call, at) => takeCall(into, call, at));
  if (choice.logprobs !== undefined && choice.logprobs !== null) into.logprobs = joinLogprobs(into.logprobs, choice.logprobs);
  into.finish = choice.finish_reason ?? into.finish;
}

function takeCall(into: Assembled, part: ToolCallDelta, at: number): void {
  const key = part.index ?? at;
  const call = into.calls.get(key) ?? { id: '', type: 'function', function: { name: '', arguments: '' } };
  into.calls.set(key, call);
  call.id ||= part.id ?? '';
  call.function.name ||= part.function?.name ?? '';
  call.function.arguments += part.function?.arguments ?? '';
}

/** Lists of the same name are joined: `content` of a chat; `tokens`, `token_logprobs`… of a text completion. */
export function joinLogprobs(before: unknown, more: unknown): unknown {
  if (typeof before !== 'object' || before === null || typeof more !== 'object' || more === null) return more;
  const joined: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(more)) {
    const have = joined[key];
    joined[key] = Array.isArray(have) && Array.isArray(value) ? [...(have as unknown[]), ...(value as unknown[])] : value;
  }
  return joined;
}

function chatChoice({ index, content, reasoning, calls, logprobs, finish }: Assembled): Record<string, unknown> {
  const toolCalls = [...calls].sort(([a], [b]) => a - b).map(([, call]) => call);
  return {
    index,
    message: {
      role: 'assistant',
      content: content ?? (toolCalls.length > 0 ? null : ''),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    },
    logprobs,
    finish_reason: finish,
  };
}

const textChoice = ({ index, text, logprobs, finish }: Assembled): Record<string, unknown> => ({
  index,
  text,
  logprobs,
  finish_reason: finish,
});
