/** Providers and routing rules in SQLite. What the owner set is kept as JSON in the form of the wire; the service reads it by its schema. */
import type { Connection } from './database.js';

export interface ProviderRow {
  readonly id: number;
  readonly name: string;
  /** Name of the secret that holds the key; the secret itself is never here. */
  readonly secretName: string;
  /** JSON. */
  readonly options: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const PROVIDER_COLUMNS = 'id, name, secret_name AS secretName, options, created_at AS createdAt, updated_at AS updatedAt';

/** Providers, by id. */
export class ProvidersRepository {
  constructor(private readonly db: Connection) {}

  all(): ProviderRow[] {
    return this.db.prepare(`SELECT ${PROVIDER_COLUMNS} FROM providers ORDER BY name`).all() as ProviderRow[];
  }

  find(id: number): ProviderRow | null {
    return (this.db.prepare(`SELECT ${PROVIDER_COLUMNS} FROM providers WHERE id = ?`).get(id) as ProviderRow | undefined) ?? null;
  }

  insert(row: Omit<ProviderRow, 'id'>): number {
    const result = this.db
      .prepare(
        'INSERT INTO providers (name, secret_name, options, created_at, updated_at) VALUES (@name, @secretName, @options, @createdAt, @updatedAt)',
      )
      .run(row);
    return Number(result.lastInsertRowid);
  }

  update(row: ProviderRow): void {
    this.db.prepare('UPDATE providers SET name = @name, options = @options, updated_at = @updatedAt WHERE id = @id').run(row);
  }

  remove(id: number): void {
    this.db.prepare('DELETE FROM providers WHERE id = ?').run(id);
  }
}

export interface RoutingRuleRow {
  readonly id: number;
  /** JSON. */
  readonly options: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Routing rules in their order. */
export class RoutingRulesRepository {
  constructor(private readonly db: Connection) {}

  all(): RoutingRuleRow[] {
    return this.db
      .prepare('SELECT id, options, created_at AS createdAt, updated_at AS updatedAt FROM routing_rules ORDER BY position, id')
      .all() as RoutingRuleRow[];
  }

  /** Adds a rule at the end. */
  insert(row: Omit<RoutingRuleRow, 'id'>): number {
    const result = this.db
      .prepare(
        'INSERT INTO routing_rules (position, options, created_at, updated_at) VALUES ((SELECT coalesce(max(position), -1) + 1 FROM routing_rules), @options, @createdAt, @updatedAt)',
      )
      .run(row);
    return Number(result.lastInsertRowid);
  }

  update(row: Omit<RoutingRuleRow, 'createdAt'>): void {
    this.db.prepare('UPDATE routing_rules SET options = @options, updated_at = @updatedAt WHERE id = @id').run(row);
  }

  remove(id: number): void {
    this.db.prepare('DELETE FROM routing_rules WHERE id = ?').run(id);
  }

  /** Numbers the rules anew, all or none. @param ids every rule's, in their order. */
  order(ids: readonly number[]): void {
    const put = this.db.prepare('UPDATE routing_rules SET position = ? WHERE id = ?');
    this.db.transaction(() => ids.forEach((id, position) => put.run(position, id)))();
  }

  /** Changes that belong together, all or none. */
  together<T>(work: () => T): T {
    return this.db.transaction(work)();
  }
}
