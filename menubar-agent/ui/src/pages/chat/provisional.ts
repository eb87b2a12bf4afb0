/** A question on the screen before the agent knows of it. */
import type { Chat, ChatMessage, InputPart } from '@mlx-manager/shared';

export const PROVISIONAL = 'provisional';

/** @param view the chat it is asked in. */
export function provisional({ chat, messages }: { chat: Chat | null; messages: readonly ChatMessage[] }, parts: InputPart[]): ChatMessage {
  const now = new Date().toISOString();
  return {
    id: PROVISIONAL,
    chatId: chat?.id ?? '',
    parentId: messages.at(-1)?.id ?? null,
    role: 'user',
    parts,
    status: 'complete',
    error: null,
    metrics: null,
    model: null,
    profileId: null,
    profileName: null,
    trimmed: 0,
    runId: null,
    siblingIds: [PROVISIONAL],
    createdAt: now,
    updatedAt: now,
  };
}
