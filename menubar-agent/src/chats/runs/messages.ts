/** Messages of a chat as the model gets them: in OpenAI's form, in blocks that stand or fall together. */
import { AgentError, type Attachment, type ChatMessage, type MessagePart } from '@mlx-manager/shared';
import { fenceAround } from '../export/text.js';

export type OpenaiMessage = { role: string; content: unknown } & Record<string, unknown>;

/** Messages that are sent together or not at all: a call of tools and its results. */
export interface Block {
  readonly messages: readonly OpenaiMessage[];
  /** How many messages of the chat they stand for. */
  readonly count: number;
  /** Whether a user's turn begins here. */
  readonly opensTurn: boolean;
}

export type Attachments = ReadonlyMap<string, { readonly info: Attachment; readonly bytes: Uint8Array }>;

/** Bytes of a text file that is read to a model: some 400 pages. */
const MAX_TEXT_BYTES = 1024 * 1024;

type Attached = Extract<MessagePart, { attachmentId: string }>;
export const isAttached = (part: MessagePart): part is Attached => part.type === 'image' || part.type === 'file';

/** What a file is to a model. */
export type Medium = 'picture' | 'film' | 'sound' | 'text';
export function mediumOf({ type, mediaType }: Pick<Attached, 'type' | 'mediaType'>): Medium {
  if (type === 'image' || mediaType.startsWith('image/')) return mediaType === 'image/svg+xml' ? 'text' : 'picture';
  if (mediaType.startsWith('video/')) return 'film';
  return mediaType.startsWith('audio/') ? 'sound' : 'text';
}

/**
 * The branch as blocks. Thinking is not sent back, answers without a word are left out, and so are calls that nobody answered and results of no call.
 * @throws AgentError ATTACHMENT_UNREADABLE.
 */
export function blocksOf(branch: readonly ChatMessage[], attachments: Attachments): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < branch.length; i++) {
    const message = branch[i] as ChatMessage;
    if (message.role === 'assistant') {
      const answered = answeredCalls(message, branch[i + 1]);
      const next = answered.size > 0 ? branch[i + 1] : undefined;
      const own = answerMessage(message, answered);
      const told = next === undefined ? [] : resultMessages(next, answered);
      const rest = next === undefined ? [] : userMessages(next, attachments);
      if (next !== undefined) i++;
      const messages = [...own, ...told];
      if (messages.length > 0) blocks.push({ messages, count: next === undefined || rest.length > 0 ? 1 : 2, opensTurn: false });
      if (rest.length > 0) blocks.push({ messages: rest, count: 1, opensTurn: true });
      continue;
    }
    const messages = userMessages(message, attachments);
    if (messages.length > 0) blocks.push({ messages, count: 1, opensTurn: true });
  }
  return blocks;
}

/** Ids of calls of a message whose results are in the next one. */
function answeredCalls(message: ChatMessage, after: ChatMessage | undefined): Set<string> {
  const results = new Set((after?.parts ?? []).flatMap((part) => (part.type === 'tool_result' ? [part.toolCallId] : [])));
  return new Set(message.parts.flatMap((part) => (part.type === 'tool_call' && results.has(part.id) ? [part.id] : [])));
}

function answerMessage({ parts }: ChatMessage, answered: ReadonlySet<string>): OpenaiMessage[] {
  const content = wellFormed(textOf(parts));
  const calls = parts.flatMap((part) =>
    part.type === 'tool_call' && answered.has(part.id)
      ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments } }]
      : [],
  );
  if (calls.length > 0) return [{ role: 'assistant', content: content === '' ? null : content, tool_calls: calls }];
  return content === '' ? [] : [{ role: 'assistant', content }];
}

const resultMessages = ({ parts }: ChatMessage, answered: ReadonlySet<string>): OpenaiMessage[] =>
  parts.flatMap((part) =>
    part.type === 'tool_result' && answered.has(part.toolCallId)
      ? [{ role: 'tool', tool_call_id: part.toolCallId, content: wellFormed(part.isError ? `Error: ${part.content}` : part.content) }]
      : [],
  );

