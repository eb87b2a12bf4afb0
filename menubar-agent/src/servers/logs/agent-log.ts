/** The agent's own log as one reads it: its JSON lines as text, history and what is being written. */
import { stripVTControlCharacters } from 'node:util';
import type { LogLine, LogsQuery } from '@mlx-manager/shared';
import { toTimestamp, type LogWriter } from '../../core/index.js';
import { LogFile } from './log-file.js';
import { matches, readHistory, type HistoryQuery, type LineFormat } from './log-history.js';
import { LineSplitter, maskSecrets, MAX_LINE_BYTES, type LineLevel, type ParsedLine } from './log-parse.js';

const AGENT_LINES: LineFormat = { parser: () => ({ parse: parseAgentLine }), verbatim: false };
/** As far back as a server's log is read, bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

export class AgentLog {
  constructor(private readonly written: LogWriter) {}

  get path(): string {
    return this.written.file;
  }

  /** The last lines that match, oldest first. */
  async history(query: HistoryQuery): Promise<LogLine[]> {
    for (;;) {
      const { rotations } = this.written;
      // Made anew each time: the numbers are kept by who writes.
      const lines = await readHistory(new LogFile(this.path), query, MOST_BYTES, AGENT_LINES);
      if (rotations === this.written.rotations) return lines;
    }
  }

  /**
   * Hands on history and then each new line, none twice and none left out.
   * @param afterSeq the last line the caller has; null begins with the last `query.lines` lines.
   * @param failed history could not be read; what is new comes all the same.
   * @returns a function that ends it.
   */
  follow(afterSeq: number | null, query: LogsQuery, listener: (line: LogLine) => void, failed: (error: unknown) => void): () => void {
    let waiting: LogLine[] | null = [];
    const from = this.written.nextSeq();
    const stop = this.written.hear((raw, seq) => {
      const { time, level, text } = parseAgentLine(shortened(raw));
      const line = { seq, time: toTimestamp(time ?? Date.now()), level, text };
      if (!matches(line, query)) return;
      if (waiting) waiting.push(line);
      else listener(line);
    });
    let closed = false;
    this.history({ ...query, after: afterSeq })
      .catch((error: unknown) => {
        failed(error);
        return [];
      })
      .then((lines) => {
        for (const line of [...lines.filter(({ seq }) => seq < from), ...(waiting ?? [])]) if (!closed) listener(line);
        waiting = null;
      })
      .catch(failed);
    return () => {
      closed = true;
      stop();
    };
  }
}

/** A line as it is read from the file: of a very long one the beginning. */
const shortened = (raw: string): string =>
  Buffer.byteLength(raw) <= MAX_LINE_BYTES ? raw : (new LineSplitter().push(Buffer.from(`${raw}\n`))[0] ?? '');

/** One line of the agent's log, as text: what it says, its facts as `name=value`, of an error its stack below. */
export function parseAgentLine(raw: string): ParsedLine {
  let entry: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(raw);
    if (typeof parsed !== 'object' || parsed === null) return plain(raw);
    entry = parsed as Record<string, unknown>;
  } catch {
    // Cut off because it was very long, or none of ours: shown as it is.
    return plain(raw);
  }
  const { level, time, msg, err, ...facts } = entry;
  const said = [
    ...(typeof msg === 'string' && msg !== '' ? [msg] : []),
    ...Object.entries(facts).map(([name, value]) => `${name}=${valueText(value)}`),
  ].join(' ');
  const at = typeof time === 'string' ? Date.parse(time) : NaN;
  return { time: Number.isNaN(at) ? null : at, level: levelOf(level), text: clean([said, ...errorText(err)].filter(Boolean).join('\n')) };
}

/** pino's numbers: 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelOf(level: unknown): LineLevel {
  const number = Number(level);
  if (number >= 50) return 'error';
  if (number >= 40) return 'warning';
  return number >= 30 || Number.isNaN(number) ? 'info' : 'debug';
}

function plain(raw: string): ParsedLine {
  const level = /"level":(\d+)/.exec(raw)?.[1];
  const time = Date.parse(/"time":"([^"]+)"/.exec(raw)?.[1] ?? '');
  return { time: Number.isNaN(time) ? null : time, level: levelOf(level ?? 30), text: clean(raw) };
}

const valueText = (value: unknown): string => (typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value));

function errorText(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return err === undefined ? [] : [valueText(err)];
  const { type, message, stack, ...facts } = err as Record<string, unknown>;
  const rest = Object.entries(facts).map(([name, value]) => `    ${name}=${valueText(value)}`);
  const head = [type, message].filter((part) => typeof part === 'string').join(': ');
  return [typeof stack === 'string' ? stack : head, ...rest];
}

/** No escape codes, no secrets. */
const clean = (text: string): string => maskSecrets(stripVTControlCharacters(text));
