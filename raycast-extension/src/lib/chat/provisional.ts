/** A question on the screen before the agent knows of it. */
import type { ChatMessage, InputPart } from "@mlx-manager/shared";
import type { SessionView } from "./session-view.js";

/** Id of a question the agent has not written down yet. */
export const PROVISIONAL = "provisional";

/** @param view the chat it is asked in. */
export function provisional({ chat, messages }: SessionView, parts: InputPart[]): ChatMessage {
  const now = new Date().toISOString();
  return {
    id: PROVISIONAL,
    chatId: chat?.id ?? "",
    parentId: messages.at(-1)?.id ?? null,
    role: "user",
    parts,
    status: "complete",
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
