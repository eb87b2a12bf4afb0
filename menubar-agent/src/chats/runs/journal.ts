/** Writes runs and answers down, and announces what changed. */
import { randomUUID } from 'node:crypto';
import type { Chat, ChatMessage, MessagePart, Run, RunCreate } from '@mlx-manager/shared';
import { toTimestamp } from '../../core/index.js';
import type { MessageChanges, MessageRecord } from '../../store/index.js';
import { autoTitle } from '../titles.js';
import type { Place } from './place.js';
import type { RunsDeps } from './types.js';

/** Who answers, as a message and a run name them. */
export interface Named {
  readonly model: string | null;
  readonly profileId: number | null;
  readonly profileName: string | null;
}

export interface Begun {
  readonly run: Run;
  /** The message that is answered, when this run wrote it. */
  readonly said: ChatMessage | null;
  readonly answer: ChatMessage;
}

export class Journal {
  constructor(private readonly deps: Pick<RunsDeps, 'storage' | 'bus' | 'clock'>) {}

  /** Writes down what is said, the answer's place and the run, all or nothing, and shows that branch. */
  begin(chat: Chat, create: RunCreate, place: Place, named: Named): Begun {
    const { storage, bus } = this.deps;
    const now = this.#now();
    const runId = randomUUID();
    const begun = storage.chats.transaction((): Begun => {
      const said = place.said === null ? null : this.#say(chat, place.said, runId, now);
      const answer = this.#answer(chat, place, said, named, runId, now);
      const run: Run = {
        id: runId,
        chatId: chat.id,
        messageId: answer.id,
        state: 'waiting',
        continued: (place.resumed?.parts.length ?? 0) === 0 ? 'new' : 'partial',
        attempt: 1,
        ...named,
        trimmed: 0,
        error: null,
        startedAt: now,
        endedAt: null,
      };
      storage.runs.insert(run, create);
      storage.chats.update(chat.id, { activeRunId: runId, ...(said !== null && autoTitle(chat, said.parts)), updatedAt: now });
      storage.chats.setHead(chat.id, answer.id, now);
      return { run, said, answer };
    });
    this.announce(begun.run);
    bus.emit('chat.updated', this.chat(chat.id));
    return begun;
  }

  /** Writes what an answer has so far. */
  flush(messageId: string, parts: readonly MessagePart[]): void {
    this.deps.storage.messages.flush(messageId, parts, this.#now());
  }

  /** The run has another state. */
  save(run: Run): void {
    this.deps.storage.runs.update(run);
    this.announce(run);
  }

  /** The run has ended. @returns everything as it stays; null when the chat is gone. */
  end(run: Run, changes: MessageChanges): { run: Run; message: ChatMessage; chat: Chat } | null {
    const { storage, bus } = this.deps;
    const now = this.#now();
    const ended: Run = { ...run, endedAt: now };
    const kept = storage.chats.transaction(() => {
      storage.runs.update(ended);
      storage.messages.update(run.messageId, { ...changes, updatedAt: now });
      storage.chats.update(run.chatId, { activeRunId: null });
      return storage.chats.refresh(run.chatId, now);
    });
    const message = storage.messages.find(run.messageId);
    this.announce(ended);
    if (kept === null || message === null) return null;
    const chat = this.chat(run.chatId);
    bus.emit('chat.updated', chat);
    return { run: ended, message, chat };
  }

  /** Gives a chat a title that the agent made. Nothing when the owner gave one meanwhile, or deleted it. */
  retitle(chatId: string, title: string): void {
    const { storage, bus } = this.deps;
    const chat = storage.chats.find(chatId);
    if (chat === null || chat.titled || chat.title === title) return;
    const titled = storage.chats.update(chatId, { title });
    if (titled !== null) bus.emit('chat.updated', titled);
  }

  announce(run: Run): void {
    this.deps.bus.emit('run.updated', run);
  }

  chat(id: string): Chat {
    const chat = this.deps.storage.chats.find(id);
    if (chat === null) throw new Error(`chat ${id} is gone`);
    return chat;
  }

  #say(chat: Chat, { parentId, parts }: NonNullable<Place['said']>, runId: string, now: string): ChatMessage {
    const role = parts.every(({ type }) => type === 'tool_result') ? 'tool' : 'user';
    return this.#insert({ ...blank(chat, now), parentId, role, parts: [...parts], status: 'complete', runId });
  }

  #answer(chat: Chat, place: Place, said: ChatMessage | null, named: Named, runId: string, now: string): ChatMessage {
    const { messages } = this.deps.storage;
    if (place.resumed === null) {
      return this.#insert({
        ...blank(chat, now),
        ...named,
        parentId: said?.id ?? place.askedId,
        role: 'assistant',
        status: 'generating',
        runId,
      });
    }
    messages.update(place.resumed.id, { ...named, status: 'generating', error: null, metrics: null, runId, updatedAt: now });
    return this.#found(place.resumed.id);
  }

  #insert(record: MessageRecord): ChatMessage {
    this.deps.storage.messages.insert(record);
    return this.#found(record.id);
  }

  #found(id: string): ChatMessage {
    const message = this.deps.storage.messages.find(id);
    if (message === null) throw new Error(`message ${id} was not written`);
    return message;
  }

  #now(): string {
    return toTimestamp(this.deps.clock.now());
  }
}

const blank = (chat: Chat, now: string): Omit<MessageRecord, 'parentId' | 'role' | 'status'> => ({
  id: randomUUID(),
  chatId: chat.id,
  parts: [],
  error: null,
  metrics: null,
  model: null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  runId: null,
  createdAt: now,
  updatedAt: now,
});
