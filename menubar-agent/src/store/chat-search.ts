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

/** Places that are ranked. Behind them a word is everywhere: ranking would take seconds and say nothing. */
const MANY = 2_000;
/** Places of each phrase that are looked at where the phrases stand apart. */
const SPREAD = 20_000;

/** SQL about `c`, the chat; empty, or beginning with AND. */
export interface ChatCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

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
   * Chats in which every phrase stands somewhere: best fit first, those with all of them in one place before those where they are apart.
   * Words that are in more than {@link MANY} places say nothing about fit: titles come first then, and the newest.
   * @param filter SQL about `c`, the chat, with its values. @param limit chats at most.
   */
  search(phrases: readonly Phrase[], filter: ChatCondition, limit: number): SearchHit[] {
    if (phrases.length === 0) return [];
    const all = phrases.map(toMatch).join(' AND ');
    const places = this.#newest(all, filter, MANY + 1);
    const best =
      places.length > MANY
        ? this.#byTime([...this.#newest(`title : (${all})`, filter, MANY), ...places])
        : this.#ranked(all, new Set(places));
    if (phrases.length > 1 && places.length <= MANY)
      for (const hit of this.#apart(phrases, filter)) if (!best.has(hit.chatSeq)) best.set(hit.chatSeq, hit);
    return [...best.values()].slice(0, limit);
  }

  /** Places with a match in chats that fulfil the filter, those of the newest chats first. */
  #newest(match: string, { sql, values }: ChatCondition, limit: number): number[] {
    const within = sql === '' ? '' : `AND rowid >> ${PLACE_BITS} IN (SELECT c.seq FROM chats c WHERE 1 ${sql})`;
    return this.db
      .prepare(`SELECT rowid FROM chat_search WHERE chat_search MATCH ? ${within} ORDER BY rowid DESC LIMIT ?`)
      .pluck()
      .all(match, ...values, limit) as number[];
  }

  /** Chats by their best place. */
  #ranked(match: string, places: ReadonlySet<number>): Map<number, SearchHit> {
    const rows = this.db
      .prepare(`SELECT rowid FROM chat_search WHERE chat_search MATCH ? ORDER BY bm25(chat_search, ${TITLE_WEIGHT}, 1), rowid DESC`)
      .pluck()
      .iterate(match) as IterableIterator<number>;
    const best = new Map<number, SearchHit>();
    for (const place of rows) if (places.has(place) && !best.has(chatOf(place))) best.set(chatOf(place), { chatSeq: chatOf(place), place });
    return best;
  }

  /** Chats in the order of their last change; those whose titles match, which are told first, before the others. */
  #byTime(places: readonly number[]): Map<number, SearchHit> {
    const best = new Map<number, SearchHit>();
    for (const place of places) if (!best.has(chatOf(place))) best.set(chatOf(place), { chatSeq: chatOf(place), place });
    const order = this.db
      .prepare('SELECT seq FROM chats WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY updated_at DESC, seq DESC')
      .pluck()
      .all(JSON.stringify([...best.keys()])) as number[];
    const hits = order.flatMap((seq) => best.get(seq) ?? []);
    const inTitle = ({ chatSeq, place }: SearchHit): boolean => place === titlePlace(chatSeq);
    return new Map([...hits.filter(inTitle), ...hits.filter((hit) => !inTitle(hit))].map((hit) => [hit.chatSeq, hit]));
  }

  /** Chats whose phrases stand in different places. The place shown is that of the rarest phrase. */
  #apart(phrases: readonly Phrase[], filter: ChatCondition): SearchHit[] {
    const found = phrases.map((phrase) => this.#newest(toMatch(phrase), filter, SPREAD)).sort((a, b) => a.length - b.length);
    const [rarest = [], ...others] = found.map((places) => new Map(places.map((place) => [chatOf(place), place])));
    return [...rarest].filter(([chat]) => others.every((places) => places.has(chat))).map(([chatSeq, place]) => ({ chatSeq, place }));
  }
}

const chatOf = (place: number): number => Math.floor(place / 2 ** PLACE_BITS);
export const titlePlace = (chatSeq: number): number => chatSeq * 2 ** PLACE_BITS;
