/** From a model that is here to a server that starts: profile, engine, start. Everything lasting happens in the agent. */
import { AgentError, type Client, type Engine, type LocalModel, type Profile } from '@mlx-manager/shared';
import { hub } from './live.js';

type ProfileCalls = Pick<Client, 'listProfiles' | 'createProfile'>;

/** What a profile names a model by: its hub id, or its folder. */
export const modelPathOf = (model: Pick<LocalModel, 'source' | 'localPath' | 'modelId'>): string =>
  model.source === 'folder' ? model.localPath : model.modelId;

/** The last part of a hub id or path. */
export const shortName = (modelId: string): string => modelId.split('/').findLast((part) => part !== '') ?? modelId;

/** The profile that serves a model, the oldest one; made where there is none, with the parsers that the model wants. */
export async function profileFor(client: ProfileCalls, model: LocalModel): Promise<Profile> {
  const profiles = await client.listProfiles();
  const modelPath = modelPathOf(model);
  const known = profiles.find((one) => one.modelPath === modelPath || one.modelPath === model.localPath);
  if (known) return known;
  const { modelType, toolCallParser, reasoningParser } = model.characteristics;
  const taken = new Set(profiles.flatMap((one) => [one.name, ...one.aliases]).map((name) => name.toLowerCase()));
  const base = shortName(model.modelId).slice(0, 72);
  let name = base;
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base} ${i}`;
  return client.createProfile({
    body: { name, modelPath, modelType, toolCallParser, reasoningParser, enableAutoToolChoice: toolCallParser !== null },
  });
}

/**
 * Starts a profile. One that runs already is good.
 * @param makeRoom unloads other models for it.
 * @throws AgentError ENGINE_NOT_INSTALLED with `engineId` in its details, NOT_ENOUGH_MEMORY, and what else a start may say.
 */
export async function startProfile(client: Pick<Client, 'startServer'>, profileId: number, makeRoom = false): Promise<void> {
  try {
    await client.startServer({ params: { profileId }, body: makeRoom ? { makeRoom } : {} });
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'SERVER_ALREADY_RUNNING') throw error;
  }
}

/**
 * Installs an engine and waits until it is there; one that somebody else installs is waited for.
 * @throws AgentError ENGINE_INSTALL_FAILED with the installer's own words.
 */
export async function installEngine(client: Pick<Client, 'installEngine' | 'getEngine'>, engineId: string): Promise<void> {
  const stops: (() => void)[] = [];
  const ended = new Promise<Engine>((resolve, reject) => {
    const look = (engine: Engine): void => {
      if (engine.id === engineId && engine.state !== 'installing') resolve(engine);
    };
    stops.push(
      hub.subscribe(['engine'], (event) => {
        if (event.type === 'engine.updated') look(event.data);
      }),
      // Events were missed: it may have ended meanwhile.
      hub.onReset(() => void client.getEngine({ params: { engineId } }).then(look, reject)),
    );
  });
  // Met below, unless the install does not begin.
  ended.catch(() => undefined);
  try {
    await hub.ready(['engine']);
    try {
      const begun = await client.installEngine({ params: { engineId } });
      if (begun.state === 'installed') return;
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'ENGINE_BUSY') throw error;
    }
    const { state, error } = await ended;
    if (state === 'installed') return;
    const { message, action } = error ?? {};
    const words = { ...(message !== undefined && { message }), ...(action !== undefined && { action }) };
    throw new AgentError('ENGINE_INSTALL_FAILED', { engineId, reason: 'see its log' }, words);
  } finally {
    for (const stop of stops) stop();
  }
}
