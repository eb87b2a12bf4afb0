/** What the wrappers work on. */
import type { ChatStream } from '../core/chunks.js';

/** A chat request, or a text completion's, in OpenAI's form. */
export type Body = Readonly<Record<string, unknown>>;

/** Whether it is one, and no text completion: of those the engine is asked for single answers and stopped, nothing else. */
export const isChat = (body: Body): boolean => body.messages !== undefined;

/** Asks the engine; each call is one answer. */
export type Ask = (body: Body) => ChatStream;

/** One message of a request. */
export type Message = Readonly<Record<string, unknown>>;

export const messagesOf = (body: Body): readonly Message[] => (Array.isArray(body.messages) ? (body.messages as Message[]) : []);
