/** API keys in SQLite: hashes of secrets, never secrets. */
import type { ApiKey } from '@mlx-manager/shared';
import type { ApiKeyRecord, ApiKeyStorage } from '../http/index.js';
import type { Connection } from './database.js';

interface Row {
  id: number;
  name: string;
  prefix: string;
  hash: string;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  models: string | null;
  priority: string | null;
  expires_at: string | null;
  created_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** API keys, by id. */
export class ApiKeysRepository implements ApiKeyStorage {
  constructor(private readonly db: Connection) {}

  all(): ApiKeyRecord[] {
    return (this.db.prepare('SELECT * FROM api_keys ORDER BY id').all() as Row[]).map(fromRow);
  }

  /** Adds a key. Answers its id. */
  insert(key: Omit<ApiKeyRecord, 'id'>): number {
    const statement = this.db.prepare(
      `INSERT INTO api_keys (name, prefix, hash, requests_per_minute, tokens_per_minute, models, priority, expires_at, created_at, last_used_at, revoked_at)
       VALUES (@name, @prefix, @hash, @requestsPerMinute, @tokensPerMinute, @models, @priority, @expiresAt, @createdAt, @lastUsedAt, @revokedAt)`,
    );
    return Number(statement.run({ ...key, models: toJson(key.models) }).lastInsertRowid);
  }

  /** Everything of a key but its secret's hash and prefix, which never change. */
  update(key: ApiKeyRecord): void {
    this.db
      .prepare(
        `UPDATE api_keys SET name = @name, requests_per_minute = @requestsPerMinute, tokens_per_minute = @tokensPerMinute, models = @models,
         priority = @priority, expires_at = @expiresAt, last_used_at = @lastUsedAt, revoked_at = @revokedAt WHERE id = @id`,
      )
      .run({ ...key, models: toJson(key.models) });
  }

  /** Writes down when keys were last used, all at once. @param uses id → ISO 8601. */
  markUsed(uses: ReadonlyMap<number, string>): void {
    const statement = this.db.prepare('UPDATE api_keys SET last_used_at = ? WHERE id = ?');
    this.db.transaction(() => {
      for (const [id, at] of uses) statement.run(at, id);
    })();
  }
}

const toJson = (models: string[] | null): string | null => (models === null ? null : JSON.stringify(models));

function fromRow(row: Row): ApiKeyRecord {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    hash: row.hash,
    requestsPerMinute: row.requests_per_minute,
    tokensPerMinute: row.tokens_per_minute,
    models: row.models === null ? null : (JSON.parse(row.models) as string[]),
    priority: row.priority as ApiKey['priority'],
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
