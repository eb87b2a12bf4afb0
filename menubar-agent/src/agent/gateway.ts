/** The gateway, wired. */
import { basename } from 'node:path';
import { AgentError, type Characteristics, type LocalModel, type Profile } from '@mlx-manager/shared';
import { Gateway, ModelIndex, shaping } from '../gateway/index.js';
import type { Foundation } from './foundation.js';
import type { Services } from './services.js';

/** Minutes after which a model that nobody set up is unloaded. */
const AUTO_IDLE_MINUTES = 15;

/** The gateway and the names it knows. */
export interface GatewayParts {
  readonly gateway: Gateway;
  readonly models: ModelIndex;
  /** What a profile's model is; null when its files are not here. */
  readonly characteristicsOf: (profile: Profile) => Promise<Characteristics | null>;
}

export function createGateway(base: Foundation, services: Services): GatewayParts {
  const { bus, logger, settings, clock } = base;
  const { local, pool, profiles, servers } = services;
  const lastUsed = new Map<number, number>();
  const models = new ModelIndex({
    bus,
    profiles: () => profiles.list(),
    isRunning: (id) => servers.get(id)?.state === 'healthy',
    defaultProfileId: () => settings.get('defaultProfileId'),
    lastUsed: (id) => lastUsed.get(id) ?? 0,
    localModel: (name) => findLocal(services, name),
    localModels: () => local.list(),
    createProfile: (model) => createAutoProfile(services, model),
  });
  const gateway = new Gateway({
    pool,
    models,
    logger,
    sink: services.metering,
    limits: services.rateLimits,
    shaping,
    countPrompt: services.tokens.countPrompt,
    routing: services.routing,
    providers: services.providers,
    onStall: (id) => servers.reportStall(id),
    stalls: services.stalls,
    used: (id) => {
      const now = clock.now();
      // The date is kept to the minute: a write for each request would cost more than the request.
      if (now - (lastUsed.get(id) ?? 0) > 60_000) pool.used(id);
      lastUsed.set(id, now);
    },
  });
  const characteristicsOf = async (profile: Profile): Promise<Characteristics | null> =>
    (await local.find(profile.modelPath))?.characteristics ?? null;
  return { gateway, models, characteristicsOf };
}

/** A model on this machine by its hub id (case does not matter) or the name of its folder. */
async function findLocal({ local }: Services, name: string): Promise<LocalModel | null> {
  // A name of this form cannot be a folder of the cache, and must not be looked for on the disk.
  if (!/^[\w.-]+(?:\/[\w.-]+)?$/.test(name) || name.includes('..')) return null;
  const wanted = name.toLowerCase();
  return (await local.list()).find(({ modelId }) => modelId.toLowerCase() === wanted || basename(modelId).toLowerCase() === wanted) ?? null;
}

/** Makes a profile for a model that is here and has none. Its name is the model's own, the whole id where that is taken. */
async function createAutoProfile({ profiles }: Services, model: LocalModel): Promise<Profile> {
  const { modelType, toolCallParser, reasoningParser } = model.characteristics;
  const path = model.source === 'hub_cache' ? model.modelId : model.localPath;
  const known = profiles.ofModel(path)[0];
  if (known) return known;
  const options = {
    modelPath: path,
    modelType,
    toolCallParser,
    reasoningParser,
    enableAutoToolChoice: toolCallParser !== null,
    idleMinutes: AUTO_IDLE_MINUTES,
    description: 'Made for a downloaded model when it was first asked for.',
  };
  const name = basename(model.modelId).slice(0, 80);
  try {
    return await profiles.create({ ...options, name }, 'auto');
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'PROFILE_NAME_TAKEN') throw error;
    return profiles.create({ ...options, name: model.modelId.slice(-80) }, 'auto');
  }
}
