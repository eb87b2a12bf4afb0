/** Tools of a chat as the text of a field, and the results of their calls. Pure. */
import type { Chat, MessagePart } from '@mlx-manager/shared';

export type Tools = Chat['tools'];
export type ToolCallPart = Extract<MessagePart, { type: 'tool_call' }>;
/** What a tool answered, by the id of its call. */
export type ToolTexts = Readonly<Record<string, string>>;

const MOST = 128;
/** Source of the form: OpenAI's API reference, chat completions, `tools`. */
const NAME = /^[\w-]{1,64}$/;

export const EXAMPLE = `[{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]`;

/** Reads what was typed. @returns the tools; or what is wrong, in a sentence, and null for them. */
export function readTools(text: string): { tools: Tools; problem: null } | { tools: null; problem: string } {
  const wrong = (problem: string) => ({ tools: null, problem });
  if (text.trim() === '') return { tools: [], problem: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return wrong(`This is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!Array.isArray(value)) return wrong('This must be a list of tools: begin with [ and end with ].');
  if (value.length > MOST) return wrong(`These are ${value.length} tools; there may be ${MOST}.`);
  const names = new Set<string>();
  const tools: Tools = [];
  for (const [i, tool] of (value as unknown[]).entries()) {
    const bad = (problem: string) => wrong(`Tool ${i + 1}: ${problem}.`);
    if (!isObject(tool)) return bad('it must be an object in braces');
    const { type, function: named } = tool;
    if (type !== 'function') return bad('its "type" must be "function"');
    if (!isObject(named)) return bad('it needs a "function" in braces');
    const { name, parameters } = named;
    if (typeof name !== 'string' || !NAME.test(name)) return bad('its function needs a "name" of letters, digits, _ and -, 64 at most');
    if (parameters !== undefined && !isObject(parameters)) return bad('its "parameters" must be a JSON Schema in braces');
    if (names.has(name)) return bad(`there is another one named ${name}`);
    names.add(name);
    tools.push(tool);
  }
  return { tools, problem: null };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As it stands in the field. */
export const toolsText = (tools: Tools): string => (tools.length === 0 ? '' : JSON.stringify(tools, null, 2));

/** The calls of an answer that have no result yet. @param results what the message behind it holds. */
export function openCalls(parts: readonly MessagePart[], results: readonly MessagePart[] = []): ToolCallPart[] {
  const done = new Set(results.flatMap((one) => (one.type === 'tool_result' ? [one.toolCallId] : [])));
  return parts.filter((part) => part.type === 'tool_call').filter(({ id }) => !done.has(id));
}

/** How many of these have no text yet. */
export const missingResults = (calls: readonly ToolCallPart[], texts: ToolTexts): number =>
  calls.filter(({ id }) => (texts[id] ?? '').trim() === '').length;
