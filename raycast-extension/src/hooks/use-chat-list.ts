/** Kept chats as one searches them. */
import { useRef } from "react";
import type { Chat, ChatHit } from "@mlx-manager/shared";
import { fits, type ChatFilter } from "../lib/chats";
import { useAgent, type UseAgent } from "./use-agent";

/** Chats in one page. */
export const PAGE_SIZE = 50;
/** The agent gives no more at once. */
const MOST = 200;

export interface ChatPage {
  /** What was asked: rows of an earlier question stay on the screen until the next answer is here. */
  readonly asked: string;
  readonly hits: ChatHit[];
  readonly cursor: string | null;
}

export interface ChatList extends Pick<UseAgent<ChatPage>, "error" | "isLoading" | "revalidate" | "mutate"> {
  hits: ChatHit[] | undefined;
  /** Whether the rows answer what is asked now. */
  isAnswer: boolean;
  pagination: { pageSize: number; hasMore: boolean; onLoadMore: () => void };
}

/** Everything that was scrolled to is fetched anew when a chat changes: the agent is near, and no row is older than another. */
export function useChatList(filter: ChatFilter): ChatList {
  const asked = JSON.stringify(filter);
  const wanted = useRef({ asked, count: PAGE_SIZE });
  if (wanted.current.asked !== asked) wanted.current = { asked, count: PAGE_SIZE };
  const { search, pinned, tag } = filter;
  const { data, ...rest } = useAgent<ChatPage>(
    `chats ${asked}`,
    async (client, signal) => {
      const query = { ...(search !== "" && { search }), ...(pinned && { pinned }), ...(tag !== undefined && { tag }) };
      const hits: ChatHit[] = [];
      let cursor: string | null = null;
      do {
        const limit = Math.min(MOST, wanted.current.count - hits.length);
        const page = await client.chatsPage({ query: { ...query, limit, ...(cursor !== null && { cursor }) }, signal });
        hits.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== null && hits.length < wanted.current.count);
      return { asked, hits, cursor };
    },
    { topics: ["chat"], keepPreviousData: true },
  );
  const isAnswer = data?.asked === asked;
  return {
    ...rest,
    isAnswer,
    // What is being changed may no longer belong here.
    hits: data?.hits.filter(({ chat }) => !isAnswer || fits(chat, filter)),
    pagination: {
      pageSize: PAGE_SIZE,
      hasMore: isAnswer && data.cursor !== null,
      onLoadMore: () => {
        wanted.current.count = (data?.hits.length ?? 0) + PAGE_SIZE;
        void rest.revalidate();
      },
    },
  };
}

/** A change of one chat, for `mutate`. */
export const changed =
  (chatId: string, changes: Partial<Chat>) =>
  (page: ChatPage): ChatPage => ({
    ...page,
    hits: page.hits.map((hit) => (hit.chat.id === chatId ? { ...hit, chat: { ...hit.chat, ...changes } } : hit)),
  });

/** The list without a chat, for `mutate`. */
export const without =
  (chatId: string) =>
  (page: ChatPage): ChatPage => ({ ...page, hits: page.hits.filter(({ chat }) => chat.id !== chatId) });
