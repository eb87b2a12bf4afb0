/** Who may answer a chat: profiles, and models on this machine that have none yet. */
import type { Chat, LocalModel, Profile, Server } from "@mlx-manager/shared";
import type { NewChat } from "./session.js";

export interface Target {
  /** `profile:ID`, `model:NAME`, or empty: whoever is the default. */
  readonly value: string;
  readonly title: string;
  readonly group: "running" | "profile" | "model";
}

export interface Answerers {
  readonly profiles: readonly Profile[];
  readonly servers: readonly Server[];
  readonly models: readonly LocalModel[];
}

/** Model types that can talk. */
const TALKS = new Set(["lm", "multimodal"]);

/** Everyone who can answer: running ones first, then by name. */
export function targetsOf({ profiles, servers, models }: Answerers): Target[] {
  const running = new Set(servers.filter(({ state }) => state === "healthy").map(({ profileId }) => profileId));
  const served = new Set(profiles.map(({ modelPath }) => modelPath));
  const talking = profiles.filter(({ modelType }) => TALKS.has(modelType));
  const targets: Target[] = [
    ...talking.map(({ id, name }) => ({
      value: `profile:${id}`,
      title: name,
      group: running.has(id) ? ("running" as const) : ("profile" as const),
    })),
    ...models
      .filter((model) => model.complete && TALKS.has(model.characteristics.modelType))
      .filter(({ modelId, localPath }) => !served.has(modelId) && !served.has(localPath))
      .map(({ modelId }) => ({ value: `model:${modelId}`, title: modelId, group: "model" as const })),
  ];
  const order = ["running", "profile", "model"];
  return targets.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group) || a.title.localeCompare(b.title));
}

/** What a choice means for a chat. */
export function choice(value: string): Pick<Required<NewChat>, "model" | "profileId"> {
  if (value.startsWith("profile:")) return { profileId: Number(value.slice(8)), model: null };
  if (value.startsWith("model:")) return { profileId: null, model: value.slice(6) };
  return { profileId: null, model: null };
}

/** The choice a chat stands for. @param profiles to find a profile that the chat names by name or alias. */
export function valueOf(chat: Pick<Chat, "model" | "profileId">, profiles: readonly Profile[]): string {
  if (chat.profileId !== null) return `profile:${chat.profileId}`;
  if (chat.model === null) return "";
  const known = profileNamed(chat.model, profiles);
  return known ? `profile:${known.id}` : `model:${chat.model}`;
}

/** A profile by name or alias; case does not matter, as in the gateway. */
export function profileNamed(name: string, profiles: readonly Profile[]): Profile | undefined {
  const wanted = name.toLowerCase();
  return profiles.find((profile) => [profile.name, ...profile.aliases].some((one) => one.toLowerCase() === wanted));
}
