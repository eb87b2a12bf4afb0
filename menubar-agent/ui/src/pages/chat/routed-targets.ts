/** Names that the routing rules send elsewhere: the models of providers, and those that a rule names. A provider is asked by a rule only. */
import { globMatches, type Profile, type Provider, type RoutingRule, type RoutingTarget } from '@mlx-manager/shared';
import type { Target } from './targets.js';

export interface Routes {
  /** Whether the rules are in use. */
  readonly enabled: boolean;
  readonly providers: readonly Provider[];
  /** In their order. */
  readonly rules: readonly RoutingRule[];
}

/** As the agent's own requests for chats show themselves to the rules. */
const CLIENT = 'MLX Manager';
const PROTOCOL = 'internal';

/** Models of providers and names in rules, each with who answers it; those that no rule leads to cannot be chosen, and say why. */
export function routedTargets(routes: Routes, profiles: readonly Pick<Profile, 'id' | 'name'>[]): Target[] {
  const { enabled, providers, rules } = routes;
  const targets = new Map<string, Target>();
  const named = rules.flatMap(({ match, target, fallbacks }) => [
    ...match.models.filter((pattern) => !/[*?]/.test(pattern)),
    ...[target, ...fallbacks].flatMap((one) => (one?.providerId != null && one.model !== null ? [one.model] : [])),
  ]);
  const listed = providers.flatMap((provider) => provider.models.map((model) => ({ model, provider })));
  for (const model of new Set([...listed.map((one) => one.model), ...named])) {
    const found = enabled ? answererOf(model, routes) : null;
    if (found !== null) targets.set(model, asTarget(model, found, profiles));
  }
  for (const { model, provider } of listed) {
    if (targets.has(model)) continue;
    const hint = enabled
      ? `No routing rule asks ${provider.name} for it: add one in Settings`
      : `${provider.name}: turn on routing rules in Settings`;
    targets.set(model, { value: `model:${model}`, label: model, hint, disabled: true });
  }
  const all = [...targets.values()];
  return [...all.filter((one) => one.disabled !== true), ...all.filter((one) => one.disabled === true)];
}

interface Found {
  readonly rule: RoutingRule;
  readonly target: RoutingTarget;
  /** Null when a profile answers. */
  readonly provider: Provider | null;
  /** Whether a rule may send it elsewhere at times: by its length, by the hour, by what it needs. */
  readonly always: boolean;
}

/** The first rule that may send a name elsewhere; none behind one that always holds is asked. */
function answererOf(model: string, { providers, rules }: Routes): Found | null {
  let first: Found | null = null;
  for (const rule of rules) {
    if (!mayTake(rule, model)) continue;
    const { match, target } = rule;
    const provider = target?.providerId == null ? null : providers.find(({ id }) => id === target.providerId);
    if (provider === undefined) continue;
    // The agent passes such a rule over too.
    if (provider !== null && provider.models.length > 0 && !provider.models.includes(target?.model ?? model)) continue;
    const always = match.minTokens === null && match.maxTokens === null && match.time === null && match.capabilities.length === 0;
    if (target !== null) {
      const found: Found = { rule, target, provider, always: always && first === null };
      if (always) return first ?? found;
      first ??= found;
    }
    // A name that stays on this machine.
    if (always) return first;
  }
  return first;
}

function mayTake({ enabled, problem, match }: RoutingRule, model: string): boolean {
  const fits = (patterns: readonly string[], text: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => globMatches(pattern, text));
  return (
    enabled &&
    problem === null &&
    fits(match.models, model) &&
    fits(match.clients, CLIENT) &&
    (match.protocols.length === 0 || match.protocols.includes(PROTOCOL)) &&
    // A chat has no key, and asks for no vectors.
    match.keys.length === 0 &&
    !match.capabilities.includes('embeddings')
  );
}

function asTarget(model: string, { rule, target, provider, always }: Found, profiles: readonly Pick<Profile, 'id' | 'name'>[]): Target {
  const when = always ? '' : `, when the rule “${rule.name}” holds`;
  if (provider === null) {
    const name = profiles.find(({ id }) => id === target.profileId)?.name ?? 'a profile';
    return { value: `model:${model}`, label: model, hint: `${name}, by a routing rule${when}` };
  }
  const asked = target.model !== null && target.model !== model ? ` (${target.model})` : '';
  return { value: `model:${model}`, label: model, hint: `From ${provider.name}${asked}${when}`, provider: provider.name };
}
