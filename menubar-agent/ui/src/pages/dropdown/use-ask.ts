/** One question, its answer as it is written, and further ones in the same chat. The agent writes it down: leaving ends nothing. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { applyRunEvent, chatState, isAbort, textOf, type AgentError, type ChatState } from '@mlx-manager/shared';
import { client, toAgentError } from '../../lib/api.js';

/** Milliseconds between two paintings of an answer. */
const PAINT_MS = 50;

export interface Asked {
  chatId: string;
  question: string;
  answer: string;
  /** What it does while there is no text yet: waits, thinks. */
  doing: string;
  /** Why it ended before its end. */
  problem: { message: string; action: string } | null;
  /** Who answers, once known. */
  by: string | null;
  running: boolean;
}

export interface Ask {
  asked: Asked | null;
  /** A question is on its way or being answered. */
  busy: boolean;
  error: AgentError | null;
  /** Answers whether it was asked; what the answer became is told in `asked`. */
  ask: (question: string) => Promise<boolean>;
  stop: () => void;
  /** Leaves the chat: the next question begins another. */
  reset: () => void;
}

export function useAsk(): Ask {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<AgentError | null>(null);
  const state = useRef<ChatState | null>(null);
  const left = useRef<AbortController | null>(null);
  useEffect(() => () => left.current?.abort(), []);

  const ask = useCallback(async (question: string) => {
    left.current?.abort();
    const mine = new AbortController();
    left.current = mine;
    setBusy(true);
    setError(null);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let made: string | null = null;
    const paint = (): void => {
      timer = undefined;
      if (!mine.signal.aborted && state.current) setAsked(shown(state.current, question));
    };
    try {
      if (state.current === null) {
        const chat = await client.createChat({ body: {}, signal: mine.signal });
        made = chat.id;
        state.current = chatState({ chat, messages: [] });
      }
      const { chat } = state.current;
      state.current = { ...state.current, run: null };
      paint();
      const events = client.startRun({
        chatId: chat.id,
        body: { kind: 'send', parts: [{ type: 'text', text: question }] },
        signal: mine.signal,
      });
      for await (const event of events) {
        state.current = applyRunEvent(state.current, event);
        timer ??= setTimeout(paint, PAINT_MS);
      }
      clearTimeout(timer);
      paint();
      return true;
    } catch (caught) {
      clearTimeout(timer);
      if (isAbort(caught) || mine.signal.aborted) return true;
      setError(toAgentError(caught));
      // A stream that breaks leaves what was written: the run goes on in the agent.
      if (state.current?.run) return true;
      setAsked(null);
      if (made === null) return false;
      // A chat whose first question was not taken is not kept: nobody wants to find an empty one.
      state.current = null;
      await client.deleteChat({ params: { chatId: made } }).catch(() => undefined); // the agent went away, which is told already
      return false;
    } finally {
      if (left.current === mine) setBusy(false);
    }
  }, []);
  const stop = useCallback(() => {
    const run = state.current?.run;
    if (run) client.stopRun({ params: { runId: run.id } }).catch((caught: unknown) => setError(toAgentError(caught)));
  }, []);
  const reset = useCallback(() => {
    left.current?.abort();
    left.current = null;
    state.current = null;
    setAsked(null);
    setBusy(false);
    setError(null);
  }, []);
  return { asked, busy, error, ask, stop, reset };
}

/** The last answer of a chat. Pure. */
export function shown({ chat, messages, run }: ChatState, question: string): Asked {
  const message = run && messages.find(({ id }) => id === run.messageId);
  const answer = message ? textOf(message) : '';
  const running = run === null || run.state === 'waiting' || run.state === 'generating';
  const thinks = message?.parts.at(-1)?.type === 'thinking';
  return {
    chatId: chat.id,
    question,
    answer,
    doing: run?.state === 'generating' ? (thinks ? 'Thinking…' : 'Writing…') : 'Waiting for the model…',
    problem: run?.error ?? message?.error ?? null,
    by: run?.profileName ?? run?.model ?? null,
    running,
  };
}
