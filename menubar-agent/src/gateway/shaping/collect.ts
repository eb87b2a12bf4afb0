/** An answer read to its end, and figures that are added up. */
import type { ChatChunk, ChatStream, ChatUsage } from '../core/chunks.js';

export interface Collected {
  /** As they came. */
  readonly chunks: readonly ChatChunk[];
  readonly content: string;
  readonly reasoning: string;
  readonly hasCalls: boolean;
  readonly finish: string | null;
  readonly usage: ChatUsage | null;
}

/** Reads an answer with one choice to its end. */
export async function collect(stream: ChatStream): Promise<Collected> {
  const chunks: ChatChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return collected(chunks);
}

/** The same of chunks that are there. */
export function collected(chunks: readonly ChatChunk[]): Collected {
  let [content, reasoning] = ['', ''];
  let hasCalls = false;
  let finish: string | null = null;
  let usage: ChatUsage | null = null;
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    for (const { delta, finish_reason: reason } of choicesOf(chunk)) {
      content += delta.content ?? '';
      reasoning += delta.reasoning_content ?? '';
      hasCalls ||= (delta.tool_calls?.length ?? 0) > 0;
      finish = reason ?? finish;
    }
  }
  return { chunks, content, reasoning, hasCalls, finish, usage };
}

/** An engine may leave out what is empty. */
export function choicesOf(chunk: ChatChunk): ChatChunk['choices'] {
  return ((chunk.choices as ChatChunk['choices'] | undefined) ?? []).map((choice) => ({
    ...choice,
    delta: (choice.delta as ChatChunk['choices'][number]['delta'] | undefined) ?? {},
  }));
}

/** The figures of two answers to two prompts: both were read and written. */
export function addUsage(one: ChatUsage | null, other: ChatUsage | null): ChatUsage | null {
  if (one === null || other === null) return one ?? other;
  const sum = (a: number | undefined, b: number | undefined): number => (a ?? 0) + (b ?? 0);
  const cached = [one, other].map((usage) => usage.prompt_tokens_details?.cached_tokens);
  const thought = [one, other].map((usage) => usage.completion_tokens_details?.reasoning_tokens);
  const prompt = one.prompt_tokens + other.prompt_tokens;
  const completion = one.completion_tokens + other.completion_tokens;
  return {
    ...other,
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(cached.some((count) => count !== undefined) && {
      prompt_tokens_details: { ...other.prompt_tokens_details, cached_tokens: sum(cached[0], cached[1]) },
    }),
    ...(thought.some((count) => count !== undefined) && {
      completion_tokens_details: { ...other.completion_tokens_details, reasoning_tokens: sum(thought[0], thought[1]) },
    }),
  };
}

/** An answer whose figures include those of an attempt before it. */
export async function* withEarlierUsage(
  stream: AsyncIterable<ChatChunk> | readonly ChatChunk[],
  earlier: ChatUsage | null,
): ChatStreamReturn {
  for await (const chunk of stream) {
    yield chunk.usage && earlier !== null ? { ...chunk, usage: addUsage(earlier, chunk.usage) } : chunk;
  }
}
type ChatStreamReturn = AsyncGenerator<ChatChunk, void, undefined> & ChatStream;
