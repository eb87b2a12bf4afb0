/** What the filters of the search offer, and what they ask the agent for. */
import type { SearchModelsQuery } from '@mlx-manager/shared';

export type Sort = SearchModelsQuery['sort'];
type Ask = Partial<Pick<SearchModelsQuery, 'modelType' | 'vision' | 'audio' | 'tools' | 'thinking'>>;

export const SORTS: readonly { value: Sort; label: string }[] = [
  { value: 'downloads', label: 'Most downloaded' },
  { value: 'trending', label: 'Trending' },
  { value: 'likes', label: 'Most liked' },
  { value: 'modified', label: 'Recently updated' },
  { value: 'size', label: 'Smallest' },
];

export const KINDS: readonly { value: string; label: string; ask: Ask }[] = [
  { value: 'all', label: 'All kinds', ask: {} },
  { value: 'text', label: 'Text', ask: { modelType: 'lm' } },
  { value: 'vision', label: 'Vision', ask: { vision: true } },
  { value: 'audio', label: 'Audio', ask: { audio: true } },
  { value: 'tools', label: 'Tool use', ask: { tools: true } },
  { value: 'thinking', label: 'Thinking', ask: { thinking: true } },
  { value: 'embeddings', label: 'Embeddings', ask: { modelType: 'embeddings' } },
  { value: 'images', label: 'Image generation', ask: { modelType: 'image-generation' } },
  { value: 'image-edit', label: 'Image editing', ask: { modelType: 'image-edit' } },
];

export const BITS: readonly { value: number; label: string }[] = [
  { value: 0, label: 'Any bits' },
  { value: 3, label: '3-bit' },
  { value: 4, label: '4-bit' },
  { value: 5, label: '5-bit' },
  { value: 6, label: '6-bit' },
  { value: 8, label: '8-bit' },
];

export interface Filters {
  readonly kind: string;
  readonly sort: Sort;
  /** 0: any. */
  readonly bits: number;
  readonly fits: boolean;
  /** Who published it; empty: anybody. */
  readonly author: string;
  readonly architecture: string;
  /** Null: any size. */
  readonly maxGb: number | null;
}
export const NO_FILTERS: Filters = { kind: 'all', sort: 'downloads', bits: 0, fits: false, author: '', architecture: '', maxGb: null };

/** How many of the seldom ones are set. */
export const moreCount = ({ author, architecture, maxGb }: Pick<Filters, 'author' | 'architecture' | 'maxGb'>): number =>
  [author !== '', architecture !== '', maxGb !== null].filter(Boolean).length;

export const isFiltered = (filters: Filters): boolean =>
  filters.kind !== 'all' || filters.sort !== 'downloads' || filters.bits !== 0 || filters.fits || moreCount(filters) > 0;

/** What is asked of the agent. */
export function queryOf(text: string, { kind, sort, bits, fits, author, architecture, maxGb }: Filters): Partial<SearchModelsQuery> {
  const ask = KINDS.find((one) => one.value === kind)?.ask ?? {};
  return {
    query: text.trim(),
    sort,
    limit: 30,
    ...ask,
    ...(bits > 0 && { quantizationBits: bits }),
    ...(fits && { fits: true }),
    ...(author !== '' && { author }),
    ...(architecture !== '' && { architecture }),
    ...(maxGb !== null && { maxSizeGb: maxGb }),
  };
}
