/** The screen for when something is in the way: it says what to do, with an action that does it. */
import {
  Action,
  ActionPanel,
  Detail,
  Icon,
  Keyboard,
  launchCommand,
  LaunchType,
  List,
  openExtensionPreferences,
} from "@raycast/api";
import type { ReactNode } from "react";
import { failed, STARTING, withToast } from "../lib/feedback";
import { startAgent } from "../lib/launcher";
import { plain } from "../lib/markdown";
import { problemOf, type Remedy } from "../lib/problems";
import { updateCommand } from "../lib/update";
import { InstallGuide } from "./install-guide";

export interface ProblemProps {
  error: Error;
  /** Asks again; after a remedy too. */
  retry?: () => unknown;
  /** In a List (its empty view; the default), or a screen of its own. */
  as?: "list" | "detail";
}

const ICONS: Record<Remedy, Icon> = {
  start: Icon.Power,
  install: Icon.Download,
  update: Icon.ArrowUpCircle,
  preferences: Icon.Key,
  search: Icon.MagnifyingGlass,
  retry: Icon.Warning,
};

/** What is in the way, and what helps. */
export function Problem({ error, retry, as = "list" }: ProblemProps) {
  const { title, text, remedies } = problemOf(error);
  const actions = <ProblemActions error={error} retry={retry} />;
  if (as === "detail") return <Detail markdown={`# ${title}\n\n${plain(text)}`} actions={actions} />;
  return <List.EmptyView icon={ICONS[remedies[0] ?? "retry"]} title={title} description={text} actions={actions} />;
}

/** The actions of a problem alone, for forms and other screens. */
export function ProblemActions({ error, retry }: Pick<ProblemProps, "error" | "retry">) {
  const { title, text, remedies } = problemOf(error);
  return (
    <ActionPanel>
      {remedies.map((remedy) => remedyAction(remedy, retry))}
      <Action.CopyToClipboard
        title="Copy Error"
        content={`${title}: ${text}`}
        shortcut={Keyboard.Shortcut.Common.Copy}
      />
    </ActionPanel>
  );
}

function remedyAction(remedy: Remedy, retry: (() => unknown) | undefined): ReactNode {
  switch (remedy) {
    case "start":
      return (
        <Action
          key={remedy}
          title="Start MLX Manager"
          icon={Icon.Power}
          onAction={async () => {
            await withToast("Starting MLX Manager…", startAgent, STARTING);
            await retry?.();
          }}
        />
      );
    case "install":
      return <Action.Push key={remedy} title="Show Install Guide" icon={Icon.Book} target={<InstallGuide />} />;
    case "update":
      return (
        <Action.CopyToClipboard
          key={remedy}
          title="Copy Update Command"
          icon={Icon.Terminal}
          content={updateCommand()}
        />
      );
    case "preferences":
      return (
        <Action key={remedy} title="Open Extension Preferences" icon={Icon.Gear} onAction={openExtensionPreferences} />
      );
    case "search":
      return <SearchModelsAction key={remedy} />;
    case "retry":
      return retry ? (
        <Action
          key={remedy}
          title="Try Again"
          icon={Icon.ArrowClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={() => void retry()}
        />
      ) : null;
  }
}

/** Opens the command Search Models. @param query what it searches at once. */
export function SearchModelsAction({ query }: { query?: string }) {
  return (
    <Action
      title="Search Models"
      icon={Icon.MagnifyingGlass}
      onAction={async () => {
        try {
          await launchCommand({
            name: "search-models",
            type: LaunchType.UserInitiated,
            ...(query !== undefined && { context: { query } }),
          });
        } catch (error) {
          await failed("Could Not Open Search Models", error);
        }
      }}
    />
  );
}
