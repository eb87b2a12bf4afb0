/** A chat as one long page, for reading. */
import { Detail } from "@raycast/api";
import { chatMarkdown } from "../../lib/chat/words";
import { ChatActions, type ChatTools } from "./chat-actions";
import { waitingMarkdown } from "./waiting-item";

export interface ChatPageProps {
  tools: ChatTools;
  now: number;
  isLoading: boolean;
}

/** The newest turn stands on top: the page does not scroll by itself. */
export function ChatPage({ tools, now, isLoading }: ChatPageProps) {
  const turns = tools.turns.toReversed();
  const waiting = tools.waiting === null ? [] : [waitingMarkdown(tools.waiting)];
  return (
    <Detail
      isLoading={isLoading}
      markdown={[...waiting, chatMarkdown(turns, { thinking: tools.thinking, now })].join("\n\n---\n\n")}
      actions={<ChatActions tools={tools} turn={tools.turns.at(-1) ?? null} />}
    />
  );
}
