/** Requests as they were fetched, and as they come: one stream more, only while the page is open and seen. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { isAbort, type Page, type RequestBegun, type RequestFilter, type RequestRecord } from '@mlx-manager/shared';
import { client, toAgentError } from '../../lib/api.js';
import { hub, queryClient } from '../../lib/live.js';
import { useApi, type Loaded } from '../../lib/query.js';
import { toast } from '../../kit/toast-store.js';
import { merged, refetched, type Row } from './trace.js';

const PAGE = 100;
/** Requests that came live; beyond them they are put to those that were fetched. */
const FRESH_MAX = 500;
/** Requests kept; beyond them the list is fetched anew, so that an open page stays small. */
const KEPT_MAX = 5000;
const RETRY_MS = 2000;

export interface Traces {
  /** Under way first, then newest first; undefined until fetched. */
  rows: Row[] | undefined;
  loaded: Loaded<Page<RequestRecord>>;
  /** Ended since the page was opened: counts up. */
  version: number;
  more: () => void;
  clear: () => void;
}

export function useTraces(query: Partial<RequestFilter>): Traces {
  const hash = JSON.stringify(query);
  const key = useMemo(() => ['requests', hash], [hash]);
  const loaded = useApi<Page<RequestRecord>>(
    key,
    (api, signal) =>
      refetched(
        (cursor) => api.requestsPage({ query: { ...(JSON.parse(hash) as typeof query), limit: PAGE, ...(cursor && { cursor }) }, signal }),
        () => {
          const old = queryClient.getQueryData<Page<RequestRecord>>(key);
          return old && old.items.length > KEPT_MAX ? undefined : old;
        },
      ),
    { keepPrevious: true, first: (reader) => reader.requestsPage({ query: { ...(JSON.parse(hash) as typeof query), limit: PAGE } }) },
  );
  const [underWay, setUnderWay] = useState<readonly RequestBegun[]>([]);
  const [fresh, setFresh] = useState<readonly RequestRecord[]>([]);
  const [version, setVersion] = useState(0);
  const freshNow = useRef(fresh);
  freshNow.current = fresh;
  /** What came live is put to what was fetched. */
  const fold = useCallback(() => {
    const taken = new Set(freshNow.current.map(({ id }) => id));
    const old = queryClient.getQueryData<Page<RequestRecord>>(key);
    if (taken.size === 0 || old === undefined) return;
    queryClient.setQueryData<Page<RequestRecord>>(key, { ...old, items: merged(freshNow.current, old.items) });
    setFresh((list) => list.filter(({ id }) => !taken.has(id)));
  }, [key]);

  useEffect(() => {
    setUnderWay([]);
    setFresh([]);
    return watch(JSON.parse(hash) as typeof query, {
      // From here on nothing is missed: what was before is fetched.
      opened: () => {
        setUnderWay([]);
        fold();
        void queryClient.invalidateQueries({ queryKey: key, exact: true });
      },
      begun: (request) => setUnderWay((list) => [request, ...list]),
      finished: (request) => {
        setUnderWay((list) => list.filter(({ id }) => id !== request.id));
        setFresh((list) => [request, ...list]);
        setVersion((count) => count + 1);
      },
    });
  }, [hash, key, fold]);

  const full = fresh.length > FRESH_MAX;
  useEffect(() => {
    if (!full) return;
    fold();
    if ((queryClient.getQueryData<Page<RequestRecord>>(key)?.items.length ?? Infinity) > KEPT_MAX)
      void queryClient.invalidateQueries({ queryKey: key, exact: true }).then(() => setFresh((list) => list.slice(0, PAGE)));
  }, [full, key, fold]);

  const cursor = loaded.data?.cursor ?? null;
  const asking = useRef<string | null>(null);
  const more = useCallback(() => {
    if (cursor === null || asking.current === cursor) return;
    asking.current = cursor;
    client.requestsPage({ query: { ...(JSON.parse(hash) as typeof query), limit: PAGE, cursor } }).then(
      (next) =>
        queryClient.setQueryData<Page<RequestRecord>>(key, (old) =>
          old?.cursor === cursor ? { items: merged(old.items, next.items), cursor: next.cursor } : old,
        ),
      (error: unknown) => {
        asking.current = null;
        toast.failed(toAgentError(error));
      },
    );
  }, [cursor, hash, key]);
  const clear = useCallback(() => {
    setFresh([]);
    void queryClient.invalidateQueries({ queryKey: ['requests'] });
    setVersion((count) => count + 1);
  }, []);

  const items = loaded.data?.items;
  const rows = useMemo<Row[] | undefined>(
    () =>
      items && [
        ...underWay.map((request) => ({ live: true as const, request })),
        ...merged(fresh, items).map((request) => ({ live: false as const, request })),
      ],
    [underWay, fresh, items],
  );
  return { rows, loaded, version, more, clear };
}

interface Hearing {
  opened: () => void;
  begun: (request: RequestBegun) => void;
  finished: (request: RequestRecord) => void;
}

/** Watches until told to stop: again when it broke, once the agent is there; not while the page is hidden. */
function watch(query: Partial<RequestFilter>, hearing: Hearing): () => void {
  let left = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = false;
  let ended = false;
  const read = async (): Promise<void> => {
    const { signal } = left;
    reading = true;
    try {
      for await (const { event, request } of client.watchRequests({ query, signal, onOpen: () => !signal.aborted && hearing.opened() })) {
        if (signal.aborted) break;
        if (event === 'begun') hearing.begun(request);
        else hearing.finished(request);
      }
    } catch (error) {
      // That the agent is away is told by the page's banner, a wrong filter by the list itself; both are tried again.
      if (isAbort(error)) return;
    } finally {
      if (left.signal === signal) reading = false;
    }
    if (!signal.aborted) timer = setTimeout(begin, RETRY_MS);
  };
  const begin = (): void => {
    clearTimeout(timer);
    if (ended || reading || document.visibilityState === 'hidden' || hub.connection === 'signed-out') return;
    left = new AbortController();
    void read();
  };
  const seen = (): void => {
    if (document.visibilityState === 'visible') begin();
    else {
      left.abort();
      reading = false;
    }
  };
  const stop = hub.watch(() => {
    if (hub.connection === 'live') begin();
  });
  document.addEventListener('visibilitychange', seen);
  begin();
  return () => {
    ended = true;
    stop();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
    left.abort();
  };
}
