/** The chat of a window: one session as long as it is open. */
import { LocalStorage } from "@raycast/api";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Chat } from "@mlx-manager/shared";
import { agent, agentIdentity } from "../lib/agent";
import { ChatSession, type SessionView } from "../lib/chat/session";

/** A chat is come back to for so long after it was last shown, milliseconds. Later, Quick Chat begins anew. */
const COME_BACK_MS = 10 * 60_000;

interface LastChat {
  id: string;
  at: number;
}
const lastKey = (): string => `last chat ${agentIdentity()}`;

/** The chat Quick Chat was left in a moment ago; null when it shall begin anew. */
export async function lastChat(now = Date.now()): Promise<string | null> {
  const text = await LocalStorage.getItem(lastKey());
  const { id, at } = readLastChat(text);
  return typeof id === "string" && typeof at === "number" && now - at < COME_BACK_MS ? id : null;
}

/** What was noted; nothing where it cannot be read. */
function readLastChat(text: unknown): Partial<Record<keyof LastChat, unknown>> {
  try {
    const noted: unknown = JSON.parse(String(text));
    return typeof noted === "object" && noted !== null ? noted : {};
  } catch {
    return {}; // nothing, or of another release: the chat begins anew
  }
}

/** Notes which chat to come back to; null: none. */
export async function noteLastChat(chat: Pick<Chat, "id"> | null): Promise<void> {
  if (chat) await LocalStorage.setItem(lastKey(), JSON.stringify({ id: chat.id, at: Date.now() } satisfies LastChat));
  else await LocalStorage.removeItem(lastKey());
}

export interface UseChat {
  session: ChatSession;
  view: SessionView;
}

/** @param remember whether this is the chat Quick Chat comes back to. */
export function useChat(remember: boolean): UseChat {
  const session = useMemo(
    () => new ChatSession({ connect: agent, onChat: (chat) => remember && void noteLastChat(chat) }),
    [remember],
  );
  useEffect(() => () => session.close(), [session]);
  const view = useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
  return { session, view };
}

/** The time, told once a second while something goes on that shows it. */
export function useNow(active: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [active]);
  return now;
}
