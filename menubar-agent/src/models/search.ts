/** Search on the hub: pages as the hub pages, filters by what a model is, never one request per result. */
import { AgentError, type ModelSearchResult, type SearchModelsQuery } from '@mlx-manager/shared';
import type { HubClient, HubModel, HubSort } from '../hub/index.js';
import { describeModel } from './characteristics.js';
import { estimatedSizeGb } from './memory-estimate.js';

/** Hub pages one search may read when filters leave little over. */
const MAX_HUB_PAGES = 8;
/** Models a hub page holds when the answer must be filtered here. */
const FILTER_PAGE = 100;
/** The hub cannot sort by size: so many of the most downloaded are sorted here. */
const SIZE_WINDOW = 500;

export interface SearchDeps {
  readonly hub: HubClient;
  readonly completeIds: () => Promise<Set<string>>;
  readonly recommendedBytes: () => Promise<number>;
}
export interface SearchPage {
  readonly models: ModelSearchResult[];
  /** For the next page; null on the last one. */
  readonly cursor: string | null;
}

/** Where the next page starts: a page of the hub, and how many of its models were answered already. */
interface Cursor {
  readonly hub: string | null;
  readonly skip: number;
}

/**
 * One page of results.
 * @throws AgentError INVALID_REQUEST for a cursor that is not ours, and the hub's errors.
 */
export async function searchModels(query: SearchModelsQuery, deps: SearchDeps, signal?: AbortSignal): Promise<SearchPage> {
  const [complete, recommended] = await Promise.all([deps.completeIds(), deps.recommendedBytes()]);
  const present = (model: HubModel): ModelSearchResult => toSearchResult(model, complete.has(model.id), recommended);
  const matches = filterOf(query);
  const start = query.cursor === undefined ? { hub: null, skip: 0 } : readCursor(query.cursor);
  const list = (cursor: string | null, limit: number) =>
    deps.hub.listModels(
      {
        ...(query.query !== '' && { query: query.query }),
        ...(query.author !== undefined && { author: query.author }),
        filter: ['mlx'],
        sort: query.sort === 'size' ? 'downloads' : (query.sort satisfies HubSort),
        limit,
        ...(cursor !== null && { cursor }),
      },
      signal,
    );

  if (query.sort === 'size') {
    const { models } = await list(null, SIZE_WINDOW);
    const sorted = models.map(present).filter(matches).sort(bySize);
    const end = start.skip + query.limit;
    return { models: sorted.slice(start.skip, end), cursor: end < sorted.length ? writeCursor({ hub: null, skip: end }) : null };
  }

  const pageSize = hasFilter(query) ? Math.max(FILTER_PAGE, query.limit) : query.limit;
  const found: ModelSearchResult[] = [];
  let { hub: cursor, skip } = start;
  for (let page = 0; page < MAX_HUB_PAGES; page++) {
    const answer = await list(cursor, pageSize);
    for (const [i, model] of answer.models.entries()) {
      if (i < skip) continue;
      const result = present(model);
      if (!matches(result)) continue;
      found.push(result);
      if (found.length === query.limit) {
        const last = i === answer.models.length - 1;
        if (last && answer.next === null) return { models: found, cursor: null };
        return { models: found, cursor: writeCursor(last ? { hub: answer.next, skip: 0 } : { hub: cursor, skip: i + 1 }) };
      }
    }
    if (answer.next === null) return { models: found, cursor: null };
    cursor = answer.next;
    skip = 0;
  }
  // Enough was read for one request; the caller may go on from here.
  return { models: found, cursor: writeCursor({ hub: cursor, skip: 0 }) };
}

/** A repository as a result. @param recommended bytes this machine can give to models. */
export function toSearchResult(model: HubModel, isDownloaded: boolean, recommended: number): ModelSearchResult {
  const config = model.config;
  const sizeBytes = model.usedStorage;
  return {
    modelId: model.id,
    author: model.author ?? (model.id.includes('/') ? (model.id.split('/')[0] as string) : null),
    downloads: model.downloads,
    likes: model.likes,
    sizeBytes,
    estimatedSizeGb: sizeBytes === null ? null : estimatedSizeGb(sizeBytes),
    tags: [...model.tags],
    isDownloaded,
    lastModified: model.lastModified,
    gated: model.gated,
    pipelineTag: model.pipelineTag,
    fits: sizeBytes === null ? null : estimatedSizeGb(sizeBytes) * 1e9 <= recommended,
    characteristics: describeModel({
      modelId: model.id,
      config,
      tags: model.tags,
      pipelineTag: model.pipelineTag,
      safetensors: model.safetensors === null ? null : { parameters: { ...model.safetensors.parameters }, total: model.safetensors.total },
    }),
  };
}

function hasFilter(query: SearchModelsQuery): boolean {
  const { query: _q, author: _a, sort: _s, limit: _l, cursor: _c, ...filters } = query;
  return Object.values(filters).some((value) => value !== undefined);
}

function filterOf(query: SearchModelsQuery): (model: ModelSearchResult) => boolean {
  const wants = <T>(wanted: T | undefined, actual: T): boolean => wanted === undefined || wanted === actual;
  return (model) => {
    const c = model.characteristics;
    return (
      (query.maxSizeGb === undefined || (model.estimatedSizeGb !== null && model.estimatedSizeGb <= query.maxSizeGb)) &&
      wants(query.fits, model.fits ?? false) &&
      wants(query.downloaded, model.isDownloaded) &&
      wants(query.architecture?.toLowerCase(), c.architecture?.toLowerCase()) &&
      wants(query.quantizationBits, c.quantization?.bits) &&
      wants(query.modelType, c.modelType) &&
      wants(query.vision, c.vision) &&
      wants(query.audio, c.audio) &&
      wants(query.tools, c.toolUse) &&
      wants(query.thinking, c.thinking) &&
      wants(query.embeddings, c.embedding)
    );
  };
}

/** Smallest first; unknown sizes last. */
function bySize(a: ModelSearchResult, b: ModelSearchResult): number {
  return (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) || a.modelId.localeCompare(b.modelId);
}

const writeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function readCursor(text: string): Cursor {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Cursor>;
    if ((value.hub === null || typeof value.hub === 'string') && Number.isInteger(value.skip) && Number(value.skip) >= 0)
      return value as Cursor;
  } catch (cause) {
    throw new AgentError('INVALID_REQUEST', { problem: 'cursor: is not one of this agent’s' }, { cause });
  }
  throw new AgentError('INVALID_REQUEST', { problem: 'cursor: is not one of this agent’s' });
}
