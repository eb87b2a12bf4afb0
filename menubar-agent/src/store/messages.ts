/** Messages of chats: a tree in each chat, of which one branch is shown. */
import { toSnakeCase, type ChatMessage, type MessagePart } from '@mlx-manager/shared';
import { ChatIndex, PLACE_BITS } from './chat-search.js';
import type { Connection } from './database.js';

/** A message as it is kept; which others stand in its place is worked out on reading. */
export type MessageRecord = Omit<ChatMessage, 'siblingIds'>;
/** What may change in a message. */
export type MessageChanges = Partial<Omit<MessageRecord, 'id' | 'chatId' | 'parentId' | 'role' | 'createdAt'>>;

/** Places of one chat's messages: its seq times this, and 1 to this less 1. */
const PLACES = 2 ** PLACE_BITS;

const COLUMNS = [
  'id',
  'parentId',
  'role',
  'status',
  'error',
  'metrics',
  'model',
  'profileId',
  'profileName',
  'trimmed',
  'runId',
  'createdAt',
  'updatedAt',
  'parts',
] as const satisfies readonly (keyof MessageRecord)[];
// As in profiles.ts: nothing compiles when a field has no column.
type Complete = Exclude<keyof MessageRecord, (typeof COLUMNS)[number] | 'chatId'> extends never ? (typeof COLUMNS)[number] : never;
const columns: readonly Complete[] = COLUMNS;
const JSON_COLUMNS = new Set<string>(['error', 'metrics', 'parts']);
const SELECTED = columns.map((key) => `m.${toSnakeCase(key)}`).join(', ');
const FROM = `SELECT m.seq, m.chat_seq, ${SELECTED}, c.id AS chat_id FROM chat_messages m JOIN chats c ON c.seq = m.chat_seq`;

type Value = string | number | null;
type Row = Record<string, Value>;

/** Messages, by id. Several writes stand or fall together within `ChatsRepository.transaction`. */
export class MessagesRepository {
  readonly #index: ChatIndex;
  readonly #flush;

  constructor(private readonly db: Connection) {
    this.#index = new ChatIndex(db);
    this.#flush = db.prepare('UPDATE chat_messages SET parts = ?, updated_at = ? WHERE id = ?');
  }

