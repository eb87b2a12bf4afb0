/** What commands without a window share: an agent that is started when it is not there, and failures with something to do about them. */
import { launchCommand, LaunchType, showHUD, showToast, Toast } from "@raycast/api";
import { AgentError, type Client } from "@mlx-manager/shared";
import { agent, isRemote } from "./agent.js";
import { failed, STARTING } from "./feedback.js";
import { startAgent } from "./launcher.js";
import { sentenceOf } from "./problems.js";

/**
 * Does something with the agent; one that is installed here and not running is started first, which a HUD tells.
 * @throws what the work throws, and AgentError when there is no agent to be had.
 */
export async function withAgent<T>(work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(agent());
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "AGENT_NOT_RUNNING" || isRemote()) throw error;
  }
  await showHUD("Starting MLX Manager…");
  try {
    await startAgent();
  } catch (error) {
    throw new Late(STARTING.failure, error);
  }
  return work(agent());
}

/** A failure after the window was closed: a toast would have no place, a HUD tells it. */
export class Late extends Error {
  override readonly name = "Late";
  constructor(
    readonly title: string,
    cause: unknown,
  ) {
    super(title, { cause });
  }
}

/**
 * Says that something failed. As long as the window is open, by a toast with an action.
 * @param help the action, where a fitting one is known; else the problem's own.
 */
export async function tellFailure(title: string, error: unknown, help?: Toast.ActionOptions): Promise<void> {
  if (error instanceof Late) {
    await showHUD(`${error.title}: ${sentenceOf(error.cause)}`);
  } else if (help) {
    const message = sentenceOf(error);
    await showToast({ style: Toast.Style.Failure, title, message, primaryAction: help });
  } else await failed(title, error);
}

/**
 * An action of a toast that opens another command, or this one again: a command without a window has ended when somebody presses it, so that
 * it must not do the work itself.
 */
export const opens = (
  title: string,
  name: string,
  context?: Record<string, unknown>,
  given?: Record<string, string>,
): Toast.ActionOptions => ({
  title,
  onAction: () =>
    void launchCommand({
      name,
      type: LaunchType.UserInitiated,
      ...(context && { context }),
      ...(given && { arguments: given }),
    }),
});

/** The profile's id in a launch context, whoever made that. */
export function profileIdOf(launchContext: { profileId?: unknown } | undefined): number | undefined {
  const id = Number(launchContext?.profileId);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
