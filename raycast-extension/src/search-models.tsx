import type { LaunchProps } from "@raycast/api";
import { InstallGuide } from "./components/install-guide";
import { SearchModels } from "./components/models/search-models";
import { INSTALL_GUIDE } from "./lib/feedback";

/** @param props.launchContext.query what is searched at once. @param props.launchContext.guide shows how the agent is installed in its place. */
export default function Command({
  launchContext,
}: LaunchProps<{ launchContext?: { query?: unknown; guide?: unknown } }>) {
  if (launchContext?.guide === INSTALL_GUIDE.guide) return <InstallGuide />;
  // A deeplink may hand over anything.
  const query = launchContext?.query;
  return <SearchModels query={typeof query === "string" ? query : undefined} />;
}
