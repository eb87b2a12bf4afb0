/**
 * OpenAI → Anthropic: a chat request for a provider that speaks Anthropic's protocol. Pure.
 * Sources: Anthropic's Messages API reference and the types of @anthropic-ai/sdk.
 */
import { z } from 'zod';
import { AgentError } from '@mlx-manager/shared';
import { parseInput } from '../anthropic/json-repair.js';
import { refusesSampling } from './claude.js';
import { documentOf, imageOf } from './media.js';
import { jsonOf, schemaOf } from './json-answer.js';
import { thinkingOf } from './thinking.js';

type Body = Readonly<Record<string, unknown>>;
type Block = Record<string, unknown>;
interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

export interface AnthropicAsk {
  readonly body: Record<string, unknown>;
  /** Tool whose input is the answer: a schema was asked for. Null without one. */
  readonly jsonTool: string | null;
}

const toolCall = z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string(), arguments: z.string().nullish() }) });
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().nullish(),
});
type Message = z.output<typeof message>;

/**
 * The messages request that asks the same, as a stream.
 * @param request OpenAI's chat request; `model` is the provider's.
 * @param name the provider's, for errors.
 * @throws AgentError PROVIDER_CANNOT_ANSWER for what has no counterpart (several answers, sound).
 */
export function toAnthropicRequest(request: Body, name: string): AnthropicAsk {
  const refuse = (problem: string): AgentError => new AgentError('PROVIDER_CANNOT_ANSWER', { name, problem });
  if (typeof request.n === 'number' && request.n > 1) throw refuse('it gives one answer a request, not n');
  const parsed = z.array(message).safeParse(request.messages);
  if (!parsed.success) throw refuse(`messages: ${z.prettifyError(parsed.error)}`);
  const model = String(request.model);
  const { system, turns } = turnsOf(parsed.data, refuse);
  const tools = toolsOf(request, turns);
  const thinking = thinkingOf(request, model, { toolLoop: inToolLoop(turns), forced: isForced(tools.tool_choice) });
  const json = jsonOf(request.response_format, { tools: tools.tools !== undefined, thinking: thinking.on, model });
  const body: Record<string, unknown> = {
    model,
    max_tokens: thinking.maxTokens,
    messages: turns,
    stream: true,
    ...textOf('system', [...system, ...(json.instruction === null ? [] : [{ type: 'text', text: json.instruction }])]),
    ...stopsOf(request.stop),
    ...(!thinking.on && !refusesSampling(model) && samplingOf(request)),
    ...thinking.fields,
    ...tools,
    ...(json.tool !== null && { tools: [json.tool], tool_choice: { type: 'tool', name: json.tool.name } }),
    ...(typeof request.user === 'string' && { metadata: { user_id: request.user } }),
  };
  return { body, jsonTool: json.tool?.name ?? null };
}

/** The system prompt, wherever it stood, and the turns: neighbours of one role become one, results of tools come first in theirs. */
function turnsOf(messages: readonly Message[], refuse: (problem: string) => AgentError): { system: Block[]; turns: Turn[] } {
  const system: Block[] = [];
  const turns: Turn[] = [];
  const add = (role: Turn['role'], blocks: readonly Block[]): void => {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, content: [...blocks] });
  };
  for (const one of messages) {
    switch (one.role) {
      case 'system':
      case 'developer':
        system.push(...textBlocks(one));
        break;
      case 'assistant':
        // Thinking is left out: Anthropic takes back only what it signed.
        add('assistant', [...textBlocks(one), ...(one.tool_calls ?? []).map(toolUse)]);
        break;
      case 'tool':
        add('user', [{ type: 'tool_result', tool_use_id: one.tool_call_id ?? '', content: partsOf(one, refuse) }]);
        break;
      default:
        add('user', partsOf(one, refuse));
    }
  }
  for (const turn of turns) {
    const first = turn.role === 'user' ? 'tool_result' : 'text';
    turn.content.sort((a, b) => Number(b.type === first) - Number(a.type === first));
  }
  trimLast(turns);
  return { system, turns };
}

/** A beginning of the answer may not end in white space. */
function trimLast(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block.text = String(block.text).trimEnd();
}

function toolUse(call: z.output<typeof toolCall>): Block {
  return { type: 'tool_use', id: call.id, name: call.function.name, input: parseInput(call.function.arguments ?? '') };
}

