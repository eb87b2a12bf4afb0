/** What can be done in a chat: the same on a row, on the page and on the empty screen. */
import { Action, ActionPanel, Clipboard, Icon, Keyboard, launchCommand, LaunchType } from "@raycast/api";
import { codeBlocks, textOf, type ChatMessage, type ChatUpdate, type InputPart } from "@mlx-manager/shared";
import { failed, withToast } from "../../lib/feedback";
import type { AnswerOptions, ChatSession, NewChat, SessionView } from "../../lib/chat/session";
import { defaultFor, type Answerers } from "../../lib/chat/targets";
import { answerOf, chatMarkdown, isUnfinished, type Turn } from "../../lib/chat/words";
import { defaultModel } from "../../lib/prompts";
import { BranchActions } from "./branch-actions";
import { ChatSettingsActions } from "./chat-settings-actions";
import { MessageForm } from "./message-form";

export interface ChatTools {
  session: ChatSession;
  view: SessionView;
  turns: readonly Turn[];
  /** What is typed and not sent. */
  text: string;
  thinking: boolean;
  /** Whether the chat is shown as one page. */
  page: boolean;
  /** Who may answer; undefined until it is known. */
  answerers: Answerers | undefined;
  /** What a chat that has not begun will be. */
  chosen: NewChat;
  /** The follow-up that waits for the answer; null: none. */
  waiting: string | null;
  /** In mid-answer it waits. A refusal is told, and the text given back. */
  send: (text: string) => Promise<void>;
  /** Ends when the agent has taken the message; rejects where it is refused. */
  ask: (parts: InputPart[]) => Promise<void>;
  /** The same for another wording. */
  edit: (messageId: string, parts: InputPart[]) => Promise<void>;
  takeBack: () => Promise<void>;
  newChat: () => Promise<void>;
  /** A refusal is told. */
  choose: (changes: NewChat & Partial<ChatUpdate>) => Promise<void>;
  /** A refusal is thrown. */
  change: (changes: NewChat & Partial<ChatUpdate>) => Promise<void>;
  toggleThinking: () => void;
  togglePage: () => void;
}

export interface ChatActionsProps {
  tools: ChatTools;
  /** The one selected; null on an empty screen. */
  turn: Turn | null;
  /** Whether the follow-up that waits is selected. */
  isWaiting?: boolean;
}

