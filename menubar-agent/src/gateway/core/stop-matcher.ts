/**
 * Finds stop sequences in text that comes in pieces. Done here, not in the engine: no engine ends an answer wherever the words stand in the text, and
 * Anthropic's clients ask which sequence it was.
 */
export class StopMatcher {
  #held = '';

  constructor(private readonly sequences: readonly string[]) {}

  /** Text that may go out, and the sequence that ends the answer. What may become a sequence is held back. */
  push(piece: string): { text: string; matched: string | null } {
    if (this.sequences.length === 0) return { text: piece, matched: null };
    const text = this.#held + piece;
    // The one that is whole first, as if the text came letter by letter: so its pieces do not matter.
    const found = this.sequences
      .map((sequence) => ({ sequence, start: text.indexOf(sequence) }))
      .filter(({ start }) => start !== -1)
      .sort((a, b) => a.start + a.sequence.length - (b.start + b.sequence.length) || a.start - b.start)[0];
    if (found) {
      this.#held = '';
      return { text: text.slice(0, found.start), matched: found.sequence };
    }
    const keep = Math.max(...this.sequences.map((sequence) => overlap(text, sequence)));
    this.#held = keep > 0 ? text.slice(-keep) : '';
    return { text: keep > 0 ? text.slice(0, -keep) : text, matched: null };
  }

  /** What was held back and turned out to be plain text. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** How many characters at the end of the text begin the sequence. */
function overlap(text: string, sequence: string): number {
  for (let length = Math.min(sequence.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(sequence.slice(0, length))) return length;
  }
  return 0;
}
