/**
 * Reads level and time out of an engine's lines.
 * Formats seen: Python's logging as mlx_lm and vllm-mlx set it (`2026-11-21 13:00:00,123 - INFO - text`), loguru as mlx-openai-server sets it
 * (`2026-11-21 13:00:00.123 | INFO     | module:function:1 - text`), uvicorn (`INFO:     text`), http.server's access lines
 * (`127.0.0.1 - - [21/Nov/2026 13:00:00] "GET …"`), Python tracebacks, and our own markers.
 */
import { stripVTControlCharacters } from 'node:util';
import type { LogLine } from '@mlx-manager/shared';

export type LineLevel = LogLine['level'];

/** Longest line kept, bytes; of a longer one the rest is dropped, and said. */
export const MAX_LINE_BYTES = 16 * 1024;

const LEVELS: Readonly<Record<string, LineLevel>> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  SUCCESS: 'info',
  NOTICE: 'info',
  WARN: 'warning',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
};
const NAME = '(TRACE|DEBUG|INFO|SUCCESS|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)';
const ISO = String.raw`(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)`;

const timeFirst = new RegExp(String.raw`^\[?${ISO}\]?`);
const levelAfterTime = new RegExp(String.raw`^[\s|\-:,]*(?:\[[^\]]{1,80}\]\s*|[\w.]{1,80}\s+-\s+)?\[?${NAME}\b\]?`);
const levelFirst = new RegExp(String.raw`^\[?${NAME}(?:\]|:|\s+\|)`);
const access = /^\S+ - \S+ \[(\d\d)\/(\w{3})\/(\d{4})[ :](\d\d:\d\d:\d\d)/;
const tracebackHead =
  /^\s*(?:Traceback \(most recent call last\)|\+ Exception Group Traceback|During handling of the above exception|The above exception was the direct cause)/;
const errorLine =
  /^(?:(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Iteration|ExceptionGroup)(?::|$)|Fatal Python error|Segmentation fault|libc\+\+abi:|\[METAL\]|Killed$)/;
/** `file.py:12: UserWarning: text`, as Python's warnings print it. */
const pythonWarning = /^\S+:\d+: \w*Warning: /;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One line, understood. `time` is null when the line does not say. */
export interface ParsedLine {
  readonly time: number | null;
  readonly level: LineLevel;
  readonly text: string;
}

/** Understands lines in their order: a traceback's lines are errors, an indented line belongs to the one before it. */
export class LineParser {
  #inTraceback = false;
  #level: LineLevel = 'info';

  /** @param raw a line without its line feed. */
  parse(raw: string): ParsedLine {
    const text = cleanLine(raw);
    const stated = statedLevel(text);
    if (stated.level !== null) this.#inTraceback = false;
    this.#level = stated.level ?? this.#inheritedLevel(text);
    return { time: stated.time, level: this.#level, text };
  }

  #inheritedLevel(text: string): LineLevel {
    if (tracebackHead.test(text)) {
      this.#inTraceback = true;
      return 'error';
    }
    const continues = text === '' || /^\s/.test(text);
    if (this.#inTraceback) {
      this.#inTraceback = continues; // the first line that is not indented names the exception and ends it
      return 'error';
    }
    if (errorLine.test(text)) return 'error';
    if (pythonWarning.test(text)) return 'warning';
    return continues && text !== '' ? this.#level : 'info';
  }
}

function statedLevel(text: string): { level: LineLevel | null; time: number | null } {
  const timed = timeFirst.exec(text);
  if (timed?.[1] !== undefined) {
    const named = levelAfterTime.exec(text.slice(timed[0].length));
    return { time: parseTime(timed[1]), level: named?.[1] === undefined ? null : (LEVELS[named[1]] ?? null) };
  }
  const named = levelFirst.exec(text);
  if (named?.[1] !== undefined) return { time: null, level: LEVELS[named[1]] ?? null };
  const request = access.exec(text);
  if (!request) return { time: null, level: null };
  const month = MONTHS.indexOf(request[2] ?? '') + 1;
  return {
    time: parseTime(`${request[3] ?? ''}-${String(month).padStart(2, '0')}-${request[1] ?? ''}T${request[4] ?? ''}`),
    level: 'info',
  };
}

/** Without a zone the time is local, as Python's logging writes it. */
function parseTime(text: string): number | null {
  const time = Date.parse(text.replace(' ', 'T').replace(',', '.'));
  return Number.isNaN(time) ? null : time;
}

/** A line as it may be shown: no ANSI codes, of a progress bar its last state, no secrets. */
export function cleanLine(raw: string): string {
  const states = stripVTControlCharacters(raw).split('\r');
  const last = states.findLast((state) => state.trim() !== '') ?? '';
  return maskSecrets(last);
}

/** Strikes out hub tokens, bearer tokens and keys. */
export function maskSecrets(text: string): string {
  return text
    .replace(/\bhf_[A-Za-z0-9]{6,}/g, 'hf_[secret]')
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [secret]')
    .replace(/\bsk-[\w-]{12,}/g, 'sk-[secret]')
    .replace(/((?:api[_-]?key|access[_-]?token|hf[_-]?token|password)["']?\s*[=:]\s*["']?)[^\s"',&}]+/gi, '$1[secret]');
}

/**
 * The time of a line, given that of the line before it. Some lines tell only the second, and would seem to come before what they follow.
 * @param stated what the line says; null when it says nothing.
 */
export function followingTime(stated: number | null, before: number): number {
  if (stated === null) return before;
  return stated < before && before - stated < 1_000 ? before : stated;
}

/** Cuts bytes into lines, however they arrive. Bytes of a line beyond {@link MAX_LINE_BYTES} are dropped at once, so that no line fills the memory. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #dropped = 0;

  /** @returns the lines completed by these bytes, without line feeds. */
  push(bytes: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      this.#keep(bytes.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(Buffer.from(bytes.subarray(start)));
    return lines;
  }

  #keep(part: Buffer): void {
    const kept = part.subarray(0, MAX_LINE_BYTES - this.#length);
    this.#dropped += part.length - kept.length;
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#length += kept.length;
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString('utf8');
    const dropped = this.#dropped;
    this.#parts = [];
    this.#length = 0;
    this.#dropped = 0;
    if (dropped > 0) return `${line} … ${dropped} bytes more in the file`;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
