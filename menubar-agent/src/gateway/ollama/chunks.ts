/** What goes back to Ollama's clients: lines of an NDJSON stream, or one object of the same form. Source: `ChatResponse` and `GenerateResponse` of Ollama's `api/types.go`. */

export interface OllamaToolCall {
  readonly id: string;
  readonly function: { readonly index: number; readonly name: string; readonly arguments: Record<string, unknown> };
}

/** Nanoseconds and tokens. */
export interface OllamaMetrics {
  readonly total_duration: number;
  readonly load_duration: number;
  readonly prompt_eval_count: number;
  readonly prompt_eval_duration: number;
  readonly eval_count: number;
  readonly eval_duration: number;
}

export type DoneReason = 'stop' | 'length' | 'load' | 'unload';

export interface OllamaChunk extends Partial<OllamaMetrics> {
  readonly model: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** Of /api/chat. */
  readonly message?: {
    readonly role: 'assistant';
    readonly content: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly OllamaToolCall[];
  };
  /** Of /api/generate. */
  readonly response?: string;
  readonly thinking?: string;
  readonly done: boolean;
  readonly done_reason?: DoneReason;
  readonly context?: readonly number[];
  readonly logprobs?: readonly unknown[];
}

/** One piece of an answer, in the form of its endpoint. */
export interface Piece {
  readonly text?: string;
  readonly thinking?: string;
  readonly toolCalls?: readonly OllamaToolCall[];
  readonly logprobs?: readonly unknown[];
}

/** The endpoint a line is for. */
export type Form = 'chat' | 'generate';

/** A line. Text is always there, also when it is empty: clients read it without looking. */
export function lineOf(form: Form, model: string, createdAt: string, piece: Piece): OllamaChunk {
  const { text = '', thinking, toolCalls, logprobs } = piece;
  const thought = thinking !== undefined && { thinking };
  const said =
    form === 'chat'
      ? { message: { role: 'assistant' as const, content: text, ...thought, ...(toolCalls && { tool_calls: toolCalls }) } }
      : { response: text, ...thought };
  return { model, created_at: createdAt, ...said, ...(logprobs && { logprobs }), done: false };
}

/** Lines put together, as the answer to `stream: false`. */
export function wholeOf(form: Form, chunks: readonly OllamaChunk[]): OllamaChunk {
  const last = chunks.at(-1);
  if (last?.done !== true) throw new Error('an answer without its last line');
  const join = (read: (chunk: OllamaChunk) => string | undefined): string => chunks.map((chunk) => read(chunk) ?? '').join('');
  const thinking = join((chunk) => chunk.message?.thinking ?? chunk.thinking);
  const toolCalls = chunks.flatMap((chunk) => chunk.message?.tool_calls ?? []);
  const logprobs = chunks.flatMap((chunk) => chunk.logprobs ?? []);
  const whole = lineOf(form, last.model, last.created_at, {
    text: join((chunk) => chunk.message?.content ?? chunk.response),
    ...(thinking !== '' && { thinking }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(logprobs.length > 0 && { logprobs }),
  });
  return { ...last, ...whole, done: true };
}

/** One line of the wire. */
export const ndjson = (value: object): string => `${JSON.stringify(value)}\n`;
