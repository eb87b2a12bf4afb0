/** Kept chats as rows: their sections, where words were found, the names of their files. */
import type { Chat, ChatExportFormat, ChatHit, ChatMatch, ChatMessage } from "@mlx-manager/shared";
import { chatMarkdown, turnsOf } from "./chat/words.js";
import { plain } from "./markdown.js";

export interface ChatFilter {
  /** Words to look for; empty: all chats, newest first. */
  readonly search: string;
  readonly pinned?: boolean;
  readonly tag?: string;
}

/** What the dropdown says: `all`, `pinned`, or `tag:NAME`. */
export function readFilter(value: string, search: string): ChatFilter {
  if (value === "pinned") return { search, pinned: true };
  if (value.startsWith("tag:")) return { search, tag: value.slice(4) };
  return { search };
}

/** Whether a chat belongs to what is shown, as far as its own data tells. */
export const fits = (chat: Pick<Chat, "pinned" | "tags">, { pinned, tag }: ChatFilter): boolean =>
  (pinned !== true || chat.pinned) && (tag === undefined || chat.tags.includes(tag));

export interface ChatSection {
  readonly title: string;
  readonly hits: readonly ChatHit[];
}

const DAY_MS = 86_400_000;

/**
 * What was found, by fit; else pinned chats, then the others by day. Days are those of the person, not of UTC.
 * @param now milliseconds since 1970.
 */
export function chatSections(hits: readonly ChatHit[], search: string, now = Date.now()): ChatSection[] {
  if (search !== "") return hits.length === 0 ? [] : [{ title: "Found", hits }];
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  // Not a day's length before midnight: a day may have 23 or 25 hours.
  const yesterday = new Date(midnight - DAY_MS / 2).setHours(0, 0, 0, 0);
  const week = new Date(midnight - 5.5 * DAY_MS).setHours(0, 0, 0, 0);
  const titleOf = ({ chat }: ChatHit): string => {
    const at = Date.parse(chat.updatedAt);
    if (chat.pinned) return "Pinned";
    if (at >= midnight) return "Today";
    if (at >= yesterday) return "Yesterday";
    return at >= week ? "This Week" : "Earlier";
  };
  return ["Pinned", "Today", "Yesterday", "This Week", "Earlier"]
    .map((title) => ({ title, hits: hits.filter((hit) => titleOf(hit) === title) }))
    .filter((section) => section.hits.length > 0);
}

/** Text that is not Markdown, in one line. */
const line = (text: string): string => plain(text).replace(/\s+/g, " ");

/** Where the words were found, as Markdown: each of them bold. */
export function foundMarkdown({ text, ranges }: ChatMatch): string {
  let at = 0;
  let markdown = "";
  for (const [start, end] of ranges) {
    if (start < at || end <= start) continue;
    markdown += `${line(text.slice(at, start))}**${line(text.slice(start, end))}**`;
    at = end;
  }
  return (markdown + line(text.slice(at))).trim();
}

/** Raycast draws the whole text at each selection: a long chat shows its end. Characters. */
const MOST_SHOWN = 60_000;

/** A chat to look at beside its row, and in Raycast's cache: the last part of a very long one. */
export function transcript(messages: readonly ChatMessage[]): string {
  const turns = turnsOf(messages);
  let first = turns.length;
  let size = 0;
  while (first > 0 && (size += sizeOf(turns[first - 1]!.answers) + sizeOf([turns[first - 1]!.question])) < MOST_SHOWN)
    first--;
  // Of one that is too long by itself at least the beginning.
  first = Math.min(first, Math.max(0, turns.length - 1));
  const shown = chatMarkdown(turns.slice(first), { thinking: false }).slice(0, 2 * MOST_SHOWN);
  return first === 0 ? shown : `*The beginning is left out here. Open the chat to read all of it.*\n\n${shown}`;
}

const sizeOf = (messages: readonly (ChatMessage | null)[]): number =>
  messages.reduce((sum, message) => sum + (message ? JSON.stringify(message.parts).length : 0), 0);

/** A title as the name of a file that every file system takes. */
export function fileName(title: string, format: ChatExportFormat): string {
  const name = title
    .replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^\.+/, "")
    .slice(0, 80)
    .trim();
  return `${name || "Chat"}.${format === "json" ? "json" : "md"}`;
}

/** Tags as they were typed: parted by commas, each once. */
export const tagsOf = (typed: string): string[] => [
  ...new Set(
    typed
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  ),
];
