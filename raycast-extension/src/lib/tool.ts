/** What the tools for Raycast's AI share: errors as sentences a model can act on, and compact figures. */
import { Action, type Tool } from "@raycast/api";
import { AgentError, type Client, type PoolStatus, type Profile } from "@mlx-manager/shared";
import { agent, isRemote } from "./agent.js";
import { startAgent } from "./launcher.js";
import { sentenceOf } from "./problems.js";
import { oneProfile } from "./profile-match.js";

export type Confirmation = Awaited<ReturnType<Tool.Confirmation<unknown>>>;
export const destructive = Action.Style.Destructive;

/**
 * Does something with the agent.
 * @throws Error whose message says what happened and what to do, in plain words: it is read by a model.
 */
export async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await withStarted(work);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
}

/** An agent that is installed here and not running is started first. */
async function withStarted<T>(work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(agent());
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "AGENT_NOT_RUNNING" || isRemote()) throw error;
  }
  await startAgent();
  return work(agent());
}

/** The profile of a name, alias, or the beginning of one. @throws AgentError PROFILE_NOT_FOUND with names to choose from. */
export async function profileOf(client: Client, name: string): Promise<Profile> {
  return oneProfile(await client.listProfiles(), name);
}

const GIB = 2 ** 30;
/** Memory that models may still take, bytes. */
export const freeBytes = ({ budgetGb, leasedGb }: PoolStatus): number => Math.max(0, budgetGb - leasedGb) * GIB;
/** Memory that models may take together, bytes. */
export const budgetBytes = ({ budgetGb }: PoolStatus): number => budgetGb * GIB;
