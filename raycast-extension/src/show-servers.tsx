/** Show Servers: what runs, how fast, and its logs. A launch context `{ profileId }` opens the logs of that profile's server. */
import type { LaunchProps } from "@raycast/api";
import { LogsOf } from "./components/servers/logs-of";
import { Servers } from "./components/servers/servers";

export default function Command({ launchContext }: LaunchProps<{ launchContext?: { profileId?: unknown } }>) {
  const profileId = Number(launchContext?.profileId);
  return Number.isSafeInteger(profileId) && profileId > 0 ? <LogsOf profileId={profileId} /> : <Servers />;
}
