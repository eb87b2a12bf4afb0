/** How Quick Chat is opened. */

/** What other commands hand over by `launchCommand`, and deeplinks by `context`. */
export interface ChatContext {
  chatId?: string;
  profileId?: number;
  /** Profile name, alias or hub id. */
  model?: string;
  personaId?: number;
  /** Put into the search bar, or asked at once with `send`. */
  text?: string;
  send?: boolean;
  /** Begins anew even where a chat was left a moment ago. */
  fresh?: boolean;
}

/** Reads a context that anybody may have written into a deeplink. */
export function readContext(given: unknown): ChatContext {
  const context: ChatContext = {};
  if (typeof given !== "object" || given === null) return context;
  const { chatId, profileId, model, personaId, text, send, fresh } = given as Record<string, unknown>;
  if (typeof chatId === "string") context.chatId = chatId;
  if (Number.isSafeInteger(profileId)) context.profileId = profileId as number;
  if (typeof model === "string") context.model = model;
  if (Number.isSafeInteger(personaId)) context.personaId = personaId as number;
  if (typeof text === "string") context.text = text;
  if (send === true) context.send = true;
  if (fresh === true) context.fresh = true;
  return context;
}
