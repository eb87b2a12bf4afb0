/** What the wrappers work on. */
import type { ChatStream } from '../core/chunks.js';

/** A chat request in OpenAI's form. */
export type Body = Readonly<Record<string, unknown>>;

/** Asks the engine; each call is one answer. */
export type Ask = (body: Body) => ChatStream;

/** One message of a request. */
export type Message = Readonly<Record<string, unknown>>;

export const messagesOf = (body: Body): readonly Message[] => (Array.isArray(body.messages) ? (body.messages as Message[]) : []);
