/** Own personas and prompt templates in SQLite. What the owner set is kept as JSON in the form of the wire; the service reads it by its schema. */
import type { Connection } from './database.js';

export interface PromptRow {
  readonly id: number;
  readonly name: string;
  /** JSON, without the name. */
  readonly options: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One of the two tables, which have the same shape. */
export class PromptsRepository {
  readonly #db: Connection;
  readonly #table: string;

  constructor(db: Connection, kind: 'personas' | 'templates') {
    this.#db = db;
    this.#table = kind === 'personas' ? 'personas' : 'prompt_templates';
  }

  /** By name. */
  all(): PromptRow[] {
    return this.#db
      .prepare(`SELECT id, name, options, created_at AS createdAt, updated_at AS updatedAt FROM ${this.#table} ORDER BY name`)
      .all() as PromptRow[];
  }

  insert(row: Omit<PromptRow, 'id'>): number {
    const statement = `INSERT INTO ${this.#table} (name, options, created_at, updated_at) VALUES (@name, @options, @createdAt, @updatedAt)`;
    return Number(this.#db.prepare(statement).run(row).lastInsertRowid);
  }

  update(row: Omit<PromptRow, 'createdAt'>): void {
    this.#db.prepare(`UPDATE ${this.#table} SET name = @name, options = @options, updated_at = @updatedAt WHERE id = @id`).run(row);
  }

  remove(id: number): void {
    this.#db.prepare(`DELETE FROM ${this.#table} WHERE id = ?`).run(id);
  }

  /** Changes that belong together, in both tables and others, all or none. */
  together<T>(work: () => T): T {
    return this.#db.transaction(work)();
  }
}
