/** Models on the hub, page by page. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { ModelSearchResult } from "@mlx-manager/shared";
import { agent } from "../lib/agent";
import { failed } from "../lib/feedback";
import type { ModelFilter } from "../lib/model-filters";
import { isAway } from "../lib/problems";
import { useAgent } from "./use-agent";

/** Models in one page. */
export const PAGE_SIZE = 25;

interface FirstPage {
  /** What was asked: rows of an earlier question stay on the screen until the next answer is here. */
  asked: string;
  items: ModelSearchResult[];
  cursor: string | null;
}
interface FurtherPages {
  asked: string;
  items: ModelSearchResult[];
  cursor: string | null;
}

export interface ModelSearch {
  /** Undefined until something is known. */
  models: ModelSearchResult[] | undefined;
  isLoading: boolean;
  /** Why there is no answer to this question, or that the agent is away. */
  error: Error | undefined;
  pagination: { pageSize: number; hasMore: boolean; onLoadMore: () => void };
  revalidate: () => Promise<void>;
}

/** Searches as one types: each question replaces the one before, whose request is aborted. */
export function useModelSearch(query: string, filter: ModelFilter): ModelSearch {
  const asked = `${filter.id} ${query}`;
  const ask = { query, limit: PAGE_SIZE, ...filter.ask };
  const first = useAgent<FirstPage>(
    `search ${asked}`,
    async (client, signal) => ({ asked, ...(await client.searchPage({ query: ask, signal })) }),
    { keepPreviousData: true },
  );
  const [further, setFurther] = useState<FurtherPages>();
  const loading = useRef<AbortController>(null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  // A new question, or a new answer to it, begins at the first page.
  useEffect(() => {
    setFurther(undefined);
    return () => loading.current?.abort();
  }, [asked, first.data]);

  const { data } = first;
  const isAnswer = data?.asked === asked;
  const more = isAnswer && further?.asked === asked ? further : undefined;
  const cursor = isAnswer ? (more ?? data).cursor : null;
  const models = useMemo(() => {
    // Rows of an earlier question are no answer when there will be none.
    if (!data || (!isAnswer && first.error)) return undefined;
    const all = [...data.items, ...(more?.items ?? [])];
    // The hub's order moves between two pages: a model may come twice.
    return [...new Map(all.map((model) => [model.modelId, model])).values()];
  }, [data, more, isAnswer, first.error]);
  const staleBecause = isAnswer && !isAway(first.error) ? first.error : undefined;
  useEffect(() => {
    if (staleBecause) void failed("Could Not Refresh the Models of the Hub", staleBecause);
  }, [staleBecause]);

  const onLoadMore = async (): Promise<void> => {
    if (cursor === null || (loading.current && !loading.current.signal.aborted)) return;
    const controller = (loading.current = new AbortController());
    setLoadingMore(true);
    try {
      const page = await agent().searchPage({ query: { ...ask, cursor }, signal: controller.signal });
      if (!controller.signal.aborted)
        setFurther({ asked, items: [...(more?.items ?? []), ...page.items], cursor: page.cursor });
    } catch (error) {
      if (!controller.signal.aborted) await failed("Could Not Load More Models", error);
    } finally {
      controller.abort();
      if (loading.current === controller) {
        loading.current = null;
        setLoadingMore(false);
      }
    }
  };

  return {
    models,
    isLoading: first.isLoading || isLoadingMore,
    error: staleBecause ? undefined : first.error,
    pagination: { pageSize: PAGE_SIZE, hasMore: cursor !== null, onLoadMore: () => void onLoadMore() },
    revalidate: first.revalidate,
  };
}
