/** Providers beyond this machine and the rules that lead to them, wired. */
import { Providers, Routing } from '../gateway/index.js';
import type { ProfilesService } from '../profiles/index.js';
import { ProvidersRepository, RoutingRulesRepository } from '../store/index.js';
import type { Foundation } from './foundation.js';
import { secretVault } from './secret-vault.js';

export function createOutside(base: Foundation, profiles: Pick<ProfilesService, 'list'>): { providers: Providers; routing: Routing } {
  const { env, paths, clock, logger, bus, db, settings } = base;
  const common = { bus, clock, logger };
  // Every routed request asks for names; reading the profiles costs more than it may.
  let names: ReadonlyMap<number, string> | null = null;
  for (const type of ['profile.created', 'profile.updated', 'profile.deleted'] as const) bus.on(type, () => void (names = null));
  const vault = secretVault(env, paths);
  const providers: Providers = new Providers({
    ...common,
    repository: new ProvidersRepository(db),
    vault,
    usersOf: (id) => routing.usersOfProvider(id),
  });
  const routing: Routing = new Routing({
    ...common,
    repository: new RoutingRulesRepository(db),
    enabled: () => settings.get('routingEnabled'),
    known: {
      profileName: (id) => (names ??= new Map(profiles.list().map((profile) => [profile.id, profile.name]))).get(id) ?? null,
      provider: (id) => providers.known().find((one) => one.id === id) ?? null,
    },
  });
  return { providers, routing };
}
