/** /api/logs: the logs of all servers and of the agent, together. */
import { z } from 'zod';
import { logEntry, routes, type LogEntry } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

const entries = z.array(logEntry);

export function registerLogs({ http, logs }: Pick<ApiDeps, 'http' | 'logs'>): void {
  http.route(routes.listLogSources, () => logs.sources());
  http.route(routes.readLogs, ({ query }) => logs.read(query), {
    begin: ({ query }) => logs.check(query),
    async stream({ query }, stream) {
      const tell = (lines: LogEntry[]): Promise<void> => {
        stream.send({ event: 'lines', data: JSON.stringify(z.encode(entries, lines)) });
        return stream.whenRead();
      };
      const stop = await logs.follow(query, tell, stream.signal);
      if (stream.signal.aborted) stop();
      else stream.signal.addEventListener('abort', stop, { once: true });
    },
  });
}
