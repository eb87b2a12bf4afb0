/** What the dropdown of Search Models offers, and what it asks the agent for. */
import type { ModelType, SearchModelsQuery } from "@mlx-manager/shared";

type Sort = SearchModelsQuery["sort"];
type Ask = Partial<Pick<SearchModelsQuery, "fits" | "sort" | "modelType" | "vision" | "audio" | "tools" | "thinking">>;

export interface ModelFilter {
  /** Remembered under this name. */
  readonly id: string;
  readonly title: string;
  readonly ask: Ask;
}

const SORTS: readonly [Sort, string][] = [
  ["downloads", "Most Downloaded"],
  ["likes", "Most Liked"],
  ["trending", "Trending"],
  ["modified", "Recently Updated"],
  ["size", "Smallest"],
];
const ofType = (modelType: ModelType): Ask => ({ modelType });
const KINDS: readonly [string, string, Ask][] = [
  ["text", "Text", ofType("lm")],
  ["vision", "Vision", { vision: true }],
  ["audio", "Audio", { audio: true }],
  ["embeddings", "Embeddings", ofType("embeddings")],
  ["images", "Image Generation", ofType("image-generation")],
  ["image-edit", "Image Editing", ofType("image-edit")],
  ["tools", "Tool Use", { tools: true }],
  ["thinking", "Thinking", { thinking: true }],
];

export const FILTER_SECTIONS: readonly { title: string; filters: readonly ModelFilter[] }[] = [
  {
    title: "All Models",
    filters: SORTS.map(([sort, title]) => ({ id: `all:${sort}`, title, ask: { sort } })),
  },
  {
    title: "Fits This Mac",
    filters: SORTS.map(([sort, title]) => ({
      id: `fits:${sort}`,
      title: `${title} That Fit`,
      ask: { sort, fits: true },
    })),
  },
  {
    title: "Kind",
    filters: KINDS.map(([kind, title, ask]) => ({ id: `kind:${kind}`, title, ask: { sort: "downloads", ...ask } })),
  },
];

export const DEFAULT_FILTER = "all:downloads";

/** The filter of that name; the default for one of an older release. */
export function filterOf(id: string): ModelFilter {
  const all = FILTER_SECTIONS.flatMap((section) => section.filters);
  return (all.find((one) => one.id === id) ?? all.find((one) => one.id === DEFAULT_FILTER)) as ModelFilter;
}
