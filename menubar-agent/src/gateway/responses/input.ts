/** Items of a conversation → chat messages. Pure; what is left out is told in `warnings`. */
import { invalidRequest } from '@mlx-manager/shared';
import type { z } from 'zod';
import { openReasoning } from './sealed.js';
import {
  callOutputItem,
  customCallItem,
  filePart,
  functionCallItem,
  imagePart,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  type Item,
  type Part,
} from './schema.js';
import { chatName, customArguments } from './tools.js';

type ChatPart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string; detail?: string } };

interface ChatCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}
export interface ChatMessage extends Record<string, unknown> {
  readonly role: string;
}

/** What has been said, in the two parts that a chat template wants. */
export interface Conversation {
  /** Of system and developer messages, wherever they stood: many templates take one system message only, and only at the start. */
  readonly system: readonly string[];
  readonly messages: readonly ChatMessage[];
}

/** Neighbours of one role become one message, since templates that alternate want it so. */
class Turns {
  readonly system: string[] = [];
  /** Each message with the results of its calls. */
  readonly #said: { readonly message: ChatMessage; readonly results: ChatMessage[] }[] = [];
  /** Where the results of a call go: a conversation may have thousands. */
  readonly #resultsOf = new Map<string, ChatMessage[]>();
  #assistant: { texts: string[]; thoughts: string[]; calls: ChatCall[] } | null = null;
  #user: ChatPart[][] | null = null;

  get assistant(): { texts: string[]; thoughts: string[]; calls: ChatCall[] } {
    this.#endUser();
    return (this.#assistant ??= { texts: [], thoughts: [], calls: [] });
  }

  user(parts: ChatPart[]): void {
    this.#endAssistant();
    (this.#user ??= []).push(parts);
  }

  /** A result stands right behind the message with its call, even where the user spoke in between. Images go to the user's message: a tool's has text only. */
  result(callId: string, text: string, images: ChatPart[]): boolean {
    this.#endAssistant();
    const said = { role: 'tool', tool_call_id: callId, content: text };
    const results = this.#resultsOf.get(callId);
    if (results !== undefined) results.push(said);
    else {
      this.#endUser();
      this.#push(said);
    }
    if (images.length > 0) this.user(images);
    return results !== undefined;
  }

  end(): ChatMessage[] {
    this.#endAssistant();
    this.#endUser();
    return this.#said.flatMap(({ message, results }) => [message, ...results]);
  }

  #push(message: ChatMessage): ChatMessage[] {
    const results: ChatMessage[] = [];
    this.#said.push({ message, results });
    return results;
  }

  #endAssistant(): void {
    const turn = this.#assistant;
    this.#assistant = null;
    if (!turn || turn.texts.length + turn.thoughts.length + turn.calls.length === 0) return;
    const results = this.#push({
      role: 'assistant',
      content: turn.texts.join('\n\n'),
      // Templates that keep the thinking of a running tool loop read it here (Qwen3, GLM).
      ...(turn.thoughts.length > 0 && { reasoning_content: turn.thoughts.join('\n') }),
      ...(turn.calls.length > 0 && { tool_calls: turn.calls }),
    });
    for (const { id } of turn.calls) this.#resultsOf.set(id, results);
  }

  #endUser(): void {
    const said = this.#user;
    this.#user = null;
    if (!said) return;
    const all = said.flat();
    const plain = all.every((one) => one.type === 'text');
    // Plain text as a string: every template reads that.
    this.#push({ role: 'user', content: plain ? said.map(textOf).join('\n\n') : all });
  }
}

/**
 * The messages that say the same.
 * @throws AgentError INVALID_REQUEST when a known item lacks what it needs.
 */
export function toMessages(items: readonly Item[], warnings: string[]): Conversation {
  const turns = new Turns();
  for (const item of items) take(item, turns, warnings);
  return { system: turns.system, messages: turns.end() };
}

