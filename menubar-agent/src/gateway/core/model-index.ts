/** Which profile answers for the name a client gives. */
import { basename } from 'node:path';
import { AgentError, type LocalModel, type ModelType, type Profile } from '@mlx-manager/shared';
import type { EventBus } from '../../core/index.js';
import { adapters } from '../../engines/index.js';
import { adapterOf } from '../../profiles/index.js';

/** The name that leaves the choice to us. */
export const AUTO = 'auto';

/** The model type that sees and hears. */
const SEES: ModelType = 'multimodal';
/** Model types that talk. */
const TALKERS: ReadonlySet<ModelType> = new Set(['lm', 'multimodal']);

/** Whether a key opens a profile. */
export type MayUse = (profile: Pick<Profile, 'name' | 'aliases' | 'modelPath'>) => boolean;
const anyModel: MayUse = () => true;

export interface ModelIndexDeps {
  readonly bus: EventBus;
  readonly profiles: () => readonly Profile[];
  readonly isRunning: (profileId: number) => boolean;
  readonly defaultProfileId: () => number | null;
  /** When a profile was last asked, milliseconds since 1970; 0 for never. */
  readonly lastUsed: (profileId: number) => number;
  /** A model on this machine, by hub id or folder; null when it is not here. */
  readonly localModel: (name: string) => Promise<LocalModel | null>;
  /** Every model on this machine. */
  readonly localModels: () => Promise<readonly LocalModel[]>;
  /** Makes the profile of a model that is here and has none. */
  readonly createProfile: (model: LocalModel) => Promise<Profile>;
}

export class ModelIndex {
  #profiles: readonly Profile[] | null = null;
  #byName: ReadonlyMap<string, Profile> = new Map();
  /** Profiles being made, so that two requests make one. */
  readonly #making = new Map<string, Promise<Profile>>();

  constructor(private readonly deps: ModelIndexDeps) {
    const forget = (): void => void (this.#profiles = null);
    for (const type of ['profile.created', 'profile.updated', 'profile.deleted'] as const) deps.bus.on(type, forget);
  }

  /** Every profile. Kept until one changes: reading and judging them costs more than a request may. */
  profiles(): readonly Profile[] {
    if (this.#profiles === null) {
      const profiles = this.deps.profiles();
      const names = new Map<string, Profile>();
      // A name stands over an alias, whatever the order.
      for (const profile of profiles) for (const alias of profile.aliases) names.set(alias.toLowerCase(), profile);
      for (const profile of profiles) names.set(profile.name.toLowerCase(), profile);
      this.#profiles = profiles;
      this.#byName = names;
    }
    return this.#profiles;
  }

  /**
   * The profile behind a name: its own name or an alias (case does not matter), else the model it serves (a running one first), else a model that is here, for which
   * a profile is made. `auto` is the one that was used last of those loaded, else the default one.
   * @param name as the client wrote it; `auto` too when it wrote none.
   * @param endpoint what it is to answer.
   * @param media what the request shows or plays, e.g. `pictures`; null for text alone. Engines overlook it silently where the model cannot see or hear.
   * @param mayUse what the asking key opens: nothing else is chosen for it, told to it or made for it.
   * @throws AgentError MODEL_NOT_ALLOWED, UNKNOWN_MODEL with the nearest names, MODEL_NOT_HERE, NO_MODEL, MODEL_CANNOT_ANSWER.
   */
  find(name: string, endpoint: string, media: string | null = null, mayUse: MayUse = anyModel): Profile | Promise<Profile> {
    const found = this.known(name);
    if (found) {
      if (!mayUse(found)) throw new AgentError('MODEL_NOT_ALLOWED', { model: name });
      return this.#able(found, endpoint, media, mayUse);
    }
    if (name.toLowerCase() === AUTO) return this.#auto(endpoint, media, mayUse);
    return this.#fromDisk(name, mayUse).then((profile) => this.#able(profile, endpoint, media, mayUse));
  }

  /** The profile behind a name among those there are; undefined when none fits. */
  known(name: string): Profile | undefined {
    const profiles = this.profiles();
    const wanted = name.toLowerCase();
    const named = this.#byName.get(wanted) ?? this.#byName.get(wanted.replace(/:latest$/, ''));
    if (named) return named;
    const serving = profiles.filter((profile) => profile.modelPath.toLowerCase() === wanted);
    return serving.find((profile) => this.deps.isRunning(profile.id)) ?? serving[0];
  }

  /** Whether a profile's engine answers an endpoint, and its model sees and hears where the request has pictures, sounds or films. */
  can(profile: Profile, endpoint: string, media: string | null = null): boolean {
    if (media !== null && profile.modelType !== SEES) return false;
    return typesFor(endpoint).has(profile.modelType) && adapterOf(profile).capabilities.endpoints.includes(endpoint);
  }

  #able(profile: Profile, endpoint: string, media: string | null, mayUse: MayUse): Profile {
    if (this.can(profile, endpoint, media)) return profile;
    const able = this.profiles()
      .filter((one) => mayUse(one) && this.can(one, endpoint, media))
      .map((one) => `"${one.name}"`);
    const types = media === null ? [...typesFor(endpoint)].join(' or ') : SEES;
    const path = media === null ? endpoint : `${endpoint} with ${media}`;
    const offered = adapters.some(({ capabilities }) => capabilities.endpoints.includes(endpoint));
    const make = offered ? `Make a profile of type ${types} for it.` : 'No engine of this release does: use another service for it.';
    const remedy = able.length > 0 ? `Use ${able.join(' or ')}.` : make;
    const { name, modelType, id: profileId } = profile;
    throw new AgentError('MODEL_CANNOT_ANSWER', { name, profileId, modelType, engineId: adapterOf(profile).id, path, remedy });
  }

