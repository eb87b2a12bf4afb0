/** Anthropic → OpenAI: a request. Pure; what is left out is told in `warnings`. */
import { AgentError, invalidRequest, type ChatCompletionRequest } from '@mlx-manager/shared';
import type { z } from 'zod';
import { documentBlock, imageBlock, textBlock, thinkingBlock, toolResultBlock, toolUseBlock } from './schema.js';
import type { Block, MessagesRequest } from './schema.js';

type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };
type ChatMessage = ChatCompletionRequest['messages'][number];

export interface ChatCall {
  readonly body: ChatCompletionRequest;
  /** What the engine must not be told, because it does not say afterwards whether it matched: the gateway watches for these. */
  readonly stopSequences: readonly string[];
  /** What was left out, a sentence each. */
  readonly warnings: readonly string[];
}

/** A line that Claude Code puts into the system prompt and that differs at each request: it would spoil every cached prefix. */
const BILLING_LINE = /^x-anthropic-billing-header:.*(?:\r?\n|$)/gim;

/**
 * The chat request that asks the same.
 * @param model `sees`: whether pictures in the results of tools are shown to it; what the user sends always is.
 * @throws AgentError INVALID_REQUEST when a known block lacks what it needs, or nothing is left to answer.
 */
export function toChatRequest(request: MessagesRequest, model: { readonly sees: boolean } = { sees: true }): ChatCall {
  const warnings: string[] = [];
  const { system, turns } = splitTurns(request, warnings);
  const messages = turns.flatMap((turn) =>
    turn.role === 'assistant' ? assistantTurn(turn.blocks, warnings) : userTurn(turn.blocks, warnings, model.sees),
  );
  if (messages.length === 0) throw new AgentError('INVALID_REQUEST', { problem: 'body.messages: nothing in them can be answered' });
  if (system !== '') messages.unshift({ role: 'system', content: system });
  const body: ChatCompletionRequest = { model: request.model, messages, ...options(request), ...toolFields(request, warnings) };
  return { body, stopSequences: (request.stop_sequences ?? []).filter((one) => one !== ''), warnings };
}

function options(request: MessagesRequest): Partial<ChatCompletionRequest> {
  const { max_tokens, temperature, top_p, top_k, thinking } = request;
  const given = Object.entries({ max_tokens, temperature, top_p, top_k }).filter(([, value]) => value !== undefined && value !== null);
  return {
    ...Object.fromEntries(given),
    // Without the field Claude does not think, and most clients read `content[0].text`: so it is with a local model.
    chat_template_kwargs: { enable_thinking: thinking !== undefined && thinking !== null && thinking.type !== 'disabled' },
  };
}

function toolFields(request: MessagesRequest, warnings: string[]): Partial<ChatCompletionRequest> {
  const choice = request.tool_choice;
  // Engines that know no tool_choice would call all the same: a model that must not, or only one, is not shown the others.
  if (choice?.type === 'none') return {};
  const offered = (request.tools ?? []).filter((tool) => {
    if (tool.input_schema) return true;
    warnings.push(`The tool ${tool.name} runs on Anthropic’s servers and was left out.`);
    return false;
  });
  const named = choice?.type === 'tool' ? choice.name : undefined;
  const tools = typeof named === 'string' ? offered.filter((tool) => tool.name === named) : offered;
  if (typeof named === 'string' && tools.length === 0) {
    throw new AgentError('INVALID_REQUEST', { problem: `body.tool_choice: no tool is named ${named}` });
  }
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, input_schema }) => ({
      type: 'function',
      function: { name, ...(description ? { description } : {}), parameters: input_schema },
    })),
    ...(choice && {
      tool_choice:
        typeof named === 'string' ? { type: 'function', function: { name: named } } : choice.type === 'any' ? 'required' : 'auto',
    }),
    ...(choice?.disable_parallel_tool_use === true && { parallel_tool_calls: false }),
  };
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: Block[];
}

/** Takes the system prompt out of the messages; neighbours of one role become one turn, as templates that alternate want it. */
function splitTurns(request: MessagesRequest, warnings: string[]): { system: string; turns: Turn[] } {
  const system = systemTexts(request.system ?? '', warnings);
  const turns: Turn[] = [];
  for (const { role, content } of request.messages) {
    if (role === 'system') {
      system.push(...systemTexts(content, warnings));
      continue;
    }
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocksOf(content));
    else turns.push({ role, blocks: [...blocksOf(content)] });
  }
  return { system: system.join('\n\n'), turns };
}

