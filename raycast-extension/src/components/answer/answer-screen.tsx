/** One question and its answer as a page, painted while it is written. The chat is kept like any other. */
import { Detail } from "@raycast/api";
import { AgentError } from "@mlx-manager/shared";
import { useEffect, useRef, useState } from "react";
import { useChat, useNow } from "../../hooks/use-chat";
import { answerOf, turnMarkdown, turnsOf } from "../../lib/chat/words";
import type { Prompt } from "../../lib/prompts";
import { Problem } from "../problem";
import { AnswerActions } from "./answer-actions";

export interface AnswerScreenProps {
  /** Asked when the screen opens. */
  prompt: Prompt;
  /** What Enter does with the answer: copy it, or put it in place of the selection. */
  enter: "copy" | "paste";
  /** Stands above the answer. */
  note?: string | undefined;
  /** Of a pushed screen; a command's first screen has its own. */
  title?: string | undefined;
}

export function AnswerScreen({ prompt, enter, note, title }: AnswerScreenProps) {
  const { session, view } = useChat(false);
  const [thinking, setThinking] = useState(false);
  const [refused, setRefused] = useState<Error>();
  const begun = useRef(false);
  const now = useNow(view.busy);

  async function ask(): Promise<void> {
    setRefused(undefined);
    try {
      await session.send([{ type: "text", text: prompt.question }], prompt.fresh);
    } catch (error) {
      setRefused(error as Error);
    }
  }
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void ask();
  }, []);

  const turn = turnsOf(view.messages).at(-1);
  const answer = turn ? answerOf(turn) : null;
  const naming = title !== undefined && { navigationTitle: title };

  if (refused) return <Problem as="detail" error={refused} retry={ask} />;
  if (answer?.error?.code === "NO_MODEL" && !view.busy)
    return (
      <Problem
        as="detail"
        error={new AgentError("NO_MODEL", { path: "/v1/chat/completions" })}
        retry={() => session.regenerate().catch(setRefused)}
      />
    );
  // The answer goes on in the agent; only watching it was given up.
  if (view.error && view.chat) {
    const { id } = view.chat;
    return <Problem as="detail" error={view.error} retry={() => session.open(id)} />;
  }
  const said = answer && turn ? turnMarkdown({ ...turn, question: null }, { thinking, now }) : "";
  return (
    <Detail
      {...naming}
      isLoading={view.busy || view.isLoading || !answer}
      markdown={[note && `*${note}*`, said].filter(Boolean).join("\n\n")}
      actions={
        <AnswerActions
          session={session}
          view={view}
          answer={answer}
          enter={enter}
          thinking={thinking}
          toggleThinking={() => setThinking((shown) => !shown)}
        />
      }
    />
  );
}
