/** What the pages of models read. */
import { useEffect, useMemo, useState } from 'react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { AgentError, ModelSearchResult, SearchModelsQuery } from '@mlx-manager/shared';
import { client, toAgentError } from '../../lib/api.js';
import { useApi } from '../../lib/query.js';
import { useDownloads, useLocalModels, useProfiles, useServers } from '../../lib/resources.js';
import type { Here } from './rows.js';

/** What this machine has; undefined until all of it is known. */
export function useHere(): { here: Here | undefined; error: AgentError | null; refetch: () => void } {
  const models = useLocalModels();
  const downloads = useDownloads();
  const servers = useServers();
  const profiles = useProfiles();
  const here = useMemo(
    () =>
      models.data && downloads.data && servers.data && profiles.data
        ? { models: models.data, downloads: downloads.data, servers: servers.data, profiles: profiles.data }
        : undefined,
    [models.data, downloads.data, servers.data, profiles.data],
  );
  const all = [models, downloads, servers, profiles];
  return {
    here,
    error: all.find((one) => one.error !== null)?.error ?? null,
    refetch: () => {
      for (const one of all) if (one.error !== null) one.refetch();
    },
  };
}

export interface Search {
  /** Found so far, each model once; undefined until the first answer. */
  readonly results: readonly ModelSearchResult[] | undefined;
  readonly error: AgentError | null;
  readonly more: boolean;
  /** The answer to what was typed is under way. */
  readonly searching: boolean;
  readonly loadingMore: boolean;
  readonly next: () => void;
  readonly refetch: () => void;
}

/** A search on the hub, page after page. While another one is asked for, the rows of the one before stay. */
export function useModelSearch(query: Partial<SearchModelsQuery>): Search {
  const found = useInfiniteQuery({
    queryKey: ['models', 'search', query],
    queryFn: ({ pageParam, signal }) =>
      client.searchPage({ query: { ...query, ...(pageParam !== null && { cursor: pageParam }) }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
  });
  const { data, error, hasNextPage, isFetching, isFetchingNextPage, isFetchNextPageError, isPlaceholderData, fetchNextPage, refetch } =
    found;
  const results = useMemo(
    () => data && [...new Map(data.pages.flatMap((page) => page.items).map((one) => [one.modelId, one])).values()],
    [data],
  );
  const lastIsEmpty = data?.pages.at(-1)?.items.length === 0;
  useEffect(() => {
    // A page of which the filters left nothing: the list would not ask on.
    if (lastIsEmpty && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [lastIsEmpty, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  return {
    results: error !== null && !isFetchNextPageError ? undefined : results,
    error: error === null ? null : toAgentError(error),
    more: hasNextPage,
    searching: isPlaceholderData || (isFetching && !isFetchingNextPage && data === undefined),
    loadingMore: isFetchingNextPage,
    next: () => {
      if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
    },
    refetch: () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
  };
}

/** The most downloaded models that fit this machine. */
export const useFitting = (enabled = true) =>
  useApi(['models', 'fitting'], (api, signal) => api.searchModels({ query: { fits: true, sort: 'downloads', limit: 40 }, signal }), {
    enabled,
  });

/** A value once it has rested. */
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}
