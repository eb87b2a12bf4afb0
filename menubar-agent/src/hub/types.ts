/** The hub and its cache as the rest of the house sees them. */

/** `config` as the hub's `expand[]=config` answers it: an extract of config.json and tokenizer_config.json. */
export interface HubConfig {
  readonly architectures?: string[];
  readonly model_type?: string;
  readonly quantization_config?: { bits?: number; group_size?: number; quant_method?: string };
  readonly tokenizer_config?: { chat_template?: string | { name: string; template: string }[] | null };
  readonly chat_template_jinja?: string;
  readonly [key: string]: unknown;
}

/** A repository as a list or its info shows it. */
export interface HubModel {
  readonly id: string;
  readonly author: string | null;
  readonly downloads: number;
  readonly likes: number;
  readonly trendingScore: number | null;
  readonly lastModified: string | null;
  readonly tags: readonly string[];
  readonly pipelineTag: string | null;
  readonly gated: boolean;
  readonly private: boolean;
  /** Bytes the repository takes (`usedStorage`). */
  readonly usedStorage: number | null;
  /** Parameters by data type (`safetensors`). */
  readonly safetensors: { readonly parameters: Readonly<Record<string, number>>; readonly total: number } | null;
  readonly config: HubConfig | null;
  /** Commit, in answers about one repository. */
  readonly commit: string | null;
}

export type HubSort = 'downloads' | 'likes' | 'modified' | 'trending';

export interface ListModelsParams {
  readonly query?: string;
  readonly author?: string;
  /** Tags that must all be there, e.g. `mlx`. */
  readonly filter: readonly string[];
  readonly sort: HubSort;
  /** Models a page. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}
export interface HubPage {
  readonly models: readonly HubModel[];
  /** Opaque; null on the last page. */
  readonly next: string | null;
}

/** A file of a repository at one commit. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** git blob SHA-1. */
  readonly oid: string;
  /** SHA-256 of a file in large-file storage. */
  readonly sha256: string | null;
}

/** Every method throws AgentError: HUB_UNREACHABLE, HUB_RATE_LIMITED, HUB_TOKEN_REJECTED, MODEL_GATED, MODEL_NOT_FOUND, REVISION_NOT_FOUND, HUB_ERROR. */
export interface HubClient {
  /** One request, whatever the number of results. */
  listModels(params: ListModelsParams, signal?: AbortSignal): Promise<HubPage>;
  modelInfo(modelId: string, revision?: string, signal?: AbortSignal): Promise<HubModel & { readonly commit: string }>;
  /** All files of a commit, subfolders too. */
  listFiles(modelId: string, revision: string, signal?: AbortSignal): Promise<HubFile[]>;
  /** A small text file; null when the repository has none of that name. */
  readTextFile(modelId: string, revision: string, path: string, signal?: AbortSignal): Promise<string | null>;
}

export interface CachedFile {
  /** Path inside the snapshot, `/`-separated. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Absolute path of the blob (first hop), or of the file itself where it is no link. */
  readonly blobPath: string;
}
export interface CachedRevision {
  readonly commit: string;
  readonly snapshotPath: string;
  readonly refs: readonly string[];
  readonly files: readonly CachedFile[];
  /** Newest modification, milliseconds since 1970. */
  readonly modifiedAt: number;
  /** Whether config and every weight file named by an index are there and nothing of it is still `.incomplete`. */
  readonly complete: boolean;
}
export interface CachedModel {
  readonly modelId: string;
  readonly path: string;
  /** Each blob counted once, partial files included. */
  readonly sizeBytes: number;
  /** Newest first; the one `refs/main` names before all others. */
  readonly revisions: readonly CachedRevision[];
  /** Whether any partial download lies beside the blobs. */
  readonly hasPartial: boolean;
}

export interface HubCache {
  /** Absolute folder; read anew each time, since it is a setting. */
  readonly root: () => string;
  /** All model repositories; [] when the cache is missing. Broken ones are skipped and logged, never thrown. */
  scan(): Promise<CachedModel[]>;
  find(modelId: string): Promise<CachedModel | null>;
  /** Deletes one revision with the blobs no other revision uses, or the whole repository with its locks; frees bytes. */
  remove(modelId: string, commit?: string): Promise<{ freedBytes: number }>;
}