/** Empty texts are refused by Anthropic. */
const isText = (text: unknown): text is string => typeof text === 'string' && text.trim() !== '';

function textBlocks({ content }: Message): Block[] {
  if (typeof content === 'string') return isText(content) ? [{ type: 'text', text: content }] : [];
  return (content ?? []).flatMap((part) =>
    isText(part.text) ? [textBlock(part)] : isText(part.refusal) ? [{ type: 'text', text: part.refusal }] : [],
  );
}

/** A mark of where the cached prefix ends, which some clients set, is kept. */
function textBlock(part: Block): Block {
  return { type: 'text', text: part.text, ...(part.cache_control !== undefined && { cache_control: part.cache_control }) };
}

function partsOf({ content }: Message, refuse: (problem: string) => AgentError): Block[] {
  if (typeof content === 'string') return isText(content) ? [{ type: 'text', text: content }] : [];
  return (content ?? []).flatMap((part): Block[] => {
    switch (part.type) {
      case 'text':
        return isText(part.text) ? [textBlock(part)] : [];
      case 'image_url':
        return [imageOf(part.image_url, refuse)];
      case 'file':
        return [documentOf(part.file, refuse)];
      default:
        throw refuse(`Anthropic’s protocol knows no part of type ${part.type.slice(0, 64)}`);
    }
  });
}

/** One text as a string, which every server of this protocol reads; several, or marked ones, as blocks. */
function textOf(key: string, blocks: readonly Block[]): Record<string, unknown> {
  if (blocks.length === 0) return {};
  if (blocks.some((one) => one.cache_control !== undefined)) return { [key]: blocks };
  return { [key]: blocks.map((one) => String(one.text)).join('\n\n') };
}

function stopsOf(stop: unknown): Record<string, unknown> {
  const stops = [stop].flat().filter(isText);
  return stops.length === 0 ? {} : { stop_sequences: stops };
}

/** Claude since 4.1 takes a temperature or a top_p, not both; it goes to 1, OpenAI's to 2. */
function samplingOf({ temperature, top_p, top_k }: Body): Record<string, unknown> {
  return {
    ...(typeof temperature === 'number' && { temperature: Math.min(1, temperature) }),
    ...(typeof top_p === 'number' && typeof temperature !== 'number' && { top_p }),
    ...(typeof top_k === 'number' && top_k > 0 && { top_k }),
  };
}

interface Tools {
  readonly tools?: readonly Block[];
  readonly tool_choice?: Block;
}

function toolsOf(request: Body, turns: readonly Turn[]): Tools {
  const given = z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).safeParse(request.tools ?? []);
  const tools = (given.data ?? []).map((one) => ({
    name: one.function.name,
    ...(isText(one.function.description) && { description: one.function.description }),
    input_schema: schemaOf(one.function.parameters) ?? { type: 'object', properties: {} },
  }));
  if (tools.length > 0) return { tools, ...choiceOf(request) };
  // A conversation in which tools were called needs them named, though none may be called now.
  const called = new Set(turns.flatMap((turn) => turn.content.flatMap((one) => (one.type === 'tool_use' ? [String(one.name)] : []))));
  if (called.size === 0) return {};
  return { tools: [...called].map((name) => ({ name, input_schema: { type: 'object' } })), tool_choice: { type: 'none' } };
}

function choiceOf({ tool_choice: choice, parallel_tool_calls: parallel }: Body): { tool_choice?: Block } {
  const single = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === 'none') return { tool_choice: { type: 'none' } };
  if (choice === 'required') return { tool_choice: { type: 'any', ...single } };
  const named = z.looseObject({ function: z.looseObject({ name: z.string() }) }).safeParse(choice);
  if (named.success) return { tool_choice: { type: 'tool', name: named.data.function.name, ...single } };
  return parallel === false || choice === 'auto' ? { tool_choice: { type: 'auto', ...single } } : {};
}

const isForced = (choice: Block | undefined): boolean => choice?.type === 'any' || choice?.type === 'tool';

/** Whether the model is asked to go on after results of tools. */
function inToolLoop(turns: readonly Turn[]): boolean {
  return turns.at(-1)?.content.some((one) => one.type === 'tool_result') ?? false;
}
