/** Manage Profiles. A launch context `{ profileId }` selects that one; with `created`, its name, it was just made. */
import type { LaunchProps } from "@raycast/api";
import { Profiles } from "./components/profiles/profiles";

export default function Command({
  launchContext,
}: LaunchProps<{ launchContext?: { profileId?: unknown; created?: unknown } }>) {
  const profileId = Number(launchContext?.profileId);
  const created = launchContext?.created;
  if (!Number.isSafeInteger(profileId) || profileId < 1) return <Profiles />;
  return <Profiles selected={profileId} {...(typeof created === "string" && { created })} />;
}
