/** Tool: load a model. */
import type { Client, LocalModel, Profile } from "@mlx-manager/shared";
import { bytes, duration } from "../lib/format";
import { aliveOf, runProfile } from "../lib/run-profile";
import { budgetBytes, freeBytes, profileOf, withClient, type Confirmation } from "../lib/tool";

/** A model that takes more than this share of the memory for models is asked about. */
const BIG = 0.5;

type Input = {
  /** Name or alias of the profile, as list-profiles tells it. */
  profile: string;
  /** Unloads other models when there is not enough memory left. Set it only when the user wants that. Leave it out for no. */
  unloadOthers?: boolean;
};

/** Asks first when the model is large, or others would be unloaded for it. */
export async function confirmation({ profile: name, unloadOthers = false }: Input): Promise<Confirmation> {
  return withClient(async (client) => {
    const profile = await profileOf(client, name);
    const [pool, servers, needed] = await Promise.all([
      client.getPool(),
      client.listServers(),
      neededBytes(client, profile),
    ]);
    const alive = aliveOf(servers);
    if (alive.some(({ profileId }) => profileId === profile.id) || needed === null) return undefined;
    const budget = budgetBytes(pool);
    const crowded = needed > freeBytes(pool) && alive.length > 0;
    if (!(crowded && unloadOthers) && needed <= budget * BIG) return undefined;
    const others = alive.map(({ profileName }) => profileName).join(", ");
    return {
      message: crowded && unloadOthers ? `Unload other models to start ${profile.name}?` : `Start ${profile.name}?`,
      info: [
        { name: "Needs about", value: bytes(needed) },
        { name: "Memory for models", value: `${bytes(freeBytes(pool))} of ${bytes(budget)} left` },
        ...(crowded && unloadOthers ? [{ name: "May be unloaded", value: others }] : []),
      ],
    };
  });
}

/** Starts a profile: loads its model into memory, and waits until it answers. */
export default async function tool({ profile: name, unloadOthers = false }: Input) {
  return withClient(async (client) => {
    const profile = await profileOf(client, name);
    const { already, memoryBytes, seconds } = await runProfile(client, profile, { makeRoom: unloadOthers });
    return {
      profile: profile.name,
      state: already ? "was running already" : "ready",
      ...(memoryBytes !== null && { memory: bytes(memoryBytes) }),
      ...(!already && { took: duration(seconds) }),
      baseUrl: `${client.baseUrl}/v1`,
    };
  });
}

/** What the model will take, bytes; null when it is not on this machine. */
async function neededBytes(client: Client, { modelPath }: Profile): Promise<number | null> {
  const here = (model: LocalModel): boolean => model.modelId === modelPath || model.localPath === modelPath;
  return (await client.listLocalModels()).find(here)?.memory.totalBytes ?? null;
}