const blocksOf = (content: string | readonly Block[]): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

function systemTexts(content: string | readonly Block[], warnings: string[]): string[] {
  return blocksOf(content)
    .flatMap((one) => (one.type === 'text' ? [parse(textBlock, one).text] : skip(one, 'the system prompt', warnings)))
    .map((text) => text.replace(BILLING_LINE, ''))
    .filter((text) => text.trim() !== '');
}

/** One message a turn, whatever the number of its tool calls. */
function assistantTurn(blocks: readonly Block[], warnings: string[]): ChatMessage[] {
  const texts: string[] = [];
  const thoughts: string[] = [];
  const calls: unknown[] = [];
  for (const one of blocks) {
    switch (one.type) {
      case 'text':
        texts.push(parse(textBlock, one).text);
        break;
      case 'thinking':
        thoughts.push(parse(thinkingBlock, one).thinking);
        break;
      case 'tool_use': {
        const { id, name, input } = parse(toolUseBlock, one);
        calls.push({ id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } });
        break;
      }
      default:
        skip(one, 'an assistant message', warnings);
    }
  }
  if (texts.length + thoughts.length + calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: texts.join(''),
      // Templates that keep the thinking of a running tool loop read it here (Qwen3, GLM).
      ...(thoughts.length > 0 && { reasoning_content: thoughts.join('\n') }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ];
}

/** Results of tools first, as messages of their own; then what the user says. Images of results go to the user's message: a tool's has text only. */
function userTurn(blocks: readonly Block[], warnings: string[], sees: boolean): ChatMessage[] {
  const results: ChatMessage[] = [];
  const fromTools: Part[] = [];
  const said: Part[] = [];
  for (const one of blocks) {
    if (one.type !== 'tool_result') {
      said.push(...partsOf(one, 'a user message', warnings));
      continue;
    }
    const { tool_use_id, content, is_error } = parse(toolResultBlock, one);
    const parts = blocksOf(content ?? '').flatMap((inner) => partsOf(inner, 'a tool result', warnings));
    const text = parts.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
    // A screenshot that a tool took must not end a conversation with a model that reads only: its place in the text is marked.
    if (sees) fromTools.push(...parts.filter((part) => part.type === 'image_url'));
    results.push({ role: 'tool', tool_call_id: tool_use_id, content: is_error === true ? `Error: ${text}` : text });
  }
  const all = [...fromTools, ...said];
  if (all.length === 0) return results;
  const textOnly = all.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  // Plain text as a string: every template reads that.
  return [...results, { role: 'user', content: textOnly.length === all.length ? textOnly.join('\n') : all }];
}

function partsOf(one: Block, where: string, warnings: string[]): Part[] {
  switch (one.type) {
    case 'text':
      return [{ type: 'text', text: parse(textBlock, one).text }];
    case 'image': {
      const { source } = parse(imageBlock, one);
      const url = source.type === 'url' ? source.url : `data:${source.media_type};base64,${source.data}`;
      return [{ type: 'image_url', image_url: { url } }];
    }
    case 'document': {
      const { title, source } = parse(documentBlock, one);
      const head: Part[] = title ? [{ type: 'text', text: title }] : [];
      if (source.type === 'text') return [...head, { type: 'text', text: source.data }];
      if (source.type === 'content') {
        return [...head, ...blocksOf(source.content).flatMap((inner) => partsOf(inner, where, warnings))];
      }
      warnings.push(`A document given as ${source.type} in ${where} was left out.`);
      return [];
    }
    default:
      return skip(one, where, warnings);
  }
}

function skip(one: Block, where: string, warnings: string[]): never[] {
  // Encrypted thinking is nobody's but Anthropic's.
  if (one.type !== 'redacted_thinking') warnings.push(`A block of type ${one.type.slice(0, 64)} in ${where} was left out.`);
  return [];
}

function parse<S extends z.ZodType>(schema: S, value: Block): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error, `body.messages (block ${value.type.slice(0, 64)})`);
}
