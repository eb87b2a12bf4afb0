/** Chats in SQLite: what they are called, which branch is shown, and how they are found. */
import { toSnakeCase, type Chat } from '@mlx-manager/shared';
import { ChatIndex, searchableText, type SearchHit } from './chat-search.js';
import type { Phrase } from './chat-words.js';
import type { Connection } from './database.js';

/** What may change in a chat. What follows from its head is worked out by `setHead` and `refresh`. */
export type ChatChanges = Partial<Omit<Chat, 'id' | 'createdAt' | 'preview' | 'messageCount' | 'headId' | 'answeredProfileId'>>;

/** What a list is limited to. */
export interface ChatFilter {
  readonly tag?: string | undefined;
  readonly pinned?: boolean | undefined;
  readonly profileId?: number | undefined;
}

/** Where a page of the list ended: the values it is ordered by. */
export interface ChatPlace {
  readonly pinned: boolean;
  readonly updatedAt: string;
  readonly seq: number;
}

const COLUMNS = [
  'id',
  'title',
  'titled',
  'model',
  'profileId',
  'personaId',
  'systemPrompt',
  'sampling',
  'tools',
  'tags',
  'pinned',
  'preview',
  'messageCount',
  'headId',
  'answeredProfileId',
  'activeRunId',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof Chat)[];
// As in profiles.ts: nothing compiles when a field has no column.
type Complete = Exclude<keyof Chat, (typeof COLUMNS)[number]> extends never ? (typeof COLUMNS)[number] : never;
const columns: readonly Complete[] = COLUMNS;
const BOOLEANS = new Set<string>(['titled', 'pinned']);
const JSON_COLUMNS = new Set<string>(['sampling', 'tools', 'tags']);
const NAMES = columns.map(toSnakeCase);
const SELECTED = `c.seq, ${NAMES.map((name) => `c.${name}`).join(', ')}`;

/** Characters of a preview. */
const PREVIEW = 200;
/** Messages that are asked for one with words, from the end. */
const PREVIEW_MESSAGES = 6;

type Value = string | number | null;
type Row = Record<string, Value>;

/** Chats, by id. */
export class ChatsRepository {
  readonly #index: ChatIndex;

  constructor(private readonly db: Connection) {
    this.#index = new ChatIndex(db);
  }

