/** What was fetched, kept fresh by the event stream: patched where an event says enough, else fetched anew, never polled. */
import { hashKey, QueryClient, type QueryKey } from '@tanstack/react-query';
import type { AgentEvent, EventTopic } from '@mlx-manager/shared';
import { client } from './api.js';
import { EventHub } from './events.js';
import { firstEventId } from './first-data.js';

/** Answer of a patch that cannot tell the new value: fetch it. */
export const REFETCH = Symbol('refetch');
/** New value for an event; the same value (or undefined) when it does not matter. */
export type Patch<T> = (data: T, event: AgentEvent) => T | typeof REFETCH | undefined;

/** Events that come together cause one fetch. */
const COALESCE_MS = 80;

export const hub = new EventHub(client, firstEventId);
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream says when something changed.
      staleTime: Infinity,
      gcTime: 5 * 60_000,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

hub.onReset(() => void queryClient.invalidateQueries());
let before = hub.connection;
hub.watch(() => {
  // What could not be fetched while the agent was away is fetched now.
  if (hub.connection === 'live' && before !== 'live')
    void queryClient.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  before = hub.connection;
});

interface Live {
  readers: number;
  patch: Patch<unknown> | undefined;
  stop: () => void;
}
const lives = new Map<string, Live>();

/** Keeps a query fresh while somebody reads it. Answers how to let go. */
export function keepLive(key: QueryKey, topics: readonly EventTopic[], patch: Patch<unknown> | undefined): () => void {
  const hash = hashKey(key);
  const live = lives.get(hash) ?? { readers: 0, patch, stop: () => undefined };
  if (live.readers++ === 0) {
    lives.set(hash, live);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refetch = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queryClient.invalidateQueries({ queryKey: key, exact: true }, { cancelRefetch: true });
      }, COALESCE_MS);
    };
    const leave = hub.subscribe(topics, (event) => {
      const state = queryClient.getQueryState(key);
      const next = state?.data === undefined || live.patch === undefined ? REFETCH : live.patch(state.data, event);
      if (next === undefined || next === state?.data) return;
      if (next !== REFETCH) queryClient.setQueryData(key, next);
      // An answer that is under way may be older than this event.
      if (next === REFETCH || state?.fetchStatus === 'fetching') refetch();
    });
    live.stop = () => {
      leave();
      clearTimeout(timer);
    };
  }
  live.patch = patch;
  return () => {
    if (--live.readers > 0) return;
    lives.delete(hash);
    live.stop();
    // From now on nobody hears its changes: it is fetched anew when it is read again, and shown as it was until then.
    void queryClient.invalidateQueries({ queryKey: key, exact: true, refetchType: 'none' });
  };
}
