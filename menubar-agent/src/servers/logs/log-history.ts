/**
 * Reads lines back from a log and its rotated files, newest file first, no further than needed, each byte once: in pieces, with pauses between
 * them in which the agent does other things. A search goes back 64 MB at most, so that one for what is not there ends too.
 */
import { toTimestamp } from '../../core/index.js';
import { LINE_LEVELS, type LogLine, type LogsQuery } from '@mlx-manager/shared';
import { readBlocks, type LogFile } from './log-file.js';
import { followingTime, LineParser, LineSplitter, type LineLevel } from './log-parse.js';

/** Bytes looked at together. */
const PIECE = 256 * 1024;
/** Bytes before a piece from which the level and time of its first lines are learnt: a traceback may begin there. */
const LEAD = 32 * 1024;
/** How far back a reading goes, bytes; what was logged before is not found. */
const MOST_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 10;
/** No answer holds more lines, whatever is asked. */
const MOST_LINES = 10_000;

/** What the owner wants to see. `after`: only lines with a higher number, all of them up to 10,000. */
export type HistoryQuery = LogsQuery & { readonly after?: number | null };

/** Whether a line is wanted. */
export function matches(line: Pick<LogLine, 'level' | 'text'>, query: Pick<LogsQuery, 'level' | 'search'>): boolean {
  if (query.level !== undefined && LINE_LEVELS.indexOf(line.level) < LINE_LEVELS.indexOf(query.level)) return false;
  return query.search === undefined || line.text.toLowerCase().includes(query.search.toLowerCase());
}

/** How the lines of a log are understood. */
export interface LineFormat {
  parser(): Pick<LineParser, 'parse'>;
  /** A line's text is part of what is in the file. */
  readonly verbatim: boolean;
}
const ENGINE_LINES: LineFormat = { parser: () => new LineParser(), verbatim: true };

/** A wanted line. Its time is not known when neither it nor a line before it in its piece has one. */
interface Found {
  readonly seq: number;
  readonly level: LineLevel;
  readonly text: string;
  time: number | null;
}

/**
 * The last complete lines that match, oldest first.
 * @param mostBytes how far back it looks.
 * @param format how lines are understood.
 */
export async function readHistory(
  file: LogFile,
  query: HistoryQuery,
  mostBytes = MOST_BYTES,
  format: LineFormat = ENGINE_LINES,
): Promise<LogLine[]> {
  const limit = query.after == null ? query.lines : MOST_LINES;
  if (limit === 0) return [];
  const end = await file.end();
  // A number that no line has yet is that of a log that was there before: this one began anew.
  const after = (query.after ?? 0) < end.seq ? (query.after ?? 0) : 0;
  const wanted: Wanted = { query, after, format, found: [], oldestTime: null };
  let path = file.path;
  let offset = end.offset;
  let seq = end.seq;
  let left = mostBytes;
  for (let n = 0; wanted.found.length < limit && seq > after + 1 && left > 0;) {
    if (offset === 0) {
      path = file.rotated(++n);
      offset = await file.size(path);
      if (offset === 0) break;
    }
    const start = await lineStart(path, Math.max(0, offset - PIECE));
    seq -= await readPiece({ path, start, end: offset, endSeq: seq }, wanted);
    left -= offset - start;
    offset = start;
  }
  settleTimes(wanted.found, wanted.oldestTime ?? 0);
  return wanted.found.slice(-limit).map((line) => ({ ...line, time: toTimestamp(line.time ?? 0) }));
}

/** The engine's last raw lines, for a failure: cleaned, oldest first. `isStart` finds where its run began. */
export async function readTail(file: LogFile, count: number, isStart: (line: string) => boolean): Promise<string[]> {
  const end = await file.end();
  const lines: string[] = [];
  const from = await lineStart(file.path, Math.max(0, end.offset - PIECE));
  for await (const line of linesOf(file.path, from, end.offset)) lines.push(line);
  const parser = new LineParser();
  return lines
    .slice(lines.findLastIndex(isStart) + 1)
    .slice(-count)
    .map((line) => parser.parse(line).text);
}

