/**
 * Models that somebody wants to use as soon as they are downloaded. A download outlives the window it was asked for in, and what was to come
 * after it does not: so it is noted, and gone on with when a command about models is opened next. A key for each, so that two notes never
 * meet.
 */
import { LocalStorage } from "@raycast/api";
import type { Client, DownloadTask, LocalModel } from "@mlx-manager/shared";
import { agentIdentity } from "./agent";
import { isUnderWay } from "./downloads";

/** After so long nobody waits for it any more, milliseconds. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

const prefix = (): string => `wanted ${agentIdentity()} `;

/** A model to go on with, and what is here of it. */
export interface WantedModel {
  readonly modelId: string;
  readonly local: LocalModel | null;
}

/** Notes that a model is wanted. */
export const noteWanted = (modelId: string, now = Date.now()): Promise<void> =>
  LocalStorage.setItem(prefix() + modelId, now);

/** It is done, or no longer wanted. */
export const forgetWanted = (modelId: string): Promise<void> => LocalStorage.removeItem(prefix() + modelId);

/**
 * The models to go on with now: those that are here, then those on their way. One whose download rests or failed is kept for when somebody
 * resumes it; one that is canceled, gone, or wanted too long ago is forgotten.
 * @throws AgentError.
 */
export async function wantedModels(client: Client, now = Date.now()): Promise<WantedModel[]> {
  const notes = Object.entries(await LocalStorage.allItems()).flatMap(([key, at]) =>
    key.startsWith(prefix()) ? [{ modelId: key.slice(prefix().length), at: Number(at) }] : [],
  );
  if (notes.length === 0) return [];
  const [models, downloads] = await Promise.all([client.listLocalModels(), client.listDownloads()]);
  const wanted: WantedModel[] = [];
  for (const { modelId, at } of notes) {
    const local = models.find((model) => model.modelId === modelId) ?? null;
    const task = newestOf(downloads, modelId);
    if (!(now - at < FORGOTTEN_AFTER_MS)) await forgetWanted(modelId);
    else if (local?.complete === true || (task && isUnderWay(task))) wanted.push({ modelId, local });
    else if (!task || task.status === "cancelled" || task.status === "completed") await forgetWanted(modelId);
  }
  return wanted.sort((a, b) => Number(b.local?.complete ?? false) - Number(a.local?.complete ?? false));
}

const newestOf = (downloads: readonly DownloadTask[], modelId: string): DownloadTask | undefined =>
  downloads.filter((task) => task.modelId === modelId).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))[0];
