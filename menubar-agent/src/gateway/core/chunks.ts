/** The gateway's inner language: OpenAI's stream of chat completion chunks, corrected. Source: OpenAI's API reference, "chat completion chunk". */

export interface ToolCallDelta {
  index?: number;
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string };
}

export interface ChatDelta {
  role?: string;
  content?: string | null;
  /** Thinking, whatever the engine calls it. */
  reasoning_content?: string | null;
  tool_calls?: ToolCallDelta[];
}

export interface ChatChoice {
  index: number;
  delta: ChatDelta;
  finish_reason: string | null;
  logprobs?: unknown;
}

export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number } | null;
}

/** One chunk. The last one before the end carries `usage` and no choice. */
export interface ChatChunk {
  id?: string;
  object?: string;
  created?: number;
  model?: string;
  choices: ChatChoice[];
  usage?: ChatUsage | null;
}

/** Chunks of one answer. Ends only when the answer is whole; everything else is thrown. */
export type ChatStream = AsyncIterable<ChatChunk>;
