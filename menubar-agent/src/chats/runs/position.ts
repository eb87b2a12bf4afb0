/**
 * Where a watcher stands in an answer, and what it lacks. A place needs no memory of the deltas that led to it: it names a part, an offset in it (UTF-16 code units)
 * and a hash of everything before, so that a reader that comes back, to this agent or the next one, goes on exactly there, or learns that the answer is another one.
 */
import type { MessagePart } from '@mlx-manager/shared';

export interface Position {
  /** Index of the part; -1 before the first. */
  readonly part: number;
  /** Code units of it that are known. */
  readonly offset: number;
  /** FNV-1a over what is known. */
  readonly hash: number;
}

export interface Delta {
  readonly index: number;
  readonly type: 'text' | 'thinking';
  readonly text: string;
}

export const START: Position = { part: -1, offset: 0, hash: 0x811c9dc5 };

type Written = Extract<MessagePart, { text: string }>;
const isWritten = (part: MessagePart): part is Written => part.type === 'text' || part.type === 'thinking';

/** Source: FNV-1a of 32 bits, over code units in place of bytes. */
function fold(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const enter = (hash: number, part: MessagePart): number => fold(hash, isWritten(part) ? `\u0001${part.type}\u0002` : JSON.stringify(part));
/** How long was thought is known once the thinking is over. */
const leave = (hash: number, part: MessagePart): number => (part.type === 'thinking' ? fold(hash, `\u0003${part.durationMs}`) : hash);

/** The end of what there is. */
export function endOf(parts: readonly MessagePart[]): Position {
  const last = parts.at(-1);
  if (last === undefined) return START;
  return place(parts, parts.length - 1, isWritten(last) ? last.text.length : 0) ?? START;
}

/** A place with its hash; null where there is none. */
function place(parts: readonly MessagePart[], part: number, offset: number): Position | null {
  let { hash } = START;
  if (part === -1) return offset === 0 ? START : null;
  const last = parts[part];
  if (last === undefined || offset > (isWritten(last) ? last.text.length : 0)) return null;
  for (let i = 0; i < part; i++) hash = leave(wholly(hash, parts[i] as MessagePart), parts[i] as MessagePart);
  hash = enter(hash, last);
  if (isWritten(last)) hash = fold(hash, last.text.slice(0, offset));
  return { part, offset, hash };
}

const wholly = (hash: number, part: MessagePart): number => fold(enter(hash, part), isWritten(part) ? part.text : '');

/** Whether what a reader has is the beginning of these parts. */
export const isWithin = (parts: readonly MessagePart[], { part, offset, hash }: Position): boolean =>
  place(parts, part, offset)?.hash === hash;

/**
 * What a reader at a place lacks.
 * @param from a place within the parts.
 * @returns null when deltas cannot say it (a tool call, how long was thought): it needs the parts as they are.
 */
export function lacking(
  parts: readonly MessagePart[],
  from: Position,
): { readonly deltas: readonly Delta[]; readonly to: Position } | null {
  const deltas: Delta[] = [];
  let { part, offset, hash } = from;
  for (let index = Math.max(part, 0); index < parts.length; index++) {
    const here = parts[index] as MessagePart;
    if (index > part) {
      if (!isWritten(here) || parts[part]?.type === 'thinking') return null;
      hash = enter(part === -1 ? hash : leave(hash, parts[part] as MessagePart), here);
      part = index;
      offset = 0;
    }
    if (!isWritten(here) || here.text.length === offset) continue;
    const text = here.text.slice(offset);
    deltas.push({ index, type: here.type, text });
    hash = fold(hash, text);
    offset = here.text.length;
  }
  return { deltas, to: { part, offset, hash } };
}

/** What a reader has got: changes of the run's state (its revision), the messages, text up to a place. */
export interface Seen {
  readonly revision: number;
  readonly messages: boolean;
  readonly at: Position;
}
export const NOTHING: Seen = { revision: 0, messages: false, at: START };

/** An event's id. */
export const idOf = ({ revision, messages, at }: Seen): string =>
  `${revision}.${messages ? 1 : 0}.${at.part}.${at.offset}.${at.hash.toString(36)}`;

/** Reads an id; nothing was seen where it is none of ours. */
export function seenOf(id: string | undefined): Seen {
  const found = /^(\d{1,9})\.([01])\.(-1|\d{1,9})\.(\d{1,9})\.([0-9a-z]{1,7})$/.exec(id ?? '');
  if (found === null) return NOTHING;
  const [, revision, messages, part, offset, hash] = found;
  return {
    revision: Number(revision),
    messages: messages === '1',
    at: { part: Number(part), offset: Number(offset), hash: parseInt(hash as string, 36) },
  };
}
