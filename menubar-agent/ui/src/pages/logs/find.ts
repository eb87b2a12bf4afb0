/** Searching in lines: plain text here, patterns in a worker (`pattern-search.ts`). Pure. */
import type { Line } from './lines.js';

/** Pairs of where a match begins and ends: `[0, 3, 8, 11]`. */
export type Ranges = readonly number[];
/** Marks drawn in one line at most: thousands would make it slow. */
const MOST_MARKS = 200;

export interface Query {
  readonly text: string;
  readonly isPattern: boolean;
}

/** Why a text is no regular expression; null when it is one. */
export function patternProblem(text: string): string | null {
  try {
    new RegExp(text, PATTERN_FLAGS);
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // Engines repeat the pattern in front: `Invalid regular expression: /(/: Unterminated group`.
    return said.split(': ').at(-1) ?? said;
  }
}
/** Case does not matter; `^` and `$` are those of each row. */
export const PATTERN_FLAGS = 'gim';

/** Which lines were looked at: those between two ids. What comes is behind them, history that comes late before them. */
export class SeenIds {
  #first = Infinity;
  #last = -Infinity;

  /** Those that were not looked at before; from now on they were. */
  newOf(lines: readonly Line[]): readonly Line[] {
    const [first, last] = [this.#first, this.#last];
    const fresh = lines.filter(({ id }) => id < first || id > last);
    for (const { id } of fresh) {
      if (id < this.#first) this.#first = id;
      if (id > this.#last) this.#last = id;
    }
    return fresh;
  }
}

/** Lines that hold a text, whatever its case. Each line is looked at once, however often lines come. */
export class PlainHits {
  readonly #needle: string;
  #hits = new Set<number>();
  readonly #seen = new SeenIds();

  constructor(needle: string) {
    this.#needle = needle.toLowerCase();
  }

  /** Ids of lines with a match, those that left among them. */
  update(lines: readonly Line[]): ReadonlySet<number> {
    for (const { id, text } of this.#seen.newOf(lines)) {
      if (text.toLowerCase().includes(this.#needle)) this.#hits.add(id);
    }
    return this.#hits;
  }

  /** Forgets lines that are no longer kept. */
  keep(ids: ReadonlySet<number>): void {
    this.#hits = new Set([...this.#hits].filter((id) => ids.has(id)));
  }

  get size(): number {
    return this.#hits.size;
  }
}

/** Where a text is in another, whatever its case. */
export function plainRanges(text: string, needle: string): Ranges {
  // By a pattern: lower case may be longer than the text, and places would be wrong.
  return rangesOf(text, new RegExp(needle.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'gi'));
}

/** Where a pattern (flag `g`) matches. Matches of nothing are none. */
export function rangesOf(text: string, pattern: RegExp): number[] {
  const ranges: number[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null && ranges.length < 2 * MOST_MARKS; match = pattern.exec(text)) {
    if (match[0] === '') pattern.lastIndex++;
    else ranges.push(match.index, match.index + match[0].length);
  }
  return ranges;
}

/** A text cut at its ranges: `[text, isMatch]`. */
export function cut(text: string, ranges: Ranges): [string, boolean][] {
  const parts: [string, boolean][] = [];
  let at = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const [start = 0, end = 0] = [ranges[i], ranges[i + 1]];
    if (start > at) parts.push([text.slice(at, start), false]);
    parts.push([text.slice(start, end), true]);
    at = end;
  }
  if (at < text.length) parts.push([text.slice(at), false]);
  return parts;
}

/** The match to go to. @param from index of the line one is at. @param step 1 forward, -1 back; round at the ends. */
export function nextHit(hits: readonly number[], from: number, step: 1 | -1): number | null {
  if (hits.length === 0) return null;
  const next = step === 1 ? hits.find((index) => index > from) : hits.findLast((index) => index < from);
  return next ?? hits.at(step === 1 ? 0 : -1) ?? null;
}
