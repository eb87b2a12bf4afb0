/** The hooks by which pages read and change the agent. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { keepPreviousData, useMutation, useQuery, type QueryKey } from '@tanstack/react-query';
import type { AgentError, AgentEvent, EventTopic, FirstReader } from '@mlx-manager/shared';
import { toast } from '../kit/toast-store.js';
import { client, toAgentError, type Client } from './api.js';
import type { Connection } from './events.js';
import { readFirst } from './first-data.js';
import { atServer } from './here.js';
import { hub, keepLive, queryClient, type Patch } from './live.js';

export { REFETCH } from './live.js';
export type { Patch } from './live.js';

export interface ApiOptions<T> {
  /** Topics whose events change this; none for what never changes. */
  topics?: readonly EventTopic[];
  /** The new value for an event. Without it, each event of the topics fetches anew (coalesced). */
  on?: Patch<T>;
  /** Not fetched while false. */
  enabled?: boolean;
  /** While another key is fetched, the data of the one before is shown. */
  keepPrevious?: boolean;
  /** Reads it from what came with the page, where `call` is more than one call of the client. */
  first?: (reader: FirstReader) => T;
}

export interface Loaded<T> {
  data: T | undefined;
  /** Why there is no data, or why it could not be fetched anew. */
  error: AgentError | null;
  /** Nothing to show yet. */
  loading: boolean;
  /** Being fetched anew; what is shown may be old. */
  refreshing: boolean;
  refetch: () => void;
  /** Changes what is shown, before the agent says so. */
  mutate: (update: (data: T) => T) => void;
}

/**
 * Reads from the agent: fetched once, kept fresh by events, shared by all who use the same key.
 * @param key names the call and its arguments.
 */
