/** A chat as one long page, for reading. */
import { Detail } from "@raycast/api";
import { chatMarkdown } from "../../lib/chat/words";
import { ChatActions, type ChatTools } from "./chat-actions";

export interface ChatPageProps {
  tools: ChatTools;
  now: number;
  isLoading: boolean;
}

/** The newest turn stands on top: the page does not scroll by itself. */
export function ChatPage({ tools, now, isLoading }: ChatPageProps) {
  const turns = tools.turns.toReversed();
  return (
    <Detail
      isLoading={isLoading}
      markdown={chatMarkdown(turns, { thinking: tools.thinking, now })}
      actions={<ChatActions tools={tools} turn={tools.turns.at(-1) ?? null} />}
    />
  );
}
