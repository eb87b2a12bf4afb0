/**
 * `context` of /api/generate: numbers that a client gets with an answer and sends back to go on. Ollama's are token ids; clients never look
 * into them. Ours are the conversation itself as bytes, so that the agent has nothing to remember.
 */
import { z } from 'zod';

/** Marks numbers of ours: no token id is so large. */
const MARK = 0x6d6c7801;

const turns = z.array(z.object({ role: z.enum(['user', 'assistant', 'system']), content: z.string() }));
export type Turns = z.output<typeof turns>;

/** A conversation as numbers. */
export function encodeContext(conversation: Turns): number[] {
  return [MARK, ...new TextEncoder().encode(JSON.stringify(conversation))];
}

/** The conversation behind numbers; null when they are not ours (of a real Ollama's, or cut). */
export function decodeContext(numbers: readonly number[]): Turns | null {
  if (numbers[0] !== MARK) return null;
  try {
    return turns.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(numbers.slice(1)))));
  } catch {
    return null; // the caller says that it was left out
  }
}