interface Wanted {
  readonly query: HistoryQuery;
  readonly after: number;
  readonly format: LineFormat;
  /** Oldest first. */
  found: Found[];
  /** The first time in what was read so far. */
  oldestTime: number | null;
}

/** Whole lines of one file. */
interface Piece {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** Number of the line after the last one. */
  readonly endSeq: number;
}

/** Adds what a piece holds. @returns the number of its lines. */
async function readPiece(piece: Piece, wanted: Wanted): Promise<number> {
  const { path, start, end, endSeq } = piece;
  const open = wanted.found[0]?.time === null; // the lines before must say when that was
  if (!open && wanted.format.verbatim && wanted.query.search !== undefined && end - start <= PIECE * 2) {
    const lines = await countWithout(piece, wanted.query.search.toLowerCase());
    if (lines !== null) return lines;
  }
  const parser = wanted.format.parser();
  let time: number | null = null;
  const leadStart = Math.max(0, start - LEAD);
  let partial = leadStart > 0; // it begins in the middle of a line
  for await (const raw of linesOf(path, leadStart, start)) {
    if (!partial) time = nextTime(parser.parse(raw).time, time);
    partial = false;
  }
  const found: Found[] = [];
  let firstTime = time;
  let lines = 0;
  for await (const raw of linesOf(path, start, end)) {
    const line = parser.parse(raw);
    time = nextTime(line.time, time);
    firstTime ??= time;
    if (matches(line, wanted.query)) found.push({ seq: lines, level: line.level, text: line.text, time });
    lines++;
  }
  if (time !== null) settleTimes(wanted.found, time);
  wanted.oldestTime = firstTime ?? wanted.oldestTime;
  const firstSeq = endSeq - lines;
  const numbered = found.map((line) => ({ ...line, seq: firstSeq + line.seq })).filter(({ seq }) => seq > wanted.after);
  wanted.found = [...numbered, ...wanted.found];
  return lines;
}

/** What masking can add to a line. */
const MASK = 'secret';

/** Counts the lines of a piece that cannot hold what is searched, without understanding each: a hundred times quicker. Null when it may. */
async function countWithout({ path, start, end }: Piece, needle: string): Promise<number | null> {
  if (MASK.includes(needle) || /[[\]]/.test(needle)) return null;
  const bytes = Buffer.allocUnsafe(end - start);
  let length = 0;
  for await (const block of readBlocks(path, start, end)) length += block.copy(bytes, length);
  const text = bytes.toString('utf8', 0, length);
  // Escape codes may stand in the middle of a word.
  if (text.includes('\u001b') || text.includes('\u009b') || text.toLowerCase().includes(needle)) return null;
  let lines = 0;
  for (let i = bytes.indexOf(LINE_FEED); i !== -1 && i < length; i = bytes.indexOf(LINE_FEED, i + 1)) lines++;
  return lines;
}

/** Complete lines, as they come from the disk: reading pauses after each block. */
async function* linesOf(path: string, from: number, to: number): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for await (const block of readBlocks(path, from, to)) yield* splitter.push(block);
}

/** Where the line begins in which an offset lies. */
async function lineStart(path: string, offset: number): Promise<number> {
  const step = 4 * 1024;
  for (let end = offset, size = step; end > 0; size = PIECE) {
    const start = Math.max(0, end - size);
    let last = -1;
    let position = start;
    for await (const block of readBlocks(path, start, end)) {
      const i = block.lastIndexOf(LINE_FEED);
      if (i !== -1) last = position + i;
      position += block.length;
    }
    if (last !== -1) return last + 1;
    end = start;
  }
  return 0;
}

/** A line without a time has that of the line before it. */
const nextTime = (stated: number | null, before: number | null): number | null =>
  stated === null || before === null ? (stated ?? before) : followingTime(stated, before);

/** Gives a time to the first lines, which wait for one. */
function settleTimes(found: readonly Found[], time: number): void {
  for (const line of found) {
    if (line.time !== null) return;
    line.time = time;
  }
}
