/** One question with its answer as a row. */
import { Color, Icon, List } from "@raycast/api";
import { answerOf, titleOf, type Turn } from "../../lib/chat/words";
import { ChatActions, type ChatTools } from "./chat-actions";

export interface TurnItemProps {
  turn: Turn;
  /** Counted from the beginning of the chat. */
  number: number;
  markdown: string;
  tools: ChatTools;
}

export function TurnItem({ turn, number, markdown, tools }: TurnItemProps) {
  return (
    <List.Item
      id={turn.id}
      icon={iconOf(turn)}
      title={titleOf(turn)}
      accessories={[{ text: String(number) }]}
      detail={<List.Item.Detail markdown={markdown} />}
      actions={<ChatActions tools={tools} turn={turn} />}
    />
  );
}

function iconOf(turn: Turn): List.Item.Props["icon"] {
  const answer = answerOf(turn);
  switch (answer?.status) {
    case "complete":
      return { value: Icon.SpeechBubble, tooltip: "Answered" };
    case "stopped":
      return { value: { source: Icon.Stop, tintColor: Color.SecondaryText }, tooltip: "Stopped" };
    case "interrupted":
      return { value: { source: Icon.BoltDisabled, tintColor: Color.Orange }, tooltip: "Interrupted" };
    case "failed":
      return { value: { source: Icon.ExclamationMark, tintColor: Color.Red }, tooltip: "Failed" };
    case "generating":
    case undefined:
      return { value: { source: Icon.CircleProgress, tintColor: Color.Blue }, tooltip: "Answering" };
  }
}
