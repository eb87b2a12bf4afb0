/** What can be done with a server. */
import { Action, ActionPanel, Clipboard, Icon, Keyboard, open, useNavigation } from "@raycast/api";
import { agent, isRemote } from "../../lib/agent";
import { done, failed, withToast } from "../../lib/feedback";
import { baseUrlOf, modelNameOf, ownAddressOf } from "../profiles/address";
import { failureReport } from "./failure";
import { openChat, startWithToast, stopAllWithToast, stopWithToast, talks } from "./lifecycle";
import { Logs } from "./logs";
import type { ServerRow } from "./servers";

export interface ServerActionsProps {
  row: ServerRow;
  /** All of them, for Stop All Servers. */
  rows: readonly ServerRow[];
  address: string;
  isDetail: boolean;
  toggleDetail: () => void;
  refresh: () => unknown;
}

export function ServerActions({ row, rows, address, isDetail, toggleDetail, refresh }: ServerActionsProps) {
  const { server, profile } = row;
  const { push } = useNavigation();
  const subject = { id: server.profileId, name: server.profileName, modelType: profile?.modelType };
  const logs = <Logs profileId={subject.id} name={subject.name} />;
  const showLogs = () => push(logs);
  const isFailed = server.state === "failed";
  const running = rows.filter(({ server: one }) => one.state !== "failed");
  const ownAddress = profile && !isRemote() ? ownAddressOf(profile, server) : null;

  const startAgain = (
    <Action
      key="again"
      title="Start Again"
      icon={Icon.Play}
      onAction={() => startWithToast(subject, "start", showLogs)}
    />
  );
  const showLogsAction = (
    <Action.Push
      key="logs"
      title="Show Logs…"
      icon={Icon.Terminal}
      shortcut={{ modifiers: ["cmd"], key: "l" }}
      target={logs}
    />
  );
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {isFailed ? [startAgain, showLogsAction] : showLogsAction}
        {!isFailed && talks(subject) && (
          <Action
            title="Chat"
            icon={Icon.SpeechBubble}
            shortcut={{ modifiers: ["cmd"], key: "t" }}
            onAction={() => openChat(subject.id)}
          />
        )}
        {!isFailed && (
          <Action
            title="Stop"
            icon={Icon.Stop}
            shortcut={{ modifiers: ["cmd", "shift"], key: "return" }}
            onAction={() => stopWithToast(subject)}
          />
        )}
        {!isFailed && (
          <Action
            title="Restart"
            icon={Icon.RotateClockwise}
            shortcut={{ modifiers: ["cmd", "shift"], key: "r" }}
            onAction={() => startWithToast(subject, "restart", showLogs)}
          />
        )}
        {isFailed && (
          <Action
            title="Copy Failure Report"
            icon={Icon.BandAid}
            shortcut={{ modifiers: ["cmd", "shift"], key: "f" }}
            onAction={() => copyReport(row)}
          />
        )}
        {isFailed && (
          <Action
            title="Take off the List"
            icon={Icon.XMarkCircle}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={() =>
              withToast(`Removing ${subject.name}…`, () => agent().stopServer({ params: { profileId: subject.id } }), {
                success: "Taken off the List",
                failure: "Could Not Take It off the List",
              })
            }
          />
        )}
      </ActionPanel.Section>
      <ActionPanel.Section title="Copy">
        <Action.CopyToClipboard
          title="Copy Base URL"
          content={baseUrlOf(address)}
          shortcut={Keyboard.Shortcut.Common.Copy}
        />
        <Action.CopyToClipboard
          title="Copy Model Name"
          content={profile ? modelNameOf(profile) : server.profileName}
          shortcut={Keyboard.Shortcut.Common.CopyName}
        />
        {server.pid !== null && <Action.CopyToClipboard title="Copy Process ID" content={String(server.pid)} />}
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action
          title="Open API Reference"
          icon={Icon.Globe}
          shortcut={Keyboard.Shortcut.Common.Open}
          onAction={() => openReference()}
        />
        {ownAddress && (
          <Action.OpenInBrowser title="Open Engine's Model List" icon={Icon.Network} url={`${ownAddress}/v1/models`} />
        )}
        <Action
          title={isDetail ? "Hide Details" : "Show Details"}
          icon={Icon.AppWindowSidebarRight}
          shortcut={{ modifiers: ["cmd", "shift"], key: "d" }}
          onAction={toggleDetail}
        />
        <Action
          title="Refresh"
          icon={Icon.ArrowClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={() => refresh()}
        />
      </ActionPanel.Section>
      {running.length > 0 && (
        <ActionPanel.Section>
          <Action
            title="Stop All Servers"
            icon={Icon.StopFilled}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.RemoveAll}
            onAction={() =>
              stopAllWithToast(running.map(({ server: one }) => ({ id: one.profileId, name: one.profileName })))
            }
          />
        </ActionPanel.Section>
      )}
    </ActionPanel>
  );
}

/** Copies the failure with the version of the agent. */
async function copyReport({ server }: ServerRow): Promise<void> {
  try {
    const { version } = await agent().agentStatus();
    await Clipboard.copy(failureReport(server, version));
    await done("Failure Report Copied");
  } catch (error) {
    await failed("Could Not Copy the Report", error);
  }
}

/** Opens the reference in the browser, signed in: it is a page of the agent. */
async function openReference(): Promise<void> {
  try {
    const { url } = await agent().createLink();
    await open(`${url}&to=/api/docs`);
  } catch (error) {
    await failed("Could Not Open the API Reference", error);
  }
}
