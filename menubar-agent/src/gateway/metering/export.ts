/** Measured requests as text, line by line. */
import { requestRecord, toSnakeCase, type ExportFormat, type RequestRecord } from '@mlx-manager/shared';
import { z } from 'zod';
import { toTimestamp } from '../../core/index.js';
import type { RequestRow, StoredRequest } from '../../store/index.js';

/** A row as the contract shows it. */
export function toRecord(row: RequestRow & { readonly seq?: number }): RequestRecord {
  const { seq: _seq, ...rest } = row;
  return { ...rest, startedAt: toTimestamp(row.startedAt) };
}

/** @returns pieces of text, a step of rows each. */
export async function* exportText(pages: AsyncIterable<StoredRequest[]>, format: ExportFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(CSV_COLUMNS.map((key) => toSnakeCase(key)));
  for await (const rows of pages) {
    const records = rows.map(toRecord);
    yield records
      .map((record) =>
        format === 'csv' ? csvLine(CSV_COLUMNS.map((key) => record[key])) : `${JSON.stringify(z.encode(requestRecord, record))}\n`,
      )
      .join('');
  }
}

const CSV_COLUMNS = [
  'startedAt',
  'id',
  'outcome',
  'status',
  'errorCode',
  'protocol',
  'endpoint',
  'model',
  'stream',
  'profileId',
  'profileName',
  'modelPath',
  'engine',
  'provider',
  'rule',
  'keyId',
  'keyName',
  'client',
  'priority',
  'queueMs',
  'loadMs',
  'firstTokenMs',
  'totalMs',
  'promptTokens',
  'completionTokens',
  'cachedTokens',
  'reasoningTokens',
  'counted',
  'tokensPerSecond',
  'finishReason',
  'captured',
] as const satisfies readonly (keyof RequestRecord)[];

/**
 * A line of RFC 4180. What a client wrote itself (its model's name, its own) could begin a formula in a spreadsheet: an apostrophe makes it text.
 * Source: OWASP, "CSV Injection".
 */
function csvLine(values: readonly (string | number | boolean | null)[]): string {
  const cells = values.map((value) => {
    if (value === null) return '';
    if (typeof value !== 'string') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(',')}\r\n`;
}
