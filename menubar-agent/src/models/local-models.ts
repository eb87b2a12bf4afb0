/** Models on this machine's disk: Hugging Face's cache and the owner's model folders. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AgentError, type LocalModel, type MemoryEstimate } from '@mlx-manager/shared';
import { toTimestamp, type EventBus, type Logger } from '../core/index.js';
import type { CachedModel, HubCache } from '../hub/index.js';
import type { ModelDatesRepository } from '../store/index.js';
import { FolderFacts, readText, WEIGHTS } from './folder-facts.js';
import { estimateMemory } from './memory-estimate.js';

/** Weights of other runtimes. */
const FOREIGN_WEIGHTS = /\.(gguf|ggml|bin|pth?|onnx|h5|msgpack|tflite)$/;
/** How deep below a model folder models are looked for: `ORG/NAME`, as LM Studio keeps them. */
const FOLDER_DEPTH = 2;

export interface LocalModelsDeps {
  readonly cache: HubCache;
  readonly dates: ModelDatesRepository;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly modelFolders: () => readonly string[];
  /** Profiles by the model they name. */
  readonly profilesOf: (modelPath: string) => readonly number[];
  /** Names of running servers that use a model, by its hub id or by a folder. */
  readonly usersOf: (model: string) => readonly string[];
  /** Names of downloads of a model that are under way. */
  readonly downloadOf: (modelId: string) => string | null;
}

export class LocalModels {
  readonly #facts = new FolderFacts();

  constructor(private readonly deps: LocalModelsDeps) {}

