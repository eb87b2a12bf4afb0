/** Who may answer a chat: profiles, models on this machine that have none yet, models of providers. */
import type { Chat, LocalModel, Profile, Server } from '@mlx-manager/shared';
import { routedTargets, type Routes } from './routed-targets.js';

export interface Target {
  /** `profile:ID`, `model:NAME`, or `default`: whoever is the default. */
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  /** Shown, and cannot be chosen: the hint says why. */
  readonly disabled?: boolean;
  /** Name of the provider that answers: what is written leaves this machine. */
  readonly provider?: string;
}

/** What a choice means for a chat. */
export type Choice = Pick<Chat, 'model' | 'profileId'>;
export const DEFAULT_TARGET = 'default';

/** Model types that can talk. */
const TALKS = new Set(['lm', 'multimodal']);

/** Everyone who can answer: the default, running ones, other profiles, models, and names that the routing rules send elsewhere. */
export function targetsOf(all: {
  readonly profiles: readonly Profile[];
  readonly servers: readonly Server[];
  readonly models: readonly LocalModel[];
  readonly routes?: Routes;
}): Target[] {
  const { profiles, servers, models, routes } = all;
  const running = new Set(servers.filter(({ state }) => state === 'healthy').map(({ profileId }) => profileId));
  const served = new Set(profiles.map(({ modelPath }) => modelPath));
  const talking = profiles.filter(({ modelType }) => TALKS.has(modelType)).sort((a, b) => a.name.localeCompare(b.name));
  const asTarget = ({ id, name }: Profile): Target => ({
    value: `profile:${id}`,
    label: name,
    hint: running.has(id) ? 'Running' : 'Starts when asked',
  });
  // A profile of that name is there already, and is asked by the same rules.
  const routed =
    routes === undefined ? [] : routedTargets(routes, profiles).filter(({ value }) => valueOf(choiceOf(value), profiles) === value);
  const local = new Set(models.filter(({ complete }) => complete).map(({ modelId }) => `model:${modelId}`));
  // Where no rule leads to a provider, the model of that name which is here answers.
  const elsewhere = routed.filter((one) => one.disabled !== true || !local.has(one.value));
  const taken = new Set(elsewhere.map(({ value }) => value));
  return [
    { value: DEFAULT_TARGET, label: 'Default model', hint: 'As set, or by the routing rules' },
    ...talking.filter(({ id }) => running.has(id)).map(asTarget),
    ...talking.filter(({ id }) => !running.has(id)).map(asTarget),
    ...models
      .filter((model) => model.complete && TALKS.has(model.characteristics.modelType))
      .filter(({ modelId, localPath }) => !served.has(modelId) && !served.has(localPath))
      .map(({ modelId }) => ({ value: `model:${modelId}`, label: modelId, hint: 'Downloaded' }))
      .filter(({ value }) => !taken.has(value)),
    ...elsewhere,
  ];
}

export function choiceOf(value: string): Choice {
  if (value.startsWith('profile:')) return { profileId: Number(value.slice(8)), model: null };
  if (value.startsWith('model:')) return { profileId: null, model: value.slice(6) };
  return { profileId: null, model: null };
}

/** The choice a chat stands for; a profile named by name or alias is found (case does not matter, as in the gateway). */
export function valueOf({ model, profileId }: Choice, profiles: readonly Profile[]): string {
  if (profileId !== null) return `profile:${profileId}`;
  if (model === null) return DEFAULT_TARGET;
  const wanted = model.toLowerCase();
  const known = profiles.find(({ name, aliases }) => [name, ...aliases].some((one) => one.toLowerCase() === wanted));
  return known ? `profile:${known.id}` : `model:${model}`;
}
