/** Which rule a request takes. Pure: the same rules and facts give the same decision. */
import { FALLBACK_REASONS, type Provider, type RoutingRule, type RoutingTarget } from '@mlx-manager/shared';
import { firstFailed } from './match.js';
import type { Decision, RoutingFacts, Target, Verdict } from './types.js';

/** What the rules point at. */
export interface Known {
  profileName(id: number): string | null;
  provider(id: number): Pick<Provider, 'id' | 'name' | 'protocol' | 'models'> | null;
}

/** Endpoints that a provider of Anthropic's protocol answers: others have no counterpart there. */
const CHAT = '/v1/chat/completions';
const ALL_REASONS = new Set(FALLBACK_REASONS);

/**
 * The first rule whose conditions all hold decides; no later one is asked. Without one the request is answered on this machine, by the name it gives.
 * @param rules in their order.
 */
export function decide(rules: readonly RoutingRule[], facts: RoutingFacts, known: Known): Decision {
  const why: Verdict[] = [];
  for (const rule of rules) {
    const { id, name } = rule;
    const failed = failedCondition(rule, facts, known);
    if (failed !== null) {
      why.push({ id, name, matched: false, reason: failed });
      continue;
    }
    const target = rule.target === null ? asNamed(facts) : (resolve(rule.target, facts, known) as Target);
    const fallbacks = rule.fallbacks.flatMap((one) => {
      const resolved = resolve(one, facts, known);
      return typeof resolved === 'string' ? [] : [resolved];
    });
    why.push({ id, name, matched: true, reason: inWords(target, fallbacks) });
    return { target, fallbacks, fallbackOn: new Set(rule.fallbackOn), rule: { id, name }, why };
  }
  return { target: asNamed(facts), fallbacks: [], fallbackOn: ALL_REASONS, rule: null, why };
}

/** The decision without rules. */
export const unrouted = (model: string): Decision => ({
  target: { kind: 'model', model },
  fallbacks: [],
  fallbackOn: ALL_REASONS,
  rule: null,
  why: [],
});

const asNamed = (facts: RoutingFacts): Target => ({ kind: 'model', model: facts.model });

function failedCondition(rule: RoutingRule, facts: RoutingFacts, known: Known): string | null {
  if (!rule.enabled) return 'It is switched off.';
  if (rule.problem !== null) return rule.problem;
  const failed = firstFailed(rule.match, facts);
  if (failed !== null) return failed;
  if (rule.target !== null) {
    const target = resolve(rule.target, facts, known);
    if (typeof target === 'string') return target;
  }
  return null;
}

/** A target with its names; or why it cannot answer this request, in a sentence. */
function resolve(target: RoutingTarget, facts: RoutingFacts, known: Known): Target | string {
  if (target.profileId !== null) {
    const name = known.profileName(target.profileId);
    return name === null ? `The profile ${target.profileId} is gone.` : { kind: 'profile', profileId: target.profileId, name };
  }
  const provider = target.providerId === null ? null : known.provider(target.providerId);
  if (provider === null) return `The provider ${target.providerId ?? ''} is gone.`;
  if (facts.forwarded) return 'The request comes from another MLX Manager and is not sent on.';
  if (provider.protocol === 'anthropic' && facts.endpoint !== CHAT)
    return `The provider "${provider.name}" speaks Anthropic’s protocol, which has no ${facts.endpoint}.`;
  const model = target.model ?? facts.model;
  if (provider.models.length > 0 && !provider.models.includes(model))
    return `The provider "${provider.name}" is not set up for the model "${model}".`;
  return { kind: 'provider', providerId: provider.id, name: provider.name, model };
}

function inWords(target: Target, fallbacks: readonly Target[]): string {
  const first = `All its conditions hold: ${word(target)} answers`;
  if (fallbacks.length > 0) return `${first}, else ${fallbacks.map(word).join(', else ')}.`;
  return `${first}.`;
}

function word(target: Target): string {
  switch (target.kind) {
    case 'model':
      return `"${target.model}" on this machine`;
    case 'profile':
      return `the profile "${target.name}"`;
    case 'provider':
      return `the provider "${target.name}" with "${target.model}"`;
  }
}
