/** /api/system, /api/settings, /api/agent, /api/events. */
import { routes, VERSION } from '@mlx-manager/shared';
import { toTimestamp } from '../core/index.js';
import type { ApiDeps } from './deps.js';

export function registerSystem(deps: ApiDeps): void {
  const { http, machine, launchd, settings, events, agent } = deps;
  http.route(routes.systemMemory, () => machine.memory());
  http.route(routes.systemInfo, () => machine.info());

  http.route(routes.installLaunchd, ({ params }) => launchd.install(params.profileId));
  http.route(routes.uninstallLaunchd, async ({ params }) => {
    await launchd.uninstall(params.profileId);
    return null;
  });
  http.route(routes.launchdStatus, ({ params }) => launchd.status(params.profileId));
  http.route(routes.installAgentLaunchd, () => launchd.installAgent());
  http.route(routes.uninstallAgentLaunchd, async () => {
    await launchd.uninstallAgent();
    return null;
  });
  http.route(routes.agentLaunchdStatus, () => launchd.agentStatus());

  http.route(routes.getSettings, () => settings.snapshot());
  http.route(routes.updateSettings, async ({ body }) => {
    await deps.checkSettings(body);
    const changed = settings.update(body);
    await deps.settingsInForce();
    return changed;
  });

  http.streamRoute(routes.events, ({ query }, stream, request) => {
    const last = request.headers['last-event-id'];
    events.serve(stream, query.topics === undefined ? null : new Set(query.topics.split(',')), Array.isArray(last) ? last[0] : last);
  });
  http.route(routes.health, () => ({ status: 'ok' as const, name: 'mlx-manager' as const, version: VERSION }));
  http.route(routes.agentStatus, () => agent.status());
  http.route(routes.shutdown, ({ body }) => {
    agent.requestShutdown(body.keepServers);
    return { status: 'stopping' as const, name: 'mlx-manager' as const, version: VERSION };
  });
  http.route(routes.createLink, () => {
    const { code, expiresAt } = deps.access.createLink();
    return { url: `${agent.baseUrl()}/open?code=${code}`, expiresAt: toTimestamp(expiresAt) };
  });
}