/** What a user said; one text where there is nothing but text, which every engine and provider takes. */
function userMessages({ parts }: ChatMessage, attachments: Attachments): OpenaiMessage[] {
  const said: Record<string, unknown>[] = [];
  const addText = (added: string): void => {
    const last = said.at(-1);
    const text = wellFormed(added);
    if (typeof last?.text === 'string') last.text += `\n\n${text}`;
    else said.push({ type: 'text', text });
  };
  for (const part of parts) {
    if (part.type === 'text') addText(part.text);
    else if (isAttached(part)) {
      const medium = mediumOf(part);
      if (medium === 'text') addText(fileText(part, attachments));
      else said.push(mediaPart(part, medium, bytesOf(part, attachments)));
    }
  }
  if (said.length === 0) return [];
  const only = said.length === 1 ? said[0]?.text : undefined;
  return [{ role: 'user', content: typeof only === 'string' ? only : said }];
}

/** Half a surrogate pair (a cut emoji) is no text to a tokenizer, which refuses the whole conversation. */
const wellFormed = (text: string): string => text.toWellFormed();

/** The text of a message, without thinking, files and calls. */
export const textOf = (parts: readonly MessagePart[]): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

function bytesOf({ attachmentId, name }: Attached, attachments: Attachments): Uint8Array {
  const found = attachments.get(attachmentId);
  if (found === undefined) throw new AgentError('ATTACHMENT_UNREADABLE', { name, problem: 'its bytes are not kept any more' });
  return found.bytes;
}

/** Pictures and films by their address, sounds by their bytes: OpenAI's form, and what mlx_vlm.server reads. */
function mediaPart({ name, mediaType }: Attached, medium: Exclude<Medium, 'text'>, bytes: Uint8Array): Record<string, unknown> {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  if (base64 === '') throw new AgentError('ATTACHMENT_UNREADABLE', { name, problem: 'it is empty' });
  const url = `data:${mediaType};base64,${base64}`;
  if (medium === 'picture') return { type: 'image_url', image_url: { url } };
  if (medium === 'film') return { type: 'video_url', video_url: { url } };
  const format = (/^audio\/(?:x-)?([a-z0-9]+)/.exec(mediaType)?.[1] ?? 'wav').replace(/^(?:mpeg|mp3)$/, 'mp3').replace(/^wave?$/, 'wav');
  return { type: 'input_audio', input_audio: { data: base64, format } };
}

/** A text file as a model reads it: its name, then its text between fences longer than any inside it. */
function fileText(part: Attached, attachments: Attachments): string {
  const text = decoded(part.name, bytesOf(part, attachments));
  const fence = fenceAround(text);
  const language = /\.([A-Za-z0-9+#-]{1,12})$/.exec(part.name)?.[1] ?? '';
  return `File "${part.name}":\n${fence}${language}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** @throws AgentError ATTACHMENT_UNREADABLE for what is no text, or too much of it. */
function decoded(name: string, bytes: Uint8Array): string {
  const refuse = (problem: string, cause?: unknown): AgentError => new AgentError('ATTACHMENT_UNREADABLE', { name, problem }, { cause });
  if (bytes.byteLength > MAX_TEXT_BYTES) {
    throw refuse(`it has ${(bytes.byteLength / 1e6).toFixed(1)} MB; as text at most ${(MAX_TEXT_BYTES / 1e6).toFixed(1)} MB are read`);
  }
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(mark, { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse('it is no text in UTF-8 or UTF-16', error);
  }
  if (text.includes('\0')) throw refuse('it is no text');
  return text;
}

/** Messages to be sent, with those of one role in a row put together: many templates refuse two users in a row. */
export function joined(blocks: readonly Block[]): OpenaiMessage[] {
  const out: OpenaiMessage[] = [];
  for (const message of blocks.flatMap(({ messages }) => messages)) {
    const last = out.at(-1);
    const alike =
      last?.role === message.role && message.role !== 'tool' && last.tool_calls === undefined && message.tool_calls === undefined;
    if (alike) out[out.length - 1] = { ...message, content: sum(last.content, message.content) };
    else out.push(message);
  }
  return out;
}

function sum(a: unknown, b: unknown): unknown {
  if (typeof a === 'string' && typeof b === 'string') return `${a}\n\n${b}`;
  const list = (one: unknown): unknown[] => (typeof one === 'string' ? [{ type: 'text', text: one }] : (one as unknown[]));
  return [...list(a), ...list(b)];
}
