/** The list of profiles, by what their servers do; live. */
import { Action, ActionPanel, Color, Icon, Keyboard, List, showToast, Toast } from "@raycast/api";
import { useEffect, useRef } from "react";
import { useCachedState } from "@raycast/utils";
import type { ServerState } from "@mlx-manager/shared";
import { count, plural } from "../../lib/format";
import { inert } from "../../lib/markdown";
import { AgentList } from "../agent-list";
import { SearchModelsAction } from "../problem";
import { failureMarkdown } from "../servers/failure";
import { rowsOf, type House, type Row } from "../servers/house";
import { startWithToast } from "../servers/lifecycle";
import { accessory, lookOf, memoryOf, speedOf, uptimeOf } from "../servers/look";
import { useHouse } from "../servers/use-house";
import { baseUrlOf, modelNameOf, ownAddressOf } from "./address";
import { ProfileActions } from "./profile-actions";
import { ProfileForm } from "./profile-form";

const SECTIONS: readonly { title: string; states: readonly ServerState[] }[] = [
  { title: "Running", states: ["healthy", "unhealthy"] },
  { title: "Loading", states: ["starting", "stopping"] },
  { title: "Failed", states: ["failed"] },
  { title: "Stopped", states: ["stopped"] },
];

/**
 * @param selected number of the profile the list begins at.
 * @param created its name, when it was made just before: a toast says so, and can start it.
 */
export function Profiles({ selected, created }: { selected?: number; created?: string }) {
  const { data, isLoading, error, revalidate } = useHouse();
  // The toast is pressed when the list is long there.
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    if (selected === undefined || created === undefined) return;
    const subject = () => latest.current?.profiles.find(({ id }) => id === selected) ?? { id: selected, name: created };
    void showToast({
      style: Toast.Style.Success,
      title: `${created} Created`,
      primaryAction: { title: "Start", onAction: () => startWithToast(subject()) },
    });
  }, [selected, created]);
  const [isDetail, setDetail] = useCachedState("profiles-detail", false);
  const rows = data ? rowsOf(data) : [];
  return (
    <AgentList
      isLoading={isLoading}
      isShowingDetail={isDetail && rows.length > 0}
      searchBarPlaceholder="Search profiles"
      error={error}
      data={data}
      retry={revalidate}
      {...(selected !== undefined && { selectedItemId: String(selected) })}
    >
      {data && <NoProfiles />}
      {data &&
        SECTIONS.map(({ title, states }) => {
          const here = rows.filter(({ server }) => states.includes(server?.state ?? "stopped"));
          return (
            <List.Section key={title} title={title} subtitle={plural(here.length, "profile")}>
              {here.map((row) => (
                <ProfileItem
                  key={row.profile.id}
                  row={row}
                  section={title}
                  house={data}
                  isDetail={isDetail}
                  toggleDetail={() => setDetail(!isDetail)}
                  refresh={revalidate}
                />
              ))}
            </List.Section>
          );
        })}
    </AgentList>
  );
}

function NoProfiles() {
  return (
    <List.EmptyView
      icon={Icon.List}
      title="No Profiles Yet"
      description="A profile is a model with its settings. A downloaded model gets one by itself when it is used."
      actions={
        <ActionPanel>
          <Action.Push
            title="Create Profile…"
            icon={Icon.Plus}
            shortcut={Keyboard.Shortcut.Common.New}
            target={<ProfileForm purpose={{ kind: "create" }} />}
          />
          <SearchModelsAction />
        </ActionPanel>
      }
    />
  );
}

interface ItemProps {
  row: Row;
  /** Title of the section it stands in: it says the state in most cases. */
  section: string;
  house: House;
  isDetail: boolean;
  toggleDetail: () => void;
  refresh: () => unknown;
}

function ProfileItem({ row, section, house, isDetail, toggleDetail, refresh }: ItemProps) {
  const { profile, server } = row;
  const look = lookOf(server?.state ?? "stopped");
  const isDefault = house.defaultProfileId === profile.id;
  return (
    <List.Item
      id={String(profile.id)}
      icon={{ value: look.icon, tooltip: look.title }}
      title={profile.name}
      {...(!isDetail && { subtitle: profile.modelPath })}
      keywords={[profile.modelPath, ...profile.aliases, profile.engine ?? "", look.title]}
      accessories={[
        ...badges(row, isDefault),
        ...(isDetail ? [] : figures(row)),
        ...(look.title === section ? [] : [{ tag: { value: look.title, color: look.color } }]),
      ]}
      detail={<ProfileDetail row={row} house={house} isDefault={isDefault} />}
      actions={
        <ProfileActions row={row} house={house} isDetail={isDetail} toggleDetail={toggleDetail} refresh={refresh} />
      }
    />
  );
}