  /** All writes of `work` stand or fall together, those of other repositories too. */
  transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate();
  }

  find(id: string): Chat | null {
    const row = this.db.prepare(`SELECT ${SELECTED} FROM chats c WHERE c.id = ?`).get(id) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  insert(chat: Chat): void {
    this.transaction(() => {
      const { lastInsertRowid } = this.db
        .prepare(`INSERT INTO chats (${NAMES.join(', ')}) VALUES (${NAMES.map(() => '?').join(', ')})`)
        .run(...columns.map((key) => toValue(key, chat[key])));
      const seq = Number(lastInsertRowid);
      this.#writeTags(seq, chat.tags);
      this.#index.putTitle(seq, chat.title);
    });
  }

  /** Changes a chat. Answers it as it is now; null when it is gone. */
  update(id: string, changes: ChatChanges): Chat | null {
    const keys = columns.filter((key) => (changes as Partial<Chat>)[key] !== undefined);
    if (keys.length === 0) return this.find(id);
    return this.transaction(() => {
      const row = this.db
        .prepare(`UPDATE chats SET ${keys.map((key) => `${toSnakeCase(key)} = ?`).join(', ')} WHERE id = ? RETURNING *`)
        .get(...keys.map((key) => toValue(key, (changes as Partial<Chat>)[key])), id) as Row | undefined;
      if (!row) return null;
      if (changes.tags) this.#writeTags(Number(row.seq), changes.tags);
      if (changes.title !== undefined) this.#index.putTitle(Number(row.seq), changes.title);
      return fromRow(row);
    });
  }

  /** Shows the branch that ends with a message of the chat; null shows an empty chat. */
  setHead(id: string, headId: string | null, updatedAt: string): Chat | null {
    this.db.prepare('UPDATE chats SET head_id = ? WHERE id = ?').run(headId, id);
    return this.refresh(id, updatedAt);
  }

  /** Works out anew what is shown of the branch: how many messages, how the last one with words begins, and who answered last. */
  refresh(id: string, updatedAt: string): Chat | null {
    const branch = this.db
      .prepare(
        `WITH RECURSIVE branch(id, n) AS (
           SELECT head_id, 1 FROM chats WHERE id = ?
           UNION ALL SELECT m.parent_id, b.n + 1 FROM branch b JOIN chat_messages m ON m.id = b.id WHERE m.parent_id IS NOT NULL AND b.n < ?
         ) SELECT m.depth, m.role, m.profile_id, m.parts FROM branch b JOIN chat_messages m ON m.id = b.id ORDER BY b.n`,
      )
      .all(id, PREVIEW_MESSAGES) as Row[];
    const count = branch[0] ? Number(branch[0].depth) + 1 : 0;
    let preview = '';
    for (const { parts } of branch) {
      preview = searchableText(JSON.parse(String(parts)) as Parameters<typeof searchableText>[0])
        .slice(0, PREVIEW * 4)
        .replace(/\s+/g, ' ')
        .trim();
      if (preview !== '') break;
    }
    const answered = branch.find(({ role }) => role === 'assistant')?.profile_id ?? null;
    const row = this.db
      .prepare('UPDATE chats SET message_count = ?, answered_profile_id = ?, preview = ?, updated_at = ? WHERE id = ? RETURNING *')
      .get(
        count,
        answered,
        preview
          .slice(0, PREVIEW)
          .toWellFormed()
          .replace(/\ufffd$/, ''),
        updatedAt,
        id,
      ) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Deletes a chat with everything in it. Answers ids of the files that only its messages used; they are forgotten too. */
  remove(id: string): string[] {
    return this.transaction(() => {
      const seq = this.db.prepare('SELECT seq FROM chats WHERE id = ?').pluck().get(id) as number | undefined;
      if (seq === undefined) return [];
      const used = this.db
        .prepare(
          'SELECT DISTINCT a.attachment_id FROM message_attachments a JOIN chat_messages m ON m.seq = a.message_seq WHERE m.chat_seq = ?',
        )
        .pluck()
        .all(seq) as string[];
      this.#index.removeChat(seq);
      this.db.prepare('DELETE FROM chats WHERE seq = ?').run(seq);
      const dropUnused = this.db
        .prepare('DELETE FROM attachments WHERE id = ? AND id NOT IN (SELECT attachment_id FROM message_attachments) RETURNING id')
        .pluck();
      return used.filter((attachmentId) => dropUnused.get(attachmentId) !== undefined);
    });
  }

  /** Chats in their order, pinned ones on top, then newest first. @param after the last one of the page before. */
  list(filter: ChatFilter, limit: number, after: ChatPlace | null): { chat: Chat; place: ChatPlace }[] {
    const { sql, values } = whereOf(filter);
    const behind = after ? 'AND (c.pinned, c.updated_at, c.seq) < (?, ?, ?)' : '';
    const rows = this.db
      .prepare(`SELECT ${SELECTED} FROM chats c WHERE 1 ${sql} ${behind} ORDER BY c.pinned DESC, c.updated_at DESC, c.seq DESC LIMIT ?`)
      .all(...values, ...(after ? [Number(after.pinned), after.updatedAt, after.seq] : []), limit) as Row[];
    return rows.map((row) => {
      const chat = fromRow(row);
      return { chat, place: { pinned: chat.pinned, updatedAt: chat.updatedAt, seq: Number(row.seq) } };
    });
  }

  /** Chats with all these phrases, best fit first. @param limit chats at most. */
  search(phrases: readonly Phrase[], filter: ChatFilter, limit: number): SearchHit[] {
    return this.#index.search(phrases, whereOf(filter), limit);
  }

  /** Chats by their numbers; those that are gone are missing. */
  bySeq(seqs: readonly number[]): Map<number, Chat> {
    const rows = this.db
      .prepare(`SELECT ${SELECTED} FROM chats c WHERE c.seq IN (SELECT value FROM json_each(?))`)
      .all(JSON.stringify(seqs)) as Row[];
    return new Map(rows.map((row) => [Number(row.seq), fromRow(row)]));
  }

  /** Tags in use, in the order of the alphabet, with how many chats have them. Case does not count. */
  tags(): { tag: string; chats: number }[] {
    return this.db.prepare('SELECT min(tag) AS tag, count(*) AS chats FROM chat_tags GROUP BY tag ORDER BY tag').all() as {
      tag: string;
      chats: number;
    }[];
  }

  /** Takes a profile that is gone out of its chats. Answers them as they are now. */
  releaseProfile(profileId: number): Chat[] {
    const rows = this.db
      .prepare(
        `UPDATE chats SET profile_id = nullif(profile_id, @id), answered_profile_id = nullif(answered_profile_id, @id)
         WHERE profile_id = @id OR answered_profile_id = @id RETURNING *`,
      )
      .all({ id: profileId }) as Row[];
    return rows.map(fromRow);
  }

  /** Takes profiles out that are gone: for the start, when the agent was killed between two steps. */
  releaseLostProfiles(): void {
    this.db.exec(`
      UPDATE chats SET profile_id = NULL WHERE profile_id NOT IN (SELECT id FROM server_profiles);
      UPDATE chats SET answered_profile_id = NULL WHERE answered_profile_id NOT IN (SELECT id FROM server_profiles);
    `);
  }

  /** Takes a persona that goes out of its chats; they keep its system prompt where they have none of their own. Answers them as they are now. */
  releasePersona(personaId: number, systemPrompt: string): Chat[] {
    const rows = this.db
      .prepare('UPDATE chats SET persona_id = NULL, system_prompt = coalesce(system_prompt, ?) WHERE persona_id = ? RETURNING *')
      .all(systemPrompt, personaId) as Row[];
    return rows.map(fromRow);
  }

  #writeTags(seq: number, tags: readonly string[]): void {
    this.db.prepare('DELETE FROM chat_tags WHERE chat_seq = ?').run(seq);
    const add = this.db.prepare('INSERT OR IGNORE INTO chat_tags (tag, chat_seq) VALUES (?, ?)');
    for (const tag of tags) add.run(tag, seq);
  }
}

function whereOf({ tag, pinned, profileId }: ChatFilter): { sql: string; values: (string | number)[] } {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]): void => {
    parts.push(sql);
    values.push(...given);
  };
  if (tag !== undefined) add('AND c.seq IN (SELECT chat_seq FROM chat_tags WHERE tag = ?)', tag);
  if (pinned !== undefined) add('AND c.pinned = ?', Number(pinned));
  if (profileId !== undefined) add('AND (c.profile_id = ? OR (c.profile_id IS NULL AND c.answered_profile_id = ?))', profileId, profileId);
  return { sql: parts.join(' '), values };
}

function toValue(key: string, value: unknown): Value {
  if (BOOLEANS.has(key)) return value ? 1 : 0;
  return JSON_COLUMNS.has(key) ? JSON.stringify(value) : (value as Value);
}

function fromRow(row: Row): Chat {
  const entries = columns.map((key) => {
    const value = row[toSnakeCase(key)] ?? null;
    if (BOOLEANS.has(key)) return [key, value === 1];
    return [key, JSON_COLUMNS.has(key) ? (JSON.parse(String(value)) as unknown) : value];
  });
  return Object.fromEntries(entries) as Chat;
}
