/** Measured requests, and the captures of those whose prompt and answer the owner wanted kept. */
import { toSnakeCase, type RequestOutcome, type Priority } from '@mlx-manager/shared';
import type { Connection } from './database.js';

/** One request as it is kept. Durations are milliseconds. Keys, prompts and answers are no part of it. */
export interface RequestRow {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly protocol: string;
  readonly endpoint: string;
  readonly model: string;
  readonly stream: boolean;
  readonly keyId: number | null;
  readonly keyName: string | null;
  readonly client: string | null;
  readonly priority: Priority;
  readonly profileId: number | null;
  readonly profileName: string | null;
  readonly modelPath: string | null;
  readonly engine: string | null;
  readonly provider: string | null;
  readonly rule: string | null;
  readonly queueMs: number;
  readonly loadMs: number;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly counted: boolean;
  readonly tokensPerSecond: number | null;
  readonly finishReason: string | null;
  readonly status: number;
  readonly errorCode: string | null;
  readonly outcome: RequestOutcome;
  readonly captured: boolean;
}

/** A row with its place: it grows by one a request, in the order in which requests ended. */
export type StoredRequest = RequestRow & { readonly seq: number };

export interface CaptureRow {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly capturedAt: number;
  readonly prompt: string;
  readonly answer: string | null;
  readonly reasoning: string | null;
  readonly errorMessage: string | null;
  readonly truncated: boolean;
}

/** What a request must fulfil; what is left out does not matter. Texts are found in any case. */
export interface RequestConditions {
  readonly id?: string | undefined;
  readonly profile?: number | undefined;
  readonly model?: string | undefined;
  readonly key?: number | undefined;
  readonly client?: string | undefined;
  readonly protocol?: string | undefined;
  readonly outcome?: RequestOutcome | undefined;
  readonly status?: number | undefined;
  /** Milliseconds since 1970: begun at or after. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970: begun before. */
  readonly until?: number | undefined;
  readonly minMs?: number | undefined;
  readonly search?: string | undefined;
}

const COLUMNS = [
  'id',
  'startedAt',
  'protocol',
  'endpoint',
  'model',
  'stream',
  'keyId',
  'keyName',
  'client',
  'priority',
  'profileId',
  'profileName',
  'modelPath',
  'engine',
  'provider',
  'rule',
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
  'status',
  'errorCode',
  'outcome',
  'captured',
] as const satisfies readonly (keyof RequestRow)[];
// As in profiles.ts: nothing compiles when a field has no column.
type Complete = Exclude<keyof RequestRow, (typeof COLUMNS)[number]> extends never ? (typeof COLUMNS)[number] : never;
const columns: readonly Complete[] = COLUMNS;
const NAMES = columns.map(toSnakeCase).join(', ');
const MARKS = columns.map(() => '?').join(', ');
const TOKENS = ['promptTokens', 'completionTokens', 'counted', 'tokensPerSecond'] as const satisfies readonly Complete[];

/** How far back a request is looked for whose tokens were just counted, rows. */
const RECENT = 20_000;

type Value = string | number | null;
type Row = Record<string, Value>;

export class RequestsRepository {
  readonly #insert;
  readonly #insertCapture;
  readonly #setTokens;

