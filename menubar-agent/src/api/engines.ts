/** /api/engines. */
import { z } from 'zod';
import { engine, installLine, routes, type Engine, type InstallLine } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerEngines({ http, engines, bus }: ApiDeps): void {
  http.route(routes.listEngines, () => engines.list());
  http.route(routes.getEngine, ({ params }) => engines.get(params.engineId));
  http.route(routes.installEngine, ({ params }) => engines.install(params.engineId));
  http.route(routes.upgradeEngine, ({ params }) => engines.upgrade(params.engineId));
  http.route(routes.removeEngine, async ({ params }) => {
    await engines.remove(params.engineId);
    return null;
  });
  http.streamRoute(
    routes.engineProgress,
    async ({ params }, stream) => {
      const { engineId } = params;
      const sendLine = (line: InstallLine): void => stream.send({ event: 'line', data: JSON.stringify(z.encode(installLine, line)) });
      const sendEnd = (one: Engine): void => {
        stream.send({ event: 'engine', data: JSON.stringify(z.encode(engine, one)) });
        stream.end();
      };
      const off = [
        bus.on('engine.progress', (line) => {
          if (line.engineId === engineId) sendLine(line);
        }),
        bus.on('engine.updated', (one) => {
          if (one.id === engineId && one.state !== 'installing') sendEnd(one);
        }),
      ];
      stream.signal.addEventListener('abort', () => off.forEach((stop) => stop()), { once: true });
      for (const line of engines.progressLines(engineId)) sendLine(line);
      const now = await engines.get(engineId);
      if (now.state !== 'installing') sendEnd(now);
    },
    async ({ params }) => {
      await engines.get(params.engineId);
    },
  );
}
