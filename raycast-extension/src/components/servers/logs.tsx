/** The log of one server: history and new lines, by level and text. */
import { Action, ActionPanel, Color, Icon, Keyboard, List, showInFinder } from "@raycast/api";
import { useCachedState } from "@raycast/utils";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { useState } from "react";
import type { LogLine } from "@mlx-manager/shared";
import { agent, isRemote } from "../../lib/agent";
import { failed } from "../../lib/feedback";
import { plural } from "../../lib/format";
import { AgentList } from "../agent-list";
import { LOG_KEPT, useLogs, type LogLevel } from "./use-logs";
import { codeBlock } from "./look";

const LEVELS: readonly { value: LogLevel; title: string }[] = [
  { value: "all", title: "All" },
  { value: "info", title: "Info" },
  { value: "warning", title: "Warning" },
  { value: "error", title: "Error" },
];
const LOOKS: Record<LogLine["level"], { source: Icon; color: Color }> = {
  debug: { source: Icon.Dot, color: Color.SecondaryText },
  info: { source: Icon.Dot, color: Color.Blue },
  warning: { source: Icon.Warning, color: Color.Orange },
  error: { source: Icon.XMarkCircle, color: Color.Red },
};
/** Rows that are drawn at once, and by which they grow: a list of thousands is slow to draw anew at each line. */
const PAGE = 200;

export interface LogsProps {
  profileId: number;
  /** Names the screen. */
  name: string;
}

export function Logs({ profileId, name }: LogsProps) {
  const [level, setLevel] = useState<LogLevel>("all");
  const [search, setSearch] = useState("");
  const [newestFirst, setNewestFirst] = useCachedState("log-newest-first", true);
  const [shown, setShown] = useState(PAGE);
  const [isDetail, setDetail] = useState(false);
  const { lines, isLoading, error, following, waiting, setFollowing, clear, retry } = useLogs(profileId, level, search);

  const visible = lines.slice(-shown);
  const ordered = newestFirst ? [...visible].reverse() : visible;
  const newest = lines.at(-1);
  const all = visible.map(formatLine).join("\n");
  const earlier = lines.length > visible.length;

  const actions = (line?: LogLine) => (
    <ActionPanel>
      {line && <Action.CopyToClipboard title="Copy Line" content={line.text} />}
      <Action
        title={following ? "Pause" : "Follow"}
        icon={following ? Icon.Pause : Icon.Play}
        shortcut={{ modifiers: ["cmd", "shift"], key: "f" }}
        onAction={() => setFollowing(!following)}
      />
      {line && (
        <Action
          title={isDetail ? "Hide Whole Line" : "Show Whole Line"}
          icon={Icon.AppWindowSidebarRight}
          shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
          onAction={() => setDetail(!isDetail)}
        />
      )}
      {line && (
        <Action.CopyToClipboard
          title="Copy All Shown"
          icon={Icon.CopyClipboard}
          content={all}
          shortcut={Keyboard.Shortcut.Common.Copy}
        />
      )}
      <ActionPanel.Section>
        <Action
          title={newestFirst ? "Show Newest at the Bottom" : "Show Newest at the Top"}
          icon={newestFirst ? Icon.ArrowDown : Icon.ArrowUp}
          shortcut={{ modifiers: ["cmd", "shift"], key: "n" }}
          onAction={() => setNewestFirst(!newestFirst)}
        />
        {earlier && (
          <Action
            title="Show Earlier Lines"
            icon={Icon.Clock}
            shortcut={{ modifiers: ["cmd"], key: "b" }}
            onAction={() => setShown(shown + PAGE)}
          />
        )}
        {line && (
          <Action
            title="Clear View"
            icon={Icon.Eraser}
            shortcut={{ modifiers: ["cmd", "shift"], key: "l" }}
            onAction={clear}
          />
        )}
        {!isRemote() && (
          <Action
            title="Show in Finder"
            icon={Icon.Finder}
            shortcut={Keyboard.Shortcut.Common.Open}
            onAction={() => reveal(profileId)}
          />
        )}
      </ActionPanel.Section>
    </ActionPanel>
  );

  return (
    <AgentList
      isLoading={isLoading}
      isShowingDetail={isDetail}
      searchBarPlaceholder={`Search log of ${name}`}
      filtering={false}
      throttle
      onSearchTextChange={setSearch}
      error={error}
      data={lines.length > 0 ? lines : undefined}
      retry={retry}
      {...(following && !isDetail && newest && { selectedItemId: String(newest.seq) })}
      {...(newestFirst && {
        pagination: { pageSize: PAGE, hasMore: earlier, onLoadMore: () => setShown((count) => count + PAGE) },
      })}
      searchBarAccessory={
        <List.Dropdown tooltip="Level" value={level} onChange={(value) => setLevel(value as LogLevel)}>
          {LEVELS.map(({ value, title }) => (
            <List.Dropdown.Item key={value} value={value} title={title} />
          ))}
        </List.Dropdown>
      }
    >
      <List.EmptyView
        icon={Icon.Document}
        title={isLoading ? "Reading the Log…" : search || level !== "all" ? "No Line Fits" : "No Lines Yet"}
        description={
          search || level !== "all" ? "Change the text or the level." : "New lines appear here by themselves."
        }
        actions={actions()}
      />
      <List.Section
        title={following ? "Following" : "Paused"}
        subtitle={subtitle(lines.length, visible.length, waiting)}
      >
        {ordered.map((line) => (
          <List.Item
            key={line.seq}
            id={String(line.seq)}
            icon={{ source: LOOKS[line.level].source, tintColor: LOOKS[line.level].color }}
            title={line.text || " "}
            {...(!isDetail && { accessories: [{ text: timeOf(line), tooltip: line.time }] })}
            detail={
              <List.Item.Detail
                markdown={codeBlock(line.text)}
                metadata={
                  <List.Item.Detail.Metadata>
                    <List.Item.Detail.Metadata.Label title="Time" text={line.time} />
                    <List.Item.Detail.Metadata.Label title="Level" text={line.level} />
                    <List.Item.Detail.Metadata.Label title="Line" text={String(line.seq)} />
                  </List.Item.Detail.Metadata>
                }
              />
            }
            actions={actions(line)}
          />
        ))}
      </List.Section>
    </AgentList>
  );
}

function subtitle(kept: number, shown: number, waiting: number): string {
  const of = shown < kept ? `${shown} of ${plural(kept, "line")}` : plural(kept, "line");
  const full = kept >= LOG_KEPT ? ", older ones in the file" : "";
  return `${of}${full}${waiting > 0 ? `, ${plural(waiting, "new line")} waiting` : ""}`;
}

const timeOf = ({ time }: LogLine): string => new Date(time).toLocaleTimeString("en-GB");
const formatLine = (line: LogLine): string => `${line.time} ${line.level.toUpperCase()} ${line.text}`;

/** Shows the log's file in the Finder. */
async function reveal(profileId: number): Promise<void> {
  try {
    const client = agent();
    const [{ home }, profile] = await Promise.all([
      client.agentStatus(),
      client.getProfile({ params: { id: profileId } }),
    ]);
    // launchd writes the log of what it runs under the job's label.
    const name = profile.launchdInstalled
      ? `${(await client.launchdStatus({ params: { profileId } })).label}.err`
      : `server-${profileId}.log`;
    const file = join(home, "logs", name);
    if (!existsSync(file)) throw new Error("There is no log file yet: the server was never started.");
    await showInFinder(file);
  } catch (error) {
    await failed("Could Not Show the Log File", error);
  }
}
