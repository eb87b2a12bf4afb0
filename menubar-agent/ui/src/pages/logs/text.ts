/** Lines as text: copied, and exported. Pure. */
import type { Line } from './lines.js';

export const EXPORT_FORMATS = { log: 'text/plain', jsonl: 'application/jsonl' } as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** `2026-11-21T13:00:00.000Z INFO    [Coder] text`. @param nameOf the name of a source. */
export const lineText = (line: Line, nameOf: (source: string) => string): string =>
  `${line.time} ${line.level.toUpperCase().padEnd(7)} [${nameOf(line.source)}] ${line.text}`;

const lineJson = (line: Line, nameOf: (source: string) => string): string =>
  JSON.stringify({
    time: line.time,
    level: line.level,
    source: nameOf(line.source),
    profile_id: line.source === 'agent' ? null : Number(line.source),
    seq: line.seq,
    text: line.text,
  });

/** A whole file. */
export function exportText(lines: readonly Line[], format: ExportFormat, nameOf: (source: string) => string): string {
  const write = format === 'log' ? lineText : lineJson;
  return lines.map((line) => `${write(line, nameOf)}\n`).join('');
}

/** `logs-coder-2026-11-21T13-00-00.log`. */
export function exportName(what: string, now: Date, format: ExportFormat): string {
  const slug = what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  return `logs-${slug || 'lines'}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.${format}`;
}
