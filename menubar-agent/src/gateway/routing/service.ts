/** The routing rules: kept, ordered, asked for each request, and tried out. */
import { z } from 'zod';
import { AgentError, routingRuleCreate, wireObject, routingRuleShape } from '@mlx-manager/shared';
import type {
  RoutingRule,
  RoutingRuleInput,
  RoutingRuleUpdate,
  RoutingTarget,
  RoutingTestRequest,
  RoutingTestResult,
} from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus, type Logger } from '../../core/index.js';
import type { RoutingRuleRow, RoutingRulesRepository } from '../../store/index.js';
import { decide, unrouted, type Known } from './decide.js';
import { factsOf, type RoutedRequest } from './facts.js';
import type { Decision, Target } from './types.js';

export interface RoutingDeps {
  readonly repository: RoutingRulesRepository;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The setting `routing_enabled`. */
  readonly enabled: () => boolean;
  readonly known: Known;
}

/** What the owner set of a rule, in the form of the wire. */
const stored = wireObject(routingRuleShape);
type RuleOptions = z.output<typeof stored>;

export class Routing {
  /** Read once: every request asks. Forgotten when a rule, a profile or a provider changes. */
  #rules: readonly RoutingRule[] | null = null;

  constructor(private readonly deps: RoutingDeps) {
    const forget = (): void => void (this.#rules = null);
    for (const type of ['profile.created', 'profile.updated', 'profile.deleted', 'provider.updated', 'provider.removed'] as const)
      deps.bus.on(type, forget);
    // A rule that pointed there works no more, and says so.
    deps.bus.on('profile.deleted', ({ id }) => {
      if (this.list().some((rule) => targetsOf(rule).some((target) => target.profileId === id))) this.#announce();
    });
  }

  /**
   * Who answers a request. Costs nothing while routing is off or there is no rule.
   * @param request a {@link Call}, for one.
   */
  decide(request: RoutedRequest): Decision {
    if (!this.deps.enabled()) return unrouted(request.model);
    const rules = this.list();
    if (rules.length === 0) return unrouted(request.model);
    return decide(rules, factsOf(request, this.deps.clock.now()), this.deps.known);
  }

  /** Which rule a request would take and why, whether rules are in use now or not. Nothing is sent. */
  test(request: RoutingTestRequest): RoutingTestResult {
    const { model, endpoint, protocol, client, key } = request;
    const body = {
      messages: request.messages,
      input: request.input,
      tools: request.tools,
      tool_choice: request.toolChoice,
      response_format: request.responseFormat,
      reasoning_effort: request.reasoningEffort,
    };
    const at = request.at === undefined ? this.deps.clock.now() : Date.parse(request.at);
    const shown = factsOf({ model, endpoint, protocol, body, caller: { client, keyName: key } }, at);
    const needs = new Set([...shown.needs(), ...request.capabilities]);
    const tokens = request.tokens ?? shown.tokens();
    const decision = decide(this.list(), { ...shown, tokens: () => tokens, needs: () => needs }, this.deps.known);
    return {
      enabled: this.deps.enabled(),
      rule: decision.rule,
      target: present(decision.target),
      fallbacks: decision.fallbacks.map(present),
      tokens,
      capabilities: [...needs],
      why: [...decision.why],
    };
  }

  /** All rules in their order. */
  list(): readonly RoutingRule[] {
    this.#rules ??= this.deps.repository.all().flatMap((row, position) => this.#read(row, position) ?? []);
    return this.#rules;
  }

  /** @throws AgentError ROUTING_RULE_NOT_FOUND. */
  get(id: number): RoutingRule {
    const rule = this.list().find((one) => one.id === id);
    if (!rule) throw new AgentError('ROUTING_RULE_NOT_FOUND', { rule: id });
    return rule;
  }

  /** Names of the rules that point at a provider. */
  usersOfProvider(providerId: number): string[] {
    return this.list()
      .filter((rule) => targetsOf(rule).some((target) => target.providerId === providerId))
      .map((rule) => rule.name);
  }

  /** @throws AgentError PROFILE_NOT_FOUND, PROVIDER_NOT_FOUND, PROVIDER_CANNOT_ANSWER, INVALID_REQUEST. */
  create(input: RoutingRuleInput): RoutingRule {
    const { position, ...options } = { ...routingDefaults(), ...input };
    this.#check(options);
    const now = toTimestamp(this.deps.clock.now());
    const id = this.deps.repository.together(() => {
      const made = this.deps.repository.insert({ options: write(options), createdAt: now, updatedAt: now });
      if (position !== undefined) this.#move(made, position);
      return made;
    });
    this.#announce();
    return this.get(id);
  }

  /** Throws like `create`, and ROUTING_RULE_NOT_FOUND. */
  update(id: number, changes: RoutingRuleUpdate): RoutingRule {
    const before = this.get(id);
    const { position, ...rest } = changes;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<RuleOptions>;
    const options = { ...optionsOf(before), ...given };
    // A rule whose target is gone can still be renamed or switched off.
    if (given.target !== undefined || given.fallbacks !== undefined || given.match !== undefined) this.#check(options);
    this.deps.repository.together(() => {
      this.deps.repository.update({ id, options: write(options), updatedAt: toTimestamp(this.deps.clock.now()) });
      if (position !== undefined) this.#move(id, position);
    });
    this.#announce();
    return this.get(id);
  }

  /** @throws AgentError ROUTING_RULE_NOT_FOUND. */
  remove(id: number): void {
    this.get(id);
    this.deps.repository.remove(id);
    this.#announce();
  }

  /** Puts the rules in another order. @param ids every rule's, once. @throws AgentError INVALID_REQUEST. */
  order(ids: readonly number[]): readonly RoutingRule[] {
    const have = this.deps.repository.all().map((row) => row.id);
    if (ids.length !== have.length || new Set(ids).size !== ids.length || !have.every((id) => ids.includes(id)))
      throw new AgentError('INVALID_REQUEST', { problem: `ids: must name every rule once: ${have.join(', ')}` });
    this.deps.repository.order(ids);
    this.#announce();
    return this.list();
  }

  #move(id: number, position: number): void {
    const others = this.deps.repository.all().flatMap((row) => (row.id === id ? [] : [row.id]));
    others.splice(position, 0, id);
    this.deps.repository.order(others);
  }

