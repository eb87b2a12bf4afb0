/** What the owner of a rule should know though it may work. Pure. */
import { isPrivateHost, type Provider, type RoutingRule, type RoutingTarget } from '@mlx-manager/shared';

export interface Known {
  readonly profiles: readonly { id: number }[];
  readonly providers: readonly Provider[];
}

/** Whether what is sent to a provider may leave this machine and its own network. */
export function leaves(provider: Pick<Provider, 'baseUrl'>): boolean {
  const host = URL.parse(provider.baseUrl)?.hostname;
  return host === undefined || !isPrivateHost(host);
}

/** In sentences; none when all is well. What stops the rule (`problem`) is not repeated. */
export function warningsOf({ target, fallbacks }: Pick<RoutingRule, 'target' | 'fallbacks'>, { profiles, providers }: Known): string[] {
  const all = [...(target === null ? [] : [target]), ...fallbacks];
  const provider = ({ providerId }: RoutingTarget): Provider | undefined => providers.find(({ id }) => id === providerId);
  const gone = fallbacks.some((one) =>
    one.profileId === null ? provider(one) === undefined : !profiles.some(({ id }) => id === one.profileId),
  );
  const keyless = all.flatMap((one) => provider(one) ?? []).filter((one) => !one.keySet && leaves(one));
  return [
    ...(gone ? ['A fallback was deleted. It is passed over.'] : []),
    ...[...new Set(keyless.map(({ name }) => name))].map(
      (name) => `${name} has no key yet. It will most likely refuse: add one under Providers.`,
    ),
  ];
}

/** Names of the providers beyond this machine that a rule may send requests to. */
export const sendsTo = ({ target, fallbacks }: Pick<RoutingRule, 'target' | 'fallbacks'>, providers: readonly Provider[]): string[] => [
  ...new Set(
    [...(target === null ? [] : [target]), ...fallbacks].flatMap(({ providerId }) =>
      providers.filter((one) => one.id === providerId && leaves(one)).map(({ name }) => name),
    ),
  ),
];