  /** Everything that is here, unfinished downloads too, by name. */
  async list(): Promise<LocalModel[]> {
    const cached = (await this.deps.cache.scan()).filter((model) => looksLikeModel(model));
    const fromCache = await Promise.all(cached.map((model) => this.#fromCache(model)));
    const fromFolders = (await Promise.all(this.deps.modelFolders().map((folder) => this.#fromFolder(resolve(folder))))).flat();
    // One model folder may lie in another: a model counts once.
    const once = new Map(fromFolders.map((model) => [model.localPath, model]));
    return [...fromCache, ...once.values()].sort((a, b) => a.modelId.localeCompare(b.modelId));
  }

  /** Names of models that are here whole. */
  async completeIds(): Promise<Set<string>> {
    const models = await this.deps.cache.scan();
    return new Set(models.filter((model) => model.revisions.some((revision) => revision.complete)).map((model) => model.modelId));
  }

  /** One model, by hub id or absolute folder; null when it is not here. */
  async find(modelId: string): Promise<LocalModel | null> {
    if (modelId.startsWith('/')) return (await this.list()).find((model) => model.localPath === resolve(modelId)) ?? null;
    const cached = await this.deps.cache.find(modelId);
    return cached && looksLikeModel(cached) ? this.#fromCache(cached) : null;
  }

  /** The README of a model that is here; null where there is none. */
  async readCard(modelId: string): Promise<string | null> {
    const model = await this.find(modelId);
    return model && readText(join(model.localPath, 'README.md'));
  }

  /**
   * The folder an engine loads for a hub id.
   * @param forProfile named in the error.
   * @throws AgentError MODEL_NOT_DOWNLOADED, MODEL_INCOMPLETE.
   */
  async folderOf(modelId: string, forProfile: string): Promise<string> {
    const cached = await this.deps.cache.find(modelId);
    const whole = cached?.revisions.find((revision) => revision.complete);
    if (whole) return whole.snapshotPath;
    const code = cached && (cached.revisions.length > 0 || cached.hasPartial) ? 'MODEL_INCOMPLETE' : 'MODEL_NOT_DOWNLOADED';
    throw new AgentError(code, { modelId, name: forProfile });
  }

  /** What a folder's model will need. @param contextLength tokens; null is a usual context. */
  async memoryOf(modelName: string, folder: string, contextLength: number | null): Promise<MemoryEstimate> {
    return estimateMemory({ ...(await this.#facts.ofFolder(modelName, folder)), contextLength });
  }

  /** Notes that a model was used now. */
  markUsed(modelPath: string, at: number): void {
    this.deps.dates.markUsed(modelPath, toTimestamp(at));
  }

  /**
   * Deletes a model from the cache, or one revision of it.
   * @throws AgentError MODEL_NOT_LOCAL, MODEL_IN_USE, MODEL_READ_ONLY (a folder of the owner's).
   */
  async remove(modelId: string, revision?: string): Promise<void> {
    if (modelId.startsWith('/')) {
      throw new AgentError((await this.find(modelId)) ? 'MODEL_READ_ONLY' : 'MODEL_NOT_LOCAL', { modelId });
    }
    const cached = await this.deps.cache.find(modelId);
    const wanted =
      revision === undefined
        ? cached?.revisions
        : cached?.revisions.filter((one) => one.commit === revision || one.refs.includes(revision));
    if (!cached || !wanted || (wanted.length === 0 && (revision !== undefined || !cached.hasPartial)))
      throw new AgentError('MODEL_NOT_LOCAL', { modelId });
    // By the name too: a server that is between two processes has no folder open.
    const users = [...new Set([...this.deps.usersOf(modelId), ...wanted.flatMap((one) => this.deps.usersOf(one.snapshotPath))])];
    const download = this.deps.downloadOf(modelId);
    if (download !== null) users.push(download);
    if (users.length > 0) throw new AgentError('MODEL_IN_USE', { modelId, users });
    const whole = revision === undefined || wanted.length === cached.revisions.length;
    if (whole) await this.deps.cache.remove(modelId);
    else for (const one of wanted) await this.deps.cache.remove(modelId, one.commit);
    if (whole) this.deps.dates.remove(modelId);
    this.deps.bus.emit('model.changed', { modelId, change: whole ? 'removed' : 'added' });
  }

  async #fromCache(model: CachedModel): Promise<LocalModel> {
    const best = model.revisions.find((revision) => revision.complete) ?? model.revisions[0];
    const facts = best ? await this.#facts.ofRevision(model.modelId, best) : await this.#facts.ofFolder(model.modelId, model.path);
    const dates = this.deps.dates.of(model.modelId);
    return {
      modelId: model.modelId,
      localPath: best?.snapshotPath ?? model.path,
      sizeBytes: model.sizeBytes,
      sizeGb: decimalGb(model.sizeBytes),
      downloadedAt: dates?.downloadedAt ?? (best ? toTimestamp(best.modifiedAt) : null),
      lastUsedAt: dates?.lastUsedAt ?? null,
      revision: best?.commit ?? null,
      revisions: model.revisions.map((revision) => revision.commit),
      complete: best?.complete ?? false,
      source: 'hub_cache',
      characteristics: facts.characteristics,
      memory: estimateMemory(facts),
      profileIds: [...this.deps.profilesOf(model.modelId)],
    };
  }

  async #fromFolder(root: string): Promise<LocalModel[]> {
    const found: LocalModel[] = [];
    const visit = async (folder: string, depth: number): Promise<void> => {
      let entries;
      try {
        entries = await readdir(folder, { withFileTypes: true });
      } catch (error) {
        // A model folder that does not exist (yet) simply holds nothing.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          this.deps.logger.warn({ err: error, folder }, 'a model folder cannot be read');
        return;
      }
      const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
      if (names.includes('config.json') && names.some((name) => WEIGHTS.test(name))) {
        found.push(await this.#plainFolder(folder));
      } else if (depth < FOLDER_DEPTH) {
        await Promise.all(
          entries
            .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
            .map((entry) => visit(join(folder, entry.name), depth + 1)),
        );
      }
    };
    await visit(root, 0);
    return found;
  }

  async #plainFolder(folder: string): Promise<LocalModel> {
    const facts = await this.#facts.ofFolder(folder, folder);
    const { sizeBytes } = facts;
    const dates = this.deps.dates.of(folder);
    return {
      modelId: folder,
      localPath: folder,
      sizeBytes,
      sizeGb: decimalGb(sizeBytes),
      downloadedAt: dates?.downloadedAt ?? null,
      lastUsedAt: dates?.lastUsedAt ?? null,
      revision: null,
      revisions: [],
      complete: true,
      source: 'folder',
      characteristics: facts.characteristics,
      memory: estimateMemory(facts),
      profileIds: [...this.deps.profilesOf(folder)],
    };
  }
}

/** Bytes → decimal gigabytes with two places. */
export const decimalGb = (bytes: number): number => Math.round(bytes / 1e7) / 100;

/** Other tools keep models here too that no MLX engine loads (GGUF alone, say); half-done downloads are always shown. */
function looksLikeModel(model: CachedModel): boolean {
  if (model.hasPartial || model.revisions.length === 0) return true;
  return model.revisions.some(({ files, complete }) => {
    if (files.some((file) => WEIGHTS.test(file.path))) return true;
    return !complete && !files.some((file) => FOREIGN_WEIGHTS.test(file.path));
  });
}
