/** What of a conversation fits into a model's context: the newest of it. */
import { AgentError } from '@mlx-manager/shared';
import { joined, type Block, type OpenaiMessage } from './messages.js';

export interface Budget {
  /** Tokens of the model's context; null when nobody knows: nothing is left out then. */
  readonly contextLength: number | null;
  /** Tokens the answer may have; null when nobody said. */
  readonly maxTokens: number | null;
}

/** Room that is kept for an answer, tokens, where nobody says how long it may be. */
const ANSWER_ROOM = 4_096;
/** What a template may put around a message, bytes. */
const AROUND = 128;

/** Tokens of the prompt at most. An answer gets what it may have, but at most half of the context. */
export function promptRoom({ contextLength, maxTokens }: Budget): number {
  if (contextLength === null) return Infinity;
  const wanted = maxTokens ?? Math.min(ANSWER_ROOM, Math.ceil(contextLength / 4));
  return contextLength - Math.min(wanted, Math.floor(contextLength / 2));
}

export interface Fitted {
  readonly messages: readonly OpenaiMessage[];
  /** Messages of the chat that are left out. */
  readonly trimmed: number;
}

/**
 * Leaves out the oldest turns until the rest fits. The last message of the user stays, and so does the last block; the system prompt is the caller's and is counted.
 * @param count tokens of these messages with everything around them. Asked about log n times, and not at all where the bytes alone show that all fits.
 * @param extra bytes of what is sent beside the messages.
 * @throws AgentError CONTEXT_OVERFLOW when what must stay is too long.
 */
export async function fit(
  blocks: readonly Block[],
  budget: Budget,
  extra: number,
  count: (messages: readonly OpenaiMessage[]) => Promise<number>,
): Promise<Fitted> {
  const room = promptRoom(budget);
  const whole = { messages: joined(blocks), trimmed: 0 };
  // A token has a byte at least.
  if (room === Infinity || bytesOf(whole.messages) + extra <= room) return whole;
  const cuts = cutsOf(blocks);
  const tokens = new Map<number, number>();
  const fits = async (at: number): Promise<boolean> => {
    const found = tokens.get(at) ?? (await count(joined(cuts[at]?.kept ?? [])));
    tokens.set(at, found);
    return found <= room;
  };
  let low = 0;
  let high = cuts.length - 1;
  if (await fits(low)) return whole;
  if (!(await fits(high))) {
    throw new AgentError('CONTEXT_OVERFLOW', {
      tokens: tokens.get(high),
      room,
      contextLength: budget.contextLength,
      answer: (budget.contextLength ?? 0) - room,
    });
  }
  // Between them: `low` is too much, `high` fits.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await fits(middle)) high = middle;
    else low = middle;
  }
  const { kept, trimmed } = cuts[high] as Cut;
  return { messages: joined(kept), trimmed };
}

interface Cut {
  readonly kept: readonly Block[];
  readonly trimmed: number;
}

/** Every way to leave out the oldest, from nothing to all that may go. */
function cutsOf(blocks: readonly Block[]): Cut[] {
  const lastTurn = blocks.findLastIndex(({ opensTurn }) => opensTurn);
  const cut = (gone: readonly Block[], kept: readonly Block[]): Cut => ({ kept, trimmed: gone.reduce((sum, { count }) => sum + count, 0) });
  const cuts = [cut([], blocks)];
  // Whole turns first: a conversation begins with its user.
  for (let i = 1; i <= lastTurn; i++) if (blocks[i]?.opensTurn === true) cuts.push(cut(blocks.slice(0, i), blocks.slice(i)));
  // Then calls of tools and their results, of the last turn.
  const start = Math.max(0, lastTurn);
  for (let i = start + 2; i < blocks.length; i++) {
    const asked = blocks.slice(start, start + 1);
    cuts.push(cut([...blocks.slice(0, start), ...blocks.slice(start + 1, i)], [...asked, ...blocks.slice(i)]));
  }
  return cuts;
}

/** Bytes of what is read as text; pictures are as good as nothing here, and counted where it matters. */
function bytesOf(messages: readonly OpenaiMessage[]): number {
  return messages.reduce((sum, message) => sum + AROUND + size(message), 0);
}
function size(value: unknown): number {
  if (typeof value === 'string') return value.startsWith('data:') ? TOKENS_PER_MEDIUM : Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + size(one) + 16, 0);
  return typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, one) => sum + size(one) + 32, 0) : 8;
}
/** As {@link PromptCounter} counts a picture. */
const TOKENS_PER_MEDIUM = 1_600;

/** Bytes of a request beside its messages. */
export const sizeOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
