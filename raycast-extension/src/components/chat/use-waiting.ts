/** A follow-up written in mid-answer: sent when the answer is whole, else given back to be sent by hand. */
import { LocalStorage } from "@raycast/api";
import { useEffect, useRef, useState } from "react";
import { agentIdentity } from "../../lib/agent";
import type { ChatSession } from "../../lib/chat/session";

export interface Waiting {
  /** Null: nothing waits. */
  text: string | null;
  /** Behind what waits already, if anything does. Ends when it is sent or given back. */
  add: (text: string) => Promise<void>;
  takeBack: () => Promise<void>;
}

export interface UseWaiting {
  /** Of the chat that is shown; null until it is made. */
  chatId: string | null;
  send: (text: string) => Promise<void>;
  /** To the search bar. */
  giveBack: (text: string) => void;
}

/** While it waits it is kept also for when the window closes: see {@link takeKept}. */
export function useWaiting(session: ChatSession, { chatId, send, giveBack }: UseWaiting): Waiting {
  const [text, setText] = useState<string | null>(null);
  const latest = useRef<{ text: string | null; send: UseWaiting["send"] }>({ text: null, send });
  latest.current.send = send;
  const set = (next: string | null): void => {
    latest.current.text = next;
    setText(next);
  };
  useEffect(() => {
    if (text !== null && chatId !== null) void LocalStorage.setItem(keyOf(chatId), text);
  }, [text, chatId]);

  async function add(more: string): Promise<void> {
    const before = latest.current.text;
    // Enter was pressed twice.
    if (before === more || before?.endsWith(`\n\n${more}`) === true) return;
    set(before === null ? more : `${before}\n\n${more}`);
    // Whoever added the first waits for all.
    if (before !== null) return;
    const end = await session.over();
    const said = latest.current.text;
    if (said === null) return; // taken back
    set(null);
    // Kept for when that chat is opened again.
    if (end === "left") return;
    const { chat } = session.snapshot();
    if (chat) await forgetKept(chat.id);
    if (end === "whole") await latest.current.send(said);
    else giveBack(said);
  }

  async function takeBack(): Promise<void> {
    const said = latest.current.text;
    if (said === null) return;
    set(null);
    giveBack(said);
    if (chatId !== null) await forgetKept(chatId);
  }

  return { text, add, takeBack };
}

const keyOf = (chatId: string): string => `waiting ${agentIdentity()} ${chatId}`;

/** What waited in a chat when it was left; from then on it is the search bar's. */
export async function takeKept(chatId: string): Promise<string | null> {
  const kept = await LocalStorage.getItem<string>(keyOf(chatId));
  if (kept === undefined) return null;
  await forgetKept(chatId);
  return kept;
}

/** For a chat that is gone, or a text that was sent. */
export const forgetKept = (chatId: string): Promise<void> => LocalStorage.removeItem(keyOf(chatId));
