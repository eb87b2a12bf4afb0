/** The models as Ollama's clients see them: profiles, and downloaded models that have none yet. */
import { AgentError, type LocalModel, type Profile } from '@mlx-manager/shared';
import type { MayUse } from '../core/model-index.js';
import type { OllamaDeps } from './deps.js';
import { isListed } from './describe.js';
import { listedName, withoutLatest } from './names.js';

/** One name in the list. */
export interface Entry {
  readonly name: string;
  /** What is shown of it. For a model without a profile it is the one it would get. */
  readonly profile: Profile;
  readonly model: LocalModel;
  /** False where the profile is made at the first request. */
  readonly exists: boolean;
}

export class Library {
  constructor(private readonly deps: Pick<OllamaDeps, 'models' | 'local'>) {}

  /** Everything that can be asked: profiles whose model is here, and models here that have no profile. */
  async entries(): Promise<Entry[]> {
    const profiles = this.deps.models.profiles().filter(isListed);
    const local = (await this.deps.local.list()).filter((model) => model.complete);
    const named = profiles.flatMap((profile): Entry[] => {
      const model = local.find((one) => one.modelId === profile.modelPath || one.localPath === profile.modelPath);
      return model ? [{ name: nameOf(profile), profile, model, exists: true }] : [];
    });
    const taken = new Set(this.deps.models.profiles().map((profile) => profile.modelPath));
    const rest = local
      // A folder of the owner's is asked for by its profile: its path is no name.
      .filter((model) => model.source === 'hub_cache' && !taken.has(model.modelId) && !taken.has(model.localPath))
      .map((model): Entry => ({ name: model.modelId, profile: futureProfile(model), model, exists: false }))
      .filter(({ profile }) => isListed(profile));
    return [...named, ...rest];
  }

  /**
   * The entry behind a name.
   * @param mayUse whose names are told.
   * @throws AgentError UNKNOWN_MODEL and MODEL_NOT_HERE with the nearest names.
   */
  async find(name: string, mayUse?: MayUse): Promise<Entry> {
    const asked = this.toAsk(name);
    const entries = await this.entries();
    const known = this.deps.models.known(asked);
    const found = entries.find(
      (entry) => (known !== undefined && entry.exists && entry.profile.id === known.id) || entry.name.toLowerCase() === asked.toLowerCase(),
    );
    if (found) return found;
    if (known) throw new AgentError('MODEL_NOT_HERE', { model: known.modelPath, near: [], hint: '' });
    // It knows what is near. A model that it finds all the same was hidden from the list: it is of a kind that Ollama's clients cannot use.
    await this.deps.models.find(asked, '/v1/chat/completions', null, mayUse);
    throw new AgentError('UNKNOWN_MODEL', { model: name, near: [], hint: '' });
  }

  /** The name to ask the gateway for. */
  toAsk(name: string): string {
    return withoutLatest(
      name,
      this.deps.models.profiles().flatMap((profile) => [profile.name, ...profile.aliases]),
    );
  }
}

/** A profile that the agent made keeps the name its model was listed under before, unless the owner gave it another. */
function nameOf(profile: Profile): string {
  const { origin, modelPath, name } = profile;
  const untouched = origin === 'auto' && !modelPath.startsWith('/') && (name === modelPath || name === modelPath.split('/').at(-1));
  return untouched ? modelPath : listedName(profile);
}

/** What is shown of a model before its profile is made. */
function futureProfile(model: LocalModel): Profile {
  const { characteristics } = model;
  const shown = {
    id: 0,
    name: model.modelId,
    aliases: [],
    modelPath: model.modelId,
    modelType: characteristics.modelType,
    contextLength: null,
    toolCallParser: characteristics.toolCallParser,
    reasoningParser: characteristics.reasoningParser,
    systemPrompt: null,
    sampling: {},
    createdAt: model.downloadedAt ?? new Date(0).toISOString(),
  } satisfies Partial<Profile>;
  return shown as unknown as Profile;
}
