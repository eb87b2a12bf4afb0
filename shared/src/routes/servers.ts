/** Servers. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, route } from './route.js';

export const serverRoutes = {
  listServers: route({
    ...get,
    path: '/api/servers',
    tag: 'servers',
    summary: 'Servers that run, come, go or have failed.',
    response: z.array(s.server),
  }),
  getServer: route({
    ...get,
    path: '/api/servers/:profile_id',
    tag: 'servers',
    summary: 'One server.',
    params: s.profileIdParams,
    response: s.server,
  }),
  startServer: route({
    ...post,
    path: '/api/servers/:profile_id/start',
    tag: 'servers',
    summary:
      'Start a profile. Answers at once; follow it on the event stream. With make_room other models are unloaded for it, which may take a while.',
    params: s.profileIdParams,
    body: s.startRequest,
    response: s.serverStarted,
  }),
  stopServer: route({
    ...post,
    path: '/api/servers/:profile_id/stop',
    tag: 'servers',
    summary: 'Stop a server and wait until nothing of it is left.',
    params: s.profileIdParams,
    response: s.serverStopped,
  }),
  restartServer: route({
    ...post,
    path: '/api/servers/:profile_id/restart',
    tag: 'servers',
    summary: 'Stop, then start.',
    params: s.profileIdParams,
    response: s.serverStarted,
  }),
  serverHealth: route({
    ...get,
    path: '/api/servers/:profile_id/health',
    tag: 'servers',
    summary: 'Ask the engine now.',
    params: s.profileIdParams,
    response: s.serverHealth,
  }),
  serverLogs: route({
    ...get,
    path: '/api/servers/:profile_id/logs',
    tag: 'servers',
    summary: 'Log lines; with Accept: text/event-stream history and then new lines.',
    params: s.profileIdParams,
    query: s.logsQuery,
    response: s.serverLogs,
    stream: 'also',
  }),
} as const;
