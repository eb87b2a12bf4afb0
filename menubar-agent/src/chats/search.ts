/** Finding chats by words: pages, and what is shown of the place where they were found. */
import { AgentError, type ChatHit, type ChatMatch, type ChatsQuery } from '@mlx-manager/shared';
import {
  findPhrases,
  readSearch,
  searchableText,
  type ChatsRepository,
  type MessagesRepository,
  type Phrase,
  type SearchHit,
} from '../store/index.js';

/** Chats that one search finds, at most. */
const MAX_HITS = 5_000;
/** Searches whose order is remembered for their next pages. */
const REMEMBERED = 16;
/** Characters of a match: before the first word found, and in all. */
const BEFORE = 50;
/** Characters of a text that are looked through at a time, and how far beyond them what is looked for may reach. */
const PIECE = 8_000;
const OVERLAP = 1_000;
const SHOWN = 200;

interface Remembered {
  readonly key: string;
  readonly hits: readonly SearchHit[];
}
export interface HitsPage {
  readonly hits: ChatHit[];
  /** Null on the last page. */
  readonly cursor: string | null;
}

export interface ChatSearchDeps {
  readonly chats: Pick<ChatsRepository, 'search' | 'bySeq'>;
  readonly messages: Pick<MessagesRepository, 'atPlaces'>;
}

export class ChatSearch {
  /** The order changes with every message that is written; a search keeps the one it began with. */
  readonly #remembered = new Map<string, Remembered>();
  #count = 0;

  constructor(private readonly deps: ChatSearchDeps) {}

  /** A page of what was found. @throws AgentError INVALID_REQUEST for a cursor that is not ours. */
  page(search: string, { tag, pinned, profileId, limit, cursor }: ChatsQuery): HitsPage {
    const phrases = readSearch(search);
    const filter = { tag, pinned, profileId };
    const key = JSON.stringify([search, filter]);
    const from = cursor === undefined ? { id: `${++this.#count}`, offset: 0 } : readCursor(cursor);
    let known = this.#remembered.get(from.id);
    // Forgotten, or of an agent that has ended: the order anew is the best there is.
    if (known?.key !== key) known = { key, hits: this.deps.chats.search(phrases, filter, MAX_HITS) };
    this.#remember(from.id, known);

    const found: { hit: SearchHit; chat: ChatHit['chat'] }[] = [];
    let offset = from.offset;
    while (found.length < limit && offset < known.hits.length) {
      const some = known.hits.slice(offset, offset + limit - found.length);
      const chats = this.deps.chats.bySeq(some.map(({ chatSeq }) => chatSeq));
      for (const hit of some) {
        const chat = chats.get(hit.chatSeq);
        if (chat) found.push({ hit, chat });
      }
      offset += some.length;
    }
    const messages = this.deps.messages.atPlaces(found.map(({ hit }) => hit.place));
    const hits = found.map(({ hit, chat }): ChatHit => {
      const message = messages.get(hit.place);
      const text = message ? searchableText(message.parts) : chat.title;
      return { chat, match: matchIn(text, phrases, message?.id ?? null) };
    });
    return { hits, cursor: offset < known.hits.length ? `s${from.id}.${offset}` : null };
  }

  #remember(id: string, search: Remembered): void {
    this.#remembered.delete(id);
    this.#remembered.set(id, search);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
  }
}

function readCursor(cursor: string): { id: string; offset: number } {
  const [, id, offset] = /^s(\d{1,12})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (id === undefined) throw new AgentError('INVALID_REQUEST', { problem: 'cursor: it is not one of this list' });
  return { id, offset: Number(offset) };
}

/** A piece of a text around the words that were found. */
export function matchIn(text: string, phrases: readonly Phrase[], messageId: string | null): ChatMatch {
  const first = firstPlace(text, phrases);
  const from = borderBefore(text, Math.max(0, first - BEFORE));
  const to = borderAfter(text, Math.min(text.length, from + SHOWN));
  const shown = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`.replace(/\s+/g, ' ').trim();
  return { messageId, text: shown, ranges: findPhrases(shown, phrases, 32) };
}

/** Where the first word found begins; 0 where none is. A long text is read piece by piece, most often only the first: to fold half a million letters takes 0.1 s. */
function firstPlace(text: string, phrases: readonly Phrase[]): number {
  for (let from = 0; from < text.length; from += PIECE) {
    // A border inside a word would make two of it: those of the piece before are seen again, and what begins in the overlap behind belongs to the next.
    const start = Math.max(0, from - OVERLAP);
    const found = findPhrases(text.slice(start, from + PIECE + OVERLAP), phrases, Infinity).find(
      ([place]) => start + place >= from && start + place < from + PIECE,
    );
    if (found !== undefined) return start + found[0];
  }
  return 0;
}

/** Not in the middle of a word where a border is near, and never in the middle of a character. */
function borderBefore(text: string, place: number): number {
  if (place === 0) return 0;
  const space = text.slice(place, place + 20).search(/\s/);
  return whole(text, space < 0 ? place : place + space + 1);
}
function borderAfter(text: string, place: number): number {
  if (place >= text.length) return text.length;
  const space = text.slice(place - 20, place).search(/\s\S*$/);
  return whole(text, space < 0 ? place : place - 20 + space);
}
const whole = (text: string, place: number): number => (/[\udc00-\udfff]/.test(text.charAt(place)) ? place - 1 : place);
