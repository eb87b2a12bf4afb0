/** Prompts and answers for the owner who turned capture on. */
import type { CaptureRow } from '../../store/index.js';
import type { Call } from '../core/call.js';
import type { AnswerText, Trace } from '../core/trace.js';

/** Longest text kept of prompt, answer and thinking each, characters. */
export const MAX_CAPTURE = 128 * 1024;
/** Longest single string within a prompt: an image in base64 is cut, the words around it stay. */
const MAX_STRING = 32 * 1024;
const MAX_ERROR = 2048;

/**
 * What is kept of one request. Headers, and with them keys, are no part of a call.
 * @param now milliseconds since 1970.
 */
export function captureOf(trace: Trace, call: Call, answer: AnswerText | null, now: number): CaptureRow {
  let truncated = false;
  const cut = (text: string, limit: number): string => {
    if (text.length <= limit) return text;
    truncated = true;
    return `${text.slice(0, limit)}… [${text.length - limit} more characters]`;
  };
  const prompt = JSON.stringify(call.body, (_key, value: unknown) => (typeof value === 'string' ? cut(value, MAX_STRING) : value));
  const told = (text: string | undefined): string | null => (text === undefined || text === '' ? null : cut(text, MAX_CAPTURE));
  return {
    id: trace.id,
    capturedAt: now,
    prompt: cut(prompt, MAX_CAPTURE),
    answer: told(answer?.text),
    reasoning: told(answer?.reasoning),
    errorMessage: trace.errorMessage === null ? null : cut(trace.errorMessage, MAX_ERROR),
    truncated,
  };
}