export function ChatActions({ tools, turn, isWaiting = false }: ChatActionsProps) {
  const { session, view, turns, text, waiting } = tools;
  const answer = turn && answerOf(turn);
  const last = turns.at(-1) ?? null;
  const again = (failure: string, work: () => Promise<void>) => async () => {
    try {
      await work();
    } catch (error) {
      await failed(failure, error);
    }
  };

  const takeBack = waiting !== null && (
    <Action
      title="Take Back Follow-Up"
      icon={Icon.Undo}
      shortcut={{ modifiers: ["cmd", "shift"], key: "t" }}
      onAction={again("Could Not Take Back the Follow-Up", tools.takeBack)}
    />
  );

  return (
    <ActionPanel title={view.chat?.title ?? "New Chat"}>
      <ActionPanel.Section>
        {text.trim() !== "" && (
          <Action
            title={view.busy ? "Send When Answered" : "Send Message"}
            icon={view.busy ? Icon.Clock : Icon.ArrowUpCircle}
            onAction={() => tools.send(text)}
          />
        )}
        {isWaiting && takeBack}
        {view.busy && (
          <Action
            title="Stop Answer"
            icon={Icon.Stop}
            shortcut={{ modifiers: ["ctrl"], key: "c" }}
            onAction={again("Could Not Stop the Answer", () => session.stop())}
          />
        )}
        {!isWaiting && takeBack}
        {answer && <AnswerActions answer={answer} />}
        {!view.busy && (
          <Action.Push
            title="Write Longer Message…"
            icon={Icon.Pencil}
            shortcut={{ modifiers: ["cmd", "shift"], key: "enter" }}
            target={
              <MessageForm
                submitTitle="Send Message"
                failure="Could Not Send the Message"
                initialText={text}
                onSubmit={(question, parts) => tools.ask([...textPart(question), ...parts])}
              />
            }
          />
        )}
      </ActionPanel.Section>
      {turn && (
        <ActionPanel.Section title="Answer">
          {!view.busy && answer && isUnfinished(answer) && (
            <Action
              title="Continue Answer"
              icon={Icon.Forward}
              shortcut={{ modifiers: ["cmd", "shift"], key: "r" }}
              onAction={again("Could Not Continue the Answer", () => session.resume(answer.id))}
            />
          )}
          {!view.busy && answer && (
            <Action
              title="Regenerate Answer"
              icon={Icon.ArrowClockwise}
              shortcut={Keyboard.Shortcut.Common.Refresh}
              onAction={again("Could Not Regenerate the Answer", () =>
                session.regenerate(answer.id, answerOptions(tools)),
              )}
            />
          )}
          {!view.busy && turn.question && (
            <Action.Push
              title={turn === last ? "Edit Last Message…" : "Edit Message…"}
              icon={Icon.Pencil}
              shortcut={Keyboard.Shortcut.Common.Edit}
              target={<EditForm question={turn.question} tools={tools} />}
            />
          )}
          <BranchActions turn={turn} session={session} busy={view.busy} />
          <Action
            title={tools.thinking ? "Hide Thinking" : "Show Thinking"}
            icon={tools.thinking ? Icon.EyeDisabled : Icon.LightBulb}
            shortcut={{ modifiers: ["cmd"], key: "t" }}
            onAction={tools.toggleThinking}
          />
          <Action
            title={tools.page ? "Show as Transcript" : "Show as Single Page"}
            icon={tools.page ? Icon.List : Icon.AppWindow}
            shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
            onAction={tools.togglePage}
          />
        </ActionPanel.Section>
      )}
      <ActionPanel.Section title="Chat">
        {turns.length > 0 && (
          <Action
            title="New Chat"
            icon={Icon.NewDocument}
            shortcut={Keyboard.Shortcut.Common.New}
            onAction={tools.newChat}
          />
        )}
        <Action
          title="Search Chats"
          icon={Icon.MagnifyingGlass}
          shortcut={{ modifiers: ["cmd", "shift"], key: "f" }}
          onAction={again("Could Not Open Search Chats", () =>
            launchCommand({ name: "search-chats", type: LaunchType.UserInitiated }),
          )}
        />
        {turns.length > 0 && (
          <Action
            title="Copy Chat as Markdown"
            icon={Icon.Document}
            onAction={() =>
              withToast("Copying Chat…", () => Clipboard.copy(chatMarkdown(turns, { thinking: tools.thinking })), {
                success: "Chat Copied",
                failure: "Could Not Copy the Chat",
              })
            }
          />
        )}
        <ChatSettingsActions tools={tools} />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

function AnswerActions({ answer }: { answer: ChatMessage }) {
  const said = textOf(answer);
  const block = codeBlocks(said).at(-1);
  if (said === "") return null;
  return (
    <>
      <Action.CopyToClipboard title="Copy Answer" content={said} shortcut={Keyboard.Shortcut.Common.Copy} />
      <Action.Paste title="Paste Answer" content={said} shortcut={{ modifiers: ["cmd", "shift"], key: "v" }} />
      {block !== undefined && (
        <Action.CopyToClipboard
          title="Copy Last Code Block"
          icon={Icon.Code}
          content={block}
          shortcut={{ modifiers: ["cmd", "shift"], key: "k" }}
        />
      )}
    </>
  );
}

/** Who answers now, where the chat is asked again after another model was chosen. */
const answerOptions = ({ view }: ChatTools): AnswerOptions => {
  const { profileId, model } = view.chat ?? {};
  if (profileId) return { profileId };
  return model ? { model } : defaultFor(view.chat, defaultModel());
};

const textPart = (text: string): InputPart[] => (text === "" ? [] : [{ type: "text", text }]);

/** Another wording of a question; its files stay. */
function EditForm({ question, tools }: { question: ChatMessage; tools: ChatTools }) {
  const files = question.parts.filter((part) => part.type === "image" || part.type === "file");
  return (
    <MessageForm
      submitTitle="Send Edited Message"
      failure="Could Not Edit the Message"
      initialText={textOf(question)}
      kept={files}
      onSubmit={(text, parts) => tools.edit(question.id, [...textPart(text), ...files, ...parts])}
    />
  );
}
