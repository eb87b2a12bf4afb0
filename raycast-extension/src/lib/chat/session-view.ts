/** What is known of the chat on the screen, and what is said when one asks in it. */
import type { Chat, ChatCreate, ChatMessage, Run, RunCreate } from "@mlx-manager/shared";

export interface SessionView {
  /** Null for a chat that has not begun: it is made by the first question. */
  readonly chat: Chat | null;
  readonly messages: readonly ChatMessage[];
  readonly run: Run | null;
  /** Whether an answer is being written. */
  readonly busy: boolean;
  /** Whether the chat is being fetched. */
  readonly isLoading: boolean;
  /** Why the chat could not be fetched, or why watching an answer was given up. */
  readonly error: Error | undefined;
}

/** No chat yet. */
export const EMPTY: SessionView = {
  chat: null,
  messages: [],
  run: null,
  busy: false,
  isLoading: false,
  error: undefined,
};

/** What makes a new chat. */
export type NewChat = Partial<Pick<ChatCreate, "model" | "profileId" | "personaId" | "systemPrompt">>;
/** What an answer may have of its own. */
export type AnswerOptions = Pick<RunCreate, "model" | "profileId" | "thinking">;
