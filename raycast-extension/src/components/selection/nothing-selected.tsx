/** What a command that works on the selection says when there is none. */
import { Action, ActionPanel, Detail, Icon, Keyboard } from "@raycast/api";
import { openQuickChat } from "../../lib/quick-chat";

export interface NothingSelectedProps {
  retry: () => unknown;
  /** Takes the clipboard instead; undefined where it holds no text. */
  useClipboard?: (() => void) | undefined;
}

const TEXT = [
  "# Nothing Is Selected",
  "Select text in any app, then run this command again. A hotkey for it, set in Raycast's settings, keeps the app in front.",
  "If text is selected and Raycast does not see it, allow Raycast in System Settings → Privacy & Security → Accessibility.",
];

export function NothingSelected({ retry, useClipboard }: NothingSelectedProps) {
  const more = useClipboard
    ? "The clipboard holds text: press Enter to use it."
    : "The clipboard holds no text either.";
  return (
    <Detail
      markdown={[...TEXT, more].join("\n\n")}
      actions={
        <ActionPanel>
          {useClipboard && <Action title="Use Clipboard" icon={Icon.Clipboard} onAction={useClipboard} />}
          <Action
            title="Look Again"
            icon={Icon.ArrowClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={() => void retry()}
          />
          <Action title="Open Quick Chat" icon={Icon.SpeechBubble} onAction={() => openQuickChat({})} />
        </ActionPanel>
      }
    />
  );
}
