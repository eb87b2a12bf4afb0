/**
 * What engines cannot do themselves, done around them: several answers, JSON output, tool choice, stop. Pure over the `ask` it is given; the keep-alives while an
 * answer is collected are the responder's.
 */
import type { NativeAbilities } from '../../engines/index.js';
import type { Shaping } from '../core/shaping.js';
import { correctedCalls } from './calls.js';
import { estimateRequest } from '../core/estimate.js';
import { severalChoices } from './choices.js';
import { asksForStop, stoppedAnswer } from './stop.js';
import { formatOf, structuredAnswer, withFormat } from './structured.js';
import { calledAnswer, planTools } from './tool-choice.js';
import { isChat, type Ask, type Body } from './types.js';

export const shaping: Shaping = {
  needed(body, native) {
    if (typeof body.n === 'number' && body.n > 1 && !native.n) return true;
    if (!native.stop && asksForStop(body)) return true;
    if (!isChat(body)) return false;
    if (Array.isArray(body.tools) && body.tools.length > 0) return true;
    if (body.tool_choice !== undefined && body.tool_choice !== null && body.tool_choice !== 'auto' && body.tool_choice !== 'none')
      return true;
    const type = (body.response_format as { type?: unknown } | null | undefined)?.type;
    return type !== undefined && type !== 'text';
  },

  shape(body, native, ask, promptTokens = () => estimateRequest(body)) {
    // What is done about an answer is done about the one that was stopped.
    const stopped: Ask = native.stop ? ask : (asked) => (asksForStop(asked) ? stoppedAnswer(asked, ask, promptTokens) : ask(asked));
    const one: Ask = (single) => (isChat(single) ? shapedAnswer(single, native, stopped) : stopped(single));
    // An engine that can give several answers is asked for single ones too when there is something else to do about each.
    return typeof body.n === 'number' && body.n > 1 ? severalChoices(body, body.n, one, native.equalTogether) : one(body);
  },
};

function shapedAnswer(body: Body, native: NativeAbilities, ask: Ask): ReturnType<Ask> {
  const hasTools = Array.isArray(body.tools) && body.tools.length > 0;
  const corrected: Ask = hasTools ? (asked) => correctedCalls(ask(asked), { onlyFirst: body.parallel_tool_calls === false }) : ask;
  const called: Ask = native.toolChoice ? corrected : (asked) => failing(() => calledAnswer(planTools(asked), corrected));
  return failing(() => {
    const format = formatOf(body);
    return format === null ? called(body) : structuredAnswer(body, format, native.jsonSchema, called);
  });
}

/** What is wrong with a request is thrown when the answer is read, as everything else is. */
async function* failing(make: () => ReturnType<Ask>): ReturnType<Ask> {
  yield* make();
}

/**
 * The request as the model reads it first: with the instructions, without tools it may not use. For counting its tokens.
 * @throws AgentError INVALID_REQUEST.
 */
export function shapedPrompt(body: Body, native: NativeAbilities): Body {
  const format = formatOf(body);
  const formatted = format === null || native.jsonSchema ? body : withFormat(body, format);
  return native.toolChoice ? formatted : planTools(formatted).body;
}
