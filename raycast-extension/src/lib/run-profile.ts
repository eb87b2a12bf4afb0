/** Starting and stopping profiles, for commands without a window, the menu bar and the tools. No Raycast in here. */
import { AgentError, type Client, type PoolStatus, type Profile, type Server } from "@mlx-manager/shared";
import { untilHealthy } from "./bring-up.js";
import { bytes, duration } from "./format.js";
import { list, oneProfile } from "./profile-match.js";

type Subject = Pick<Profile, "id" | "name">;

/** Requests looked through for the profile used last. */
const REQUESTS_LOOKED_AT = 20;
/** States in which a server is there, or about to be. */
const ALIVE = new Set(["starting", "healthy", "unhealthy"]);
const GIB = 2 ** 30;

/** A profile that answers. */
export interface Running {
  readonly server: Server;
  /** It answered before: nothing was started. */
  readonly already: boolean;
  /** How long it took, seconds. */
  readonly seconds: number;
  /** Memory it takes, or is counted for it as long as nothing is measured, bytes; null while neither is known. */
  readonly memoryBytes: number | null;
}

export interface RunOptions {
  /** Unloads other models for it. */
  readonly makeRoom?: boolean;
  readonly signal?: AbortSignal;
  /** The agent has agreed: from here on it loads, which may take minutes. */
  readonly onAccepted?: () => Promise<void>;
}

/**
 * Starts a profile and waits, by events, until it answers; one that loads already is waited for, one that answers is good.
 * @throws AgentError the agent's words for what failed.
 */
export async function runProfile(client: Client, profile: Subject, options: RunOptions = {}): Promise<Running> {
  const { makeRoom = false, signal = new AbortController().signal, onAccepted } = options;
  const began = performance.now();
  const params = { profileId: profile.id };
  let already = false;
  try {
    await client.startServer({ params, body: makeRoom ? { makeRoom } : {}, signal });
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "SERVER_ALREADY_RUNNING") throw error;
    already = error.details.state === "healthy";
  }
  if (!already) await onAccepted?.();
  await untilHealthy(client, profile, signal);
  const [server, pool] = await Promise.all([client.getServer({ params, signal }), client.getPool({ signal })]);
  return { server, already, seconds: (performance.now() - began) / 1000, memoryBytes: memoryOf(server, pool) };
}

/** Memory of a server: measured, else what the pool counts for it; bytes, null while neither is known. */
export function memoryOf({ memoryMb, profileId }: Server, pool: PoolStatus): number | null {
  if (memoryMb !== null) return memoryMb * 2 ** 20;
  const counted = pool.models.find((one) => one.profileId === profileId)?.memoryGb ?? null;
  return counted === null ? null : counted * GIB;
}

/** `Qwen3-8B is ready · 4.60 GB · 3 s`. */
export function readyWords({ name }: Subject, { already, memoryBytes, seconds }: Running): string {
  const parts = [already ? `${name} is running already` : `${name} is ready`];
  if (memoryBytes !== null) parts.push(bytes(memoryBytes));
  if (!already) parts.push(duration(seconds));
  return parts.join(" · ");
}

/** Servers that are in memory or on the way there. */
export const aliveOf = <S extends Pick<Server, "state">>(servers: readonly S[]): S[] =>
  servers.filter(({ state }) => ALIVE.has(state));

/**
 * Stops a server, and answers the memory it took, bytes, where that was known.
 * @throws AgentError the agent's words for what failed.
 */
export async function stopProfile(
  client: Client,
  { id }: Subject,
): Promise<{ stopped: boolean; freed: number | null }> {
  const params = { profileId: id };
  const memoryMb = (await client.listServers()).find((one) => one.profileId === id)?.memoryMb ?? null;
  const { stopped } = await client.stopServer({ params });
  return { stopped, freed: stopped && memoryMb !== null ? memoryMb * 2 ** 20 : null };
}

/**
 * Stops these servers, all at once. One that ended by itself meanwhile is what was wanted.
 * @throws AgentError the first failure, after all were tried.
 */
export async function stopServers(client: Client, servers: readonly Pick<Server, "profileId">[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    servers.map(({ profileId }) => client.stopServer({ params: { profileId } })),
  );
  for (const one of outcomes) {
    if (one.status !== "rejected") continue;
    if (!(one.reason instanceof AgentError) || one.reason.code !== "SERVER_NOT_RUNNING") throw one.reason;
  }
}

/**
 * The profile that is meant when none is named: the preference's, the agent's default, the one used last, the only one.
 * @param preferred name or alias from the preferences.
 * @throws AgentError NO_MODEL without any profile; PROFILE_NOT_FOUND when there are several and none is the default.
 */
export async function defaultProfile(
  client: Client,
  profiles: readonly Profile[],
  preferred: string | undefined,
): Promise<Profile> {
  const [only] = profiles;
  if (!only) throw new AgentError("NO_MODEL", { path: "a start" });
  if (preferred !== undefined) return oneProfile(profiles, preferred);
  if (profiles.length === 1) return only;
  const byId = new Map(profiles.map((profile) => [profile.id, profile]));
  const { defaultProfileId } = await client.getSettings();
  const standard = byId.get(defaultProfileId ?? -1);
  if (standard) return standard;
  const requests = await client.listRequests({ query: { limit: REQUESTS_LOOKED_AT } });
  for (const { profileId } of requests) {
    const used = byId.get(profileId ?? -1);
    if (used) return used;
  }
  throw new AgentError(
    "PROFILE_NOT_FOUND",
    { profile: "" },
    {
      message: `There are ${profiles.length} profiles and none of them is the default: ${list(profiles.map(({ name }) => name))}.`,
      action: "Name one, or set the Default Profile in the extension's preferences.",
    },
  );
}
