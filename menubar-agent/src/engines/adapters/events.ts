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
