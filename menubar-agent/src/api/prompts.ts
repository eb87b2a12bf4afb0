/** /api/personas, /api/templates, /api/prompts. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerPrompts({ http, prompts }: ApiDeps): void {
  http.route(routes.listPersonas, () => prompts.personas());
  http.route(routes.createPersona, ({ body }) => prompts.createPersona(body));
  http.route(routes.updatePersona, ({ params, body }) => prompts.updatePersona(params.id, body));
  http.route(routes.deletePersona, ({ params }) => {
    prompts.removePersona(params.id);
    return null;
  });
  http.route(routes.listTemplates, () => prompts.templates());
  http.route(routes.createTemplate, ({ body }) => prompts.createTemplate(body));
  http.route(routes.updateTemplate, ({ params, body }) => prompts.updateTemplate(params.id, body));
  http.route(routes.deleteTemplate, ({ params }) => {
    prompts.removeTemplate(params.id);
    return null;
  });
  http.route(routes.renderTemplate, ({ params, body }) => prompts.render(params.id, body));
  http.route(routes.exportPrompts, ({ query }) => prompts.export(query.what));
  http.route(routes.importPrompts, ({ body }) => prompts.import(body));
}
