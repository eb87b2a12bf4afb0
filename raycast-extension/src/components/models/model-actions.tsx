/** What can be done with a model, in the order the preference says. */
import { Action, ActionPanel, Clipboard, Icon, Keyboard, showHUD } from "@raycast/api";
import type { ReactNode } from "react";
import type { useHere } from "../../hooks/use-here";
import type { Use } from "../../hooks/use-bring-up";
import { agent, isRemote } from "../../lib/agent";
import { failed } from "../../lib/feedback";
import { chats, hubUrl, isFolder, type ModelRow, type ModelState } from "../../lib/models";
import { preferences } from "../../lib/preferences";
import { stopWithToast } from "../servers/lifecycle";
import { DownloadActions, openCommand } from "./download-actions";

export interface ModelActionsProps {
  row: ModelRow;
  state: ModelState;
  use: Use;
  mutate: ReturnType<typeof useHere>["mutate"];
  isShowingDetail: boolean;
  toggleDetail: () => void;
  refresh: () => void;
  /** Actions of one command alone, behind those for the model's place. */
  children?: ReactNode;
}

export function ModelActions(props: ModelActionsProps) {
  const { row, state, use, mutate, isShowingDetail, toggleDetail, refresh, children } = props;
  const { modelId, local } = row;
  const whole = state.kind === "here" || state.kind === "running";
  const prefix = whole ? "" : "Download and ";
  const useAction = chats(row.characteristics) && (
    <Action
      key="use"
      title={whole ? "Use" : "Download and Use"}
      icon={Icon.SpeechBubble}
      onAction={() => use(row, { chat: true })}
    />
  );
  const startAction =
    state.kind === "running" ? (
      <Action
        key="stop"
        title="Stop"
        icon={Icon.Stop}
        shortcut={{ modifiers: ["cmd", "shift"], key: "return" }}
        onAction={() => stopWithToast({ id: state.server.profileId, name: state.server.profileName })}
      />
    ) : (
      <Action key="start" title={`${prefix}Start`} icon={Icon.Play} onAction={() => use(row, { chat: false })} />
    );
  const copyAction = whole && <Action key="copy" title="Copy Base URL" icon={Icon.Link} onAction={copyBaseUrl} />;
  const { enterAction } = preferences();
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {enterAction === "copy" && copyAction}
        {enterAction === "start" ? [startAction, useAction] : [useAction, startAction]}
        <DownloadActions row={row} state={state} mutate={mutate} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action
          title={isShowingDetail ? "Hide Detail" : "Show Detail"}
          icon={Icon.Sidebar}
          shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
          onAction={toggleDetail}
        />
        {local?.complete && (
          <Action
            title="Create Profile…"
            icon={Icon.Plus}
            shortcut={Keyboard.Shortcut.Common.New}
            onAction={() => openCommand("create-profile", "Create Profile", { modelPath: modelId })}
          />
        )}
        {!isFolder(modelId) && (
          <Action.OpenInBrowser
            title="Open on Hugging Face"
            url={hubUrl(modelId)}
            shortcut={Keyboard.Shortcut.Common.Open}
          />
        )}
        {local && !isRemote() && (
          <Action.ShowInFinder path={local.localPath} shortcut={{ modifiers: ["cmd", "shift"], key: "f" }} />
        )}
        {!isFolder(modelId) && (
          <Action.CopyToClipboard title="Copy Model ID" content={modelId} shortcut={Keyboard.Shortcut.Common.Copy} />
        )}
        {enterAction !== "copy" && copyAction}
        {local && (
          <Action.CopyToClipboard
            title="Copy Path"
            content={local.localPath}
            shortcut={Keyboard.Shortcut.Common.CopyPath}
          />
        )}
      </ActionPanel.Section>
      {children}
      <ActionPanel.Section>
        <Action
          title="Show Downloads"
          icon={Icon.Download}
          shortcut={{ modifiers: ["cmd", "shift"], key: "l" }}
          onAction={() => openCommand("show-downloads", "Show Downloads")}
        />
        <Action
          title="Refresh"
          icon={Icon.ArrowClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={refresh}
        />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

/** The address that clients use for every model here. */
async function copyBaseUrl(): Promise<void> {
  try {
    await Clipboard.copy(`${agent().baseUrl}/v1`);
    await showHUD("Copied Base URL");
  } catch (error) {
    await failed("Could Not Copy the Base URL", error);
  }
}
