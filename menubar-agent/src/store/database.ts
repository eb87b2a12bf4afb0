/** The SQLite connection: WAL, foreign keys, numbered migrations. */
import Database from 'better-sqlite3';
import { chmodSync } from 'node:fs';
import { AgentError } from '@mlx-manager/shared';
import { migrations, type Migration } from './migrations.js';

export type Connection = Database.Database;

/**
 * Opens the database and brings it to the newest shape.
 * @param file path, or `:memory:`.
 * @param steps migrations; `user_version` counts those that have run.
 * @throws AgentError STATE_TOO_NEW when a newer release wrote it (nothing is touched then), STATE_NOT_WRITABLE when it cannot be opened.
 */
export function openDatabase(file: string, steps: readonly Migration[] = migrations): Connection {
  let db: Connection;
  try {
    db = new Database(file, { timeout: 5000 });
  } catch (error) {
    throw new AgentError('STATE_NOT_WRITABLE', { path: file, reason: reasonOf(error) }, { cause: error });
  }
  try {
    const found = db.pragma('user_version', { simple: true }) as number;
    if (found > steps.length) throw new AgentError('STATE_TOO_NEW', { found, known: steps.length });
    db.pragma('journal_mode = WAL');
    // With WAL, NORMAL survives a crash of the process; only a power cut may lose the last commits, never the file.
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    // 2 MB of pages in place of 16: what is written all day need not be kept in memory.
    db.pragma('cache_size = -2000');
    if (file !== ':memory:') chmodSync(file, 0o600);
    migrate(db, steps, found);
    return db;
  } catch (error) {
    db.close();
    if (error instanceof AgentError) throw error;
    throw new AgentError('STATE_NOT_WRITABLE', { path: file, reason: reasonOf(error) }, { cause: error });
  }
}

function migrate(db: Connection, steps: readonly Migration[], done: number): void {
  steps.slice(done).forEach((step, i) => {
    // Each step and its count stand or fall together.
    db.transaction(() => {
      db.exec(step.sql);
      db.pragma(`user_version = ${done + i + 1}`);
    }).immediate();
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
