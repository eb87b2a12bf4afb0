/** The index over titles and messages of chats (FTS5), and what it finds. */
import type { MessagePart } from '@mlx-manager/shared';
import { toIndexText, toMatch, type Phrase } from './chat-words.js';
import type { Connection } from './database.js';

/** Bits of a number that tell the place in its chat; those above tell the chat. */
export const PLACE_BITS = 24;
/** Characters of one message that can be found; what lies behind would hold up everything else while it is indexed. */
const MAX_INDEXED = 500_000;
/** A title says more about a chat than a word in it. */
const TITLE_WEIGHT = 8;

/** A chat in which everything was found that was looked for. */
export interface SearchHit {
  readonly chatSeq: number;
  /** The place that fits best: a message's seq, or a title's. */
  readonly place: number;
}

/** The words of a message that can be found: what was said, names of files and of tools. */
export function searchableText(parts: readonly MessagePart[]): string {
  const texts = parts.map((part) => {
    if (part.type === 'text') return part.text;
    if (part.type === 'image' || part.type === 'file' || part.type === 'tool_call') return part.name;
    return '';
  });
  return texts
    .filter((text) => text !== '')
    .join('\n')
    .slice(0, MAX_INDEXED);
}

/** Writes and asks the index. Its caller holds the transaction in which titles and messages change. */
export class ChatIndex {
  readonly #put;
  readonly #drop;

  constructor(private readonly db: Connection) {
    this.#put = db.prepare('INSERT OR REPLACE INTO chat_search (rowid, title, body) VALUES (?, ?, ?)');
    this.#drop = db.prepare('DELETE FROM chat_search WHERE rowid = ?');
  }

  putTitle(chatSeq: number, title: string): void {
    this.#put.run(titlePlace(chatSeq), toIndexText(title), '');
  }

  putMessage(seq: number, parts: readonly MessagePart[]): void {
    const text = searchableText(parts);
    if (text === '') this.#drop.run(seq);
    else this.#put.run(seq, '', toIndexText(text));
  }

  /** Forgets a chat. To be called while its messages are still there. */
  removeChat(chatSeq: number): void {
    this.#drop.run(titlePlace(chatSeq));
    this.db.prepare('DELETE FROM chat_search WHERE rowid IN (SELECT seq FROM chat_messages WHERE chat_seq = ?)').run(chatSeq);
  }

  /**
   * Chats in which every phrase stands somewhere, best fit first.
   * @param filter SQL about `c`, the chat, with its values. @param limit chats at most.
   */
  search(phrases: readonly Phrase[], filter: { sql: string; values: readonly (string | number)[] }, limit: number): SearchHit[] {
    if (phrases.length === 0) return [];
    const matches = phrases.map(toMatch);
    const others = matches.length > 1 ? matches : [];
    const everywhere = others
      .map(() => `AND h.chat IN (SELECT rowid >> ${PLACE_BITS} FROM chat_search WHERE chat_search MATCH ?)`)
      .join(' ');
    return this.db
      .prepare(
        // FTS5 ranks no rows that are being grouped, hence the step between. min() makes the other columns those of the best row.
        `WITH found AS MATERIALIZED (
           SELECT rowid AS place, bm25(chat_search, ${TITLE_WEIGHT}, 1) AS score FROM chat_search WHERE chat_search MATCH ?
         ), best AS (SELECT place >> ${PLACE_BITS} AS chat, place, min(score) AS score FROM found GROUP BY chat)
         SELECT h.chat AS chatSeq, h.place FROM best h JOIN chats c ON c.seq = h.chat WHERE 1 ${everywhere} ${filter.sql}
         ORDER BY h.score, c.updated_at DESC, c.seq DESC LIMIT ?`,
      )
      .all(matches.join(' OR '), ...others, ...filter.values, limit) as SearchHit[];
  }
}

export const titlePlace = (chatSeq: number): number => chatSeq * 2 ** PLACE_BITS;
