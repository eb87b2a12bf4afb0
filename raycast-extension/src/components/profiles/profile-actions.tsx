/** What can be done with a profile. */
import { Action, ActionPanel, Icon, Keyboard, useNavigation } from "@raycast/api";
import { Fragment, type ReactElement } from "react";
import { preferences, type ExtensionPreferences } from "../../lib/preferences";
import type { House, Row } from "../servers/house";
import { openChat, openConnect, startWithToast, stopWithToast, talks } from "../servers/lifecycle";
import { Logs } from "../servers/logs";
import { baseUrlOf, modelNameOf } from "./address";
import {
  copyAsJson,
  deleteProfile,
  importFromClipboard,
  installAtLogin,
  makeDefault,
  removeFromLogin,
  setPinned,
} from "./change";
import { ProfileForm } from "./profile-form";

export interface ProfileActionsProps {
  row: Row;
  house: House;
  isDetail: boolean;
  toggleDetail: () => void;
  refresh: () => unknown;
}

type EnterAction = ExtensionPreferences["enterAction"];

export function ProfileActions({ row, house, isDetail, toggleDetail, refresh }: ProfileActionsProps) {
  const { profile, server } = row;
  const { push } = useNavigation();
  const logs = <Logs profileId={profile.id} name={profile.name} />;
  const showLogs = () => push(logs);
  const isStopped = server === null || server.state === "failed";
  const isDefault = house.defaultProfileId === profile.id;

  const primary: Record<EnterAction, ReactElement | false> = {
    chat: talks(profile) && (
      <Action
        title="Chat"
        icon={Icon.SpeechBubble}
        shortcut={{ modifiers: ["cmd"], key: "t" }}
        onAction={() => openChat(profile.id)}
      />
    ),
    start: isStopped ? (
      <Action
        title="Start"
        icon={Icon.Play}
        shortcut={{ modifiers: ["cmd", "shift"], key: "return" }}
        onAction={() => startWithToast(profile, "start", showLogs)}
      />
    ) : (
      <Action
        title="Stop"
        icon={Icon.Stop}
        shortcut={{ modifiers: ["cmd", "shift"], key: "return" }}
        onAction={() => stopWithToast(profile)}
      />
    ),
    copy: (
      <Action.CopyToClipboard
        title="Copy Base URL"
        content={baseUrlOf(house.address)}
        shortcut={Keyboard.Shortcut.Common.Copy}
      />
    ),
  };
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {inOrder(preferences().enterAction).map((name) => (
          <Fragment key={name}>{primary[name]}</Fragment>
        ))}
        {server !== null && (
          <Action
            title="Restart"
            icon={Icon.RotateClockwise}
            shortcut={{ modifiers: ["cmd", "shift"], key: "r" }}
            onAction={() => startWithToast(profile, "restart", showLogs)}
          />
        )}
        <Action.Push
          title="Show Logs…"
          icon={Icon.Terminal}
          shortcut={{ modifiers: ["cmd"], key: "l" }}
          target={logs}
        />
        <Action
          title="Connect a Client…"
          icon={Icon.Plug}
          shortcut={{ modifiers: ["cmd", "shift"], key: "k" }}
          onAction={() => openConnect(profile.id)}
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Copy">
        <Action.CopyToClipboard
          title="Copy Model Name"
          content={modelNameOf(profile)}
          shortcut={Keyboard.Shortcut.Common.CopyName}
        />
        <Action
          title="Copy as JSON"
          icon={Icon.CodeBlock}
          shortcut={{ modifiers: ["cmd", "shift"], key: "j" }}
          onAction={() => copyAsJson(profile)}
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Profile">
        <Action.Push
          title="Edit…"
          icon={Icon.Pencil}
          shortcut={Keyboard.Shortcut.Common.Edit}
          target={<ProfileForm purpose={{ kind: "edit", profile }} />}
        />
        <Action.Push
          title="Duplicate…"
          icon={Icon.Duplicate}
          shortcut={Keyboard.Shortcut.Common.Duplicate}
          target={<ProfileForm purpose={{ kind: "duplicate", profile }} />}
        />
        <Action.Push
          title="Create Profile…"
          icon={Icon.Plus}
          shortcut={Keyboard.Shortcut.Common.New}
          target={<ProfileForm purpose={{ kind: "create" }} />}
        />
        <Action title="Import from Clipboard" icon={Icon.Clipboard} onAction={() => importFromClipboard()} />
      </ActionPanel.Section>
      <ActionPanel.Section title="By Itself">
        <Action
          title={isDefault ? "Clear Default" : "Make Default"}
          icon={isDefault ? Icon.StarDisabled : Icon.Star}
          onAction={() => makeDefault(isDefault ? null : profile)}
        />
        <Action
          title={profile.pinned ? "Unpin" : "Pin in Memory"}
          icon={profile.pinned ? Icon.TackDisabled : Icon.Tack}
          shortcut={Keyboard.Shortcut.Common.Pin}
          onAction={() => setPinned(profile, !profile.pinned)}
        />
        {profile.launchdInstalled ? (
          <Action title="Remove from Login" icon={Icon.House} onAction={() => removeFromLogin(row)} />
        ) : (
          <Action title="Install at Login" icon={Icon.House} onAction={() => installAtLogin(row)} />
        )}
      </ActionPanel.Section>
      <ActionPanel.Section>
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
        <Action
          title="Delete Profile"
          icon={Icon.Trash}
          style={Action.Style.Destructive}
          shortcut={Keyboard.Shortcut.Common.Remove}
          onAction={() => deleteProfile(row)}
        />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

/** The wanted one first: Enter does that. */
const inOrder = (wanted: EnterAction): EnterAction[] => [
  wanted,
  ...(["chat", "start", "copy"] as const).filter((name) => name !== wanted),
];