function take(item: Item, turns: Turns, warnings: string[]): void {
  switch (item.type ?? 'message') {
    case 'message':
      message(item, turns, warnings);
      break;
    case 'reasoning': {
      const thought = thoughtOf(parse(reasoningItem, item));
      if (thought !== '') turns.assistant.thoughts.push(thought);
      break;
    }
    case 'function_call': {
      const call = parse(functionCallItem, item);
      const args = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments ?? {});
      turns.assistant.calls.push(chatCall(call, args === '' ? '{}' : args));
      break;
    }
    case 'custom_tool_call': {
      const call = parse(customCallItem, item);
      turns.assistant.calls.push(chatCall(call, customArguments(call.input)));
      break;
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { call_id, output } = parse(callOutputItem, item);
      const parts = partsOf(output ?? '', 'a tool’s output', warnings);
      const text = parts.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
      const images = parts.filter((part) => part.type !== 'text');
      if (!turns.result(call_id, text, images)) warnings.push(`The output of the call ${call_id.slice(0, 64)} came without the call.`);
      break;
    }
    case 'configuration_update':
      break; // read before, with the rest of the configuration
    default:
      warnings.push(`An item of type ${String(item.type).slice(0, 64)} in the input was left out.`);
  }
}

function message(item: Item, turns: Turns, warnings: string[]): void {
  const { role, content } = parse(messageItem, item);
  const parts = partsOf(content, `a message of the ${role.slice(0, 64)}`, warnings);
  switch (role) {
    case 'system':
    case 'developer':
      if (textOf(parts).trim() !== '') turns.system.push(textOf(parts));
      break;
    case 'assistant':
      if (textOf(parts) !== '') turns.assistant.texts.push(textOf(parts));
      break;
    default:
      if (role !== 'user') warnings.push(`A message of the role ${role.slice(0, 64)} was taken as the user’s.`);
      if (parts.length > 0) turns.user(parts);
  }
}

const textOf = (parts: readonly ChatPart[]): string => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

/** Our own sealed thinking first: it is whole. Nobody else's can be read. */
function thoughtOf({ encrypted_content, content, summary }: z.output<typeof reasoningItem>): string {
  const sealed = openReasoning(encrypted_content ?? '');
  if (sealed !== null) return sealed;
  const said = content && content.length > 0 ? content : (summary ?? []);
  return said.map(({ text }) => text).join('\n');
}

function chatCall(call: Pick<z.output<typeof functionCallItem>, 'call_id' | 'id' | 'name' | 'namespace'>, args: string): ChatCall {
  const name = chatName({ name: call.name, namespace: call.namespace ?? null });
  return { id: call.call_id ?? call.id ?? '', type: 'function', function: { name, arguments: args } };
}

function partsOf(content: string | readonly Part[], where: string, warnings: string[]): ChatPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.flatMap((one) => partOf(one, where, warnings));
}

function partOf(one: Part, where: string, warnings: string[]): ChatPart[] {
  switch (one.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
      return [{ type: 'text', text: parse(textPart, one).text }];
    case 'refusal':
      return [{ type: 'text', text: parse(refusalPart, one).refusal }];
    case 'input_image': {
      const { image_url, detail } = parse(imagePart, one);
      if (image_url) return [{ type: 'image_url', image_url: { url: image_url, ...(typeof detail === 'string' && { detail }) } }];
      break;
    }
    case 'input_file': {
      const { filename, file_data } = parse(filePart, one);
      const text = fileText(file_data ?? '');
      if (text !== null) return [{ type: 'text', text: filename ? `${filename}:\n${text}` : text }];
      break;
    }
  }
  warnings.push(`A part of type ${one.type.slice(0, 64)} in ${where} was left out: it is no text or image that came with the request.`);
  return [];
}

/** The text of a file given as a data: URL or plain base64; null when it is no text. */
function fileText(data: string): string | null {
  const base64 = /^(?:data:[^,]*;base64,)?([A-Za-z0-9+/\s]+={0,2})$/.exec(data)?.[1];
  if (base64 === undefined) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
    // PDF's head is text, its body is not for reading.
    return text.startsWith('%PDF') || text.includes('\0') ? null : text;
  } catch {
    return null; // not UTF-8: no text
  }
}

function parse<S extends z.ZodType>(schema: S, value: { readonly type?: string | null | undefined }): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error, `body.input (${(value.type ?? 'message').slice(0, 64)})`);
}
