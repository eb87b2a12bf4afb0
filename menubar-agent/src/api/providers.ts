/** /api/providers. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerProviders({ http, providers }: ApiDeps): void {
  http.route(routes.listProviders, () => providers.list());
  http.route(routes.getProvider, ({ params }) => providers.get(params.id));
  http.route(routes.createProvider, ({ body }) => providers.create(body));
  http.route(routes.updateProvider, ({ params, body }) => providers.update(params.id, body));
  http.route(routes.deleteProvider, async ({ params }) => {
    await providers.remove(params.id);
    return null;
  });
  http.route(routes.testProvider, ({ params }) => providers.test(params.id));
}
