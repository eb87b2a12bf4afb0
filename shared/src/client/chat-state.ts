/** A chat as a surface shows it while an answer is written: the events of a run applied to it, without asking the agent again. */
import type { Chat, ChatDetail, ChatMessage, MessagePart, Run, RunEvent } from '../schemas/index.js';

export interface ChatState {
  readonly chat: Chat;
  /** The branch shown, in order. */
  readonly messages: readonly ChatMessage[];
  /** The run that was watched last; null when none was. */
  readonly run: Run | null;
  /** Where to go on watching it. */
  readonly lastEventId: string | null;
}

/** A chat as it was fetched. */
export const chatState = ({ chat, messages }: ChatDetail): ChatState => ({ chat, messages, run: null, lastEventId: null });

/**
 * The chat behind an event. Never changes what it was given.
 * @param event of a run of this chat, in the order of the stream.
 */
export function applyRunEvent(state: ChatState, event: RunEvent): ChatState {
  const next: ChatState = { ...state, lastEventId: event.id || state.lastEventId };
  switch (event.type) {
    case 'run':
      return {
        ...next,
        run: event.data,
        messages: changed(next.messages, event.data.messageId, (message) => trimmedBy(message, event.data)),
      };
    case 'messages':
      return { ...next, messages: event.data.messages.reduce(placed, next.messages) };
    case 'delta': {
      const { index, type, text } = event.data;
      return {
        ...next,
        messages: changed(next.messages, next.run?.messageId, (message) => ({
          ...message,
          parts: longer(message.parts, index, type, text),
        })),
      };
    }
    case 'parts':
      return { ...next, messages: placed(next.messages, event.data.message) };
    case 'finished':
      return { ...next, run: event.data.run, chat: event.data.chat, messages: placed(next.messages, event.data.message) };
  }
}

/** A message in its place: where it stood, else behind its parent, in place of the branch that was shown there. */
function placed(messages: readonly ChatMessage[], message: ChatMessage): readonly ChatMessage[] {
  if (messages.some(({ id }) => id === message.id)) return changed(messages, message.id, () => message);
  const before = message.parentId === null ? 0 : messages.findIndex(({ id }) => id === message.parentId) + 1;
  return [...messages.slice(0, before), message];
}

function changed(
  messages: readonly ChatMessage[],
  id: string | undefined,
  change: (message: ChatMessage) => ChatMessage,
): readonly ChatMessage[] {
  return messages.map((message) => (message.id === id ? change(message) : message));
}

const trimmedBy = (message: ChatMessage, { trimmed }: Run): ChatMessage =>
  message.trimmed === trimmed ? message : { ...message, trimmed };

function longer(parts: readonly MessagePart[], index: number, type: 'text' | 'thinking', text: string): MessagePart[] {
  const part = parts[index];
  if (part?.type === type) return parts.map((one, i) => (i === index ? { ...part, text: part.text + text } : one));
  const begun: MessagePart = type === 'text' ? { type, text } : { type, text, durationMs: null };
  return [...parts.slice(0, index), begun];
}

/** The text of a message without its thinking and its tools. */
export const textOf = (message: Pick<ChatMessage, 'parts'>): string =>
  message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');

/** The code blocks of a Markdown text, fences taken off, in order. */
export function codeBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let fence: string | null = null;
  let lines: string[] = [];
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence === null) {
      // Backticks in the info string make it inline code, not a fence (CommonMark 4.5).
      if (mark?.[1] && !(mark[1].startsWith('`') && mark[2]?.includes('`'))) [fence, lines] = [mark[1], []];
      continue;
    }
    if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === '') {
      blocks.push(lines.join('\n'));
      fence = null;
    } else lines.push(line);
  }
  // A block that is still being written, or was cut off, reaches to the end.
  if (fence !== null) blocks.push(lines.join('\n'));
  return blocks;
}
