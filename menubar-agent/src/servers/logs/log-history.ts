/** Reads lines back from a log and its rotated files, newest file first, no further than needed. */
import { toTimestamp } from '../../core/index.js';
import { LINE_LEVELS, type LogLine, type LogsQuery } from '@mlx-manager/shared';
import { readBlocks, type LogFile } from './log-file.js';
import { followingTime, LineParser, LineSplitter, type ParsedLine } from './log-parse.js';

const FIRST_WINDOW = 256 * 1024;
/** No answer holds more lines, whatever is asked. */
const MOST_LINES = 10_000;

/** What the owner wants to see. `after`: only lines with a higher number, all of them up to 10,000. */
export type HistoryQuery = LogsQuery & { readonly after?: number | null };

/** Whether a line is wanted. */
export function matches(line: Pick<LogLine, 'level' | 'text'>, query: Pick<LogsQuery, 'level' | 'search'>): boolean {
  if (query.level !== undefined && LINE_LEVELS.indexOf(line.level) < LINE_LEVELS.indexOf(query.level)) return false;
  return query.search === undefined || line.text.toLowerCase().includes(query.search.toLowerCase());
}

/** The last complete lines that match, oldest first. */
export async function readHistory(file: LogFile, query: HistoryQuery): Promise<LogLine[]> {
  const after = query.after ?? 0;
  const limit = query.after == null ? query.lines : MOST_LINES;
  if (limit === 0) return [];
  const end = await file.end();
  let found: LogLine[] = [];
  let segment = { path: file.path, size: end.offset, endSeq: end.seq };
  for (let n = 1; ; n++) {
    const read = await readSegment(segment, query, limit - found.length, after);
    found = [...read.lines, ...found];
    if (found.length >= limit || read.firstSeq <= after + 1) break;
    const path = file.rotated(n);
    const size = await file.size(path);
    if (size === 0) break;
    segment = { path, size, endSeq: read.firstSeq };
  }
  return found.slice(-limit);
}

/** The engine's last raw lines, for a failure: cleaned, oldest first. `isStart` finds where its run began. */
export async function readTail(file: LogFile, count: number, isStart: (line: string) => boolean): Promise<string[]> {
  const end = await file.end();
  const { lines } = await readWindow(file.path, end.offset, FIRST_WINDOW);
  const parser = new LineParser();
  return lines
    .slice(lines.findLastIndex(isStart) + 1)
    .slice(-count)
    .map((line) => parser.parse(line).text);
}

async function readSegment(
  segment: { path: string; size: number; endSeq: number },
  query: HistoryQuery,
  wanted: number,
  after: number,
): Promise<{ lines: LogLine[]; firstSeq: number }> {
  for (let window = FIRST_WINDOW; ; window *= 2) {
    const { lines, whole } = await readWindow(segment.path, segment.size, window);
    const firstSeq = segment.endSeq - lines.length;
    const parser = new LineParser();
    const parsed = lines.map((line) => parser.parse(line));
    const times = timesOf(parsed);
    const found = parsed
      .map((line, i) => ({ seq: firstSeq + i, time: toTimestamp(times[i] ?? 0), level: line.level, text: line.text }))
      .filter((line) => line.seq > after && matches(line, query));
    if (whole || found.length >= wanted || firstSeq <= after + 1) return { lines: found, firstSeq };
  }
}

/** The complete lines that begin in the last `window` bytes before `end`. */
async function readWindow(path: string, end: number, window: number): Promise<{ lines: string[]; whole: boolean }> {
  const start = Math.max(0, end - window);
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for await (const block of readBlocks(path, start, end)) lines.push(...splitter.push(block));
  if (start > 0) lines.shift(); // begins in the middle
  return { lines, whole: start === 0 };
}

/** A line without a time has that of the line before it; the first ones that of the first line that has one. */
function timesOf(lines: readonly ParsedLine[]): number[] {
  let time = lines.find((line) => line.time !== null)?.time ?? 0;
  return lines.map((line) => (time = followingTime(line.time, time)));
}
