/** /api/profiles. */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerProfiles({ http, profiles, commands }: ApiDeps): void {
  http.route(routes.listProfiles, () => profiles.list());
  http.route(routes.nextPort, async () => ({ port: await profiles.nextPort() }));
  http.route(routes.exportProfiles, ({ query }) => profiles.export(query.ids?.split(',').map(Number)));
  http.route(routes.importProfiles, ({ body }) => profiles.import(body));
  http.route(routes.draftCommand, ({ body }) => commands.ofDraft(body));
  http.route(routes.profileCommand, ({ params }) => commands.ofProfile(params.id));
  http.route(routes.getProfile, ({ params }) => profiles.get(params.id));
  http.route(routes.createProfile, ({ body }) => {
    const { port, ...options } = body;
    return profiles.create(port === undefined ? options : { ...options, port });
  });
  http.route(routes.updateProfile, ({ params, body }) => profiles.update(params.id, body));
  http.route(routes.deleteProfile, async ({ params }) => {
    await profiles.remove(params.id);
    return null;
  });
  http.route(routes.duplicateProfile, ({ params, body }) => profiles.duplicate(params.id, body.newName));
}
