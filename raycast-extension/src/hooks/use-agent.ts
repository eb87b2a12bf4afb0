/** Data of the agent for a screen. */
import { Cache } from "@raycast/api";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { VERSION, type AgentEvent, type Client, type EventTopic } from "@mlx-manager/shared";
import { agent, agentIdentity } from "../lib/agent";
import { eventHub } from "../lib/events";
import { Feed, type MutateOptions, type Update } from "../lib/feed";

const cache = new Cache({ namespace: "agent" });
/** In place of the event stream for what is fetched once. */
const silence: Pick<typeof eventHub, "add" | "hurry"> = { add: () => () => undefined, hurry: () => undefined };

export interface UseAgentOptions<T> {
  /** Events that concern the data. Each leads to a new fetch (one at a time), unless `on` takes it. */
  topics?: EventTopic[];
  /** Applies an event to the data by `mutate` and answers true; answer true also for events to pass over. */
  on?: (event: AgentEvent, mutate: (update: Update<T>) => void) => boolean | void;
  /** False waits. */
  execute?: boolean;
  /** Shows the data of the last key until that of the new one is here. */
  keepPreviousData?: boolean;
  /** False fetches once and listens to nothing: a menu bar command has to come to an end. */
  live?: boolean;
}

export interface UseAgent<T> {
  data: T | undefined;
  isLoading: boolean;
  /** Why the last fetch failed; `data` may still hold what was known before. */
  error: Error | undefined;
  /** Fetches anew, and tries a lost connection at once. */
  revalidate: () => Promise<void>;
  /** Does something and shows its outcome at once, as `mutate` of Raycast's own hooks. Throws what the work throws. */
  mutate: <R>(work?: Promise<R>, options?: MutateOptions<T>) => Promise<R | undefined>;
}

/**
 * Data of the agent: from Raycast's cache at the first drawing, then fetched, then kept up to date by the event stream until the screen closes.
 * When the agent goes away, `error` says so; when it comes back, the data is fetched anew.
 * @param key names the data within the extension; a new key is new data.
 * @param load fetches it; what it answers must survive JSON.
 */
export function useAgent<T>(
  key: string,
  load: (client: Client, signal: AbortSignal) => Promise<T>,
  options: UseAgentOptions<T> = {},
): UseAgent<T> {
  const { execute = true, keepPreviousData = false, live = true } = options;
  const latest = useRef({ load, on: options.on });
  latest.current = { load, on: options.on };
  const name = `${agentIdentity()} ${key}`;
  const topics = options.topics?.join();
  const feed = useMemo(
    () =>
      new Feed<T>({
        connect: agent,
        hub: live ? eventHub : silence,
        load: (client, signal) => latest.current.load(client, signal),
        on: (event, update) => latest.current.on?.(event, update),
        topics: topics === undefined ? undefined : (topics.split(",") as EventTopic[]),
        remembered: recall<T>(name),
        remember: (data) => cache.set(name, JSON.stringify({ version: VERSION, data } satisfies Remembered<T>)),
      }),
    [name, topics, live],
  );
  useEffect(() => {
    if (!execute) return;
    feed.start();
    return () => feed.stop();
  }, [feed, execute]);
  const { data, error, isLoading } = useSyncExternalStore(feed.subscribe, feed.snapshot, feed.snapshot);

  const previous = useRef<T | undefined>(undefined);
  useEffect(() => {
    if (data !== undefined) previous.current = data;
  }, [data]);
  const shown = data === undefined && keepPreviousData ? previous.current : data;
  return useMemo(
    () => ({
      data: shown,
      error,
      isLoading: execute && isLoading,
      revalidate: () => feed.revalidate(),
      mutate: (work, change) => feed.mutate(work, change),
    }),
    [shown, error, execute, isLoading, feed],
  );
}

/** What lies in the cache. Another release's data may have another shape, which no screen is made for. */
interface Remembered<T> {
  version: string;
  data: T;
}

function recall<T>(name: string): T | undefined {
  const text = cache.get(name);
  if (text === undefined) return undefined;
  try {
    const remembered = JSON.parse(text) as Partial<Remembered<T>> | null;
    if (remembered?.version === VERSION) return remembered.data;
  } catch {
    // Cut off while it was written: fetched anew, like what another release left.
  }
  cache.remove(name);
  return undefined;
}
