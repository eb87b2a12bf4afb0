/** The list of servers: state, speed, memory, queue; live. */
import { Action, ActionPanel, Icon, Keyboard, launchCommand, LaunchType, List } from "@raycast/api";
import { useCachedState } from "@raycast/utils";
import type { PoolModel, Profile, Server, ServerUsage } from "@mlx-manager/shared";
import { failed } from "../../lib/feedback";
import { count, plural } from "../../lib/format";
import { AgentList } from "../agent-list";
import { ServerActions } from "./actions";
import { failureMarkdown } from "./failure";
import type { Engines } from "./house";
import { accessory, lookOf, memoryOf, speedOf, uptimeOf } from "./look";
import { useEngines } from "./use-house";

/** One server with what is known of it. */
export interface ServerRow {
  readonly server: Server;
  readonly profile: Profile | null;
  readonly usage: ServerUsage | null;
  readonly pool: PoolModel | null;
}

export function Servers() {
  const { data, isLoading, error, revalidate } = useEngines();
  const [isDetail, setDetail] = useCachedState("servers-detail", true);
  const rows = data ? rowsOf(data) : [];
  const sections = [
    { title: "Running", rows: rows.filter(({ server }) => server.state !== "failed") },
    { title: "Failed", rows: rows.filter(({ server }) => server.state === "failed") },
  ];
  return (
    <AgentList
      isLoading={isLoading}
      isShowingDetail={isDetail && rows.length > 0}
      searchBarPlaceholder="Search servers"
      error={error}
      data={data}
      retry={revalidate}
    >
      {data && <NoServers retry={revalidate} />}
      {data &&
        sections.map((section) => (
          <List.Section key={section.title} title={section.title} subtitle={plural(section.rows.length, "server")}>
            {section.rows.map((row) => (
              <List.Item
                key={row.server.profileId}
                id={String(row.server.profileId)}
                icon={{ value: lookOf(row.server.state).icon, tooltip: lookOf(row.server.state).title }}
                title={row.server.profileName}
                {...(!isDetail && { subtitle: row.server.modelPath })}
                keywords={[row.server.modelPath, row.server.engine, lookOf(row.server.state).title]}
                accessories={[...(isDetail ? [] : accessoriesOf(row)), ...stateTag(row.server, section.title)]}
                detail={<ServerDetail row={row} gpuPercent={data.gpuPercent} />}
                actions={
                  <ServerActions
                    row={row}
                    rows={rows}
                    address={data.address}
                    isDetail={isDetail}
                    toggleDetail={() => setDetail(!isDetail)}
                    refresh={revalidate}
                  />
                }
              />
            ))}
          </List.Section>
        ))}
    </AgentList>
  );
}

