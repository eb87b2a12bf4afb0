/** Chats: made, found, changed, branched, deleted. What writes answers into them is in `runs/`. */
import { randomUUID } from 'node:crypto';
import {
  AgentError,
  type Chat,
  type ChatCreate,
  type ChatDetail,
  type ChatMessage,
  type ChatsQuery,
  type ChatTag,
  type ChatUpdate,
  type Persona,
} from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus } from '../core/index.js';
import type { ChatChanges, ChatPlace, ChatsRepository, MessagesRepository } from '../store/index.js';
import type { AttachmentsService } from './attachments.js';
import { ChatSearch, type HitsPage } from './search.js';
import { NEW_CHAT, titleOf } from './titles.js';

export interface ChatsDeps {
  readonly chats: ChatsRepository;
  readonly messages: MessagesRepository;
  readonly attachments: Pick<AttachmentsService, 'removeFiles'>;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** @throws AgentError PROFILE_NOT_FOUND. */
  readonly checkProfile: (id: number) => void;
  /** @throws AgentError PERSONA_NOT_FOUND. */
  readonly checkPersona: (id: number) => void;
  /** Ends the run that writes in a chat, if there is one. */
  readonly stopRun: (chatId: string) => Promise<void>;
}

/** What a new chat may be made with; the rest has defaults. */
export type ChatOptions = Partial<ChatCreate>;

export class ChatsService {
  readonly #search: ChatSearch;
  /** Chats that a persona was taken out of, until it is gone for certain. */
  readonly #released = new Map<number, readonly Chat[]>();