  #announce(): void {
    this.#rules = null;
    this.deps.bus.emit('routing.updated', { rules: [...this.list()] });
  }

  #check(options: RuleOptions): void {
    const { match } = options;
    const invalid = (problem: string): AgentError => new AgentError('INVALID_REQUEST', { problem });
    if (match.minTokens !== null && match.maxTokens !== null && match.minTokens > match.maxTokens)
      throw invalid('match.min_tokens: is more than max_tokens');
    if (match.time !== null && (match.time.from === null) !== (match.time.to === null))
      throw invalid('match.time: give both from and to, or neither');
    for (const target of targetsOf(options)) {
      const { profileId, providerId, model } = target;
      if ((profileId === null) === (providerId === null)) throw invalid('target: name either profile_id or provider_id');
      if (profileId !== null) {
        if (model !== null) throw invalid('target.model: a profile has its own model');
        if (this.deps.known.profileName(profileId) === null) throw new AgentError('PROFILE_NOT_FOUND', { profile: profileId });
      }
      if (providerId === null) continue;
      const provider = this.deps.known.provider(providerId);
      if (provider === null) throw new AgentError('PROVIDER_NOT_FOUND', { provider: providerId });
      if (model !== null && provider.models.length > 0 && !provider.models.includes(model))
        throw new AgentError('PROVIDER_CANNOT_ANSWER', { name: provider.name, problem: `the model ${model} is not in its list` });
    }
  }

  #read(row: RoutingRuleRow, position: number): RoutingRule | null {
    const parsed = z.safeDecode(stored, JSON.parse(row.options) as z.input<typeof stored>);
    if (!parsed.success) {
      this.deps.logger.warn({ rule: row.id, problem: z.prettifyError(parsed.error) }, 'a routing rule is not valid and left aside');
      return null;
    }
    const { id, createdAt, updatedAt } = row;
    return { id, ...parsed.data, position, problem: this.#problem(parsed.data), createdAt, updatedAt };
  }

  /** Why a rule cannot work any more. A rule without its target must not send requests elsewhere: it is passed over. */
  #problem({ target }: RuleOptions): string | null {
    if (target?.profileId != null && this.deps.known.profileName(target.profileId) === null)
      return 'Its profile was deleted. Point it at another one.';
    if (target?.providerId != null && this.deps.known.provider(target.providerId) === null)
      return 'Its provider was deleted. Point it at another one.';
    return null;
  }
}

const write = (options: RuleOptions): string => JSON.stringify(z.encode(stored, options));

function targetsOf({ target, fallbacks }: Pick<RuleOptions, 'target' | 'fallbacks'>): RoutingTarget[] {
  return target === null ? fallbacks : [target, ...fallbacks];
}

function optionsOf(rule: RoutingRule): RuleOptions {
  const { id: _id, position: _position, problem: _problem, createdAt: _created, updatedAt: _updated, ...options } = rule;
  return options;
}

/** What a new rule has where nothing is said. */
function routingDefaults(): Omit<RuleOptions, 'name'> {
  const { name: _name, ...defaults } = z.decode(routingRuleCreate, { name: 'x' });
  return defaults;
}

function present(target: Target): RoutingTestResult['target'] {
  const none = { profileId: null, providerId: null, name: null, model: null };
  return { ...none, ...target };
}