function NoServers({ retry }: { retry: () => unknown }) {
  return (
    <List.EmptyView
      icon={Icon.ComputerChip}
      title="No Server Runs"
      description="Start a profile, or ask one: it is loaded when it is needed."
      actions={
        <ActionPanel>
          <Action
            title="Manage Profiles"
            icon={Icon.List}
            onAction={async () => {
              try {
                await launchCommand({ name: "manage-profiles", type: LaunchType.UserInitiated });
              } catch (error) {
                await failed("Could Not Open Manage Profiles", error);
              }
            }}
          />
          <Action
            title="Refresh"
            icon={Icon.ArrowClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={() => retry()}
          />
        </ActionPanel>
      }
    />
  );
}

function rowsOf({ servers, profiles, usage, pool }: Engines): ServerRow[] {
  return [...servers]
    .sort((a, b) => a.profileName.localeCompare(b.profileName, "en", { numeric: true, sensitivity: "base" }))
    .map((server) => ({
      server,
      profile: profiles.find(({ id }) => id === server.profileId) ?? null,
      usage: usage.find(({ profileId }) => profileId === server.profileId) ?? null,
      pool: pool.find(({ profileId }) => profileId === server.profileId) ?? null,
    }));
}

/** What the section it stands in does not say. */
function stateTag({ state, managedBy }: Server, section: string): List.Item.Accessory[] {
  const { title, color } = lookOf(state);
  const launchd = managedBy === "launchd" ? [{ icon: Icon.House, tooltip: "Run by launchd" }] : [];
  return title === section ? launchd : [...launchd, { tag: { value: title, color } }];
}

function accessoriesOf({ server, usage, pool }: ServerRow): List.Item.Accessory[] {
  const queue = queueOf({ pool, usage });
  return [
    ...accessory(Icon.Gauge, speedOf(usage), "Speed of the last seconds"),
    ...accessory(Icon.TwoPeople, queue === "idle" ? undefined : queue, "Requests"),
    ...accessory(Icon.MemoryStick, memoryOf(server), "Memory"),
    ...accessory(Icon.ComputerChip, percent(server.cpuPercent), "CPU"),
    ...accessory(Icon.Clock, uptimeOf(server), "Uptime"),
  ];
}

const percent = (value: number | null): string | undefined => (value === null ? undefined : `${Math.round(value)}%`);

/** `2 running, 1 waiting`, or `idle`. */
function queueOf({ pool, usage }: Pick<ServerRow, "pool" | "usage">): string {
  const waiting = pool ? pool.queued.interactive + pool.queued.normal + pool.queued.batch : (usage?.queued ?? 0);
  const active = pool?.active ?? Math.max(0, (usage?.active ?? 0) - waiting);
  if (active === 0 && waiting === 0) return "idle";
  return `${active} running${waiting > 0 ? `, ${waiting} waiting` : ""}`;
}

function ServerDetail({ row, gpuPercent }: { row: ServerRow; gpuPercent: number | null }) {
  const { server, profile, usage, pool } = row;
  const { title, color } = lookOf(server.state);
  const fact = (name: string, value: string | null | undefined) =>
    value ? <List.Item.Detail.Metadata.Label key={name} title={name} text={value} /> : null;
  return (
    <List.Item.Detail
      {...(server.failure && { markdown: failureMarkdown(server) })}
      metadata={
        <List.Item.Detail.Metadata>
          <List.Item.Detail.Metadata.TagList title="State">
            <List.Item.Detail.Metadata.TagList.Item text={title} color={color} />
            {server.managedBy === "launchd" ? (
              <List.Item.Detail.Metadata.TagList.Item text="launchd" />
            ) : server.adopted ? (
              <List.Item.Detail.Metadata.TagList.Item text="Taken Over" />
            ) : null}
          </List.Item.Detail.Metadata.TagList>
          {fact("Speed", speedOf(usage) ?? "idle")}
          {fact("Requests", queueOf({ pool, usage }))}
          {fact("Requests in Total", usage && count(usage.requests))}
          {fact("Tokens in Total", usage && `${count(usage.promptTokens)} in, ${count(usage.completionTokens)} out`)}
          <List.Item.Detail.Metadata.Separator />
          {fact("Memory", memoryOf(server))}
          {fact("CPU", percent(server.cpuPercent))}
          {fact("GPU of the Machine", percent(gpuPercent))}
          {fact("Uptime", uptimeOf(server))}
          {fact("Health Check", server.responseTimeMs === null ? null : `${Math.round(server.responseTimeMs)} ms`)}
          {fact("Restarts after Crashes", server.restarts > 0 ? String(server.restarts) : null)}
          <List.Item.Detail.Metadata.Separator />
          {fact("Model", server.modelPath)}
          {fact("Engine", server.engine)}
          {fact("Process", server.pid === null ? null : String(server.pid))}
          {fact("Own Port", profile?.exposePort ? String(profile.port) : null)}
          {server.warnings.map((warning, index) => (
            <List.Item.Detail.Metadata.Label key={index} title="Note" icon={Icon.Warning} text={warning} />
          ))}
        </List.Item.Detail.Metadata>
      }
    />
  );
}
