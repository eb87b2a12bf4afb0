/** Moments of an answer that others wait for: that its question was taken, and that it is over. */

/** `whole`: nothing of it is missing. `broken`: stopped, failed, refused, or lost sight of. `left`: another chat is shown, or none. */
export type AnswerEnd = "whole" | "broken" | "left";

/** Those who wait for the end of an answer. */
export class Ends {
  readonly #waiting = new Set<(end: AnswerEnd) => void>();

  /** The next one. */
  next(): Promise<AnswerEnd> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  tell(end: AnswerEnd): void {
    for (const resolve of this.#waiting) resolve(end);
    this.#waiting.clear();
  }
}

/**
 * Waits until the agent has taken a question, not until it is answered.
 * @param work told what to call when it was taken; what it rejects with before is thrown.
 */
export function untilAccepted(work: (accepted: () => void) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    work(resolve).then(resolve, reject);
  });
}
