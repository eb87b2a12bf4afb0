/** Connect Client. A launch context `{ profileId }` chooses the profile. A command of its own: readers of TOML and YAML are heavy. */
import type { LaunchProps } from "@raycast/api";
import { Connect } from "./components/connect/connect";

export default function Command({ launchContext }: LaunchProps<{ launchContext?: { profileId?: unknown } }>) {
  const profileId = Number(launchContext?.profileId);
  return <Connect {...(Number.isSafeInteger(profileId) && profileId > 0 && { profileId })} />;
}
