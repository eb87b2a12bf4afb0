/** Between the branches that edits and regenerated answers made. */
import { Action, Icon } from "@raycast/api";
import type { ChatMessage } from "@mlx-manager/shared";
import { failed } from "../../lib/feedback";
import type { ChatSession } from "../../lib/chat/session";
import { answerOf, type Turn } from "../../lib/chat/words";

export interface BranchActionsProps {
  turn: Turn;
  session: ChatSession;
  busy: boolean;
}

/** Nothing while an answer is written, and where there is one branch only. */
export function BranchActions({ turn, session, busy }: BranchActionsProps) {
  if (busy) return null;
  const answer = answerOf(turn);
  return (
    <>
      {answer && <Siblings of={answer} what="Answer" session={session} />}
      {turn.question && <Siblings of={turn.question} what="Wording" session={session} />}
    </>
  );
}

function Siblings({ of, what, session }: { of: ChatMessage; what: "Answer" | "Wording"; session: ChatSession }) {
  const { siblingIds } = of;
  const place = siblingIds.indexOf(of.id);
  const keys = what === "Answer" ? (["cmd"] as const) : (["cmd", "shift"] as const);
  const show = (id: string) => async () => {
    try {
      await session.update({ headId: id });
    } catch (error) {
      await failed("Could Not Show the Branch", error);
    }
  };
  const previous = siblingIds[place - 1];
  const next = siblingIds[place + 1];
  return (
    <>
      {previous !== undefined && (
        <Action
          title={`Show Previous ${what} (${place} of ${siblingIds.length})`}
          icon={Icon.ChevronLeft}
          shortcut={{ modifiers: [...keys], key: "[" }}
          onAction={show(previous)}
        />
      )}
      {next !== undefined && (
        <Action
          title={`Show Next ${what} (${place + 2} of ${siblingIds.length})`}
          icon={Icon.ChevronRight}
          shortcut={{ modifiers: [...keys], key: "]" }}
          onAction={show(next)}
        />
      )}
    </>
  );
}