  constructor(private readonly db: Connection) {
    this.#insert = db.prepare(`INSERT INTO requests (${NAMES}) VALUES (${MARKS})`);
    this.#insertCapture = db.prepare(
      'INSERT INTO request_captures (id, captured_at, prompt, answer, reasoning, error_message, truncated) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING',
    );
    const recent = 'SELECT seq FROM requests WHERE id = ? AND seq > (SELECT max(seq) FROM requests) - ? ORDER BY seq DESC LIMIT 1';
    this.#setTokens = db.prepare(
      `UPDATE requests SET ${TOKENS.map((key) => `${toSnakeCase(key)} = ?`).join(', ')} WHERE seq = (${recent})`,
    );
  }

  /** Adds requests, all or none. */
  insert(rows: readonly RequestRow[], captures: readonly CaptureRow[] = []): void {
    this.db.transaction(() => {
      for (const row of rows) this.#insert.run(columns.map((key) => toValue(row[key])));
      for (const { id, capturedAt, prompt, answer, reasoning, errorMessage, truncated } of captures)
        this.#insertCapture.run(id, capturedAt, prompt, answer, reasoning, errorMessage, toValue(truncated));
    })();
  }

  /** Writes tokens that were counted after the request was written. It must be one of the newest. */
  updateTokens(row: RequestRow): void {
    this.#setTokens.run(...TOKENS.map((key) => toValue(row[key])), row.id, RECENT);
  }

  /** The places of the oldest and the newest request; null when there is none. */
  bounds(): { oldest: number; newest: number } | null {
    // Both in one SELECT would read the whole table.
    const row = this.db.prepare('SELECT (SELECT min(seq) FROM requests) AS oldest, (SELECT max(seq) FROM requests) AS newest').get() as Row;
    return row.oldest === null ? null : { oldest: Number(row.oldest), newest: Number(row.newest) };
  }

  /**
   * Requests of a stretch of places that fit, newest first. The stretch bounds how long a call takes, however few fit.
   * @param from first place. @param to last place. @param limit rows at most.
   */
  slice(conditions: RequestConditions, from: number, to: number, limit: number): StoredRequest[] {
    const { sql, values } = whereOf(conditions);
    const rows = this.db
      .prepare(`SELECT seq, ${NAMES} FROM requests WHERE seq BETWEEN ? AND ?${sql} ORDER BY seq DESC LIMIT ?`)
      .raw()
      .all(from, to, ...values, limit) as Value[][];
    return rows.map(fromRow);
  }

  capture(id: string): CaptureRow | null {
    const row = this.db.prepare('SELECT * FROM request_captures WHERE id = ?').get(id) as Row | undefined;
    if (!row) return null;
    return {
      id,
      capturedAt: Number(row.captured_at),
      prompt: String(row.prompt),
      answer: row.answer as string | null,
      reasoning: row.reasoning as string | null,
      errorMessage: row.error_message as string | null,
      truncated: row.truncated === 1,
    };
  }

  /**
   * Deletes some of what is too old or too much, oldest first.
   * @param keep since when, milliseconds since 1970, and how many rows; `slice` is how many rows a call may delete of each table.
   * @returns whether there may be more to delete.
   */
  prune(keep: { since: number; rows: number; capturesSince: number; captures: number; slice: number }): boolean {
    return this.db.transaction(() => {
      const total = (table: string): number => Number((this.db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as Row).n);
      const surplus = Math.min(keep.slice, Math.max(0, total('requests') - keep.rows));
      const drop = (sql: string, ...values: Value[]): number => this.db.prepare(sql).run(...values).changes;
      const deleted = [
        drop('DELETE FROM requests WHERE seq IN (SELECT seq FROM requests WHERE started_at < ? LIMIT ?)', keep.since, keep.slice),
        surplus > 0 ? drop('DELETE FROM requests WHERE seq IN (SELECT seq FROM requests ORDER BY seq LIMIT ?)', surplus) : 0,
        drop(
          'DELETE FROM request_captures WHERE id IN (SELECT id FROM request_captures WHERE captured_at < ? LIMIT ?)',
          keep.capturesSince,
          keep.slice,
        ),
        drop(
          'DELETE FROM request_captures WHERE id IN (SELECT id FROM request_captures ORDER BY captured_at LIMIT ?)',
          Math.min(keep.slice, Math.max(0, total('request_captures') - keep.captures)),
        ),
        // A capture is never kept longer than its request, and a request does not promise a capture that is gone.
        drop('DELETE FROM request_captures WHERE id NOT IN (SELECT id FROM requests WHERE captured = 1)'),
      ];
      drop('UPDATE requests SET captured = 0 WHERE captured = 1 AND id NOT IN (SELECT id FROM request_captures)');
      return deleted.some((count) => count >= keep.slice);
    })();
  }

  /** Forgets everything. */
  clear(): void {
    this.db.transaction(() => {
      this.db.exec('DELETE FROM requests; DELETE FROM request_captures;');
    })();
  }
}

function whereOf(conditions: RequestConditions): { sql: string; values: Value[] } {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, value: Value | undefined, times = 1): void => {
    if (value === undefined) return;
    parts.push(sql);
    for (let i = 0; i < times; i++) values.push(value);
  };
  const text = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : `%${value.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const like = (names: readonly string[]): string => `(${names.map((name) => `${name} LIKE ? ESCAPE '\\'`).join(' OR ')})`;
  const searched = ['id', 'model', 'model_path', 'profile_name', 'key_name', 'client', 'endpoint', 'error_code'];
  add('id = ?', conditions.id);
  add('profile_id = ?', conditions.profile);
  add(like(['model', 'model_path']), text(conditions.model), 2);
  add('key_id = ?', conditions.key);
  add(like(['client']), text(conditions.client));
  add('protocol = ?', conditions.protocol);
  add('outcome = ?', conditions.outcome);
  add('status = ?', conditions.status);
  add('started_at >= ?', conditions.since);
  add('started_at < ?', conditions.until);
  add('total_ms >= ?', conditions.minMs);
  add(like(searched), text(conditions.search), searched.length);
  return { sql: parts.map((part) => ` AND ${part}`).join(''), values };
}

const toValue = (value: string | number | boolean | null): Value => (typeof value === 'boolean' ? Number(value) : value);

const BOOLEANS = new Set<Complete>(['stream', 'counted', 'captured']);

const READERS = columns.map((key) => ({ key, isBoolean: BOOLEANS.has(key) }));

/** @param values the place, then the columns in their order. Thousands of rows are read for a summary. */
function fromRow(values: readonly Value[]): StoredRequest {
  const row: Record<string, Value | boolean> = { seq: values[0] ?? 0 };
  READERS.forEach(({ key, isBoolean }, i) => {
    const value = values[i + 1] ?? null;
    row[key] = isBoolean ? value === 1 : value;
  });
  return row as unknown as StoredRequest;
}
