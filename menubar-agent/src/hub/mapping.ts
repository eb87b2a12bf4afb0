/** From the library's entries to ours. */
import type { HubFile, HubModel } from './types.js';

/** What is asked for beyond the library's own fields. `usedStorage` and `trendingScore` are not in its types, but it passes any name through. */
export const EXTRA_FIELDS = ['author', 'config', 'safetensors', 'sha', 'tags', 'trendingScore', 'usedStorage'] as const;

/** An entry as `listModels` and `modelInfo` of the library give it; its `id` is the hub's internal one. */
export interface LibraryEntry {
  readonly name: string;
  readonly private?: boolean;
  readonly gated?: false | 'auto' | 'manual';
  readonly task?: string | undefined;
  readonly likes?: number;
  readonly downloads?: number;
  readonly updatedAt?: Date;
  readonly author?: string;
  readonly config?: unknown;
  readonly safetensors?: unknown;
  readonly sha?: string;
  readonly tags?: unknown;
  readonly trendingScore?: unknown;
  readonly usedStorage?: unknown;
}

/** One repository. Fields the hub leaves out become null, zero or empty; nothing is guessed. */
export function toHubModel(entry: LibraryEntry): HubModel {
  const modified = entry.updatedAt?.getTime() ?? Number.NaN;
  return {
    id: entry.name,
    author: entry.author ?? (entry.name.includes('/') ? (entry.name.split('/')[0] ?? null) : null),
    downloads: entry.downloads ?? 0,
    likes: entry.likes ?? 0,
    trendingScore: numberOrNull(entry.trendingScore),
    lastModified: Number.isNaN(modified) ? null : new Date(modified).toISOString(),
    tags: Array.isArray(entry.tags) ? entry.tags.filter((tag) => typeof tag === 'string') : [],
    pipelineTag: entry.task ?? null,
    gated: entry.gated !== undefined && entry.gated !== false,
    private: entry.private ?? false,
    usedStorage: numberOrNull(entry.usedStorage),
    safetensors: toSafetensors(entry.safetensors),
    config: isObject(entry.config) ? entry.config : null,
    commit: entry.sha ?? null,
  };
}

/** One file of a tree listing; null for folders. */
export function toHubFile(entry: {
  type: string;
  path: string;
  size: number;
  oid?: string;
  lfs?: { oid: string; size: number };
}): HubFile | null {
  if (entry.type !== 'file') return null;
  return { path: entry.path, sizeBytes: entry.lfs?.size ?? entry.size, oid: entry.oid ?? '', sha256: entry.lfs?.oid ?? null };
}

function toSafetensors(value: unknown): HubModel['safetensors'] {
  if (!isObject(value) || typeof value.total !== 'number') return null;
  const parameters = isObject(value.parameters) ? value.parameters : {};
  const counts = Object.entries(parameters).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return { parameters: Object.fromEntries(counts), total: value.total };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
