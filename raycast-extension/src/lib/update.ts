/** How the agent is brought up to date. */
import { isRemote, surroundings } from "./agent.js";
import { cloneFolder } from "./find-agent.js";
import { UPDATE_COMMAND } from "./problems.js";

/** A line for a terminal. On this machine it goes into the clone first, where that is known. */
export function updateCommand(): string {
  const folder = isRemote() ? null : cloneFolder(surroundings());
  return folder === null ? UPDATE_COMMAND : `cd '${folder.replaceAll("'", `'\\''`)}' && ${UPDATE_COMMAND}`;
}
