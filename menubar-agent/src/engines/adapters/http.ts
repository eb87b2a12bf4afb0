/** The few requests an adapter makes to its own engine. */
import type { Agent } from 'undici';

/** A dispatcher of our own: engines are on loopback, so no proxy setting may come between. Made at the first request. */
let direct: Agent | undefined;

export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One request to an engine. Rejects when nothing answers or the signal fires.
 * @param url absolute.
 * @param options `body` is sent as JSON by POST; without it the request is a GET.
 */
export async function askEngine(url: string, options: { body?: unknown; signal: AbortSignal }): Promise<EngineAnswer> {
  // Loaded with the first engine: an agent without one starts quicker and takes less memory.
  const { Agent: Dispatcher, request } = await import('undici');
  direct ??= new Dispatcher({ connectTimeout: 5_000, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1_000 });
  const answer = await request(url, {
    dispatcher: direct,
    signal: options.signal,
    ...(options.body === undefined
      ? { method: 'GET' }
      : { method: 'POST', body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** The JSON object in a text, or null when there is none. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // not JSON: the caller says what it got instead
  }
}

/**
 * Throws unless the answer is a 200 whose JSON holds a non-empty list under `key`.
 * @param what the request in words, for the message.
 */
export function expectList(answer: EngineAnswer, key: 'choices' | 'data', what: string): void {
  const json = answer.status === 200 ? jsonObject(answer.text) : null;
  const list = json?.[key];
  if (!Array.isArray(list) || list.length === 0) {
    throw new Error(`${what} answered ${answer.status}: ${answer.text.slice(0, 500) || 'nothing'}`);
  }
}
