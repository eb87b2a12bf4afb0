/** Everything about an answer that can be known, and refused, before its run begins. */
import { AgentError, type Chat, type ChatMessage, type MessagePart, type RunCreate } from '@mlx-manager/shared';
import { blocksOf, isAttached, mediumOf, type Attachments, type Block } from './messages.js';
import { placeOf, type Place } from './place.js';
import { askedBy, type Asked } from './request.js';
import type { Answerer, RunsDeps } from './types.js';

/** Bytes of all files of a conversation: they are in memory at once, three times as large on their way to the engine. */
const MAX_BYTES = 200 * 1024 * 1024;

export interface Prepared {
  /** As it was before. */
  readonly chat: Chat;
  /** With what the answer it goes on with was asked for. */
  readonly request: RunCreate;
  readonly place: Place;
  readonly asked: Asked;
  /** The conversation up to what is answered. */
  readonly blocks: readonly Block[];
  /** Null when a provider answers. */
  readonly answerer: Answerer | null;
}

/**
 * @throws AgentError what {@link placeOf} and {@link askedBy} throw, ATTACHMENT_NOT_FOUND, ATTACHMENT_UNREADABLE, MODEL_CANNOT_SEE, and what the gateway says
 * of a model that is not there.
 */
export async function prepare(deps: RunsDeps, chat: Chat, create: RunCreate): Promise<Prepared> {
  const { storage } = deps;
  const place = placeOf(storage, chat, create);
  const request = likeBefore(deps, create, place);
  const asked = askedBy(deps, chat, request);
  const upTo = place.said === null ? place.askedId : place.said.parentId;
  const branch = upTo === null ? [] : storage.messages.path(upTo);
  if (place.said !== null) branch.push(unsaved(chat, place.said));
  const attachments = await readAttachments(deps, branch, place.said?.parts ?? []);
  const blocks = blocksOf(branch, attachments);
  const refuse = (problem: string, remedy: string): AgentError => new AgentError('RUN_NOT_POSSIBLE', { problem, remedy });
  const last = blocks.at(-1)?.messages.at(-1);
  if (last === undefined) throw refuse('there is nothing to answer', 'Write a message.');
  // A model that is asked to answer its own answer says anything.
  if (last.role === 'assistant')
    throw refuse('the results belong to no call of the answer before', 'Send those of its calls, or a message.');
  const answerer = await deps.answerer(asked.model, { messages: blocks.flatMap(({ messages }) => messages) });
  if (answerer !== null) checkSight(answerer, branch);
  return { chat, request, place, asked, blocks, answerer };
}

/** An answer goes on as it was asked for, where nothing else is said. */
function likeBefore({ storage }: RunsDeps, create: RunCreate, { resumed }: Place): RunCreate {
  if (create.kind !== 'resume' || resumed?.runId == null) return create;
  const before = storage.runs.find(resumed.runId)?.request;
  if (before === undefined) return create;
  const { model, profileId, sampling, thinking, tools } = before;
  const whose = create.model === undefined && create.profileId === undefined ? { model, profileId } : {};
  return { ...defined({ ...whose, sampling, thinking, tools }), ...create };
}
const defined = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;

/** What is said, as the message it will be. */
export const unsaved = (chat: Pick<Chat, 'id'>, { parts, parentId }: NonNullable<Place['said']>): ChatMessage => ({
  id: '',
  chatId: chat.id,
  parentId,
  role: 'user',
  parts: [...parts],
  status: 'complete',
  error: null,
  metrics: null,
  model: null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  runId: null,
  siblingIds: [],
  createdAt: '',
  updatedAt: '',
});

/** The files of a branch. @throws AgentError ATTACHMENT_UNREADABLE for too much of it, ATTACHMENT_NOT_FOUND for what is said. */
export async function readAttachments(
  { storage }: Pick<RunsDeps, 'storage'>,
  branch: readonly ChatMessage[],
  said: readonly MessagePart[],
): Promise<Attachments> {
  const found = new Map<string, { info: NonNullable<Awaited<ReturnType<typeof storage.attachment>>>['info']; bytes: Uint8Array }>();
  let total = 0;
  for (const part of branch.flatMap(({ parts }) => parts)) {
    if (!isAttached(part) || found.has(part.attachmentId)) continue;
    const attachment = await storage.attachment(part.attachmentId);
    total += attachment?.bytes.byteLength ?? 0;
    if (total > MAX_BYTES) {
      const problem = `with the other files of the chat it is more than the ${MAX_BYTES / 1024 / 1024} MB that are sent at once`;
      throw new AgentError('ATTACHMENT_UNREADABLE', { name: part.name, problem });
    }
    if (attachment !== null) found.set(part.attachmentId, attachment);
    else if (said.includes(part)) throw new AgentError('ATTACHMENT_NOT_FOUND', { attachment: part.attachmentId });
  }
  return found;
}

/** Engines overlook silently what their model cannot see or hear. */
function checkSight({ profile, characteristics }: Answerer, branch: readonly ChatMessage[]): void {
  if (characteristics === null) return; // its files are not here: whoever loads it says so
  for (const part of branch.flatMap(({ parts }) => parts)) {
    if (!isAttached(part)) continue;
    const medium = mediumOf(part);
    if (medium === 'text' || (medium === 'sound' ? characteristics.audio : characteristics.vision)) continue;
    throw new AgentError('MODEL_CANNOT_SEE', { name: profile.name, what: `${medium}s`, file: part.name });
  }
}
