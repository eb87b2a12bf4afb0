/** Stop Profile. A name as argument, a launch context `{ profileId }`, or nothing: the only one that runs. */
import { closeMainWindow, showHUD, type LaunchProps } from "@raycast/api";
import { AgentError, type Client } from "@mlx-manager/shared";
import { agent } from "./lib/agent";
import { bytes } from "./lib/format";
import { list, matchProfile, oneProfile } from "./lib/profile-match";
import { aliveOf, stopProfile } from "./lib/run-profile";
import { Late, opens, profileIdOf, tellFailure } from "./lib/without-window";

interface Wanted {
  profileId?: number | undefined;
  name?: string | undefined;
}
interface Chosen {
  id: number;
  name: string;
}

export default async function Command(
  props: LaunchProps<{ arguments: { profile?: string }; launchContext?: { profileId?: unknown } }>,
): Promise<void> {
  const profileId = profileIdOf(props.launchContext);
  const name = props.arguments.profile?.trim() || undefined;
  try {
    const client = agent();
    const chosen = await choose(client, { profileId, name });
    if (chosen === null) {
      await showHUD("Nothing is running");
      return;
    }
    await closeMainWindow();
    await stop(client, chosen);
  } catch (error) {
    const known = error instanceof AgentError && error.code === "PROFILE_NOT_FOUND";
    await tellFailure("Could Not Stop", error, known ? opens("Show Servers", "show-servers") : undefined);
  }
}

/** Whom to stop; those that run come first. Null when nothing runs and nobody is named. */
async function choose(client: Client, { profileId, name }: Wanted): Promise<Chosen | null> {
  if (profileId !== undefined) return client.getProfile({ params: { id: profileId } });
  const [profiles, servers] = await Promise.all([client.listProfiles(), client.listServers()]);
  const alive = new Set(aliveOf(servers).map((server) => server.profileId));
  const running = profiles.filter(({ id }) => alive.has(id));
  if (name !== undefined) {
    const match = matchProfile(running, name);
    return match.kind === "one" ? match.profile : oneProfile(match.kind === "many" ? running : profiles, name);
  }
  const [only] = running;
  if (running.length < 2) return only ?? null;
  const names = list(running.map((one) => one.name));
  throw new AgentError(
    "PROFILE_NOT_FOUND",
    { profile: "" },
    { message: `${running.length} profiles run: ${names}.`, action: "Name the one to stop." },
  );
}

async function stop(client: Client, chosen: Chosen): Promise<void> {
  try {
    const { stopped, freed } = await stopProfile(client, chosen);
    const memory = freed === null ? "" : ` · ${bytes(freed)} free again`;
    await showHUD(stopped ? `${chosen.name} stopped${memory}` : `${chosen.name} is not running`);
  } catch (error) {
    if (error instanceof AgentError && error.code === "SERVER_NOT_RUNNING")
      await showHUD(`${chosen.name} is not running`);
    else throw new Late(`Could Not Stop ${chosen.name}`, error);
  }
}
