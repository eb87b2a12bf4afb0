/** Start Profile. A name as argument, a launch context `{ profileId, makeRoom }`, or nothing: the default profile. */
import type { LaunchProps } from "@raycast/api";
import { startByName } from "./lib/start-by-name";
import { profileIdOf } from "./lib/without-window";

export default async function Command(
  props: LaunchProps<{ arguments: { profile?: string }; launchContext?: { profileId?: unknown; makeRoom?: unknown } }>,
): Promise<void> {
  const profileId = profileIdOf(props.launchContext);
  const name = (props.arguments.profile ?? props.fallbackText)?.trim();
  const makeRoom = props.launchContext?.makeRoom === true;
  await startByName({ ...(profileId === undefined ? { ...(name && { name }) } : { profileId }), makeRoom });
}
