/** How much of a model's context a conversation takes, before it is sent. */
import { AgentError, type Chat, type ChatCount, type ChatTokens } from '@mlx-manager/shared';
import { blocksOf, joined, type OpenaiMessage } from './messages.js';
import { readAttachments, unsaved } from './prepare.js';
import { askedBy, type ChatChoice } from './request.js';
import type { RunsDeps } from './types.js';

/** Bytes of a token, about: for a provider's models, whose tokenizer is not here. */
const BYTES_PER_TOKEN = 3.6;

/**
 * Counts what a run would send, in the same form, with the tokenizer and the template of the model that would answer. Nothing is loaded or written.
 * @throws AgentError CHAT_NOT_FOUND, MESSAGE_NOT_FOUND, what is wrong with a file, and what the gateway says of a model that is not there.
 */
export async function countChat(deps: RunsDeps, count: ChatCount): Promise<ChatTokens> {
  const { storage } = deps;
  const chat = count.chatId === null ? fresh(count) : storage.chats.find(count.chatId);
  if (chat === null) throw new AgentError('CHAT_NOT_FOUND', { chat: count.chatId });
  const { model, profileId, thinking, tools, parts } = count;
  const whose = { ...(model !== undefined && { model }), ...(profileId !== undefined && { profileId }) };
  const asked = askedBy(deps, chat, { kind: 'regenerate', ...whose, ...(thinking !== undefined && { thinking }), ...(tools && { tools }) });

  const parentId = count.parentId === undefined ? chat.headId : count.parentId;
  if (parentId !== null && storage.messages.find(parentId)?.chatId !== chat.id)
    throw new AgentError('MESSAGE_NOT_FOUND', { message: parentId, chat: chat.id });
  const branch = parentId === null ? [] : storage.messages.path(parentId);
  if (parts.length > 0) branch.push(unsaved(chat, { parentId, parts }));
  const messages = joined(blocksOf(branch, await readAttachments(deps, branch, parts)));
  const system: OpenaiMessage[] = asked.systemPrompt === null ? [] : [{ role: 'system', content: asked.systemPrompt }];
  const sent = [...system, ...messages];

  const answerer = await deps.answerer(asked.model, { messages });
  const whom = {
    contextLength: answerer === null ? null : (answerer.profile.contextLength ?? answerer.characteristics?.contextWindow ?? null),
    profileId: answerer?.profile.id ?? null,
    profileName: answerer?.profile.name ?? null,
  };
  // Templates refuse a conversation in which nobody says anything.
  if (messages.length === 0) return { tokens: 0, exact: true, ...whom };
  if (answerer === null) return { tokens: Math.ceil(textBytes(sent) / BYTES_PER_TOKEN), exact: false, ...whom };
  return { ...(await deps.countPrompt(answerer.profile, { messages: sent, ...asked.options })), ...whom };
}

/** What a chat would be that is made with these words. */
const fresh = ({ personaId, systemPrompt }: ChatCount): Pick<Chat, 'id' | 'headId'> & ChatChoice => ({
  id: '',
  headId: null,
  model: null,
  profileId: null,
  personaId,
  systemPrompt,
  sampling: {},
  tools: [],
});

const textBytes = (messages: readonly OpenaiMessage[]): number =>
  messages.reduce((sum, { content }) => {
    const texts = Array.isArray(content) ? (content as { text?: unknown }[]).map(({ text }) => text) : [content];
    return sum + texts.reduce<number>((bytes, text) => bytes + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);
  }, 0);