  #auto(endpoint: string, media: string | null, mayUse: MayUse): Profile | Promise<Profile> {
    const answering = this.profiles().filter((one) => mayUse(one) && this.can(one, endpoint));
    const seeing = media === null ? answering : answering.filter((one) => this.can(one, endpoint, media));
    // Where none sees, the one that is taken for text says so.
    const able = seeing.length > 0 ? seeing : answering;
    const loaded = able.filter((one) => this.deps.isRunning(one.id)).sort((a, b) => this.deps.lastUsed(b.id) - this.deps.lastUsed(a.id));
    const standard = able.find((one) => one.id === this.deps.defaultProfileId());
    const best = loaded[0] ?? standard ?? able.find((one) => one.origin === 'starter') ?? able[0];
    if (best) return this.#able(best, endpoint, media, mayUse);
    return this.#anyOnDisk(endpoint, media, mayUse);
  }

  /** The first model that is here without a profile and can answer. */
  async #anyOnDisk(endpoint: string, media: string | null, mayUse: MayUse): Promise<Profile> {
    const types = media === null ? typesFor(endpoint) : new Set([SEES]);
    const model = (await this.unclaimed(mayUse)).find(({ characteristics }) => types.has(characteristics.modelType));
    if (!model) throw new AgentError('NO_MODEL', { path: endpoint });
    return this.#able(await this.#make(model), endpoint, media, mayUse);
  }

  /** Whole models that are here and have no profile yet: they answer by name all the same. */
  async unclaimed(mayUse: MayUse = anyModel): Promise<LocalModel[]> {
    const models = await this.deps.localModels();
    return models.filter(
      (model) =>
        model.complete && model.profileIds.length === 0 && mayUse({ name: nameOfLocal(model), aliases: [], modelPath: model.modelId }),
    );
  }

  async #fromDisk(name: string, mayUse: MayUse): Promise<Profile> {
    const model = await this.deps.localModel(name);
    if (model?.complete !== true) throw this.#unknown(name, model !== null, mayUse);
    const { modelId } = model;
    if (!mayUse({ name: modelId, aliases: [], modelPath: modelId })) throw new AgentError('MODEL_NOT_ALLOWED', { model: name });
    return this.#make(model);
  }

  #make(model: LocalModel): Promise<Profile> {
    const key = model.modelId.toLowerCase();
    const making =
      this.#making.get(key) ??
      this.deps.createProfile(model).finally(() => {
        this.#making.delete(key);
      });
    this.#making.set(key, making);
    return making;
  }

  #unknown(name: string, begun: boolean, mayUse: MayUse): AgentError {
    const near = nearestNames(
      name,
      this.profiles().flatMap((profile) => (mayUse(profile) ? [profile.name, ...profile.aliases, profile.modelPath] : [])),
    );
    const hint = near.length > 0 ? ` Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?` : '';
    // The form of a hub id: it may exist, but it is not here.
    if (begun || /^[\w.-]+\/[\w.-]+$/.test(name)) return new AgentError('MODEL_NOT_HERE', { model: name, near, hint });
    return new AgentError('UNKNOWN_MODEL', { model: name, near, hint });
  }
}

/** The name of a model that has no profile: its hub id, or its folder's own name. */
export const nameOfLocal = ({ modelId }: Pick<LocalModel, 'modelId'>): string => (modelId.startsWith('/') ? basename(modelId) : modelId);

/** Model types that can answer an endpoint. */
function typesFor(endpoint: string): ReadonlySet<ModelType> {
  return ENDPOINT_TYPES[endpoint] ?? TALKERS;
}
const ENDPOINT_TYPES: Readonly<Record<string, ReadonlySet<ModelType>>> = {
  '/v1/completions': new Set(['lm', 'multimodal']),
  '/v1/embeddings': new Set(['embeddings']),
  '/v1/audio/transcriptions': new Set(['whisper']),
  '/v1/audio/speech': new Set(['whisper', 'multimodal']),
  '/v1/images/generations': new Set(['image-generation']),
  '/v1/images/edits': new Set(['image-edit']),
};

/** Up to three names that are close: by edit distance, or because one holds the other. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const want = wanted.toLowerCase();
  return [...new Set(names)]
    .map((name) => {
      const have = name.toLowerCase();
      const holds = want.length > 2 && (have.includes(want) || want.includes(have));
      return { name, distance: holds ? 0 : editDistance(want, have) / Math.max(want.length, have.length) };
    })
    .filter(({ distance }) => distance <= 0.4)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein's distance: the fewest letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
