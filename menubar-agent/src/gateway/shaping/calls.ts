/** Corrects the tool calls in an answer as it goes by: arguments that are no JSON, calls that were not wanted. */
import type { ChatChoice, ChatChunk, ChatStream, ToolCallDelta } from '../core/chunks.js';
import { JsonRepair } from '../anthropic/json-repair.js';

/** @param options `onlyFirst`: the client allowed one call at a time. */
export async function* correctedCalls(stream: ChatStream, options: { readonly onlyFirst: boolean }): ChatStream {
  const choices = new Map<number, ChoiceCalls>();
  for await (const chunk of stream) yield chunk.choices.some(concernsCalls) ? corrected(chunk, choices, options.onlyFirst) : chunk;
}

const concernsCalls = ({ delta, finish_reason: finish }: ChatChoice): boolean =>
  finish !== null || ((delta as ChatChoice['delta'] | undefined)?.tool_calls?.length ?? 0) > 0;

function corrected(chunk: ChatChunk, states: Map<number, ChoiceCalls>, onlyFirst: boolean): ChatChunk {
  const choices = chunk.choices.map((choice) => {
    if (!concernsCalls(choice)) return choice;
    const state = states.get(choice.index) ?? new ChoiceCalls(onlyFirst);
    states.set(choice.index, state);
    const calls = [...((choice.delta as ChatChoice['delta'] | undefined)?.tool_calls ?? []).flatMap((call) => state.take(call))];
    if ((choice.finish_reason ?? null) !== null) calls.push(...state.end());
    const { tool_calls: _calls, ...delta } = (choice.delta as ChatChoice['delta'] | undefined) ?? {};
    return { ...choice, delta: calls.length > 0 ? { ...delta, tool_calls: calls } : delta };
  });
  return { ...chunk, choices };
}

/** The calls of one choice. */
class ChoiceCalls {
  readonly #repairs = new Map<number, JsonRepair>();
  #current = -1;

  constructor(private readonly onlyFirst: boolean) {}

  take(call: ToolCallDelta): ToolCallDelta[] {
    // Not every engine numbers them; a name begins a new one.
    const index = call.index ?? (call.function?.name === undefined ? Math.max(0, this.#current) : this.#current + 1);
    this.#current = Math.max(this.#current, index);
    const known = this.#repairs.get(index);
    if (this.onlyFirst && known === undefined && this.#repairs.size > 0) return [];
    const repair = known ?? new JsonRepair();
    this.#repairs.set(index, repair);
    const text = call.function?.arguments;
    if (text === undefined) return [{ ...call, index }];
    return [{ ...call, index, function: { ...call.function, arguments: repair.push(text) } }];
  }

  /** What was held back: half an escape, which no more text will complete. */
  end(): ToolCallDelta[] {
    return [...this.#repairs].flatMap(([index, repair]) => {
      const held = repair.end();
      return held === '' ? [] : [{ index, function: { arguments: held } }];
    });
  }
}
