/** What can be done with an answer that has a page of its own. */
import { Action, ActionPanel, Icon, Keyboard } from "@raycast/api";
import { codeBlocks, textOf, type ChatMessage } from "@mlx-manager/shared";
import type { ChatSession, SessionView } from "../../lib/chat/session";
import { isUnfinished } from "../../lib/chat/words";
import { failed } from "../../lib/feedback";
import { openQuickChat } from "../../lib/quick-chat";

export interface AnswerActionsProps {
  session: ChatSession;
  view: SessionView;
  /** Null until it begins. */
  answer: ChatMessage | null;
  enter: "copy" | "paste";
  thinking: boolean;
  toggleThinking: () => void;
}

export function AnswerActions({ session, view, answer, enter, thinking, toggleThinking }: AnswerActionsProps) {
  const text = answer ? textOf(answer) : "";
  const code = codeBlocks(text).at(-1);
  const attempt = (failure: string, work: () => Promise<void>) => async () => {
    try {
      await work();
    } catch (error) {
      await failed(failure, error);
    }
  };
  const { chat, busy } = view;
  const uses = [
    <Action.CopyToClipboard key="copy" title="Copy Answer" content={text} shortcut={Keyboard.Shortcut.Common.Copy} />,
    <Action.Paste
      key="paste"
      title="Paste Answer"
      content={text}
      shortcut={{ modifiers: ["cmd", "shift"], key: "v" }}
    />,
  ];
  return (
    <ActionPanel title={chat?.title ?? "Answer"}>
      <ActionPanel.Section>
        {busy && view.run && (
          <Action
            title="Stop Answer"
            icon={Icon.Stop}
            shortcut={{ modifiers: ["ctrl"], key: "c" }}
            onAction={attempt("Could Not Stop the Answer", () => session.stop())}
          />
        )}
        {!busy && text !== "" && (enter === "copy" ? uses : uses.toReversed())}
        {!busy && code !== undefined && (
          <>
            <Action.CopyToClipboard title="Copy Last Code Block" content={code} />
            <Action.Paste title="Paste Last Code Block" content={code} />
          </>
        )}
      </ActionPanel.Section>
      <ActionPanel.Section>
        {chat && (
          <Action
            title="Continue in Quick Chat"
            icon={Icon.SpeechBubble}
            shortcut={Keyboard.Shortcut.Common.Open}
            onAction={() => openQuickChat({ chatId: chat.id })}
          />
        )}
        {!busy && answer && answer.parts.length > 0 && isUnfinished(answer) && (
          <Action
            title="Continue Answer"
            icon={Icon.Forward}
            onAction={attempt("Could Not Continue the Answer", () => session.resume(answer.id))}
          />
        )}
        {!busy && answer && (
          <Action
            title="Regenerate Answer"
            icon={Icon.ArrowClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={attempt("Could Not Regenerate the Answer", () => session.regenerate(answer.id))}
          />
        )}
        {answer?.parts.some(({ type }) => type === "thinking") && (
          <Action
            title={thinking ? "Hide Thinking" : "Show Thinking"}
            icon={thinking ? Icon.EyeDisabled : Icon.LightBulb}
            shortcut={{ modifiers: ["cmd"], key: "t" }}
            onAction={toggleThinking}
          />
        )}
      </ActionPanel.Section>
    </ActionPanel>
  );
}
