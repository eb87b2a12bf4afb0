/** Runs, wired: an answer goes through the gateway's inner door. */
import { CHAT_CALLER, RunsService, type RunsDeps, type RunStorage } from '../chats/index.js';
import { buildCall, CHAT, mediaIn } from '../gateway/index.js';
import { adapterOf } from '../profiles/index.js';
import type { Foundation } from './foundation.js';
import type { GatewayParts } from './gateway.js';
import type { Services } from './services.js';

export function createRuns(
  { bus, clock, logger, sleepGuard, settings }: Foundation,
  services: Pick<Services, 'profiles' | 'routing' | 'servers' | 'tokens'>,
  { gateway, models, characteristicsOf }: GatewayParts,
  chats: Pick<RunsDeps, 'persona'> & { readonly storage: RunStorage },
): RunsService {
  const { profiles, routing, servers, tokens } = services;
  return new RunsService({
    ...chats,
    gateway,
    bus,
    clock,
    logger,
    sleepGuard,
    setting: (key) => settings.get(key),
    profile: (id) => profiles.list().find((profile) => profile.id === id) ?? null,
    async answerer(model, body) {
      const call = buildCall(
        { protocol: 'internal', endpoint: CHAT, model, body, stream: true },
        CHAT_CALLER,
        new AbortController().signal,
      );
      const { target } = routing.decide(call);
      if (target.kind === 'provider') return null;
      const name = target.kind === 'model' ? target.model : target.name;
      const profile = await models.find(name, CHAT, mediaIn(body));
      return { profile, characteristics: await characteristicsOf(profile) };
    },
    countPrompt: tokens.countPrompt,
    render: (profileId, chat) => tokens.render(profileId, chat),
    adapter: (profile) => adapterOf(profile),
    isLoaded: (profileId) => servers.get(profileId)?.state === 'healthy',
  });
}
