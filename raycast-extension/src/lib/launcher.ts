/** Starts the agent from a command. */
import { open } from "@raycast/api";
import { surroundings } from "./agent.js";
import { startInstalled } from "./start-agent.js";

/**
 * Starts the installed agent (as launcher.json of the state folder says, the macOS app, or `mlx-manager` of the PATH) and waits until it answers.
 * Does nothing when it answers already.
 * @throws AgentError AGENT_NOT_INSTALLED, AGENT_START_FAILED, AGENT_UNREACHABLE for an agent on another machine.
 */
export async function startAgent(): Promise<void> {
  // The app has no window of its own at start, so that opening it leaves Raycast in front.
  await startInstalled(surroundings(), (path) => open(path));
}
