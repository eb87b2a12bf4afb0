/** Small repositories: settings, model dates, and records kept as JSON under a key. */
import type { Connection } from './database.js';

/** Settings the owner made. Keys are snake_case, values JSON. */
export class SettingsRepository {
  constructor(private readonly db: Connection) {}

  all(): Map<string, string> {
    const rows = this.db.prepare('SELECT key, value FROM settings').all() as { key: string; value: string }[];
    return new Map(rows.map((row) => [row.key, row.value]));
  }

  /** Takes over changes, all or none; null removes. */
  set(changes: ReadonlyMap<string, string | null>): void {
    const put = this.db.prepare(
      "INSERT INTO settings (key, value, updated_at) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ')) ON CONFLICT(key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
    );
    const remove = this.db.prepare('DELETE FROM settings WHERE key = ?');
    this.db.transaction(() => {
      for (const [key, value] of changes) {
        if (value === null) remove.run(key);
        else put.run(key, value);
      }
    })();
  }
}

/** When models came and were last used. What is on disk is read from the disk. */
export class ModelDatesRepository {
  constructor(private readonly db: Connection) {}

  /** When a model was downloaded and last used; null when neither is known. */
  of(modelId: string): { downloadedAt: string | null; lastUsedAt: string | null } | null {
    const row = this.db.prepare('SELECT downloaded_at, last_used_at FROM downloaded_models WHERE model_id = ?').get(modelId) as
      { downloaded_at: string | null; last_used_at: string | null } | undefined;
    return row === undefined ? null : { downloadedAt: row.downloaded_at, lastUsedAt: row.last_used_at };
  }

  /** @param at ISO 8601. */
  markDownloaded(modelId: string, at: string): void {
    this.db
      .prepare(
        'INSERT INTO downloaded_models (model_id, downloaded_at) VALUES (?, ?) ON CONFLICT(model_id) DO UPDATE SET downloaded_at = excluded.downloaded_at',
      )
      .run(modelId, at);
  }

  /** @param at ISO 8601. */
  markUsed(modelId: string, at: string): void {
    this.db
      .prepare(
        'INSERT INTO downloaded_models (model_id, last_used_at) VALUES (?, ?) ON CONFLICT(model_id) DO UPDATE SET last_used_at = excluded.last_used_at',
      )
      .run(modelId, at);
  }

  remove(modelId: string): void {
    this.db.prepare('DELETE FROM downloaded_models WHERE model_id = ?').run(modelId);
  }
}

/** Engine processes under way, kept so that the next agent can take them over. */
export class InstancesRepository<R extends { readonly profileId: number }> {
  constructor(private readonly db: Connection) {}

  all(): R[] {
    return (this.db.prepare('SELECT record FROM running_instances ORDER BY profile_id').all() as { record: string }[]).map(
      (row) => JSON.parse(row.record) as R,
    );
  }

  save(record: R): void {
    this.db
      .prepare(
        'INSERT INTO running_instances (profile_id, record) VALUES (?, ?) ON CONFLICT(profile_id) DO UPDATE SET record = excluded.record',
      )
      .run(record.profileId, JSON.stringify(record));
  }

  remove(profileId: number): void {
    this.db.prepare('DELETE FROM running_instances WHERE profile_id = ?').run(profileId);
  }
}

/** Download tasks with all they need to go on. */
export class DownloadsRepository<R extends { readonly task: { readonly taskId: string; readonly modelId: string } }> {
  constructor(private readonly db: Connection) {}

  all(): R[] {
    return (this.db.prepare('SELECT record FROM download_tasks ORDER BY rowid').all() as { record: string }[]).map(
      (row) => JSON.parse(row.record) as R,
    );
  }

  save(record: R): void {
    this.db
      .prepare(
        'INSERT INTO download_tasks (task_id, model_id, record) VALUES (?, ?, ?) ON CONFLICT(task_id) DO UPDATE SET record = excluded.record',
      )
      .run(record.task.taskId, record.task.modelId, JSON.stringify(record));
  }

  remove(taskId: string): void {
    this.db.prepare('DELETE FROM download_tasks WHERE task_id = ?').run(taskId);
  }
}
