/** Profiles in SQLite. */
import { toSnakeCase, type Profile } from '@mlx-manager/shared';
import type { Connection } from './database.js';

/** A profile as it is kept: everything but what is worked out on reading. */
export type ProfileRecord = Omit<Profile, 'warnings'>;

type Row = Record<string, string | number | null>;

const BOOLEANS = new Set<keyof ProfileRecord>([
  'exposePort',
  'enableAutoToolChoice',
  'trustRemoteCode',
  'noLogFile',
  'autoStart',
  'restartOnCrash',
  'pinned',
  'launchdInstalled',
]);
const JSON_COLUMNS = new Set<keyof ProfileRecord>(['aliases', 'sampling', 'extraArgs']);
const COLUMNS = [
  'name',
  'description',
  'modelPath',
  'modelType',
  'engine',
  'aliases',
  'port',
  'exposePort',
  'host',
  'contextLength',
  'maxConcurrency',
  'queueTimeout',
  'queueSize',
  'toolCallParser',
  'reasoningParser',
  'enableAutoToolChoice',
  'trustRemoteCode',
  'chatTemplateFile',
  'logLevel',
  'logFile',
  'noLogFile',
  'autoStart',
  'restartOnCrash',
  'systemPrompt',
  'idleMinutes',
  'pinned',
  'sampling',
  'extraArgs',
  'launchdInstalled',
  'origin',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof ProfileRecord)[];
// A field added to the contract must get a column: the columns are of no type, and nothing compiles, when one is missing.
type Column = (typeof COLUMNS)[number];
type Complete = Exclude<keyof ProfileRecord, Column | 'id'> extends never ? (typeof COLUMNS)[number] : never;

const columns: readonly Complete[] = COLUMNS;

/** Profiles, by id. */
export class ProfilesRepository {
  constructor(private readonly db: Connection) {}

  all(): ProfileRecord[] {
    return (this.db.prepare('SELECT * FROM server_profiles ORDER BY name').all() as Row[]).map(fromRow);
  }

  /** Those of a model, by name. Asked for each model of a list: the database filters. */
  ofModel(modelPath: string): ProfileRecord[] {
    return (this.db.prepare('SELECT * FROM server_profiles WHERE model_path = ? ORDER BY name').all(modelPath) as Row[]).map(fromRow);
  }

  find(id: number): ProfileRecord | null {
    const row = this.db.prepare('SELECT * FROM server_profiles WHERE id = ?').get(id) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Adds profiles, all or none. Answers them with their ids. */
  insert(profiles: readonly Omit<ProfileRecord, 'id'>[]): ProfileRecord[] {
    const names = columns.map(toSnakeCase);
    const statement = this.db.prepare(
      `INSERT INTO server_profiles (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
    );
    return this.db.transaction(() =>
      profiles.map((profile) => ({ ...profile, id: Number(statement.run(toRow(profile)).lastInsertRowid) })),
    )();
  }

  update(profile: ProfileRecord): void {
    const assignments = columns.map(toSnakeCase).map((name) => `${name} = @${name}`);
    this.db.prepare(`UPDATE server_profiles SET ${assignments.join(', ')} WHERE id = @id`).run({ ...toRow(profile), id: profile.id });
  }

  remove(id: number): void {
    this.db.prepare('DELETE FROM server_profiles WHERE id = ?').run(id);
  }
}

function toRow(profile: Omit<ProfileRecord, 'id'>): Row {
  return Object.fromEntries(
    columns.map((key) => {
      const value = profile[key];
      if (BOOLEANS.has(key)) return [toSnakeCase(key), value ? 1 : 0];
      return [toSnakeCase(key), JSON_COLUMNS.has(key) ? JSON.stringify(value) : (value as string | number | null)];
    }),
  );
}

function fromRow(row: Row): ProfileRecord {
  const entries = columns.map((key) => {
    const value = row[toSnakeCase(key)] ?? null;
    if (BOOLEANS.has(key)) return [key, value === 1];
    return [key, JSON_COLUMNS.has(key) ? (JSON.parse(String(value)) as unknown) : value];
  });
  return { id: row.id, ...Object.fromEntries(entries) } as ProfileRecord;
}
