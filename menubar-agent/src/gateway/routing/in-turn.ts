/** Tries the targets of a decision in turn. */
import { fallsBack } from './fallback.js';
import type { Decision, Target } from './types.js';

/**
 * The answer of the first target that begins to answer. Once something has gone out, or the client has left, a failure is the answer's end.
 * @param answer asks one target.
 * @param onFallback told which one failed and who is asked next.
 * @throws what the last target that was tried throws.
 */
export async function* inTurn<T>(
  decision: Pick<Decision, 'target' | 'fallbacks' | 'fallbackOn'>,
  signal: AbortSignal,
  answer: (target: Target) => AsyncIterable<T>,
  onFallback: (failed: Target, error: unknown, next: Target) => void,
): AsyncGenerator<T> {
  const waiting = [...decision.fallbacks];
  for (let target = decision.target; ;) {
    let begun = false;
    try {
      for await (const part of answer(target)) {
        begun = true;
        yield part;
      }
      return;
    } catch (error) {
      const next = begun || signal.aborted || !fallsBack(error, decision.fallbackOn) ? undefined : waiting.shift();
      if (next === undefined) throw error;
      onFallback(target, error, next);
      target = next;
    }
  }
}
