/** Runs: answers being generated, or that were. */
import type { Run, TaskError } from '@mlx-manager/shared';
import type { Connection } from './database.js';
import type { MessagesRepository } from './messages.js';

/** A run, and what was asked for, so that it can go on after a crash. */
export interface StoredRun<Request = unknown> {
  readonly run: Run;
  readonly request: Request;
}

interface Row {
  readonly record: string;
  readonly request: string;
}

const ACTIVE = "state IN ('waiting', 'generating')";

/** Runs, by id. They go with their chat. */
export class RunsRepository<Request = unknown> {
  readonly #update;

  constructor(
    private readonly db: Connection,
    private readonly messages: MessagesRepository,
  ) {
    this.#update = db.prepare('UPDATE runs SET state = ?, record = ? WHERE id = ?');
  }

  /** Adds a run; its chat must be there. */
  insert(run: Run, request: Request): void {
    this.db
      .prepare(
        'INSERT INTO runs (id, chat_seq, message_id, state, record, request) VALUES (?, (SELECT seq FROM chats WHERE id = ?), ?, ?, ?, ?)',
      )
      .run(run.id, run.chatId, run.messageId, run.state, JSON.stringify(run), JSON.stringify(request));
  }

  /** Writes a run's state anew. One that is gone with its chat is left gone. */
  update(run: Run): void {
    this.#update.run(run.state, JSON.stringify(run), run.id);
  }

  find(id: string): StoredRun<Request> | null {
    const row = this.db.prepare('SELECT record, request FROM runs WHERE id = ?').get(id) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Runs that have not ended, oldest first. */
  active(): StoredRun<Request>[] {
    return (this.db.prepare(`SELECT record, request FROM runs WHERE ${ACTIVE} ORDER BY rowid`).all() as Row[]).map(fromRow<Request>);
  }

  /** The run that has not ended in a chat; null when there is none. */
  activeOfChat(chatId: string): StoredRun<Request> | null {
    const row = this.db
      .prepare(`SELECT record, request FROM runs WHERE chat_seq = (SELECT seq FROM chats WHERE id = ?) AND ${ACTIVE} ORDER BY rowid DESC`)
      .get(chatId) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /**
   * For the start of the agent: what has not ended was interrupted. Its messages keep what was written, and can be found.
   * @param now instant of the wire. @param error put on runs and messages. @returns the runs as they are now.
   */
  interruptAll(now: string, error: TaskError | null = null): Run[] {
    return this.db.transaction(() => {
      const runs = this.active().map(({ run }): Run => ({ ...run, state: 'interrupted', error, endedAt: now }));
      for (const run of runs) this.update(run);
      for (const id of this.messages.generating()) this.messages.update(id, { status: 'interrupted', error, updatedAt: now });
      this.db.prepare('UPDATE chats SET active_run_id = NULL WHERE active_run_id IS NOT NULL').run();
      return runs;
    })();
  }
}

function fromRow<Request>(row: Row): StoredRun<Request> {
  return { run: JSON.parse(row.record) as Run, request: JSON.parse(row.request) as Request };
}
