/** Where in the tree of a chat a run writes. */
import { AgentError, type Chat, type ChatMessage, type InputPart, type RunCreate } from '@mlx-manager/shared';
import type { RunStorage } from './types.js';

export interface Place {
  /** What the user says, and behind which message; null when an answer alone is written. */
  readonly said: { readonly parentId: string | null; readonly parts: readonly InputPart[] } | null;
  /** The message that is answered, when it is there already. */
  readonly askedId: string | null;
  /** The answer that goes on; null for a new one. */
  readonly resumed: ChatMessage | null;
}

/**
 * Finds it.
 * @throws AgentError MESSAGE_NOT_FOUND, RUN_NOT_POSSIBLE.
 */
export function placeOf({ messages }: Pick<RunStorage, 'messages'>, chat: Chat, create: RunCreate): Place {
  const find = (id: string): ChatMessage => {
    const message = messages.find(id);
    if (message?.chatId !== chat.id) throw new AgentError('MESSAGE_NOT_FOUND', { message: id, chat: chat.id });
    return message;
  };
  const refuse = (problem: string, remedy: string): AgentError => new AgentError('RUN_NOT_POSSIBLE', { problem, remedy });
  /** The one that is named, else the last of the branch shown. */
  const subject = (id: string | undefined): ChatMessage => {
    const at = id ?? chat.headId;
    if (at === null) throw refuse('the chat has no messages yet', 'Send one first.');
    return find(at);
  };
  switch (create.kind) {
    case 'send': {
      const parentId = create.parentId === undefined ? chat.headId : create.parentId;
      if (parentId !== null) find(parentId);
      return { said: { parentId, parts: create.parts }, askedId: null, resumed: null };
    }
    case 'edit': {
      const message = find(create.messageId);
      if (message.role === 'assistant')
        throw refuse('an answer cannot be edited', 'Edit the message it answers, or ask for another answer.');
      return { said: { parentId: message.parentId, parts: create.parts }, askedId: null, resumed: null };
    }
    case 'regenerate': {
      const message = subject(create.messageId);
      const askedId = message.role === 'assistant' ? message.parentId : message.id;
      if (askedId === null) throw refuse('there is no message to answer', 'Send one first.');
      return { said: null, askedId, resumed: null };
    }
    case 'resume': {
      const message = subject(create.messageId);
      const broken = ['stopped', 'interrupted', 'failed'].includes(message.status) || message.metrics?.finishReason === 'length';
      if (message.role !== 'assistant' || message.parentId === null)
        throw refuse('the message is no answer', 'Name an answer that was stopped or broke off.');
      if (!broken) throw refuse('the answer is whole', 'Ask for another one with kind "regenerate".');
      return { said: null, askedId: message.parentId, resumed: message };
    }
  }
}
