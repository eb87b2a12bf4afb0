/** api: the management routes, one file per resource. */
import { registerEngines } from './engines.js';
import { registerModels } from './models.js';
import { registerPages } from './pages.js';
import { registerProfiles } from './profiles.js';
import { registerServers } from './servers.js';
import { registerSystem } from './system.js';
import type { ApiDeps } from './deps.js';

export { EventStream, type TopicWatch } from './event-stream.js';
export type { ApiDeps } from './deps.js';

/** Adds every route of `/api` and the pages. */
export function registerApi(deps: ApiDeps): void {
  registerModels(deps);
  registerEngines(deps);
  registerProfiles(deps);
  registerServers(deps);
  registerSystem(deps);
  registerPages(deps);
}
