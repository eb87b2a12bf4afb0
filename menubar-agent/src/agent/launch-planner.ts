/** From a profile to what is started for it: model folder, engine environment, options, and the memory it will need. */
import type { AgentPaths } from '../core/index.js';
import type { EngineService } from '../engines/index.js';
import type { LocalModels } from '../models/index.js';
import { adapterOf, checkInside, checkModelFolder, parseModelPath, toLaunchSpec, type ProfilesService } from '../profiles/index.js';
import type { LaunchPlan } from '../servers/index.js';

export interface PlannerDeps {
  readonly paths: AgentPaths;
  readonly profiles: () => ProfilesService;
  readonly engines: EngineService;
  readonly local: LocalModels;
  readonly allowedFolders: () => readonly string[];
}

export class LaunchPlanner {
  constructor(private readonly deps: PlannerDeps) {}

  /**
   * The plan of a start. Paths are checked anew: links may have changed since the profile was made.
   * @throws AgentError PROFILE_NOT_FOUND, MODEL_NOT_DOWNLOADED, MODEL_INCOMPLETE, MODEL_PATH_REFUSED, ENGINE_NOT_INSTALLED.
   */
  async plan(profileId: number): Promise<LaunchPlan> {
    const { engines, paths, allowedFolders } = this.deps;
    const profile = this.deps.profiles().get(profileId);
    const adapter = adapterOf(profile);
    const model = await this.#model(profileId);
    const environment = await engines.environment(adapter.id);
    if (profile.chatTemplateFile !== null) await checkInside(profile.chatTemplateFile, allowedFolders(), 'file');
    return {
      profileId,
      adapter,
      environment,
      profileName: profile.name,
      modelPath: profile.modelPath,
      spec: toLaunchSpec(profile, { modelFolder: model.folder, modelName: model.name, port: profile.port, logsFolder: paths.logs }),
      fixedPort: profile.exposePort ? profile.port : null,
      restartOnCrash: profile.restartOnCrash,
      warnings: profile.warnings,
    };
  }

  /** Bytes a profile's model will need with its context. Throws like `plan`. */
  async needBytes(profileId: number): Promise<number> {
    const model = await this.#model(profileId);
    const { contextLength } = this.deps.profiles().get(profileId);
    return (await this.deps.local.memoryOf(model.name, model.folder, contextLength)).totalBytes;
  }

  #model(profileId: number): Promise<ModelPlace> {
    return modelOf(this.deps.profiles().get(profileId), this.deps);
  }
}

export interface ModelPlace {
  /** Absolute, after all links. */
  readonly folder: string;
  /** By which clients know it: the hub id, else the profile's name. */
  readonly name: string;
}

/** Where the model of a profile lies. @throws AgentError MODEL_NOT_DOWNLOADED, MODEL_INCOMPLETE, MODEL_PATH_REFUSED. */
export async function modelOf(
  profile: { readonly modelPath: string; readonly name: string },
  { local, paths, allowedFolders }: Pick<PlannerDeps, 'local' | 'paths' | 'allowedFolders'>,
): Promise<ModelPlace> {
  const allowed = allowedFolders();
  const model = parseModelPath(profile.modelPath, paths.userHome, allowed);
  if (model.kind === 'hub') return { folder: await local.folderOf(model.modelId, profile.name), name: model.modelId };
  return { folder: await checkModelFolder(model.path, allowed), name: profile.name };
}
