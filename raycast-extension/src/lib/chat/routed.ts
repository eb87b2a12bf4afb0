/** Providers as answerers of a chat: the agent asks one only where a routing rule says so. */
import { globMatches, type Provider, type RoutingRule } from "@mlx-manager/shared";

export interface Routes {
  /** Whether the rules are in use. */
  readonly routingEnabled: boolean;
  /** In their order. */
  readonly rules: readonly RoutingRule[];
  readonly providers: readonly Provider[];
}

export interface RoutedName {
  /** The model to ask for. */
  readonly name: string;
  /** Name of the provider that answers. */
  readonly provider: string;
}

/** As the agent's own requests for chats show themselves to the rules. */
const CLIENT = "MLX Manager";
const PROTOCOL = "internal";

/** Whether a provider may answer a chat, under conditions or always. The agent knows for sure when it is asked. */
export function mayAskProvider({ routingEnabled, rules }: Routes): boolean {
  return routingEnabled && rules.some((rule) => rule.target?.providerId != null && canTake(rule));
}

/** Names that a rule sends to a provider whatever is asked, and whenever. What depends on the question cannot be promised. */
export function providerNames({ routingEnabled, rules, providers }: Routes): RoutedName[] {
  if (!routingEnabled) return [];
  const always = rules.filter((rule) => canTake(rule) && isUnconditional(rule));
  const names = new Set([
    ...always.flatMap(({ match }) => match.models.filter((pattern) => !/[*?]/.test(pattern))),
    ...always.flatMap(({ target }) => (target?.providerId != null && target.model !== null ? [target.model] : [])),
    ...providers.flatMap(({ models }) => models),
  ]);
  return [...names].flatMap((name) => {
    const provider = takerOf(name, always, providers);
    return provider ? [{ name, provider: provider.name }] : [];
  });
}

/** The provider that the first fitting rule names; undefined where the name stays on this machine. */
function takerOf(name: string, rules: readonly RoutingRule[], providers: readonly Provider[]): Provider | undefined {
  for (const { match, target } of rules) {
    if (!fits(match.models, name)) continue;
    if (target?.providerId == null) return undefined;
    const provider = providers.find(({ id }) => id === target.providerId);
    const takes = provider?.models.length === 0 || provider?.models.includes(target.model ?? name);
    // The agent passes over a rule whose provider does not have the model.
    if (takes) return provider;
  }
  return undefined;
}

/** A chat has no API key, and asks for no vectors. */
const canTake = ({ enabled, problem, match }: RoutingRule): boolean =>
  enabled &&
  problem === null &&
  match.keys.length === 0 &&
  !match.capabilities.includes("embeddings") &&
  fits(match.clients, CLIENT) &&
  (match.protocols.length === 0 || match.protocols.includes(PROTOCOL));

const isUnconditional = ({ match }: RoutingRule): boolean =>
  match.minTokens === null && match.maxTokens === null && match.time === null && match.capabilities.length === 0;

const fits = (patterns: readonly string[], text: string): boolean =>
  patterns.length === 0 || patterns.some((pattern) => globMatches(pattern, text));
