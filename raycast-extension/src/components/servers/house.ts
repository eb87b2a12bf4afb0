/** What runs in the agent, as the lists of profiles and servers show it: fetched once, then kept up to date by events. No React in here. */
import type { AgentEvent, Client, EventTopic, PoolModel, Profile, Server, ServerUsage } from "@mlx-manager/shared";

export interface House {
  readonly profiles: readonly Profile[];
  /** Servers that run, come, go or have failed. */
  readonly servers: readonly Server[];
  readonly usage: readonly ServerUsage[];
  readonly defaultProfileId: number | null;
  /** Where the agent answers, without `/v1`. */
  readonly address: string;
}

/** The same, with what only the list of servers shows. */
export interface Engines extends House {
  readonly pool: readonly PoolModel[];
  /** Percent; null where no GPU says. */
  readonly gpuPercent: number | null;
}

export const HOUSE_TOPICS: EventTopic[] = ["server", "profile", "usage", "settings"];
export const ENGINES_TOPICS: EventTopic[] = [...HOUSE_TOPICS, "pool", "memory"];

/** One profile with its server and its totals; null while it is stopped. */
export interface Row {
  readonly profile: Profile;
  readonly server: Server | null;
  readonly usage: ServerUsage | null;
}

/** Fetches it. @throws AgentError. */
export async function loadHouse(client: Client, signal: AbortSignal): Promise<House> {
  const [profiles, servers, usage, settings] = await Promise.all([
    client.listProfiles({ signal }),
    client.listServers({ signal }),
    client.getUsage({ signal }),
    client.getSettings({ signal }),
  ]);
  return {
    profiles,
    servers,
    usage: usage.servers,
    defaultProfileId: settings.defaultProfileId,
    address: client.baseUrl,
  };
}

/** Fetches it with the pool and the GPU. @throws AgentError. */
export async function loadEngines(client: Client, signal: AbortSignal): Promise<Engines> {
  const [house, pool, memory] = await Promise.all([
    loadHouse(client, signal),
    client.getPool({ signal }),
    client.systemMemory({ signal }),
  ]);
  return { ...house, pool: pool.models, gpuPercent: memory.gpu.utilizationPercent };
}

/** The house after an event; the same one when it changes nothing. */
export function applyEvent<H extends House>(house: H, event: AgentEvent): H {
  switch (event.type) {
    case "server.updated":
      return { ...house, servers: put(house.servers, event.data, (one) => one.profileId === event.data.profileId) };
    case "server.removed":
      return { ...house, servers: house.servers.filter((one) => one.profileId !== event.data.profileId) };
    case "profile.created":
    case "profile.updated":
      return { ...house, profiles: put(house.profiles, event.data, (one) => one.id === event.data.id) };
    case "profile.deleted":
      return { ...house, profiles: house.profiles.filter((one) => one.id !== event.data.id) };
    case "usage.updated":
      return { ...house, usage: event.data.servers };
    case "settings.updated":
      return { ...house, defaultProfileId: event.data.defaultProfileId };
    case "pool.updated":
      return { ...house, pool: event.data.models };
    case "memory.updated":
      return { ...house, gpuPercent: event.data.gpu.utilizationPercent };
    default:
      return house;
  }
}

/** Profiles with their servers, by name. */
export function rowsOf(house: House): Row[] {
  const servers = new Map(house.servers.map((server) => [server.profileId, server]));
  const usage = new Map(house.usage.map((one) => [one.profileId, one]));
  return house.profiles
    .map((profile) => ({
      profile,
      server: servers.get(profile.id) ?? null,
      usage: (servers.has(profile.id) && usage.get(profile.id)) || null,
    }))
    .sort((a, b) => a.profile.name.localeCompare(b.profile.name, "en", { numeric: true, sensitivity: "base" }));
}

function put<T>(list: readonly T[], item: T, same: (one: T) => boolean): readonly T[] {
  return list.some(same) ? list.map((one) => (same(one) ? item : one)) : [...list, item];
}
