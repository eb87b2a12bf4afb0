/** The menu: what runs, what it takes, what is on its way, and the ways to everything else. */
import { Clipboard, Color, Icon, MenuBarExtra, openExtensionPreferences, showHUD } from "@raycast/api";
import { timeLeft } from "../../lib/downloads";
import { bytes, plural, tokensPerSecond } from "../../lib/format";
import { runningOf, stateOf, stoppedOf, withState, type Now, type NowState } from "../../lib/house-now";
import { shortName } from "../../lib/models";
import { isAway } from "../../lib/problems";
import { stopServers } from "../../lib/run-profile";
import { baseUrlOf } from "../profiles/address";
import { opener } from "./open";
import { ProblemItems } from "./problem-items";
import { ServerMenu, startFromMenu } from "./server-menu";
import { useNow, type Act } from "./use-now";

/** The template colors of the menu bar at rest, a color where something goes on. */
const ICONS: Record<NowState | "away", MenuBarExtra.Props["icon"]> = {
  idle: { source: Icon.MemoryChip, tintColor: Color.SecondaryText },
  loading: { source: Icon.CircleProgress50, tintColor: Color.Yellow },
  serving: { source: Icon.MemoryChip, tintColor: Color.Green },
  trouble: { source: Icon.Warning, tintColor: Color.Orange },
  away: { source: Icon.Power, tintColor: Color.SecondaryText },
};
const WORDS: Record<NowState | "away", string> = {
  idle: "No model in memory",
  loading: "Loading",
  serving: "Ready",
  trouble: "A server needs a look",
  away: "The agent does not answer",
};

/** @param showSpeed writes the speed of the last answer beside the icon. */
export function Menu({ showSpeed }: { showSpeed: boolean }) {
  const { data, error, isLoading, revalidate, act } = useNow();
  const away = error !== undefined && (data === undefined || isAway(error));
  const state = away ? "away" : data ? stateOf(data) : "idle";
  const speed = showSpeed && state === "serving" ? (data?.lastSpeed ?? null) : null;
  return (
    <MenuBarExtra
      icon={ICONS[state]}
      tooltip={`MLX Manager: ${WORDS[state]}`}
      isLoading={isLoading}
      {...(speed !== null && { title: tokensPerSecond(speed) })}
    >
      {error && <ProblemItems error={error} retry={revalidate} />}
      {data && !away && <Body now={data} act={act} />}
      <MenuBarExtra.Section>
        <MenuBarExtra.Item title="Extension Preferences…" icon={Icon.Gear} onAction={openExtensionPreferences} />
      </MenuBarExtra.Section>
    </MenuBarExtra>
  );
}

function Body({ now, act }: { now: Now; act: Act }) {
  const running = runningOf(now);
  const stopped = stoppedOf(now);
  const memory = `${bytes(now.usedBytes)} of ${bytes(now.budgetBytes)}`;
  const url = baseUrlOf(now.address);
  return (
    <>
      <MenuBarExtra.Section title={now.servers.length > 0 ? "Servers" : "No Model in Memory"}>
        {now.servers.map((server) => (
          <ServerMenu key={server.profileId} server={server} now={now} act={act} />
        ))}
        <MenuBarExtra.Item
          title="Memory for Models"
          subtitle={memory}
          icon={Icon.MemoryChip}
          onAction={opener("show-servers")}
        />
      </MenuBarExtra.Section>
      <MenuBarExtra.Section>
        {stopped.length > 0 && (
          <MenuBarExtra.Submenu title="Start" icon={Icon.Play}>
            {stopped.map((profile) => (
              <MenuBarExtra.Item
                key={profile.id}
                title={profile.name}
                icon={Icon.Play}
                onAction={() => startFromMenu(act, profile)}
              />
            ))}
          </MenuBarExtra.Submenu>
        )}
        {running.length > 1 && (
          <MenuBarExtra.Item
            title="Stop All Servers"
            icon={Icon.Stop}
            onAction={() =>
              act(
                "Could Not Stop All Servers",
                async (client) => {
                  await stopServers(client, running);
                  return `${plural(running.length, "server")} stopped`;
                },
                (data) =>
                  running.reduce(
                    (all, one) => withState(all, { id: one.profileId, name: one.profileName }, null),
                    data,
                  ),
              )
            }
          />
        )}
      </MenuBarExtra.Section>
      {now.downloads.length > 0 && (
        <MenuBarExtra.Section title="Downloads">
          {now.downloads.map((task) => (
            <MenuBarExtra.Item
              key={task.taskId}
              title={shortName(task.modelId)}
              subtitle={[`${Math.floor(task.progress)}%`, timeLeft(task)].filter((part) => part !== "").join(" · ")}
              icon={Icon.Download}
              onAction={opener("show-downloads")}
            />
          ))}
        </MenuBarExtra.Section>
      )}
      <MenuBarExtra.Section>
        <MenuBarExtra.Item title="Quick Chat" icon={Icon.SpeechBubble} onAction={opener("quick-chat")} />
        <MenuBarExtra.Item title="Search Models" icon={Icon.MagnifyingGlass} onAction={opener("search-models")} />
        <MenuBarExtra.Item title="Manage Profiles" icon={Icon.List} onAction={opener("manage-profiles")} />
        <MenuBarExtra.Item
          title="Copy Base URL"
          subtitle={url}
          icon={Icon.Link}
          onAction={async () => {
            await Clipboard.copy(url);
            await showHUD("Base URL copied");
          }}
        />
      </MenuBarExtra.Section>
    </>
  );
}
