/**
 * `stop` for engines that do not end an answer wherever the words stand in its text. They are asked without it; the text is searched here, no part of a stop
 * sequence goes out, and the engine's work ends where one came. Thinking and tool calls are no text. Source: OpenAI's API reference, "stop".
 */
import type { ChatChoice, ChatChunk, ChatStream, ChatUsage } from '../core/chunks.js';
import { joinLogprobs } from '../core/assemble.js';
import { StopMatcher } from '../core/stop-matcher.js';
import type { Ask, Body } from './types.js';

/** A choice of a chat, or of a text completion. */
type Choice = ChatChoice & { readonly text?: string | null };

/** Tells how many tokens a prompt has, where the engine does not come to it. */
export type PromptTokens = () => number | Promise<number>;

/** Whether a request asks for it. */
export const asksForStop = ({ stop }: Body): boolean => stop !== undefined && stop !== null;

/**
 * An answer that ends before the first stop sequence, each choice on its own. Where the engine is stopped before it told its figures, the pieces are counted
 * (about one a token).
 */
export async function* stoppedAnswer(body: Body, ask: Ask, promptTokens: PromptTokens): ChatStream {
  const { stop, ...asked } = body;
  const sequences = [stop].flat().filter((one) => typeof one === 'string' && one !== '') as string[];
  if (sequences.length === 0) {
    yield* ask(asked);
    return;
  }
  const wanted = choicesOfOneAnswer(body);
  const states = new Map<number, StoppedChoice>();
  let head: Omit<ChatChunk, 'choices' | 'usage'> = {};
  let usage: ChatUsage | null = null;
  let pieces = 0;
  for await (const chunk of ask(asked)) {
    const { choices: _choices, usage: told, ...rest } = chunk;
    head = rest;
    usage = told ?? usage;
    const came = (chunk.choices as Choice[] | undefined) ?? [];
    const choices = came.flatMap((choice) => {
      const index = (choice.index as number | undefined) ?? 0;
      const state = states.get(index) ?? new StoppedChoice(sequences);
      states.set(index, state);
      if (!state.matched && says(choice)) pieces++;
      return state.take(choice);
    });
    if (choices.length > 0 || came.length === 0 || told) yield { ...chunk, choices };
    const all = [...states.values()];
    // One that the engine itself has ended tells its figures right after.
    if (all.length < wanted || all.some(({ matched, ended }) => !matched && !ended) || all.every(({ ended }) => ended)) continue;
    yield { ...head, choices: [], usage: usage ?? (await counted(pieces, promptTokens)) };
    return;
  }
  const held = [...states].flatMap(([index, state]) => state.rest(index));
  if (held.length > 0) yield { ...head, choices: held };
}

/** A text completion may have several prompts; a list of numbers is one, in tokens. */
function choicesOfOneAnswer({ prompt, n }: Body): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return Math.max(1, prompts) * (typeof n === 'number' ? Math.max(1, n) : 1);
}

async function counted(completion: number, promptTokens: PromptTokens): Promise<ChatUsage> {
  const prompt = await promptTokens();
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

const textOf = ({ text, delta }: Choice): string => text ?? (delta as ChatChoice['delta'] | undefined)?.content ?? '';

function says(choice: Choice): boolean {
  if (textOf(choice) !== '') return true;
  const { reasoning_content: thinking, tool_calls: calls } = (choice.delta as ChatChoice['delta'] | undefined) ?? {};
  return (thinking ?? '') !== '' || (calls?.length ?? 0) > 0;
}

class StoppedChoice {
  /** A stop sequence came: what the engine still says is not the answer any more. */
  matched = false;
  /** The engine ended it. */
  ended = false;
  readonly #matcher: StopMatcher;
  #isText = false;
  /** Characters that came, and that went out. */
  #came = 0;
  #sent = 0;
  /** Log probabilities of text that is held back, with where that text ends. */
  readonly #logprobs: { readonly end: number; readonly value: unknown }[] = [];

  constructor(sequences: readonly string[]) {
    this.#matcher = new StopMatcher(sequences);
  }

  /** What may go out of a piece. */
  take(choice: Choice): Choice[] {
    const finish = (choice.finish_reason as string | null | undefined) ?? null;
    this.ended ||= finish !== null;
    if (this.matched) return [];
    this.#isText = typeof choice.text === 'string';
    const piece = textOf(choice);
    const logprobs = choice.logprobs ?? null;
    if (piece === '' && finish === null && logprobs === null) return [choice];
    const found = this.#matcher.push(piece);
    this.matched = found.matched !== null;
    const text = found.text + (this.matched || finish === null ? '' : this.#matcher.end());
    this.#came += piece.length;
    this.#sent += text.length;
    if (logprobs !== null) this.#logprobs.push({ end: this.#came, value: logprobs });
    const out: Choice = { ...choice, ...this.#said(choice, text), finish_reason: this.matched ? 'stop' : finish };
    const released = this.#released();
    if (released !== null || logprobs !== null) out.logprobs = released;
    const silent = text === '' && out.finish_reason === null && released === null && !saysMore(choice);
    return silent ? [] : [out];
  }

  /** What is still held back when the engine's stream ends without a last word. */
  rest(index: number): Choice[] {
    const text = this.matched ? '' : this.#matcher.end();
    if (text === '') return [];
    return [{ index, ...(this.#isText ? { text } : { delta: { content: text } }), finish_reason: null } as Choice];
  }

  #said(choice: Choice, text: string): Partial<Choice> {
    if (this.#isText) return { text };
    const { content, tool_calls: calls, ...delta } = (choice.delta as ChatChoice['delta'] | undefined) ?? {};
    const own = text !== '' || typeof content === 'string' ? { content: text } : {};
    // A call behind a stop sequence is behind the end of the answer.
    return { delta: { ...delta, ...own, ...(calls !== undefined && !this.matched && { tool_calls: calls }) } };
  }

  #released(): unknown {
    let released: unknown = null;
    for (let first = this.#logprobs[0]; first !== undefined && first.end <= this.#sent; first = this.#logprobs[0]) {
      released = joinLogprobs(released, first.value);
      this.#logprobs.shift();
    }
    return released;
  }
}

/** Whether a choice has anything to tell besides its text. */
function saysMore({ delta }: Choice): boolean {
  return Object.entries((delta as ChatChoice['delta'] | undefined) ?? {}).some(
    ([key, value]) => key !== 'content' && (value ?? null) !== null,
  );
}
