/** What the menu bar shows: fetched in one go, small enough to be remembered. No Raycast in here. */
import type { Client, DownloadTask, Profile, Server } from "@mlx-manager/shared";
import { isUnderWay } from "./downloads.js";
import { aliveOf, memoryOf } from "./run-profile.js";

export interface Now {
  readonly profiles: readonly Pick<Profile, "id" | "name" | "modelType">[];
  /** Servers that run, come, go or have failed. */
  readonly servers: readonly ServerNow[];
  readonly downloads: readonly DownloadTask[];
  /** Counted for the models in memory, and what they may take together; bytes. */
  readonly usedBytes: number;
  readonly budgetBytes: number;
  /** Completion tokens a second of the last answer; null while unknown. */
  readonly lastSpeed: number | null;
  /** Where the agent answers, without `/v1`. */
  readonly address: string;
}
export interface ServerNow extends Pick<Server, "profileId" | "profileName" | "state" | "failure"> {
  readonly memoryBytes: number | null;
}

export type NowState = "idle" | "loading" | "serving" | "trouble";

/** @throws AgentError. */
export async function loadNow(client: Client, signal: AbortSignal): Promise<Now> {
  const [profiles, servers, pool, downloads, requests] = await Promise.all([
    client.listProfiles({ signal }),
    client.listServers({ signal }),
    client.getPool({ signal }),
    client.listDownloads({ signal }),
    client.listRequests({ query: { limit: 1, outcome: "ok" }, signal }),
  ]);
  return {
    profiles: profiles
      .map(({ id, name, modelType }) => ({ id, name, modelType }))
      .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true, sensitivity: "base" })),
    servers: servers.map((server) => ({
      profileId: server.profileId,
      profileName: server.profileName,
      state: server.state,
      failure: server.failure,
      memoryBytes: memoryOf(server, pool),
    })),
    downloads: downloads.filter(isUnderWay),
    usedBytes: pool.leasedGb * 2 ** 30,
    budgetBytes: pool.budgetGb * 2 ** 30,
    lastSpeed: requests[0]?.tokensPerSecond ?? null,
    address: client.baseUrl,
  };
}

/** The state of the whole, the gravest first. */
export function stateOf({ servers }: Pick<Now, "servers">): NowState {
  const has = (...states: Server["state"][]): boolean => servers.some(({ state }) => states.includes(state));
  if (has("failed", "unhealthy")) return "trouble";
  if (has("starting", "stopping")) return "loading";
  return has("healthy") ? "serving" : "idle";
}

/** Profiles without a server. */
export function stoppedOf({ profiles, servers }: Now): Now["profiles"] {
  const there = new Set(servers.map(({ profileId }) => profileId));
  return profiles.filter(({ id }) => !there.has(id));
}

/** Ids of profiles that {@link aliveOf} counts as running. */
export const runningOf = ({ servers }: Now): ServerNow[] => aliveOf(servers);

/** The data once a server is in another state; `null` takes it off. */
export function withState(now: Now, { id, name }: { id: number; name: string }, state: Server["state"] | null): Now {
  const others = now.servers.filter(({ profileId }) => profileId !== id);
  const known = now.servers.find(({ profileId }) => profileId === id);
  const base = known ?? { profileId: id, profileName: name, memoryBytes: null };
  return { ...now, servers: state === null ? others : [...others, { ...base, state, failure: null }] };
}
