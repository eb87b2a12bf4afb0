/** A kept chat as a row, with its transcript beside it. */
import { Color, Icon, List } from "@raycast/api";
import type { ChatHit } from "@mlx-manager/shared";
import type { ChatList } from "../../hooks/use-chat-list";
import { foundMarkdown } from "../../lib/chats";
import { plural, relativeTime } from "../../lib/format";
import { problemOf } from "../../lib/problems";
import { ChatRowActions } from "./chat-row-actions";

export interface ChatRowProps {
  hit: ChatHit;
  /** Name of the profile or model; null: the default one. */
  answers: string | null;
  /** All that are in use. */
  tags: readonly string[];
  /** Of the selected row, once it is here. */
  transcript: string | undefined;
  problem: Error | undefined;
  isLoading: boolean;
  isShowingDetail: boolean;
  toggleDetail: () => void;
  mutate: ChatList["mutate"];
  refresh: () => Promise<void>;
}

export function ChatRow(props: ChatRowProps) {
  const { hit, answers, transcript, problem, isLoading, isShowingDetail } = props;
  const { chat, match } = hit;
  const date = { text: relativeTime(chat.updatedAt), tooltip: dateAndTime(chat.updatedAt) };
  const signs: List.Item.Accessory[] = [
    ...(chat.activeRunId === null
      ? []
      : [{ icon: { source: Icon.CircleProgress, tintColor: Color.Blue }, tooltip: "Answering" }]),
    // Where nothing is searched for, a section of their own says it.
    ...(chat.pinned && match ? [{ icon: Icon.Pin, tooltip: "Pinned" }] : []),
  ];
  const facts: List.Item.Accessory[] = [
    ...chat.tags.map((tag) => ({ tag })),
    ...(answers === null ? [] : [{ text: answers, icon: Icon.ComputerChip, tooltip: "Model" }]),
    { text: String(chat.messageCount), icon: Icon.SpeechBubble, tooltip: plural(chat.messageCount, "message") },
  ];
  return (
    <List.Item
      id={chat.id}
      icon={Icon.SpeechBubble}
      title={chat.title}
      {...(!isShowingDetail && { subtitle: unmarked(match?.messageId ? match.text : chat.preview) })}
      accessories={isShowingDetail ? [...signs, date] : [...signs, ...facts, date]}
      detail={
        <List.Item.Detail
          isLoading={isLoading && transcript === undefined}
          markdown={markdownOf(hit, transcript, problem)}
          metadata={
            <List.Item.Detail.Metadata>
              <List.Item.Detail.Metadata.Label title="Model" text={answers ?? "Default"} />
              <List.Item.Detail.Metadata.Label title="Messages" text={String(chat.messageCount)} />
              {chat.tags.length > 0 && (
                <List.Item.Detail.Metadata.TagList title="Tags">
                  {chat.tags.map((tag) => (
                    <List.Item.Detail.Metadata.TagList.Item key={tag} text={tag} />
                  ))}
                </List.Item.Detail.Metadata.TagList>
              )}
              <List.Item.Detail.Metadata.Label title="Created" text={dateAndTime(chat.createdAt)} />
            </List.Item.Detail.Metadata>
          }
        />
      }
      actions={<ChatRowActions {...props} />}
    />
  );
}

/** The words found first, then the chat; its last words until it is here. */
function markdownOf({ chat, match }: ChatHit, transcript: string | undefined, problem: Error | undefined): string {
  const found = match ? [`> 🔍 ${foundMarkdown(match)}`, "---"] : [];
  const text =
    transcript ?? (problem ? `⚠️ ${problemOf(problem).text}` : chat.preview === "" ? "" : `*${escaped(chat.preview)}*`);
  const empty = chat.messageCount === 0 ? ["*Nothing was said yet.*"] : [];
  return [...found, ...(text === "" ? empty : [text])].join("\n\n");
}

/** Markdown in a line that draws none: without the marks that disturb most. */
const unmarked = (text: string): string => text.replace(/\*\*|`+|^#+\s+/gm, "").replace(/\s+/g, " ");

const dateAndTime = (date: string): string =>
  new Date(date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

const escaped = (text: string): string => foundMarkdown({ messageId: null, text, ranges: [] });
