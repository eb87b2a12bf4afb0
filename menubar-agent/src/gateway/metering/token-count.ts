/** Tokens that an engine did not tell, counted with the model's own tokenizer after the request is over. */
import type { Logger } from '../../core/index.js';
import type { Call } from '../core/call.js';
import type { AnswerText, Trace } from '../core/trace.js';

/** Requests that may wait to be counted, and characters in them: beyond, the number of pieces stands. */
const MAX_WAITING = 200;
const MAX_CHARS = 8 * 1024 * 1024;
/** How long one count may take, milliseconds: the tokenizer may have to be started first. */
const PATIENCE_MS = 30_000;

/** Counts the tokens of a text with the tokenizer of a profile's model; null when it has none. */
export type CountTokens = (profileId: number, text: string) => Promise<number | null>;

/** Counts a request's body (OpenAI's form) as the chat template of a profile's model writes it; null when it cannot. */
export type CountPrompt = (profileId: number, body: Readonly<Record<string, unknown>>) => Promise<number | null>;

export interface Counted {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

interface Job {
  readonly trace: Trace;
  readonly profileId: number;
  /** Null where the engine told the prompt's tokens. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly answer: string;
  readonly chars: number;
}

export class TokenCounter {
  readonly #waiting: Job[] = [];
  #chars = 0;
  #busy: Promise<void> | null = null;
  #stopped = false;

  /** @param done told of each finished count; with nulls for what could not be counted. */
  constructor(
    private readonly deps: {
      count: CountTokens;
      countPrompt?: CountPrompt | undefined;
      logger: Logger;
      done: (trace: Trace, counted: Counted) => void;
      patienceMs?: number;
    },
  ) {}

  /** Takes a request up when there is something to count. Answers whether it was taken; then `done` is called for certain, unless stopped. */
  take(trace: Trace, call: Call, answer: AnswerText | null): boolean {
    if (this.#stopped || trace.profileId === null || trace.provider !== null || answer === null) return false;
    const text = trace.completionTokens === null ? answer.reasoning + answer.text : '';
    if (text === '') return false;
    const body = trace.promptTokens === null ? call.body : null;
    const chars = text.length + (body === null ? 0 : promptText(body).length);
    if (this.#waiting.length >= MAX_WAITING || this.#chars + chars > MAX_CHARS) return false;
    this.#chars += chars;
    this.#waiting.push({ trace, profileId: trace.profileId, body, answer: text, chars });
    this.#busy ??= this.#work().finally(() => (this.#busy = null));
    return true;
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#busy;
  }

  /** Counts no more; what waits keeps its number of pieces. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      const { trace, profileId, body, answer, chars } = job;
      const promptTokens = body === null ? null : await this.#count(profileId, () => this.#prompt(profileId, body));
      const completionTokens = await this.#count(profileId, () => this.deps.count(profileId, answer));
      this.#chars -= chars;
      if (!this.#stopped) this.deps.done(trace, { promptTokens, completionTokens });
    }
  }

  #prompt(profileId: number, body: Readonly<Record<string, unknown>>): Promise<number | null> {
    const { count, countPrompt } = this.deps;
    return countPrompt && Array.isArray(body.messages) ? countPrompt(profileId, body) : count(profileId, promptText(body));
  }

  async #count(profileId: number, count: () => Promise<number | null>): Promise<number | null> {
    if (this.#stopped) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), this.deps.patienceMs ?? PATIENCE_MS);
      timer.unref();
    });
    try {
      return await Promise.race([count(), late]);
    } catch (error) {
      this.deps.logger.warn({ err: error, profileId }, 'tokens could not be counted');
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The words of a request: messages or prompt, and the tools. What the chat template adds is not in it. */
export function promptText(body: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') parts.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === 'object' && value !== null) {
      const { content, text, tool_calls: calls } = value as Record<string, unknown>;
      collect(content);
      collect(text);
      if (calls !== undefined) parts.push(JSON.stringify(calls));
    }
  };
  collect(body.messages);
  collect(body.prompt);
  collect(body.input);
  if (Array.isArray(body.tools) && body.tools.length > 0) parts.push(JSON.stringify(body.tools));
  return parts.join('\n');
}