export function useApi<T>(
  key: QueryKey,
  call: (client: Client, signal: AbortSignal) => Promise<T>,
  options: ApiOptions<T> = {},
): Loaded<T> {
  const { topics = [], on, enabled = true, keepPrevious = false, first } = options;
  const hash = JSON.stringify(key);
  const query = useQuery<T>({
    queryKey: key,
    // Read while this is drawn: a page that has its data with it never shows that it waits.
    initialData: () => {
      if (!enabled || firstTried.has(hash)) return undefined;
      const data = readFirst(first ?? ((reader) => atOnce(call, reader)));
      // There each drawing is a first one, and nothing is asked.
      if (atServer) return data;
      firstTried.add(hash);
      if (data !== undefined) unchecked.add(hash);
      return data;
    },
    queryFn: async ({ signal }) => {
      // Listened first, asked second: no change falls between.
      const heard = await hub.ready(topics);
      if (!heard) refetchOnceLive(key);
      try {
        return await call(client, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        throw toAgentError(error);
      }
    },
    enabled,
    ...(keepPrevious && { placeholderData: keepPreviousData }),
  });
  const latest = useRef(on);
  latest.current = on;
  const topicList = topics.join(',');
  useEffect(() => {
    if (!enabled || topicList === '') return undefined;
    const patch: Patch<unknown> = (data, event) => (latest.current ? latest.current(data as T, event) : undefined);
    return keepLive(JSON.parse(hash) as QueryKey, topicList.split(',') as EventTopic[], latest.current ? patch : undefined);
  }, [hash, topicList, enabled]);
  useEffect(() => {
    if (unchecked.delete(hash) && topicList !== '') void checkFirst(JSON.parse(hash) as QueryKey, topicList.split(',') as EventTopic[]);
  }, [hash, topicList]);
  const { refetch } = query;
  return {
    data: query.data,
    error: query.error === null ? null : toAgentError(query.error),
    loading: query.isPending && enabled,
    refreshing: query.isFetching,
    refetch: useCallback(() => void refetch(), [refetch]),
    mutate: useCallback(
      (update) => {
        queryClient.setQueryData<T>(JSON.parse(hash) as QueryKey, (data) => (data === undefined ? data : update(data)));
      },
      [hash],
    ),
  };
}

/** Keys whose first value was looked for in what came with the page, and those that have it from there and were not checked yet. */
const firstTried = new Set<string>();
const unchecked = new Set<string>();

/** One call of the client, made of the reader: it answers its value where the client would promise it. */
function atOnce<T>(call: (client: Client, signal: AbortSignal) => Promise<T>, reader: FirstReader): T | undefined {
  const answer: unknown = call(reader as unknown as Client, new AbortController().signal);
  if (!(answer instanceof Promise)) return answer as T;
  // More than one call, and no `first` that says how to read it: the agent is asked.
  answer.catch(() => undefined);
  return undefined;
}

/** What came with the page is as old as the page: good where its changes since are told, else fetched behind the stream. */
async function checkFirst(key: QueryKey, topics: readonly EventTopic[]): Promise<void> {
  const told = (): boolean => hub.toldSinceFirst(topics);
  if (!(await hub.ready(topics))) refetchOnceLive(key, told);
  else if (!told()) await queryClient.invalidateQueries({ queryKey: key, exact: true });
}

const late = new Set<string>();
/**
 * What was fetched before the stream was there is fetched again behind it: a change may have fallen between.
 * @param told whether the stream tells those too.
 */
function refetchOnceLive(key: QueryKey, told = (): boolean => false): void {
  const hash = JSON.stringify(key);
  if (late.has(hash)) return;
  late.add(hash);
  const stop = hub.watch(() => {
    if (hub.connection !== 'live') return;
    stop();
    late.delete(hash);
    if (!told()) void queryClient.invalidateQueries({ queryKey: key, exact: true });
  });
}

export interface ActionOptions<A, R> {
  /** Told in a toast when it worked. */
  success?: string | ((result: R, args: A) => string | undefined);
  done?: (result: R, args: A) => void;
  /** Answers true when it dealt with the error itself: no toast then. */
  failed?: (error: AgentError, args: A) => boolean;
}

export interface Action<A, R> {
  /** Answers undefined when it failed; the failure was told. */
  run: (args: A) => Promise<R | undefined>;
  pending: boolean;
  /** What it is doing, or did last. */
  args: A | undefined;
  error: AgentError | null;
  reset: () => void;
}

/** Changes something at the agent. A failure is told in a toast with what to do; what changed comes back as events. */
export function useAction<A = void, R = unknown>(
  call: (client: Client, args: A) => Promise<R>,
  options: ActionOptions<A, R> = {},
): Action<A, R> {
  const { mutateAsync, isPending, variables, error, reset } = useMutation<R, Error, A>({
    mutationFn: async (args) => {
      try {
        return await call(client, args);
      } catch (caught) {
        throw toAgentError(caught);
      }
    },
  });
  const latest = useRef(options);
  latest.current = options;
  const run = useCallback(
    async (args: A): Promise<R | undefined> => {
      try {
        const result = await mutateAsync(args);
        const { success, done } = latest.current;
        const text = typeof success === 'function' ? success(result, args) : success;
        if (text !== undefined) toast.done(text);
        done?.(result, args);
        return result;
      } catch (caught) {
        const known = toAgentError(caught);
        if (latest.current.failed?.(known, args) !== true) toast.failed(known);
        return undefined;
      }
    },
    [mutateAsync],
  );
  return { run, pending: isPending, args: variables, error: error === null ? null : toAgentError(error), reset };
}

/** Hears events of topics while the component is there; for what is no fetched value. */
export function useEvents(topics: readonly EventTopic[], hear: (event: AgentEvent) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  const list = topics.join(',');
  useEffect(() => hub.subscribe(list.split(',') as EventTopic[], (event) => latest.current(event)), [list]);
}

/** Whether the agent answers, and this browser is signed in. */
export function useConnection(): Connection {
  const connection = (): Connection => hub.connection;
  return useSyncExternalStore((changed) => hub.watch(changed), connection, connection);
}
