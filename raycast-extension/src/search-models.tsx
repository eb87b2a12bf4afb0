import type { LaunchProps } from "@raycast/api";
import { SearchModels } from "./components/models/search-models";

/** @param props.launchContext.query what is searched at once. */
export default function Command({ launchContext }: LaunchProps<{ launchContext?: { query?: string } }>) {
  return <SearchModels query={launchContext?.query} />;
}