/** What it does by itself. */
function badges({ profile }: Row, isDefault: boolean): List.Item.Accessory[] {
  return [
    ...(isDefault ? [{ icon: { source: Icon.Star, tintColor: Color.Yellow }, tooltip: "Default" }] : []),
    ...(profile.launchdInstalled ? [{ icon: Icon.House, tooltip: "Run by launchd, without the agent" }] : []),
    ...(profile.autoStart ? [{ icon: Icon.Power, tooltip: "Starts by itself" }] : []),
    ...(profile.pinned ? [{ icon: Icon.Tack, tooltip: "Pinned: never unloaded to make room" }] : []),
    ...(profile.warnings.length > 0
      ? [{ icon: { source: Icon.Warning, tintColor: Color.Orange }, tooltip: profile.warnings.join("\n") }]
      : []),
  ];
}

function figures({ profile, server, usage }: Row): List.Item.Accessory[] {
  const engine = server?.engine ?? profile.engine ?? undefined;
  return [
    ...accessory(Icon.Gauge, speedOf(usage), "Speed of the last seconds"),
    ...accessory(Icon.MemoryStick, server ? memoryOf(server) : undefined, "Memory"),
    ...accessory(Icon.Cog, engine, "Engine"),
  ];
}

function ProfileDetail({ row, house, isDefault }: { row: Row; house: House; isDefault: boolean }) {
  const { profile, server, usage } = row;
  const { title, color } = lookOf(server?.state ?? "stopped");
  const fact = (name: string, value: string | null | undefined) =>
    value ? <List.Item.Detail.Metadata.Label key={name} title={name} text={value} /> : null;
  const own = ownAddressOf(profile, server);
  const tags = [
    isDefault && "Default",
    profile.launchdInstalled && "launchd",
    profile.autoStart && "Starts by Itself",
    profile.pinned && "Pinned",
  ].filter((tag) => tag !== false);
  const markdown = server?.failure ? failureMarkdown(server) : profile.description && inert(profile.description);
  return (
    <List.Item.Detail
      {...(markdown && { markdown })}
      metadata={
        <List.Item.Detail.Metadata>
          <List.Item.Detail.Metadata.TagList title="State">
            <List.Item.Detail.Metadata.TagList.Item text={title} color={color} />
            {tags.map((tag) => (
              <List.Item.Detail.Metadata.TagList.Item key={tag} text={tag} />
            ))}
          </List.Item.Detail.Metadata.TagList>
          {profile.warnings.map((warning, index) => (
            <List.Item.Detail.Metadata.Label
              key={index}
              title="Warning"
              icon={{ source: Icon.Warning, tintColor: Color.Orange }}
              text={warning}
            />
          ))}
          {fact("Speed", speedOf(usage))}
          {fact("Memory", server && memoryOf(server))}
          {fact("Uptime", server && uptimeOf(server))}
          {fact("Requests in Total", usage && count(usage.requests))}
          <List.Item.Detail.Metadata.Separator />
          {fact("Model", profile.modelPath)}
          {fact("Kind", profile.modelType)}
          {fact("Engine", server?.engine ?? profile.engine ?? "the default one")}
          {fact("Context", profile.contextLength === null ? "the model's own" : `${profile.contextLength} tokens`)}
          {fact("Base URL", baseUrlOf(house.address))}
          {fact("Model Name", modelNameOf(profile))}
          {fact("Aliases", profile.aliases.join(", "))}
          {fact("Engine's Own Address", own)}
          {fact("Own Port", profile.exposePort || profile.launchdInstalled ? String(profile.port) : null)}
          <List.Item.Detail.Metadata.Separator />
          {fact("System Prompt", profile.systemPrompt)}
          {fact("Sampling", samplingText(row))}
          {fact(
            "Unloaded after",
            profile.idleMinutes === null ? "never" : `${profile.idleMinutes} min without a request`,
          )}
          {fact(
            "Requests at Once",
            profile.maxConcurrency === null ? "the engine's own limit" : String(profile.maxConcurrency),
          )}
          {fact("Queue", `${profile.queueSize} requests, ${profile.queueTimeout} s`)}
          {fact("Restart on Crash", profile.restartOnCrash ? "yes" : "no")}
          {fact("Tool Call Parser", profile.toolCallParser)}
          {fact("Reasoning Parser", profile.reasoningParser)}
          {fact("Chat Template", profile.chatTemplateFile)}
          {fact("Log Level", profile.logLevel)}
          {fact("More Options", profile.extraArgs.join(" "))}
        </List.Item.Detail.Metadata>
      }
    />
  );
}

/** `temperature 0.7, top_p 0.9`. */
function samplingText({ profile }: Row): string {
  return Object.entries(profile.sampling)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${value}`)
    .join(", ");
}
