/** A stretch of a file: from `start` up to, but without, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which bytes of a file are there. Stretches are kept sorted and never touch, so that there are few of them. */
export class ByteRanges {
  #ranges: ByteRange[] = [];
  #total = 0;

  constructor(ranges: Iterable<ByteRange> = []) {
    for (const range of ranges) this.add(range);
  }

  /** Bytes there. */
  get total(): number {
    return this.#total;
  }

  /** Adds a stretch; answers how many of its bytes are new. */
  add({ start, end }: ByteRange): number {
    if (end <= start) return 0;
    const before = this.#ranges.filter((range) => range.end < start);
    const after = this.#ranges.filter((range) => range.start > end);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const merged = { start: Math.min(start, touched[0]?.start ?? start), end: Math.max(end, touched.at(-1)?.end ?? end) };
    const added = merged.end - merged.start - touched.reduce((sum, range) => sum + range.end - range.start, 0);
    this.#ranges = [...before, merged, ...after];
    this.#total += added;
    return added;
  }

  /** Up to where everything from 0 on is there. */
  get prefix(): number {
    const first = this.#ranges[0];
    return first?.start === 0 ? first.end : 0;
  }

  /** What a file of `size` bytes still lacks, in order, in pieces of at most `longest` bytes. */
  missing(size: number, longest: number): ByteRange[] {
    return this.missingWithin({ start: 0, end: size }).flatMap(({ start, end }) =>
      Array.from({ length: Math.ceil((end - start) / longest) }, (_, i) => ({
        start: start + i * longest,
        end: Math.min(end, start + (i + 1) * longest),
      })),
    );
  }

  /** What is missing between two positions, in order. */
  missingWithin({ start, end }: ByteRange): ByteRange[] {
    const gaps: ByteRange[] = [];
    let at = start;
    for (const range of this.#ranges) {
      if (range.end <= at) continue;
      if (range.start >= end) break;
      if (range.start > at) gaps.push({ start: at, end: range.start });
      at = range.end;
    }
    if (at < end) gaps.push({ start: at, end });
    return gaps;
  }

  [Symbol.iterator](): IterableIterator<ByteRange> {
    return this.#ranges.values();
  }
}
