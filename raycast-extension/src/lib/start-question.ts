/** What a tool asks before a model is loaded: it takes much memory, or room from others. */
import type { Client, LocalModel, Profile } from "@mlx-manager/shared";
import { bytes } from "./format";
import { aliveOf } from "./run-profile";
import { budgetBytes, freeBytes, type Confirmation } from "./tool";

/** A model that takes more than this share of the memory for models is asked about. */
const BIG = 0.5;

/** What is to be started: a profile, or a model that has none yet. */
export type Startable = Pick<Profile, "name" | "modelPath"> & { readonly id?: number };

/**
 * The question before a profile is started; undefined where none is needed.
 * @param unloadsOthers whether others go when there is not enough room.
 * @throws AgentError.
 */
export async function startQuestion(client: Client, profile: Startable, unloadsOthers: boolean): Promise<Confirmation> {
  const [pool, servers, needed] = await Promise.all([
    client.getPool(),
    client.listServers(),
    neededBytes(client, profile),
  ]);
  const alive = aliveOf(servers);
  if (alive.some(({ profileId }) => profileId === profile.id) || needed === null) return undefined;
  const budget = budgetBytes(pool);
  const unloads = unloadsOthers && needed > freeBytes(pool) && alive.length > 0;
  if (!unloads && needed <= budget * BIG) return undefined;
  const others = alive.map(({ profileName }) => profileName).join(", ");
  return {
    message: unloads ? `Unload other models to start ${profile.name}?` : `Start ${profile.name}?`,
    info: [
      { name: "Needs about", value: bytes(needed) },
      { name: "Memory for models", value: `${bytes(freeBytes(pool))} of ${bytes(budget)} left` },
      ...(unloads ? [{ name: "May be unloaded", value: others }] : []),
    ],
  };
}

/** What the model will take, bytes; null when it is not on this machine. */
async function neededBytes(client: Client, { modelPath }: Startable): Promise<number | null> {
  const here = (model: LocalModel): boolean => model.modelId === modelPath || model.localPath === modelPath;
  return (await client.listLocalModels()).find(here)?.memory.totalBytes ?? null;
}
