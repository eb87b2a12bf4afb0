/** Manage Profiles. A launch context `{ profileId }` selects that one. */
import type { LaunchProps } from "@raycast/api";
import { Profiles } from "./components/profiles/profiles";

export default function Command({ launchContext }: LaunchProps<{ launchContext?: { profileId?: unknown } }>) {
  const profileId = Number(launchContext?.profileId);
  return <Profiles {...(Number.isSafeInteger(profileId) && profileId > 0 && { selected: profileId })} />;
}
