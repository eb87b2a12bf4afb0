/** Logs of all servers and of the agent. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, route } from './route.js';

export const logRoutes = {
  listLogSources: route({
    ...get,
    path: '/api/logs/sources',
    tag: 'logs',
    summary: 'Logs there are: the agent’s own, and that of each profile whose server ever ran.',
    response: z.array(s.logSource),
  }),
  readLogs: route({
    ...get,
    path: '/api/logs',
    tag: 'logs',
    summary: 'Lines of several logs, merged by time; with Accept: text/event-stream history and then new lines, some in one event.',
    query: s.allLogsQuery,
    response: s.allLogs,
    stream: 'also',
  }),
} as const;