  constructor(private readonly deps: ChatsDeps) {
    this.#search = new ChatSearch(deps);
    deps.chats.releaseLostProfiles();
    deps.bus.on('profile.deleted', ({ id }) => {
      for (const chat of deps.chats.releaseProfile(id)) this.#announce(chat);
    });
    deps.bus.on('persona.removed', ({ id }) => {
      for (const chat of this.#released.get(id) ?? []) this.#announce(chat);
      this.#released.delete(id);
    });
  }

  /** A page of chats: those with the words looked for, or all. @throws AgentError INVALID_REQUEST for a cursor that is not ours. */
  list(query: ChatsQuery): HitsPage {
    const search = query.search?.trim() ?? '';
    if (search !== '') return this.#search.page(search, query);
    // One more than asked for tells whether there is a next page.
    const rows = this.deps.chats.list(query, query.limit + 1, query.cursor === undefined ? null : readPlace(query.cursor));
    const shown = rows.slice(0, query.limit);
    const last = rows.length > shown.length ? shown.at(-1) : undefined;
    return { hits: shown.map(({ chat }) => ({ chat, match: null })), cursor: last ? writePlace(last.place) : null };
  }

  tags(): ChatTag[] {
    return this.deps.chats.tags();
  }

  /** @throws AgentError CHAT_NOT_FOUND. */
  get(id: string): Chat {
    const chat = this.deps.chats.find(id);
    if (!chat) throw new AgentError('CHAT_NOT_FOUND', { chat: id });
    return chat;
  }

  /** A chat and the branch shown. @throws AgentError CHAT_NOT_FOUND. */
  detail(id: string): ChatDetail {
    const chat = this.get(id);
    return { chat, messages: chat.headId === null ? [] : this.deps.messages.path(chat.headId) };
  }

  /** A chat and every message of all its branches, oldest first. @throws AgentError CHAT_NOT_FOUND. */
  everything(id: string): ChatDetail {
    return { chat: this.get(id), messages: this.deps.messages.ofChat(id) };
  }

  /** An empty chat. @throws AgentError PROFILE_NOT_FOUND, PERSONA_NOT_FOUND. */
  create({
    title = null,
    model = null,
    profileId = null,
    personaId = null,
    systemPrompt = null,
    sampling = {},
    tools = [],
    tags = [],
    pinned = false,
  }: ChatOptions): Chat {
    this.#check({ profileId, personaId });
    const now = this.#now();
    const chat: Chat = {
      id: randomUUID(),
      title: title ?? NEW_CHAT,
      titled: title !== null,
      model,
      profileId,
      personaId,
      systemPrompt,
      sampling,
      tools,
      tags: distinct(tags),
      pinned,
      preview: '',
      messageCount: 0,
      headId: null,
      answeredProfileId: null,
      activeRunId: null,
      createdAt: now,
      updatedAt: now,
    };
    this.deps.chats.insert(chat);
    return this.#announce(chat);
  }

  /**
   * Changes a chat, or shows another of its branches.
   * @throws AgentError CHAT_NOT_FOUND, MESSAGE_NOT_FOUND, PROFILE_NOT_FOUND, PERSONA_NOT_FOUND.
   */
  update(id: string, { title, headId, tags, ...rest }: ChatUpdate): ChatDetail {
    const before = this.get(id);
    this.#check(rest);
    const changes: ChatChanges = { ...given(rest) };
    if (tags !== undefined) changes.tags = distinct(tags);
    if (title !== undefined)
      Object.assign(changes, title === null ? { title: this.#madeTitle(before, headId), titled: false } : { title, titled: true });
    const head = headId === undefined ? undefined : this.deps.messages.newestEnd(this.#messageOf(id, headId).id);
    if (Object.keys(changes).length === 0 && head === undefined) return this.detail(id);
    const now = this.#now();
    const after = this.deps.chats.transaction(() => {
      const changed = this.deps.chats.update(id, { ...changes, updatedAt: now });
      return head === undefined ? changed : this.deps.chats.setHead(id, head, now);
    });
    if (after) this.#announce(after);
    return this.detail(id);
  }

  /**
   * Gives a chat a title that was made for it; a title of the owner's stays.
   * @returns whether it was taken.
   */
  setAutoTitle(id: string, title: string): boolean {
    const chat = this.deps.chats.find(id);
    if (!chat || chat.titled || title.trim() === '') return false;
    // The chat itself did not go on: its place in the list stays.
    const changed = this.deps.chats.update(id, { title: title.trim().slice(0, 200) });
    if (changed) this.#announce(changed);
    return true;
  }

  /** Deletes a chat, its branches, and the files nobody else uses. What writes in it is stopped first. @throws AgentError CHAT_NOT_FOUND. */
  async remove(id: string): Promise<void> {
    this.get(id);
    // While one run ended another may have begun.
    for (let tries = 0; tries < 3; tries++) {
      await this.deps.stopRun(id);
      if ((this.deps.chats.find(id)?.activeRunId ?? null) === null) break;
    }
    // Somebody else may have deleted it meanwhile.
    this.get(id);
    this.deps.attachments.removeFiles(this.deps.chats.remove(id));
    this.deps.bus.emit('chat.removed', { id });
  }

  /** Takes a persona out of its chats, which keep what it says. To be called within the transaction that deletes it. */
  releasePersona({ id, systemPrompt }: Pick<Persona, 'id' | 'systemPrompt'>): void {
    this.#released.set(id, this.deps.chats.releasePersona(id, systemPrompt));
  }

  #check({ profileId, personaId }: { profileId?: number | null | undefined; personaId?: number | null | undefined }): void {
    if (profileId != null) this.deps.checkProfile(profileId);
    if (personaId != null) this.deps.checkPersona(personaId);
  }

  #messageOf(chatId: string, messageId: string): ChatMessage {
    const message = this.deps.messages.find(messageId);
    if (message?.chatId !== chatId) throw new AgentError('MESSAGE_NOT_FOUND', { message: messageId, chat: chatId });
    return message;
  }

  #madeTitle(chat: Chat, headId: string | undefined): string {
    const head = headId ?? chat.headId;
    const first = head === null ? undefined : this.deps.messages.path(head).find((message) => message.role === 'user');
    return first ? titleOf(first.parts) : NEW_CHAT;
  }

  #announce(chat: Chat): Chat {
    this.deps.bus.emit('chat.updated', chat);
    return chat;
  }

  #now(): string {
    return toTimestamp(this.deps.clock.now());
  }
}

const given = <T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

/** Tags without those that differ in case only. */
function distinct(tags: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const tag of tags) if (!byName.has(tag.toLowerCase())) byName.set(tag.toLowerCase(), tag);
  return [...byName.values()];
}

const writePlace = ({ pinned, updatedAt, seq }: ChatPlace): string => `${pinned ? 'p' : 'n'}${Date.parse(updatedAt)}.${seq}`;

function readPlace(cursor: string): ChatPlace {
  const [, pinned, ms, seq] = /^([pn])(\d{1,14})\.(\d{1,15})$/.exec(cursor) ?? [];
  if (pinned === undefined) throw new AgentError('INVALID_REQUEST', { problem: 'cursor: it is not one of this list' });
  return { pinned: pinned === 'p', updatedAt: toTimestamp(Number(ms)), seq: Number(seq) };
}
