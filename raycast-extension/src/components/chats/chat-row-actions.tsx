/** What can be done with a kept chat. */
import {
  Action,
  ActionPanel,
  Alert,
  Clipboard,
  closeMainWindow,
  confirmAlert,
  Icon,
  Keyboard,
  showHUD,
} from "@raycast/api";
import { textOf, type Chat, type ChatExportFormat, type ChatUpdate } from "@mlx-manager/shared";
import { changed, without } from "../../hooks/use-chat-list";
import { agent } from "../../lib/agent";
import { fileName } from "../../lib/chats";
import { done, failed } from "../../lib/feedback";
import { plural } from "../../lib/format";
import { openQuickChat } from "../../lib/quick-chat";
import { TextForm } from "../chat/text-form";
import { SaveForm } from "../save-form";
import type { ChatRowProps } from "./chat-row";
import { TagsForm } from "./tags-form";

export function ChatRowActions({ hit, tags, isShowingDetail, toggleDetail, mutate, refresh }: ChatRowProps) {
  const { chat } = hit;
  const { id: chatId, title } = chat;

  /** Changes the chat and shows it at once; a failure is told and taken back. */
  async function change(failure: string, body: Partial<ChatUpdate>, outcome: Partial<Chat>): Promise<void> {
    try {
      await mutate(
        (async () => agent().updateChat({ params: { chatId }, body }))(),
        // What the agent answers is told by its event as well.
        { optimisticUpdate: changed(chatId, outcome), shouldRevalidateAfter: false },
      );
    } catch (error) {
      await failed(failure, error);
    }
  }

  async function attempt(failure: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await failed(failure, error);
    }
  }

  async function remove(): Promise<void> {
    const sure = await confirmAlert({
      title: "Delete This Chat?",
      message: `“${title}” with ${plural(chat.messageCount, "message")} and all its branches is deleted for good.`,
      icon: Icon.Trash,
      primaryAction: { title: "Delete Chat", style: Alert.ActionStyle.Destructive },
    });
    if (!sure) return;
    await attempt("Could Not Delete the Chat", async () => {
      await mutate((async () => agent().deleteChat({ params: { chatId } }))(), {
        optimisticUpdate: without(chatId),
        shouldRevalidateAfter: false,
      });
      await done("Chat Deleted");
    });
  }

  const save = (format: ChatExportFormat) => (
    <SaveForm
      title={format === "json" ? "Save Chat as JSON" : "Save Chat as Markdown"}
      name={fileName(title, format)}
      {...(format === "json" && {
        option: { label: "All Branches", info: "Also answers that were regenerated and questions that were edited." },
      })}
      text={(branches) => exported(chatId, format, branches)}
    />
  );

  return (
    <ActionPanel title={title}>
      <ActionPanel.Section>
        <Action title="Open Chat" icon={Icon.SpeechBubble} onAction={() => openQuickChat({ chatId })} />
        <Action
          title={isShowingDetail ? "Hide Detail" : "Show Detail"}
          icon={Icon.AppWindowSidebarLeft}
          shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
          onAction={toggleDetail}
        />
        <Action
          title="New Chat"
          icon={Icon.NewDocument}
          shortcut={Keyboard.Shortcut.Common.New}
          onAction={() => openQuickChat({ fresh: true })}
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Answer">
        <Action
          title="Copy Last Answer"
          icon={Icon.Clipboard}
          shortcut={Keyboard.Shortcut.Common.Copy}
          onAction={() =>
            attempt("Could Not Copy the Answer", async () => {
              await Clipboard.copy(await lastAnswer(chatId));
              await showHUD("Copied Last Answer");
            })
          }
        />
        <Action
          title="Paste Last Answer"
          icon={Icon.BlankDocument}
          shortcut={{ modifiers: ["cmd", "shift"], key: "v" }}
          onAction={() =>
            attempt("Could Not Paste the Answer", async () => {
              const text = await lastAnswer(chatId);
              await closeMainWindow();
              await Clipboard.paste(text);
            })
          }
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Chat">
        <Action
          title={chat.pinned ? "Unpin Chat" : "Pin Chat"}
          icon={chat.pinned ? Icon.PinDisabled : Icon.Pin}
          shortcut={Keyboard.Shortcut.Common.Pin}
          onAction={() => change("Could Not Change the Pin", { pinned: !chat.pinned }, { pinned: !chat.pinned })}
        />
        <Action.Push
          title="Rename Chat…"
          icon={Icon.Text}
          shortcut={Keyboard.Shortcut.Common.Edit}
          target={
            <TextForm
              title="Title"
              info="Leave it empty to have one made from the first exchange."
              submitTitle="Rename Chat"
              initial={title}
              onSubmit={(typed) =>
                change(
                  "Could Not Rename the Chat",
                  { title: typed === "" ? null : typed },
                  typed === "" ? {} : { title: typed, titled: true },
                )
              }
            />
          }
        />
        <Action.Push
          title="Edit Tags…"
          icon={Icon.Tag}
          shortcut={{ modifiers: ["cmd", "shift"], key: "t" }}
          target={
            <TagsForm
              chosen={chat.tags}
              known={tags}
              onSubmit={(chosen) => change("Could Not Change the Tags", { tags: chosen }, { tags: chosen })}
            />
          }
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Export">
        <Action
          title="Copy Chat as Markdown"
          icon={Icon.CopyClipboard}
          shortcut={{ modifiers: ["cmd", "shift"], key: "m" }}
          onAction={() =>
            attempt("Could Not Copy the Chat", async () => {
              await Clipboard.copy(await exported(chatId, "markdown"));
              await showHUD("Copied Chat as Markdown");
            })
          }
        />
        <Action.Push title="Save as Markdown…" icon={Icon.SaveDocument} target={save("markdown")} />
        <Action.Push title="Save as JSON…" icon={Icon.SaveDocument} target={save("json")} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action
          title="Refresh"
          icon={Icon.ArrowClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={() => void refresh()}
        />
        <Action
          title="Delete Chat"
          icon={Icon.Trash}
          style={Action.Style.Destructive}
          shortcut={Keyboard.Shortcut.Common.Remove}
          onAction={remove}
        />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

async function exported(chatId: string, format: ChatExportFormat, branches = false): Promise<string> {
  const query = { format, ...(branches && { branches }) };
  return (await agent().exportChat({ params: { chatId }, query })).text();
}

async function lastAnswer(chatId: string): Promise<string> {
  const { messages } = await agent().getChat({ params: { chatId } });
  const text = messages
    .filter(({ role }) => role === "assistant")
    .map(textOf)
    .findLast((one) => one.trim() !== "");
  if (text === undefined) throw new Error("There is no answer in this chat yet.");
  return text;
}
