/** Who may answer a chat: profiles, models on this machine that have none yet, and models of providers. */
import type { Chat, LocalModel, Profile, Server } from "@mlx-manager/shared";
import { mayAskProvider, providerNames, type Routes } from "./routed.js";
import type { AnswerOptions, NewChat } from "./session-view.js";

export interface Target {
  /** `profile:ID`, `model:NAME`, or empty: whoever is the default. */
  readonly value: string;
  readonly title: string;
  readonly group: "running" | "profile" | "model" | "provider";
  /** Name of the provider that answers: what is asked leaves this machine. */
  readonly provider?: string;
}

export interface Answerers extends Routes {
  readonly profiles: readonly Profile[];
  readonly servers: readonly Server[];
  readonly models: readonly LocalModel[];
}

/** Model types that can talk. */
const TALKS = new Set(["lm", "multimodal"]);

/** Everyone who can answer: running ones first, providers last, each by name. */
export function targetsOf({ profiles, servers, models, ...routes }: Answerers): Target[] {
  const running = new Set(servers.filter(({ state }) => state === "healthy").map(({ profileId }) => profileId));
  const served = new Set(profiles.map(({ modelPath }) => modelPath));
  const talking = profiles.filter(({ modelType }) => TALKS.has(modelType));
  // A profile of that name stands there already, and is asked by the same rules.
  const routed = providerNames(routes).filter(({ name }) => profileNamed(name, profiles) === undefined);
  const elsewhere = new Set(routed.map(({ name }) => name));
  const targets: Target[] = [
    ...talking.map(({ id, name }) => ({
      value: `profile:${id}`,
      title: name,
      group: running.has(id) ? ("running" as const) : ("profile" as const),
    })),
    ...models
      .filter((model) => model.complete && TALKS.has(model.characteristics.modelType))
      .filter(({ modelId, localPath }) => !served.has(modelId) && !served.has(localPath))
      .filter(({ modelId }) => !elsewhere.has(modelId))
      .map(({ modelId }) => ({ value: `model:${modelId}`, title: modelId, group: "model" as const })),
    ...routed.map(({ name, provider }) => ({
      value: `model:${name}`,
      title: name,
      group: "provider" as const,
      provider,
    })),
  ];
  const order = ["running", "profile", "model", "provider"];
  return targets.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group) || a.title.localeCompare(b.title));
}

/** Whether nobody is there to answer, as far as can be seen without asking. */
export const isNobodyThere = (answerers: Answerers): boolean =>
  targetsOf(answerers).length === 0 && !mayAskProvider(answerers);

/**
 * What a choice means for a chat.
 * @param preferred the preference Default Profile: who answers by default; null leaves it to the agent.
 */
export function choice(value: string, preferred: string | null): Pick<Required<NewChat>, "model" | "profileId"> {
  if (value.startsWith("profile:")) return { profileId: Number(value.slice(8)), model: null };
  if (value.startsWith("model:")) return { profileId: null, model: value.slice(6) };
  return { profileId: null, model: preferred };
}

/** Who is asked in a chat that names nobody, such as one begun in the window: the preference's. */
export function defaultFor(
  chat: Pick<Chat, "model" | "profileId"> | null,
  preferred: string | null,
): Pick<AnswerOptions, "model"> {
  const named = chat === null || chat.profileId !== null || chat.model !== null;
  return named || preferred === null ? {} : { model: preferred };
}

/**
 * The choice a chat stands for.
 * @param profiles to find a profile that the chat names by name or alias.
 * @param preferred as in {@link choice}.
 */
export function valueOf(
  chat: Pick<Chat, "model" | "profileId">,
  profiles: readonly Profile[],
  preferred: string | null,
): string {
  if (chat.profileId !== null) return `profile:${chat.profileId}`;
  if (chat.model === null || chat.model.toLowerCase() === preferred?.toLowerCase()) return "";
  const known = profileNamed(chat.model, profiles);
  return known ? `profile:${known.id}` : `model:${chat.model}`;
}

/** A profile by name or alias; case does not matter, as in the gateway. */
export function profileNamed(name: string, profiles: readonly Profile[]): Profile | undefined {
  const wanted = name.toLowerCase();
  return profiles.find((profile) => [profile.name, ...profile.aliases].some((one) => one.toLowerCase() === wanted));
}
