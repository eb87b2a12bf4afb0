/** /api/routing. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerRouting({ http, routing }: ApiDeps): void {
  http.route(routes.listRules, () => [...routing.list()]);
  http.route(routes.getRule, ({ params }) => routing.get(params.id));
  http.route(routes.createRule, ({ body }) => routing.create(body));
  http.route(routes.updateRule, ({ params, body }) => routing.update(params.id, body));
  http.route(routes.deleteRule, ({ params }) => {
    routing.remove(params.id);
    return null;
  });
  http.route(routes.orderRules, ({ body }) => [...routing.order(body.ids)]);
  http.route(routes.testRouting, ({ body }) => routing.test(body));
}