  find(id: string): ChatMessage | null {
    const row = this.db.prepare(`${FROM} WHERE m.id = ?`).get(id) as Row | undefined;
    return row ? (this.#complete([row])[0] ?? null) : null;
  }

  /** The branch from the chat's beginning to a message, in order. Empty when there is no such message. */
  path(id: string): ChatMessage[] {
    const rows = this.db
      .prepare(
        `WITH RECURSIVE branch(id) AS (
           SELECT ? UNION ALL SELECT m.parent_id FROM branch b JOIN chat_messages m ON m.id = b.id WHERE m.parent_id IS NOT NULL
         ) ${FROM} WHERE m.id IN branch ORDER BY m.depth`,
      )
      .all(id) as Row[];
    return this.#complete(rows);
  }

  /** Every message of a chat, all branches, oldest first. */
  ofChat(chatId: string): ChatMessage[] {
    return this.#complete(this.db.prepare(`${FROM} WHERE c.id = ? ORDER BY m.seq`).all(chatId) as Row[]);
  }

  /** Messages by their places, in no order. For searches. */
  atPlaces(places: readonly number[]): Map<number, MessageRecord> {
    const rows = this.db.prepare(`${FROM} WHERE m.seq IN (SELECT value FROM json_each(?))`).all(JSON.stringify(places)) as Row[];
    return new Map(rows.map((row) => [Number(row.seq), fromRow(row)]));
  }

  /** The newest end of the branches below a message; the message itself when nothing follows it. */
  newestEnd(id: string): string {
    const row = this.db
      .prepare(
        // The newest message below has nothing below it: what follows a message is newer.
        `WITH RECURSIVE below(id, seq, chat) AS (
           SELECT id, seq, chat_seq FROM chat_messages WHERE id = ?
           UNION ALL SELECT m.id, m.seq, m.chat_seq FROM below b JOIN chat_messages m ON m.chat_seq = b.chat AND m.parent_id = b.id
         ) SELECT id FROM below ORDER BY seq DESC LIMIT 1`,
      )
      .get(id) as Row | undefined;
    return row ? String(row.id) : id;
  }

  /** Adds a message behind its parent, which must be in the same chat. */
  insert(message: MessageRecord): void {
    this.db.transaction(() => {
      const chatSeq = this.db.prepare('SELECT seq FROM chats WHERE id = ?').pluck().get(message.chatId) as number;
      const first = chatSeq * PLACES;
      const last = this.db
        .prepare('SELECT max(seq) FROM chat_messages WHERE seq > ? AND seq < ?')
        .pluck()
        .get(first, first + PLACES);
      const depth =
        message.parentId === null
          ? 0
          : // A parent that is elsewhere gives NULL, which the column refuses.
            (this.db.prepare('SELECT depth + 1 FROM chat_messages WHERE id = ? AND chat_seq = ?').pluck().get(message.parentId, chatSeq) as
              number | undefined);
      const seq = ((last as number | null) ?? first) + 1;
      const names = columns.map(toSnakeCase);
      this.db
        .prepare(
          `INSERT INTO chat_messages (seq, chat_seq, depth, ${names.join(', ')}) VALUES (?, ?, ?, ${names.map(() => '?').join(', ')})`,
        )
        .run(seq, chatSeq, depth ?? null, ...columns.map((key) => toValue(key, message[key])));
      this.#settle(seq, message.status, message.parts);
    })();
  }

  /** Writes what an answer has so far: one row, nothing else. */
  flush(id: string, parts: readonly MessagePart[], updatedAt: string): void {
    this.#flush.run(JSON.stringify(parts), updatedAt, id);
  }

  /** Changes a message. When it has ended its words can be found from then on. One that is gone is left gone. */
  update(id: string, changes: MessageChanges): void {
    const keys = columns.filter((key) => (changes as Partial<MessageRecord>)[key] !== undefined);
    if (keys.length === 0) return;
    this.db.transaction(() => {
      const row = this.db
        .prepare(
          `UPDATE chat_messages SET ${keys.map((key) => `${toSnakeCase(key)} = ?`).join(', ')} WHERE id = ? RETURNING seq, status, parts`,
        )
        .get(...keys.map((key) => toValue(key, (changes as Partial<MessageRecord>)[key])), id) as Row | undefined;
      if (row && (changes.parts || changes.status))
        this.#settle(Number(row.seq), String(row.status), JSON.parse(String(row.parts)) as MessagePart[]);
    })();
  }

  /** Ids of answers that are marked as being written. */
  generating(): string[] {
    return this.db.prepare("SELECT id FROM chat_messages WHERE status = 'generating'").pluck().all() as string[];
  }

  /** What hangs on a message's parts: the search index, and which files it uses. Not while it is written. */
  #settle(seq: number, status: string, parts: readonly MessagePart[]): void {
    if (status === 'generating') return;
    this.#index.putMessage(seq, parts);
    this.db.prepare('DELETE FROM message_attachments WHERE message_seq = ?').run(seq);
    const add = this.db.prepare('INSERT OR IGNORE INTO message_attachments (attachment_id, message_seq) VALUES (?, ?)');
    for (const part of parts) if (part.type === 'image' || part.type === 'file') add.run(part.attachmentId, seq);
  }

  /** Adds the siblings. */
  #complete(rows: readonly Row[]): ChatMessage[] {
    const siblings = this.db.prepare('SELECT id FROM chat_messages WHERE chat_seq = ? AND parent_id IS ? ORDER BY seq').pluck();
    const known = new Map<string, string[]>();
    return rows.map((row) => {
      const place = `${row.chat_seq} ${row.parent_id}`;
      let ids = known.get(place);
      if (!ids) known.set(place, (ids = siblings.all(row.chat_seq, row.parent_id) as string[]));
      return { ...fromRow(row), siblingIds: ids };
    });
  }
}

const toValue = (key: string, value: unknown): Value =>
  JSON_COLUMNS.has(key) && value !== null ? JSON.stringify(value) : (value as Value);

function fromRow(row: Row): MessageRecord {
  const entries = columns.map((key) => {
    const value = row[toSnakeCase(key)] ?? null;
    return [key, JSON_COLUMNS.has(key) && value !== null ? (JSON.parse(String(value)) as unknown) : value];
  });
  return { ...(Object.fromEntries(entries) as Omit<MessageRecord, 'chatId'>), chatId: String(row.chat_id) };
}
