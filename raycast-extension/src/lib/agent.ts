/** The agent this command talks to. */
import { homedir } from "node:os";
import type { Client } from "@mlx-manager/shared";
import { agentName, clientFor, isElsewhere, locate, usualPlaces, type Surroundings } from "./find-agent.js";
import { preferences } from "./preferences.js";

let known: { name: string; client: Client } | undefined;

/** What finding the agent depends on, now. */
export function surroundings(): Surroundings {
  const { address, key, stateFolder } = preferences();
  const userHome = process.env.HOME ?? homedir();
  return { env: process.env, userHome, address, key, stateFolder, ...usualPlaces(userHome) };
}

/**
 * A client for the agent. Cheap: the same one comes back while address and token stay the same. It asks nothing yet: whether the agent answers
 * is seen at the first call.
 * @throws AgentError AGENT_NOT_RUNNING, AGENT_NOT_INSTALLED, AGENT_ADDRESS_INVALID.
 */
export function agent(): Client {
  const located = locate(surroundings());
  const name = JSON.stringify(located);
  if (known?.name !== name) known = { name, client: clientFor(located) };
  return known.client;
}

/** Whether the agent is on another machine: it cannot be started from here, and its files are not on this disk. */
export function isRemote(): boolean {
  return isElsewhere(surroundings());
}

/** Tells agents apart, e.g. in the names of what is remembered. */
export function agentIdentity(): string {
  return agentName(surroundings());
}
