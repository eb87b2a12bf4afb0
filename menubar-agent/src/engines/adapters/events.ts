/**
 * Corrections of streamed answers, for filters that run once a token: they cut and paste in the JSON text and parse only where they must. That is safe because
 * inside a JSON text every quote is escaped: `"role": "assistant"` with bare quotes can only be a member, never something a model wrote.
 */
import { jsonObject } from './http.js';

/** An event that says the answer failed, in OpenAI's shape. @param error what the engine gave as its error: a text, or an object with a message. */
export function errorEvent(error: unknown): string {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : { message: error };
  const { message, type, code } = fields;
  return JSON.stringify({
    error: {
      message: typeof message === 'string' ? message : JSON.stringify(error),
      type: typeof type === 'string' ? type : 'server_error',
      code: typeof code === 'string' || typeof code === 'number' ? code : null,
    },
  });
}

/** The error event for an event without choices that tells a failure, or null for any other. */
export function failureIn(event: string): string | null {
  const json = jsonObject(event);
  if (json === null || json.choices !== undefined) return null;
  if (json.error !== undefined && json.error !== null) return errorEvent(json.error);
  return typeof json.message === 'string' ? errorEvent(json) : null;
}

/** Ends a stream at its first error: what the engine still sends (a normal end, mostly) is dropped. */
export function endingAtErrors(filter: (event: string) => string): (event: string) => string | null {
  let broken = false;
  return (event) => {
    if (broken) return null;
    if (event.includes('"choices"')) return filter(event);
    const failure = failureIn(event);
    broken = failure !== null;
    return failure ?? event;
  };
}

/** What the first choice of a whole answer says; null when there is none. */
export function firstChoice(body: Record<string, unknown>): { choice: Record<string, unknown>; message: Record<string, unknown> } | null {
  const choice = (Array.isArray(body.choices) ? body.choices[0] : undefined) as unknown;
  if (typeof choice !== 'object' || choice === null) return null;
  const { message } = choice as { message?: unknown };
  if (typeof message !== 'object' || message === null) return null;
  return { choice: choice as Record<string, unknown>, message: message as Record<string, unknown> };
}

/** A whole answer with another first choice. */
export function withChoice(
  body: Record<string, unknown>,
  choice: Record<string, unknown>,
  message: Record<string, unknown>,
): Record<string, unknown> {
  return { ...body, choices: [{ ...choice, message }, ...(body.choices as unknown[]).slice(1)] };
}

/** Thinking that was cut off before its end mark, which parsers of whole answers leave in the text. */
export function splitCutThinking(message: Record<string, unknown>): Record<string, unknown> {
  const { content } = message;
  if (typeof content !== 'string' || !content.startsWith('<think>') || content.includes('</think>')) return message;
  return { ...message, content: null, reasoning_content: content.slice('<think>'.length) };
}
