/** The lines that are kept: the last ones, ordered by time, counted by level. Pure. */
import type { LogEntry } from '@mlx-manager/shared';

export type LineLevel = LogEntry['level'];
/** The worst first. */
export const LEVELS: readonly LineLevel[] = ['error', 'warning', 'info', 'debug'];

/** Lines kept; older ones leave, and are in the file. */
export const KEPT = 20_000;
/** Lines fetched at first: as many as the agent gives at once. */
export const HISTORY = 10_000;
/** Lines fetched before those: what is seen at once. */
export const FIRST_LINES = 200;
/** How far back a line that comes late is put among the others. */
const LATE = 1000;

export interface Line extends LogEntry {
  /** Grows by one with each line that arrives; two lines never share it. */
  readonly id: number;
  /** Rows of its text: an error has several. */
  readonly rows: number;
}

export type Counts = Readonly<Record<LineLevel, number>>;
const none = (): Record<LineLevel, number> => ({ error: 0, warning: 0, info: 0, debug: 0 });

/** A ring: what comes pushes the oldest out. */
export class LineRing {
  #lines: Line[] = [];
  #snapshot: readonly Line[] | null = null;
  #counts = none();
  // Room for the history of which the first lines are the end.
  #nextId = HISTORY + 1;
  #dropped = 0;
  /** The last line of each source that came. */
  readonly #last = new Map<string, number>();

  constructor(private readonly kept = KEPT) {}

  /** Adds lines that came, each at its time; those of one source stay in their order. */
  add(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const before = this.#last.get(entry.source);
      // A reader that was away too long is told the last lines alone.
      if (before !== undefined && entry.seq > before + 1) this.#dropped += entry.seq - before - 1;
      this.#last.set(entry.source, entry.seq);
      this.#put({ ...entry, id: this.#nextId++, rows: rowsOf(entry.text) });
      this.#counts[entry.level]++;
    }
    const over = this.#lines.length - this.kept;
    if (over > 0) {
      for (const { level } of this.#lines.splice(0, over)) this.#counts[level]--;
      this.#dropped += over;
    }
    this.#snapshot = null;
  }

  /** All anew, with more before what is here: lines that are here already keep their ids, and their place on the screen with them. */
  replace(entries: readonly LogEntry[]): void {
    const first = this.#lines[0];
    const at = first === undefined ? -1 : entries.findLastIndex(({ source, seq }) => source === first.source && seq === first.seq);
    this.#empty();
    this.#last.clear();
    if (first !== undefined && at !== -1) this.#nextId = first.id - at;
    this.add(entries);
  }

  /** Forgets the lines, and the numbers of sources unless told to keep them: `add` then goes on where it was. */
  clear(forgetSources: boolean): void {
    this.#empty();
    if (!forgetSources) return;
    this.#last.clear();
    // Room for the history of what comes now.
    this.#nextId += HISTORY;
  }

  /** Oldest first. The same array until something changes. */
  get lines(): readonly Line[] {
    return (this.#snapshot ??= this.#lines.slice());
  }
  /** Id of the line that came last; 0 when none did. */
  get lastId(): number {
    return this.#nextId - 1;
  }
  get counts(): Counts {
    return { ...this.#counts };
  }
  /** Lines that were here and left, or never came because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  #empty(): void {
    this.#lines = [];
    this.#snapshot = null;
    this.#counts = none();
    this.#dropped = 0;
  }

  #put(line: Line): void {
    const lines = this.#lines;
    let at = lines.length;
    for (let back = 0; back < LATE; back++) {
      const one = lines[at - 1];
      if (one === undefined || one.time <= line.time || one.source === line.source) break;
      at--;
    }
    if (at === lines.length) lines.push(line);
    else lines.splice(at, 0, line);
  }
}

function rowsOf(text: string): number {
  let rows = 1;
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) rows++;
  return rows;
}

/** What is shown of the lines. @param hits ids of the lines with a match, where only those are wanted. */
export function visibleOf(lines: readonly Line[], levels: ReadonlySet<LineLevel>, hits: ReadonlySet<number> | null): readonly Line[] {
  if (hits === null && levels.size === LEVELS.length) return lines;
  return lines.filter(({ level, id }) => levels.has(level) && (hits === null || hits.has(id)));
}

/** Where the lines with a match are. */
export function hitIndexes(lines: readonly Line[], hits: ReadonlySet<number>): number[] {
  const found: number[] = [];
  if (hits.size > 0) for (let i = 0; i < lines.length; i++) if (hits.has((lines[i] as Line).id)) found.push(i);
  return found;
}

/** Index of a line by its id; -1 when it is not among them. Lines are nearly in the order of their ids. */
export const indexOfLine = (lines: readonly Line[], id: number): number => lines.findLastIndex((line) => line.id === id);
