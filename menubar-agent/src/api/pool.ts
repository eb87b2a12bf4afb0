/** /api/pool. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerPool({ http, pool, poolGroups }: ApiDeps): void {
  http.route(routes.getPool, () => pool.status());
  http.route(routes.listPoolGroups, () => [...poolGroups.list()]);
  http.route(routes.createPoolGroup, ({ body }) => poolGroups.create(body));
  http.route(routes.updatePoolGroup, ({ params, body }) => poolGroups.update(params.id, body));
  http.route(routes.deletePoolGroup, ({ params }) => {
    poolGroups.remove(params.id);
    return null;
  });
}
