/** api: the management routes, one file per resource. */
import { registerChats } from './chats.js';
import { registerEngines } from './engines.js';
import { registerKeys } from './keys.js';
import { registerLogs } from './logs.js';
import { registerModels } from './models.js';
import { registerOllamaStatus } from './ollama.js';
import { registerPages } from './pages.js';
import { registerPool } from './pool.js';
import { registerProfiles } from './profiles.js';
import { registerPrompts } from './prompts.js';
import { registerProviders } from './providers.js';
import { registerRequests } from './requests.js';
import { registerRouting } from './routing.js';
import { registerRuns } from './runs.js';
import { registerServers } from './servers.js';
import { registerSystem } from './system.js';
import type { ApiDeps } from './deps.js';

export { EventStream, type TopicWatch } from './event-stream.js';
export type { ApiDeps } from './deps.js';

/** Adds every route of `/api` and the pages. */
export function registerApi(deps: ApiDeps): void {
  registerModels(deps);
  registerChats(deps);
  registerEngines(deps);
  registerProfiles(deps);
  registerServers(deps);
  registerLogs(deps);
  registerPool(deps);
  registerRequests(deps);
  registerSystem(deps);
  registerKeys(deps);
  registerOllamaStatus(deps);
  registerProviders(deps);
  registerRouting(deps);
  registerRuns(deps);
  registerPrompts(deps);
  registerPages(deps);
}
