/** The catalogue: what the hub has and what is here, together. */
import { AgentError, type ModelCard, type ModelDetail, type SearchModelsQuery } from '@mlx-manager/shared';
import type { HubClient } from '../hub/index.js';
import { describeModel } from './characteristics.js';
import { parseObject } from './json.js';
import { kvLayout } from './kv-cache.js';
import type { LocalModels } from './local-models.js';
import { estimatedSizeGb, estimateMemory } from './memory-estimate.js';
import { searchModels, toSearchResult, type SearchPage } from './search.js';

const WEIGHTS = /\.(safetensors|npz)$/;

export interface CatalogueDeps {
  readonly hub: HubClient;
  readonly local: LocalModels;
  readonly recommendedBytes: () => Promise<number>;
}

export class Catalogue {
  constructor(private readonly deps: CatalogueDeps) {}

  /** One page of a search on the hub. */
  search(query: SearchModelsQuery, signal?: AbortSignal): Promise<SearchPage> {
    const { hub, local, recommendedBytes } = this.deps;
    return searchModels(query, { hub, completeIds: () => local.completeIds(), recommendedBytes }, signal);
  }

  /**
   * Everything about one model. When the hub cannot be asked, a model that is here is described from the disk.
   * @throws AgentError the hub's errors.
   */
  async detail(modelId: string, signal?: AbortSignal): Promise<ModelDetail> {
    const local = await this.deps.local.find(modelId);
    if (modelId.startsWith('/')) {
      if (!local) throw new AgentError('MODEL_NOT_LOCAL', { modelId });
      return this.#fromDisk(local);
    }
    try {
      return await this.#fromHub(modelId, local, signal);
    } catch (error) {
      // The disk still knows it; whoever needs the hub's word asks the search.
      if (local && error instanceof AgentError) return this.#fromDisk(local);
      throw error;
    }
  }

  /**
   * The model's README. One that is on the disk is not asked for again.
   * @throws AgentError MODEL_NOT_LOCAL for a folder that is none; the hub's errors.
   */
  async card(modelId: string, signal?: AbortSignal): Promise<ModelCard> {
    const { hub, local } = this.deps;
    const onDisk = await local.readCard(modelId);
    if (onDisk !== null) return { markdown: withoutHead(onDisk), origin: 'local' };
    if (modelId.startsWith('/')) {
      if (!(await local.find(modelId))) throw new AgentError('MODEL_NOT_LOCAL', { modelId });
      return { markdown: null, origin: 'local' };
    }
    const text = await unlessGated(hub.readTextFile(modelId, 'main', 'README.md', signal), null);
    return { markdown: text === null ? null : withoutHead(text), origin: 'hub' };
  }

  async #fromHub(modelId: string, local: ModelDetail['local'], signal?: AbortSignal): Promise<ModelDetail> {
    const { hub } = this.deps;
    const info = await hub.modelInfo(modelId, undefined, signal);
    const readJson = async (path: string): Promise<Record<string, unknown> | null> => {
      const text = await hub.readTextFile(modelId, info.commit, path, signal);
      return text === null ? null : parseObject(text);
    };
    const [files, config, tokenizerConfig, chatTemplate, recommended] = await Promise.all([
      unlessGated(hub.listFiles(modelId, info.commit, signal), []),
      unlessGated(readJson('config.json'), null),
      unlessGated(readJson('tokenizer_config.json'), null),
      unlessGated(hub.readTextFile(modelId, info.commit, 'chat_template.jinja', signal), null),
      this.deps.recommendedBytes(),
    ]);
    const weightsBytes = files.filter((file) => WEIGHTS.test(file.path)).reduce((sum, file) => sum + file.sizeBytes, 0);
    const wholeConfig = config ?? info.config;
    const characteristics = describeModel({
      modelId,
      config: wholeConfig,
      tokenizerConfig,
      chatTemplate,
      tags: info.tags,
      pipelineTag: info.pipelineTag,
      safetensors: info.safetensors === null ? null : { parameters: { ...info.safetensors.parameters }, total: info.safetensors.total },
      weightsBytes: files.length === 0 ? null : weightsBytes,
      fileNames: files.map((file) => file.path),
    });
    const sizeBytes = info.usedStorage ?? (files.length === 0 ? null : files.reduce((sum, file) => sum + file.sizeBytes, 0));
    const toLoad = weightsBytes || sizeBytes;
    return {
      ...toSearchResult({ ...info, usedStorage: sizeBytes }, local?.complete ?? false, recommended),
      characteristics,
      files: files.map((file) => ({ path: file.path, sizeBytes: file.sizeBytes })),
      memory: toLoad === null ? null : estimateMemory({ weightsBytes: toLoad, characteristics, layout: kvLayout(wholeConfig) }),
      local,
      origin: 'hub',
    };
  }

  async #fromDisk(local: NonNullable<ModelDetail['local']>): Promise<ModelDetail> {
    const estimated = estimatedSizeGb(local.sizeBytes);
    return {
      modelId: local.modelId,
      author: !local.modelId.startsWith('/') && local.modelId.includes('/') ? (local.modelId.split('/')[0] as string) : null,
      downloads: 0,
      likes: 0,
      sizeBytes: local.sizeBytes,
      estimatedSizeGb: estimated,
      tags: [],
      isDownloaded: local.complete,
      lastModified: null,
      gated: false,
      pipelineTag: null,
      fits: estimated * 1e9 <= (await this.deps.recommendedBytes()),
      characteristics: local.characteristics,
      files: [],
      memory: local.memory,
      local,
      origin: 'local',
    };
  }
}

/** The YAML between two lines of dashes, with which a card begins, is for programs. */
const withoutHead = (text: string): string => text.replace(/^\uFEFF?---\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$)/, '').trim();

/** A gated repository hides its files; the extract in its info must do then. */
async function unlessGated<T, F>(answer: Promise<T>, hidden: F): Promise<T | F> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AgentError && error.code === 'MODEL_GATED') return hidden;
    throw error;
  }
}
