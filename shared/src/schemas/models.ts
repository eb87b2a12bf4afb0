/** Models on the hub and on this machine. Sizes named `_gb` are decimal gigabytes (10^9 bytes), as the hub shows them. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { modelId, modelType, queryBoolean, queryInt, revision, timestamp } from './common.js';

/** Quantization of a model's weights. */
export const quantization = wireObject({
  bits: z.number().positive(),
  groupSize: z.int().positive().nullable(),
  /** `affine`, `mxfp4`, `nvfp4`… as MLX names it. */
  mode: z.string().nullable(),
});
export type Quantization = z.output<typeof quantization>;

/** What a model is and can do, from its config, tokenizer, chat template and tags ("badges"). Unknown is null, never a guess. */
export const characteristics = wireObject(
  {
    /** Display name of the architecture family: `qwen3` → `Qwen`. */
    architecture: z.string().nullable(),
    /** `model_type` of config.json, untouched. */
    architectureId: z.string().nullable(),
    /** Number of parameters. */
    parameters: z.number().nullable(),
    quantization: quantization.nullable(),
    /** Data type of unquantized weights, e.g. `bfloat16`. */
    dtype: z.string().nullable(),
    /** Longest context in tokens. */
    contextWindow: z.int().nullable(),
    modelType,
    vision: z.boolean(),
    audio: z.boolean(),
    embedding: z.boolean(),
    imageGeneration: z.boolean(),
    mixtureOfExperts: z.boolean(),
    toolUse: z.boolean(),
    /** Name of the engine parser that reads this model's tool calls. */
    toolCallParser: z.string().nullable(),
    thinking: z.boolean(),
    /** Name of the engine parser that reads this model's thinking. */
    reasoningParser: z.string().nullable(),
    /** Bytes of KV cache one token of context takes at 16 bits; null when the config does not say. */
    kvBytesPerToken: z.number().nullable(),
    /** Layers beyond this window keep no more tokens; null when attention is full. */
    slidingWindow: z.int().nullable(),
  },
  { id: 'Characteristics' },
);
export type Characteristics = z.output<typeof characteristics>;

/** What a model will need while it runs. */
export const memoryEstimate = wireObject(
  {
    weightsBytes: z.number(),
    kvCacheBytes: z.number(),
    overheadBytes: z.number(),
    totalBytes: z.number(),
    /** Tokens of context the KV cache is counted for; null when it is not counted by tokens. */
    contextLength: z.int().nullable(),
    /** `config`: computed from the architecture; `size`: weights × 1.2 because the config says nothing. */
    basis: z.enum(['config', 'size']),
  },
  { id: 'MemoryEstimate' },
);
export type MemoryEstimate = z.output<typeof memoryEstimate>;

export const SEARCH_SORTS = ['downloads', 'likes', 'modified', 'size', 'trending'] as const;
const searchFilterShape = {
  query: z.string().max(200).default(''),
  author: z.string().max(96).optional(),
  /** Only models whose `estimated_size_gb` is at most this. */
  maxSizeGb: z.coerce.number().positive().optional(),
  /** Only models within this machine's recommended size. */
  fits: queryBoolean.optional(),
  sort: z.enum(SEARCH_SORTS).default('downloads'),
  limit: queryInt(1, 100).default(20),
  /** From the `Link: rel="next"` of the page before. */
  cursor: z.string().max(4096).optional(),
  /** Display name, e.g. `Qwen`; case does not matter. */
  architecture: z.string().max(64).optional(),
  quantizationBits: z.coerce.number().positive().optional(),
  modelType: modelType.optional(),
  vision: queryBoolean.optional(),
  audio: queryBoolean.optional(),
  tools: queryBoolean.optional(),
  thinking: queryBoolean.optional(),
  embeddings: queryBoolean.optional(),
  downloaded: queryBoolean.optional(),
};
export const searchModelsQuery = wireObject(searchFilterShape, { strict: true });
export type SearchModelsQuery = z.output<typeof searchModelsQuery>;

const hubModelShape = {
  modelId: z.string(),
  author: z.string().nullable(),
  downloads: z.int(),
  likes: z.int(),
  /** Bytes in the repository; null when the hub does not say. */
  sizeBytes: z.number().nullable(),
  /** Size with 20 % for the KV cache and the runtime. */
  estimatedSizeGb: z.number().nullable(),
  tags: z.array(z.string()),
  isDownloaded: z.boolean(),
  lastModified: timestamp.nullable(),
  /** The owner must accept terms on the hub before a download. */
  gated: z.boolean(),
  pipelineTag: z.string().nullable(),
  /** Within this machine's recommended size; null when the size is unknown. */
  fits: z.boolean().nullable(),
  characteristics,
};
export const modelSearchResult = wireObject(hubModelShape, { id: 'ModelSearchResult' });
export type ModelSearchResult = z.output<typeof modelSearchResult>;

/** A model on this machine's disk. */
export const localModel = wireObject(
  {
    modelId: z.string(),
    /** Folder that an engine can load. */
    localPath: z.string(),
    /** Bytes on disk, each blob counted once. */
    sizeBytes: z.number(),
    sizeGb: z.number(),
    downloadedAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable(),
    /** Commit of the newest revision; null for a plain folder. */
    revision: z.string().nullable(),
    revisions: z.array(z.string()),
    /** False while files that the model needs are missing. */
    complete: z.boolean(),
    /** `hub_cache`: Hugging Face's cache; `folder`: one of the model folders. */
    source: z.enum(['hub_cache', 'folder']),
    characteristics,
    memory: memoryEstimate,
    /** Profiles that name this model. */
    profileIds: z.array(z.int()),
  },
  { id: 'LocalModel' },
);
export type LocalModel = z.output<typeof localModel>;

export const modelFile = wireObject({ path: z.string(), sizeBytes: z.number() });
/** Everything about one model, from the hub where it answers and from the disk where it is here. */
export const modelDetail = wireObject(
  {
    ...hubModelShape,
    files: z.array(modelFile),
    memory: memoryEstimate.nullable(),
    local: localModel.nullable(),
    /** Where the figures come from. */
    origin: z.enum(['hub', 'local']),
  },
  { id: 'ModelDetail' },
);
export type ModelDetail = z.output<typeof modelDetail>;

/** A model's README. Others wrote it: no surface may run or load what it names. */
export const modelCard = wireObject(
  {
    /** Markdown without its YAML head; null where there is none, or the owner hides it. */
    markdown: z.string().nullable(),
    origin: z.enum(['hub', 'local']),
  },
  { id: 'ModelCard' },
);
export type ModelCard = z.output<typeof modelCard>;

export const downloadRequest = wireObject({ modelId, revision: revision.default('main') }, { strict: true, id: 'DownloadRequest' });
export const deleteModelQuery = wireObject(partialShape({ revision }), { strict: true });
