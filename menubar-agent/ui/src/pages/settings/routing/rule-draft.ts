/** A routing rule as it is typed, and as the agent takes it. Pure. */
import {
  FALLBACK_REASONS,
  problemsOf,
  routingRuleCreate,
  type FallbackReason,
  type Provider,
  type RoutingMatch,
  type RoutingRule,
  type RoutingRuleCreate,
  type RoutingTarget,
} from '@mlx-manager/shared';
import { atFields, numberOf, textOf, type Problems } from '../editing/use-form.js';

/** Who answers: `asked` as without rules, `profile:3`, `provider:1`. */
export interface TargetDraft {
  readonly who: string;
  /** Of a provider. */
  readonly model: string;
}
export const AS_ASKED = 'asked';

export interface RuleDraft {
  name: string;
  models: readonly string[];
  minTokens: string;
  maxTokens: string;
  capabilities: RoutingMatch['capabilities'];
  protocols: RoutingMatch['protocols'];
  clients: readonly string[];
  keys: readonly string[];
  days: NonNullable<RoutingMatch['time']>['days'];
  from: string;
  to: string;
  target: TargetDraft;
  fallbacks: readonly TargetDraft[];
  fallbackOn: FallbackReason[];
}

/** What is known of the things that a rule points at. */
export interface Pointed {
  readonly profiles: readonly { id: number; name: string }[];
  readonly providers: readonly Pick<Provider, 'id' | 'name' | 'models'>[];
}

/** @param rule null for a new one. */
export function draftOf(rule: Pick<RoutingRule, 'name' | 'match' | 'target' | 'fallbacks' | 'fallbackOn'> | null): RuleDraft {
  const match = rule?.match;
  return {
    name: rule?.name ?? '',
    models: match?.models ?? [],
    minTokens: String(match?.minTokens ?? ''),
    maxTokens: String(match?.maxTokens ?? ''),
    capabilities: match?.capabilities ?? [],
    protocols: match?.protocols ?? [],
    clients: match?.clients ?? [],
    keys: match?.keys ?? [],
    days: match?.time?.days ?? [],
    from: match?.time?.from ?? '',
    to: match?.time?.to ?? '',
    target: rule?.target == null ? { who: AS_ASKED, model: '' } : targetDraft(rule.target),
    fallbacks: rule?.fallbacks.map(targetDraft) ?? [],
    fallbackOn: rule?.fallbackOn ?? [...FALLBACK_REASONS],
  };
}

const targetDraft = ({ profileId, providerId, model }: RoutingTarget): TargetDraft => ({
  who: profileId === null ? `provider:${providerId}` : `profile:${profileId}`,
  model: model ?? '',
});

function targetOf({ who, model }: TargetDraft): RoutingTarget {
  const [kind, id] = who.split(':');
  const none = { profileId: null, providerId: null, model: null };
  return kind === 'profile' ? { ...none, profileId: Number(id) } : { ...none, providerId: Number(id), model: textOf(model) };
}

/** What is sent: all that the editor shows. Whether the rule is switched on is not among it. */
export function bodyOf(draft: RuleDraft): Omit<RoutingRuleCreate, 'enabled' | 'position'> {
  const { from, to, days } = draft;
  return {
    name: draft.name.trim(),
    match: {
      models: [...draft.models],
      minTokens: numberOf(draft.minTokens),
      maxTokens: numberOf(draft.maxTokens),
      capabilities: draft.capabilities,
      protocols: draft.protocols,
      clients: [...draft.clients],
      keys: [...draft.keys],
      time: days.length === 0 && from === '' && to === '' ? null : { days, from: from === '' ? null : from, to: to === '' ? null : to },
    },
    target: draft.target.who === AS_ASKED ? null : targetOf(draft.target),
    fallbacks: draft.fallbacks.filter(({ who }) => who !== '').map(targetOf),
    fallbackOn: draft.fallbackOn,
  };
}

export function problemsOfRule(draft: RuleDraft, pointed: Pointed): Problems<RuleDraft> {
  const body = bodyOf(draft);
  const { minTokens, maxTokens, time } = body.match;
  const target = draft.target.who === AS_ASKED ? undefined : targetProblem(draft.target, pointed);
  const fallback = draft.fallbacks.map((one) => (one.who === '' ? 'Choose who answers.' : targetProblem(one, pointed))).find(Boolean);
  return {
    ...(minTokens !== null && maxTokens !== null && minTokens > maxTokens && { maxTokens: 'Is less than the fewest.' }),
    ...(time !== null && time.from === null && time.to !== null && { from: 'Say when it begins.' }),
    ...(time !== null && time.from !== null && time.to === null && { to: 'Say when it ends.' }),
    ...(target !== undefined && { target }),
    ...(fallback !== undefined && { fallbacks: fallback }),
    ...atFields<RuleDraft>(draft, problemsOf(routingRuleCreate, body)),
  };
}

/** Why a target cannot answer; undefined when it can. */
export function targetProblem({ who, model }: TargetDraft, { profiles, providers }: Pointed): string | undefined {
  const [kind, id] = who.split(':');
  if (kind === 'profile') {
    return profiles.some((one) => one.id === Number(id)) ? undefined : 'This profile was deleted. Choose another one.';
  }
  const provider = providers.find((one) => one.id === Number(id));
  if (provider === undefined) return 'This provider was deleted. Choose another one.';
  const wanted = textOf(model);
  return wanted !== null && provider.models.length > 0 && !provider.models.includes(wanted)
    ? `${provider.name} is not set up for the model ${wanted}. Choose one of its list, or add it to the provider.`
    : undefined;
}

/** `Rule`, `Rule 2`, … : the first name that is free. */
export function freeName(wanted: string, taken: readonly string[], max = 80): string {
  const names = new Set(taken.map((name) => name.toLowerCase()));
  for (let i = 1; ; i++) {
    const name = i === 1 ? wanted.slice(0, max) : `${wanted.slice(0, max - 5)} ${i}`;
    if (!names.has(name.toLowerCase())) return name;
  }
}
