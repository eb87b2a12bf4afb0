/** `tool_choice` for engines that do not obey it: the model sees fewer tools, is told what to do, and is asked again once when it does not. */
import { AgentError } from '@mlx-manager/shared';
import type { ChatChunk, ChatStream } from '../core/chunks.js';
import { choicesOf, collected, withEarlierUsage } from './collect.js';
import { withInstruction, withObjection } from './instruct.js';
import type { Ask, Body } from './types.js';

/** What must be called. */
interface Forced {
  /** Null: any of the tools. */
  readonly name: string | null;
}

export interface ToolPlan {
  /** What the engine is asked. */
  readonly body: Body;
  readonly forced: Forced | null;
}

type Tool = Readonly<Record<string, unknown>>;

const nameOf = (tool: Tool): unknown => (tool.function as { name?: unknown } | null | undefined)?.name ?? tool.name;
const invalid = (problem: string): AgentError => new AgentError('INVALID_REQUEST', { problem });

/**
 * Reads `tool_choice`. Source of its forms: OpenAI's API reference, "tool_choice".
 * @throws AgentError INVALID_REQUEST.
 */
export function planTools(body: Body): ToolPlan {
  const { tool_choice: choice, parallel_tool_calls: _parallel, ...rest } = body;
  const tools = Array.isArray(body.tools) ? (body.tools as Tool[]) : [];
  if (choice === undefined || choice === null || choice === 'auto') return { body: rest, forced: null };
  if (choice === 'none') {
    const { tools: _tools, ...without } = rest;
    return { body: without, forced: null };
  }
  if (tools.length === 0) throw invalid('tool_choice asks for a call, but there are no tools');
  if (choice === 'required') return force({ ...rest, tools }, null);
  if (typeof choice !== 'object') throw invalid('tool_choice must be none, auto, required or an object');
  const { type, allowed_tools: allowed } = choice as { type?: unknown; allowed_tools?: { mode?: unknown; tools?: unknown } | null };
  if (type === 'allowed_tools' && allowed && Array.isArray(allowed.tools)) {
    const shown = tools.filter((tool) => (allowed.tools as Tool[]).some((one) => nameOf(one) === nameOf(tool)));
    if (shown.length === 0) throw invalid('tool_choice allows none of the tools');
    return allowed.mode === 'required' ? force({ ...rest, tools: shown }, null) : { body: { ...rest, tools: shown }, forced: null };
  }
  const name = nameOf(choice as Tool);
  const tool = tools.find((one) => nameOf(one) === name);
  if (typeof name !== 'string' || tool === undefined)
    throw invalid(`tool_choice names ${JSON.stringify(name)}, which is none of the tools`);
  return force({ ...rest, tools: [tool] }, name);
}

function force(body: Body, name: string | null): ToolPlan {
  const what = name === null ? 'one of the functions' : `the function ${name}`;
  return { body: withInstruction(body, `You must call ${what} now. Do not answer in words.`), forced: { name } };
}

/**
 * An answer with the call that was asked for. Nothing is passed on before the call comes; then everything as it comes.
 * @throws AgentError TOOL_NOT_CALLED when there is none at the second attempt either.
 */
export async function* calledAnswer({ body, forced }: ToolPlan, ask: Ask): ChatStream {
  if (forced === null) {
    yield* ask(body);
    return;
  }
  const first = yield* untilCalled(ask(body), forced);
  if (first === null) return;
  const { content, usage } = collected(first);
  const what = forced.name === null ? 'a function' : `the function ${forced.name}`;
  const again = withObjection(body, content, `You did not call ${what}. Call it now, and answer with nothing else.`);
  const second = yield* untilCalled(withEarlierUsage(ask(again), usage), forced);
  if (second !== null) throw new AgentError('TOOL_NOT_CALLED', { tool: what });
}

/** Passes an answer on from its first call. @returns null when it was passed on, else what was held back. */
async function* untilCalled(stream: ChatStream, forced: Forced): AsyncGenerator<ChatChunk, ChatChunk[] | null, undefined> {
  const held: ChatChunk[] = [];
  let called = false;
  for await (const chunk of stream) {
    called ||= calls(chunk, forced);
    if (!called) {
      held.push(chunk);
      continue;
    }
    if (held.length > 0) yield* held.splice(0);
    yield chunk;
  }
  if (called) return null;
  // Cut off: the call may have been coming. OpenAI answers so too.
  if (collected(held).finish !== 'length') return held;
  yield* held;
  return null;
}

const calls = (chunk: ChatChunk, { name }: Forced): boolean =>
  choicesOf(chunk).some(({ delta }) =>
    delta.tool_calls?.some((call) => call.function?.name !== undefined && (name === null || call.function.name === name)),
  );
