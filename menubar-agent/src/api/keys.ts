/** /api/keys. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerKeys({ http, apiKeys }: ApiDeps): void {
  http.route(routes.listKeys, () => apiKeys.list());
  http.route(routes.createKey, ({ body }, { reply }) => {
    // The secret must stay in no cache on the way.
    void reply.header('cache-control', 'no-store');
    return apiKeys.create(body);
  });
  http.route(routes.getKey, ({ params }) => apiKeys.get(params.id));
  http.route(routes.updateKey, ({ params, body }) => apiKeys.update(params.id, body));
  http.route(routes.revokeKey, ({ params }) => {
    apiKeys.revoke(params.id);
    return null;
  });
}
