/** The follow-up that waits for the answer, as a row of its own. */
import { Color, Icon, List } from "@raycast/api";
import { plain } from "../../lib/markdown";
import { ChatActions, type ChatTools } from "./chat-actions";

export function WaitingItem({ text, tools }: { text: string; tools: ChatTools }) {
  return (
    <List.Item
      id="waiting"
      icon={{ value: { source: Icon.Clock, tintColor: Color.Blue }, tooltip: "Waiting" }}
      title={text.replace(/\s+/g, " ").slice(0, 200)}
      accessories={[{ tag: "Waiting" }]}
      detail={<List.Item.Detail markdown={waitingMarkdown(text)} />}
      actions={<ChatActions tools={tools} turn={null} isWaiting />}
    />
  );
}

/** It, and what becomes of it. */
export const waitingMarkdown = (text: string): string =>
  `${plain(text)
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n")}\n\n*Waiting. It is sent as soon as the answer is whole.*`;
