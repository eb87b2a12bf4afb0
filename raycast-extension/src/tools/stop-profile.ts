/** Tool: take a model out of memory. */
import { AgentError } from "@mlx-manager/shared";
import { bytes, plural } from "../lib/format";
import { aliveOf, memoryOf, stopProfile } from "../lib/run-profile";
import { destructive, profileOf, withClient, type Confirmation } from "../lib/tool";

type Input = {
  /** Name or alias of the profile, as list-servers tells it. */
  profile: string;
};

/** Asks first, with what ends; one that does not run needs no question. */
export async function confirmation({ profile: name }: Input): Promise<Confirmation> {
  return withClient(async (client) => {
    const { id, name: full } = await profileOf(client, name);
    const [servers, pool] = await Promise.all([client.listServers(), client.getPool()]);
    const server = aliveOf(servers).find(({ profileId }) => profileId === id);
    if (!server) return undefined;
    const memory = memoryOf(server, pool);
    const active = pool.models.find(({ profileId }) => profileId === id)?.active ?? 0;
    return {
      style: destructive,
      message: `Stop ${full}?`,
      info: [
        { name: "Becomes free", ...(memory !== null && { value: bytes(memory) }) },
        { name: "Requests that end", ...(active > 0 && { value: plural(active, "request") }) },
      ],
    };
  });
}

/** Stops a profile: its model leaves the memory. */
export default async function tool({ profile: name }: Input) {
  return withClient(async (client) => {
    const profile = await profileOf(client, name);
    try {
      const { stopped, freed } = await stopProfile(client, profile);
      return {
        profile: profile.name,
        state: stopped ? "stopped" : "was not running",
        ...(freed !== null && { freed: bytes(freed) }),
      };
    } catch (error) {
      if (error instanceof AgentError && error.code === "SERVER_NOT_RUNNING")
        return { profile: profile.name, state: "was not running" };
      throw error;
    }
  });
}
