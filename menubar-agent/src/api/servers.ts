/** /api/servers. */
import { z } from 'zod';
import { AgentError, logLine, routes, type Server } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerServers({ http, servers, pool, profiles }: ApiDeps): void {
  const started = (server: Server): { pid: number | null; port: number | null; state: Server['state'] } => ({
    pid: server.pid,
    port: server.port,
    state: server.state,
  });
  const running = (profileId: number): Server => {
    const server = servers.get(profileId);
    if (!server) throw new AgentError('SERVER_NOT_RUNNING', { name: profiles.get(profileId).name, profileId });
    return server;
  };

  http.route(routes.listServers, async () => {
    await servers.sampleMetrics();
    return servers.list();
  });
  http.route(routes.getServer, async ({ params }) => {
    await servers.sampleMetrics();
    return running(params.profileId);
  });
  http.route(routes.startServer, async ({ params, body }) => started(await pool.start(params.profileId, body)));
  http.route(routes.stopServer, async ({ params }) => {
    running(params.profileId);
    return { stopped: await pool.stop(params.profileId) };
  });
  http.route(routes.restartServer, async ({ params }) => {
    running(params.profileId);
    return started(await pool.restart(params.profileId));
  });
  http.route(routes.serverHealth, ({ params }) => {
    running(params.profileId);
    return servers.health(params.profileId);
  });
  http.route(
    routes.serverLogs,
    async ({ params, query }) => {
      profiles.get(params.profileId);
      return { lines: await servers.logs(params.profileId, query) };
    },
    ({ params, query }, stream, request) => {
      profiles.get(params.profileId);
      const last = Number(request.headers['last-event-id']);
      const after = Number.isInteger(last) && last > 0 ? last : null;
      const stop = servers.followLogs(params.profileId, after, query, (line) => {
        stream.send({ id: String(line.seq), event: 'log', data: JSON.stringify(z.encode(logLine, line)) });
      });
      if (stream.signal.aborted) stop();
      else stream.signal.addEventListener('abort', stop, { once: true });
    },
  );
}
