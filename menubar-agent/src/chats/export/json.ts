/** A chat as JSON: complete, in the names of the wire. */
import * as z from 'zod';
import { chat as chatSchema, chatMessage, type ChatDetail } from '@mlx-manager/shared';

/**
 * @param detail the chat and the messages that shall be in the file. @param branches whether these are all branches.
 * @param exportedAt instant of the wire.
 */
export function exportJson({ chat, messages }: ChatDetail, branches: boolean, exportedAt: string): string {
  const file = {
    format: 'mlx-manager/chat',
    version: 1,
    exported_at: exportedAt,
    branches,
    chat: z.encode(chatSchema, chat),
    messages: messages.map((message) => z.encode(chatMessage, message)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
