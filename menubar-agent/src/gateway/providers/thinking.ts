/** How much Claude is to think. Pure. Source: Anthropic's "Troubleshooting thinking" and "Extended thinking". */
import { wantsThinking } from '../routing/facts.js';
import { thinksAdaptively } from './claude.js';

/** Anthropic wants a limit, OpenAI does not. All of Claude since 3.5 may answer as much. */
const DEFAULT_MAX_TOKENS = 8192;
const DEFAULT_BUDGET = 8192;
/** Tokens of thinking for OpenAI's words; `medium` where it does not say how much. */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: DEFAULT_BUDGET,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'high', max: 'max' };
const LEAST_BUDGET = 1024;

export interface Thinking {
  readonly on: boolean;
  readonly maxTokens: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Where the request does not ask for thinking, nothing is said: some models refuse to be told not to.
 * @param turn `toolLoop`: the model goes on after results of tools; with a budget its last turn would have to begin with the thinking it signed,
 * which OpenAI's protocol does not carry. `forced`: it must call a tool, which excludes thinking.
 */
export function thinkingOf(
  request: Readonly<Record<string, unknown>>,
  model: string,
  turn: { readonly toolLoop: boolean; readonly forced: boolean },
): Thinking {
  const given = [request.max_completion_tokens, request.max_tokens].find((one) => typeof one === 'number');
  const off: Thinking = { on: false, maxTokens: given ?? DEFAULT_MAX_TOKENS, fields: {} };
  if (!wantsThinking(request) || turn.forced) return off;
  const effort = typeof request.reasoning_effort === 'string' ? request.reasoning_effort : null;
  if (thinksAdaptively(model)) {
    const outputConfig = effort === null ? {} : { output_config: { effort: EFFORTS[effort] ?? 'medium' } };
    return { ...off, on: true, fields: { thinking: { type: 'adaptive', display: 'summarized' }, ...outputConfig } };
  }
  if (turn.toolLoop) return off;
  const wanted = BUDGETS[effort ?? 'medium'] ?? DEFAULT_BUDGET;
  if (given === undefined) return { on: true, maxTokens: DEFAULT_MAX_TOKENS + wanted, fields: budget(wanted) };
  // Thinking counts towards the limit: at least half of it is left for the answer.
  const most = Math.floor(given / 2);
  return most < LEAST_BUDGET ? off : { on: true, maxTokens: given, fields: budget(Math.min(wanted, most)) };
}

const budget = (tokens: number): Record<string, unknown> => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
