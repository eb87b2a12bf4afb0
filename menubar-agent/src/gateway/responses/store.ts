/**
 * Responses that clients refer to: by `previous_response_id`, by `item_reference`, by address. In memory only, bounded, the least recently used first to go;
 * the owner's conversations are written down nowhere. Each is its caller's own: who has another key does not find it.
 */
import { AgentError } from '@mlx-manager/shared';
import type { ResponseObject } from './events.js';
import type { Item } from './schema.js';

export interface StoreLimits {
  readonly maxCount: number;
  /** Of all texts together. */
  readonly maxBytes: number;
}
export const defaultStoreLimits: StoreLimits = { maxCount: 1_000, maxBytes: 16 * 1024 * 1024 };

/** Whose: the id of an API key; null without one. */
export type Owner = number | null;

export interface StoredResponse {
  readonly response: ResponseObject;
  /** What the request itself brought, without what it referred to. */
  readonly input: readonly Item[];
}

interface Entry {
  readonly owner: Owner;
  /** As text: its size is known, and nobody can change it. */
  readonly text: string;
  readonly bytes: number;
  readonly previous: string | null;
  readonly itemIds: readonly string[];
}

export class ResponseStore {
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #responseOfItem = new Map<string, string>();
  #bytes = 0;

  constructor(private readonly limits: StoreLimits = defaultStoreLimits) {}

  get size(): { readonly count: number; readonly bytes: number } {
    return { count: this.#entries.size, bytes: this.#bytes };
  }

  /** Keeps a response, as long as there is room. */
  put(owner: Owner, stored: StoredResponse): void {
    const { response } = stored;
    const text = JSON.stringify(stored);
    const bytes = Buffer.byteLength(text);
    this.#remove(response.id);
    if (bytes > this.limits.maxBytes) return; // it would push out all others, and still have no room
    const previous = typeof response.previous_response_id === 'string' ? response.previous_response_id : null;
    const itemIds = response.output.map(({ id }) => id);
    this.#entries.set(response.id, { owner, text, bytes, previous, itemIds });
    for (const id of itemIds) this.#responseOfItem.set(id, response.id);
    this.#bytes += bytes;
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.limits.maxCount && this.#bytes <= this.limits.maxBytes) break;
      this.#remove(id);
    }
  }

  /** @throws AgentError RESPONSE_NOT_FOUND. */
  get(owner: Owner, id: string): StoredResponse {
    return JSON.parse(this.#use(owner, id).text) as StoredResponse;
  }

  /** @throws AgentError RESPONSE_NOT_FOUND. */
  delete(owner: Owner, id: string): void {
    this.#use(owner, id);
    this.#remove(id);
  }

  /**
   * All that was said up to a response: input and output of each of its line, oldest first.
   * @throws AgentError RESPONSE_NOT_FOUND when one of the line is gone.
   */
  conversation(owner: Owner, id: string): Item[] {
    const line: Entry[] = [];
    for (let at: string | null = id; at !== null;) {
      const entry = this.#use(owner, at);
      line.unshift(entry);
      at = entry.previous;
    }
    return line.flatMap(({ text }) => {
      const { input, response } = JSON.parse(text) as StoredResponse;
      return [...input, ...response.output];
    });
  }

  /**
   * The input with the items in place of their references. The AI SDK refers to what it believes stored.
   * @throws AgentError RESPONSE_NOT_FOUND.
   */
  resolve(owner: Owner, items: readonly Item[]): Item[] {
    return items.map((item) => {
      // The type may be left out, as in OpenAI's own clients.
      const isReference =
        item.type === 'item_reference' || (item.type === undefined && item.role === undefined && typeof item.id === 'string');
      return isReference ? this.#item(owner, item.id ?? '') : item;
    });
  }

  #item(owner: Owner, id: string): Item {
    const responseId = this.#responseOfItem.get(id);
    const entry = responseId === undefined ? undefined : this.#entries.get(responseId);
    const found =
      entry?.owner === owner ? (JSON.parse(entry.text) as StoredResponse).response.output.find((one) => one.id === id) : undefined;
    if (!found) throw new AgentError('RESPONSE_NOT_FOUND', { what: 'item', id });
    return found;
  }

  #use(owner: Owner, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry?.owner !== owner) throw new AgentError('RESPONSE_NOT_FOUND', { what: 'response', id });
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry;
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    for (const itemId of entry.itemIds) this.#responseOfItem.delete(itemId);
  }
}
