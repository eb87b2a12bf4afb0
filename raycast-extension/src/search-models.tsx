import type { LaunchProps } from "@raycast/api";
import { SearchModels } from "./components/models/search-models";

/** @param props.launchContext.query what is searched at once. */
export default function Command({ launchContext }: LaunchProps<{ launchContext?: { query?: unknown } }>) {
  // A deeplink may hand over anything.
  const query = launchContext?.query;
  return <SearchModels query={typeof query === "string" ? query : undefined} />;
}
