/** The chat of this page. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { client } from '../../lib/api.js';
import { hub } from '../../lib/live.js';
import { useEvents } from '../../lib/query.js';
import { ChatSession, isPassing, type SessionView } from './session.js';

/** A page out of sight this long lets the stream of its answer go: a browser allows six connections a host. */
const HIDDEN_MS = 20_000;

/**
 * @param chatId null for a chat that has not begun; its first question leads to its address.
 * @param onMade told of a chat that its first question made, before its address is gone to.
 */
export function useChat(chatId: string | null, onMade: (chatId: string) => void): { session: ChatSession; view: SessionView } {
  const [, navigate] = useLocation();
  const made = useRef(onMade);
  made.current = onMade;
  const [session] = useState(
    () =>
      new ChatSession({
        client,
        onMade: ({ id }) => {
          made.current(id);
          navigate(`/chat/${id}`, { replace: true });
        },
      }),
  );
  const view = useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);

  useEffect(() => {
    // The one that was just made is on the screen already.
    if (chatId !== null && session.snapshot().chat?.id === chatId && session.snapshot().busy) return;
    void session.open(chatId);
  }, [session, chatId]);
  useEffect(() => () => session.close(), [session]);
  useEvents(['chat'], (event) => session.hear(event));

  useEffect(() => {
    // What was announced while nobody listened is unknown.
    const anew = (): void => void session.open(session.snapshot().chat?.id ?? chatId);
    const stop = hub.onReset(() => {
      if (session.snapshot().chat !== null) anew();
    });
    // What could not be fetched while the agent was away can be now.
    const stopWatching = hub.watch(() => {
      if (hub.connection === 'live' && isPassing(session.snapshot().error)) anew();
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    const seen = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') {
        timer = setTimeout(() => {
          left = true;
          session.close();
        }, HIDDEN_MS);
      } else if (left) {
        left = false;
        if (session.snapshot().chat !== null) anew();
      }
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      stop();
      stopWatching();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [session, chatId]);
  return { session, view };
}
