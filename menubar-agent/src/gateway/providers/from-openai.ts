/** OpenAI → the gateway: chunks as providers of OpenAI's protocol send them, in one form. Source: OpenAI's API reference, and what differs in practice. */
import { z } from 'zod';
import type { ChatChoice, ChatChunk, ChatDelta, ChatUsage } from '../core/chunks.js';
import { DONE } from '../core/sse-events.js';
import { ToldFailure, usageChunk, type AnswerReader } from './reader.js';

const usage = z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() });
const choice = z.looseObject({
  index: z.number().default(0),
  delta: z.looseObject({}).nullish(),
  /** Of a whole answer. */
  message: z.looseObject({}).nullish(),
  finish_reason: z.string().nullish(),
});
const chunk = z.looseObject({ choices: z.array(choice).nullish(), usage: usage.nullish(), error: z.unknown().optional() });
const told = z.looseObject({
  message: z.string().optional(),
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});

export class OpenaiReader implements AnswerReader {
  #usage: ChatUsage | null = null;
  #head: Pick<ChatChunk, 'id' | 'model' | 'created'> = {};
  #finished = false;
  #done = false;

  /** Some leave the last event out: an answer that said why it ended is whole too. */
  get whole(): boolean {
    return this.#done || this.#finished;
  }

  get done(): boolean {
    return this.#done;
  }

  push(data: string): ChatChunk[] {
    if (data === DONE) {
      this.#done = true;
      return [];
    }
    const parsed = chunk.safeParse(JSON.parse(data));
    if (!parsed.success) return [];
    const { choices, usage: figures, error, ...rest } = parsed.data;
    if (error !== undefined && error !== null) throw failureOf(error);
    const { id, model, created } = rest as Partial<ChatChunk>;
    if (id !== undefined) this.#head = { id, ...(model !== undefined && { model }), ...(created !== undefined && { created }) };
    // Totals, wherever they stand (with the last choice, or growing in every chunk): told once, at the end.
    if (figures) this.#usage = figures;
    const corrected = (choices ?? []).map((one) => this.#choice(one));
    return corrected.length === 0 ? [] : [{ ...rest, choices: corrected }];
  }

  end(): ChatChunk[] {
    return this.#usage === null ? [] : [usageChunk(this.#usage, this.#head)];
  }

  #choice({ index, delta, message, finish_reason: finish, ...rest }: z.output<typeof choice>): ChatChoice {
    // OpenRouter ends a broken answer so.
    if (finish === 'error') throw new ToldFailure('it ended with an error', 502, 'server_error');
    if (finish) this.#finished = true;
    return { ...rest, index, delta: thinkingNamed(delta ?? message ?? {}), finish_reason: finish ?? null };
  }
}

/** Thinking is `reasoning` with vLLM and OpenRouter, `reasoning_content` with DeepSeek and most others. */
function thinkingNamed({ reasoning, reasoning_details: _details, ...delta }: Record<string, unknown>): ChatDelta {
  const thinking = delta.reasoning_content ?? reasoning;
  const calls = delta.tool_calls;
  return {
    ...delta,
    ...(typeof thinking === 'string' && { reasoning_content: thinking }),
    ...(Array.isArray(calls) && { tool_calls: calls.map((call: object, index) => ({ index, ...call })) }),
  };
}

function failureOf(error: unknown): ToldFailure {
  const parsed = told.safeParse(typeof error === 'string' ? { message: error } : error);
  const { message, type, code } = parsed.data ?? {};
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 500;
  return new ToldFailure(message ?? 'it did not say why', status, type ?? 'server_error');
}
