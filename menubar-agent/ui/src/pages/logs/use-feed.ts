/** The page's feed of lines, and which logs there are. It rests while the page is out of sight. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { client } from '../../lib/api.js';
import { readFirst } from '../../lib/first-data.js';
import { hub } from '../../lib/live.js';
import { without } from '../../lib/lists.js';
import { REFETCH, useApi } from '../../lib/query.js';
import { LogFeed } from './feed.js';
import { FIRST_LINES } from './lines.js';

/** Logs there are. One more comes when a server runs for the first time. */
export const useLogSources = () =>
  useApi(['log-sources'], (api, signal) => api.listLogSources({ signal }), {
    topics: ['server', 'profile'],
    on: (list, event) => {
      if (event.type === 'server.updated') return list.some(({ profileId }) => profileId === event.data.profileId) ? undefined : REFETCH;
      if (event.type === 'profile.updated')
        return list.map((one) => (one.profileId === event.data.id ? { ...one, name: event.data.name } : one));
      if (event.type === 'profile.deleted') return without(list, ({ profileId }) => profileId === event.data.id);
      return undefined;
    },
  });

/** @param sources followed ones. @param all they are all there are. */
export function useFeed(sources: readonly string[], all: boolean): LogFeed {
  const [feed] = useState(() => {
    const first = all ? readFirst((reader) => reader.readLogs({ query: { lines: FIRST_LINES } })) : undefined;
    return new LogFeed({ client, nextFrame: (paint) => requestAnimationFrame(paint), first });
  });
  useSyncExternalStore(feed.watch, feed.version, feed.version);
  const key = sources.join(',');
  useEffect(() => feed.follow(key.split(',').filter(Boolean), all), [feed, key, all]);
  useEffect(() => {
    const seen = (): void => {
      if (document.visibilityState === 'visible') feed.resume();
      else feed.rest();
    };
    const stop = hub.watch(() => {
      if (hub.connection === 'live') feed.retry();
    });
    document.addEventListener('visibilitychange', seen);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', seen);
      feed.rest();
    };
  }, [feed]);
  return feed;
}
