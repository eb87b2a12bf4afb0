/** Hugging Face's cache as one object: what is in it, what goes into it, what leaves it. */
import { join } from 'node:path';
import type { Logger } from '../core/index.js';
import { removeBlob, removeFromCache } from './cache-remove.js';
import { scanRepo } from './cache-scan.js';
import { hasFile, prepareRepo, publishBlob, writeSnapshot } from './cache-write.js';
import { entries, statOrNull } from './files.js';
import { isSafeModelId, modelIdOfFolder, repoLayout, type RepoLayout } from './paths.js';
import type { CachedModel, HubCache, HubFile } from './types.js';

/** The cache with what a download needs of it. Folders are those of the moment {@link layout} is called. */
export interface WritableHubCache extends HubCache {
  layout(modelId: string): RepoLayout;
  /** @throws CACHE_NOT_WRITABLE, DISK_FULL. */
  prepare(layout: RepoLayout): Promise<void>;
  hasFile(layout: RepoLayout, commit: string, file: HubFile): Promise<boolean>;
  publishBlob(layout: RepoLayout, etag: string): Promise<void>;
  writeSnapshot(layout: RepoLayout, commit: string, revision: string, files: readonly HubFile[]): Promise<void>;
  /** Unlinks a blob or partial file. */
  removeBlob(path: string): Promise<number>;
}

/** Makes the cache. It keeps nothing in memory: the folder is the truth, and other tools change it too. */
export function createHubCache(deps: { root: () => string; logger: Logger }): WritableHubCache {
  const { root, logger } = deps;

  const scanOne = async (modelId: string): Promise<CachedModel | null> => {
    try {
      const folder = await statOrNull(repoLayout(root(), modelId).folder);
      return folder?.isDirectory() === true ? await scanRepo(root(), modelId) : null;
    } catch (error) {
      logger.warn({ err: error, modelId }, 'a model in the cache cannot be read and is left out');
      return null;
    }
  };

  return {
    root,
    async scan() {
      const models: CachedModel[] = [];
      for (const name of await folderNames(root(), logger)) {
        const modelId = modelIdOfFolder(name);
        const model = modelId === null ? null : await scanOne(modelId);
        if (model !== null) models.push(model);
      }
      return models.sort((a, b) => (a.modelId < b.modelId ? -1 : 1));
    },
    find: async (modelId) => (isSafeModelId(modelId) ? scanOne(modelId) : null),
    remove: (modelId, commit) => removeFromCache(root(), modelId, commit),
    layout: (modelId) => repoLayout(root(), modelId),
    prepare: (layout) => prepareRepo(join(layout.folder, '..'), layout),
    hasFile,
    publishBlob,
    writeSnapshot,
    removeBlob,
  };
}

async function folderNames(root: string, logger: Logger): Promise<string[]> {
  try {
    return (await entries(root)).filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    logger.warn({ err: error, root }, 'the model cache cannot be read');
    return [];
  }
}
