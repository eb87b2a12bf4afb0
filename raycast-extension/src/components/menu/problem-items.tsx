/** What is in the way, as items of the menu, and what helps. */
import { Clipboard, Icon, MenuBarExtra, openExtensionPreferences, showHUD } from "@raycast/api";
import { INSTALL_GUIDE, STARTING } from "../../lib/feedback";
import { startAgent } from "../../lib/launcher";
import { problemOf, sentenceOf, type Remedy } from "../../lib/problems";
import { updateCommand } from "../../lib/update";
import { opener } from "./open";

interface ProblemItemsProps {
  error: Error;
  retry: () => Promise<void>;
}

/** A grey line with the title, and an item for each thing that helps. */
export function ProblemItems({ error, retry }: ProblemItemsProps) {
  const { title, text, remedies } = problemOf(error);
  return (
    <MenuBarExtra.Section>
      <MenuBarExtra.Item title={title} tooltip={text} icon={Icon.Warning} />
      {remedies.map((remedy) => (
        <MenuBarExtra.Item key={remedy} {...itemOf(remedy, retry)} />
      ))}
      <MenuBarExtra.Item
        title="Copy Error"
        icon={Icon.Clipboard}
        onAction={async () => {
          await Clipboard.copy(`${title}: ${text}`);
          await showHUD("Error copied");
        }}
      />
    </MenuBarExtra.Section>
  );
}

function itemOf(remedy: Remedy, retry: () => Promise<void>): MenuBarExtra.Item.Props {
  switch (remedy) {
    case "start":
      return {
        title: "Start MLX Manager",
        icon: Icon.Power,
        onAction: async () => {
          await showHUD("Starting MLX Manager…");
          try {
            await startAgent();
            await showHUD(STARTING.success);
          } catch (error) {
            await showHUD(`${STARTING.failure}: ${sentenceOf(error)}`);
          }
          await retry();
        },
      };
    case "install":
      return { title: "Show Install Guide", icon: Icon.Book, onAction: opener("search-models", INSTALL_GUIDE) };
    case "update":
      return {
        title: "Copy Update Command",
        icon: Icon.Terminal,
        onAction: async () => {
          await Clipboard.copy(updateCommand());
          await showHUD("Update command copied");
        },
      };
    case "preferences":
      return { title: "Open Extension Preferences", icon: Icon.Key, onAction: openExtensionPreferences };
    case "search":
      return { title: "Search Models", icon: Icon.MagnifyingGlass, onAction: opener("search-models") };
    case "retry":
      return { title: "Try Again", icon: Icon.ArrowClockwise, onAction: retry };
  }
}
