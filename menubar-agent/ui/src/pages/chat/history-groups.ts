/** The history as a list: chats under headings. */
import type { Chat, ChatHit, Profile } from '@mlx-manager/shared';

export type GroupBy = 'date' | 'model';
export type HistoryRow =
  | { readonly kind: 'heading'; readonly key: string; readonly title: string }
  | { readonly kind: 'chat'; readonly key: string; readonly hit: ChatHit };

const DAY = 86_400_000;

/** @param now milliseconds since 1970. */
export function historyRows(
  hits: readonly ChatHit[],
  by: GroupBy,
  profiles: readonly Pick<Profile, 'id' | 'name'>[],
  now: number,
): HistoryRow[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const titleOf = (chat: Chat): string => {
    if (by === 'model') return profiles.find(({ id }) => id === serverOf(chat))?.name ?? chat.model ?? 'Default Model';
    if (chat.pinned) return 'Pinned';
    const at = Date.parse(chat.updatedAt);
    if (at >= midnight) return 'Today';
    if (at >= midnight - DAY) return 'Yesterday';
    return at >= midnight - 7 * DAY ? 'Last 7 Days' : 'Earlier';
  };
  const groups = new Map<string, ChatHit[]>();
  for (const hit of hits) groups.set(titleOf(hit.chat), [...(groups.get(titleOf(hit.chat)) ?? []), hit]);
  return [...groups].flatMap(([title, list]) => [
    { kind: 'heading' as const, key: `heading ${title}`, title },
    ...list.map((hit) => ({ kind: 'chat' as const, key: hit.chat.id, hit })),
  ]);
}

/** As the agent sorts them: pinned ones on top, newest first. */
export const inOrder = (hits: readonly ChatHit[]): ChatHit[] =>
  [...hits].sort((a, b) => Number(b.chat.pinned) - Number(a.chat.pinned) || b.chat.updatedAt.localeCompare(a.chat.updatedAt));

export interface HistoryFilter {
  readonly search: string;
  readonly profileId: number | null;
  readonly tag: string | null;
}

/** Whose chat it is: its own profile's, else that of its last answer. As the agent filters. */
const serverOf = ({ profileId, answeredProfileId }: Chat): number | null => profileId ?? answeredProfileId;

/** Whether a chat belongs into a list without search. */
export const fits = ({ profileId, tag }: HistoryFilter, chat: Chat): boolean =>
  (profileId === null || serverOf(chat) === profileId) && (tag === null || chat.tags.includes(tag));

/** A text cut where words were found. @param ranges character places, start and end. */
export function marked(text: string, ranges: readonly (readonly [number, number])[]): { text: string; hit: boolean }[] {
  const out: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start < at) continue;
    if (start > at) out.push({ text: text.slice(at, start), hit: false });
    out.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) out.push({ text: text.slice(at), hit: false });
  return out;
}
