/** The route table: method, path and schemas of every management call. Agent, client and OpenAPI document are made from it. */
import { z } from 'zod';
import * as s from './schemas/index.js';
import { wireObject } from './wire.js';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's form: `/api/profiles/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** Status of a success. */
  readonly status: number;
  /** Server-sent events: `only`, or `also`, where `Accept: text/event-stream` asks for them. */
  readonly stream?: 'only' | 'also';
  /** The next page is named by the Link header. */
  readonly paged?: boolean;
}

const route = <const R extends Route>(definition: R): R => definition;
const get = { method: 'GET', status: 200 } as const;
const post = { method: 'POST', status: 200 } as const;
const remove = { method: 'DELETE', status: 204, response: s.noContent } as const;
const engineStarted = { ...post, status: 202, params: s.engineIdParams, response: s.engine } as const;

export const routes = {
  // Models
  searchModels: route({
    ...get,
    path: '/api/models/search',
    tag: 'models',
    summary: 'Search MLX models on the hub. The next page is in the Link header.',
    query: s.searchModelsQuery,
    paged: true,
    response: z.array(s.modelSearchResult),
  }),
  listLocalModels: route({
    ...get,
    path: '/api/models/local',
    tag: 'models',
    summary: 'Models on this machine, also those other tools downloaded.',
    response: z.array(s.localModel),
  }),
  downloadModel: route({
    ...post,
    status: 202,
    path: '/api/models/download',
    tag: 'downloads',
    summary: 'Start, or join, the download of a model.',
    body: s.downloadRequest,
    response: s.downloadStarted,
  }),
  listDownloads: route({
    ...get,
    path: '/api/models/downloads',
    tag: 'downloads',
    summary: 'Download tasks, newest first.',
    response: z.array(s.downloadTask),
  }),
  getDownload: route({
    ...get,
    path: '/api/models/download/:task_id',
    tag: 'downloads',
    summary: 'One download task.',
    params: s.taskIdParams,
    response: s.downloadTask,
  }),
  downloadProgress: route({
    ...get,
    path: '/api/models/download/:task_id/progress',
    tag: 'downloads',
    summary: 'Progress of a download as server-sent events, ending with its last state.',
    params: s.taskIdParams,
    response: s.downloadTask,
    stream: 'only',
  }),
  pauseDownload: route({
    ...post,
    path: '/api/models/download/:task_id/pause',
    tag: 'downloads',
    summary: 'Pause; what has arrived is kept.',
    params: s.taskIdParams,
    response: s.downloadTask,
  }),
  resumeDownload: route({
    ...post,
    path: '/api/models/download/:task_id/resume',
    tag: 'downloads',
    summary: 'Go on from where it was.',
    params: s.taskIdParams,
    response: s.downloadTask,
  }),
  cancelDownload: route({
    ...post,
    path: '/api/models/download/:task_id/cancel',
    tag: 'downloads',
    summary: 'Stop and throw away what has arrived.',
    params: s.taskIdParams,
    response: s.downloadTask,
  }),
  removeDownload: route({
    ...remove,
    path: '/api/models/download/:task_id',
    tag: 'downloads',
    summary: 'Forget a task that has ended.',
    params: s.taskIdParams,
  }),
  getModel: route({
    ...get,
    path: '/api/models/:model_id',
    tag: 'models',
    summary: 'One model: characteristics, files, memory it would need.',
    params: s.modelIdParams,
    response: s.modelDetail,
  }),
  deleteModel: route({
    ...remove,
    path: '/api/models/:model_id',
    tag: 'models',
    summary: 'Delete a model from the cache, or one revision of it.',
    params: s.modelIdParams,
    query: s.deleteModelQuery,
  }),

  // Engines
  listEngines: route({
    ...get,
    path: '/api/engines',
    tag: 'engines',
    summary: 'Engines, what they offer, and whether they are installed.',
    response: z.array(s.engine),
  }),
  getEngine: route({
    ...get,
    path: '/api/engines/:engine_id',
    tag: 'engines',
    summary: 'One engine.',
    params: s.engineIdParams,
    response: s.engine,
  }),
  installEngine: route({
    ...engineStarted,
    path: '/api/engines/:engine_id/install',
    tag: 'engines',
    summary: 'Install, or repair, an engine.',
  }),
  upgradeEngine: route({
    ...engineStarted,
    path: '/api/engines/:engine_id/upgrade',
    tag: 'engines',
    summary: 'Bring an engine to the pinned version.',
  }),
  removeEngine: route({
    ...remove,
    path: '/api/engines/:engine_id',
    tag: 'engines',
    summary: 'Remove an engine’s environment.',
    params: s.engineIdParams,
  }),
  engineProgress: route({
    ...get,
    path: '/api/engines/:engine_id/progress',
    tag: 'engines',
    summary: 'The installer’s lines as server-sent events, ending with the engine.',
    params: s.engineIdParams,
    response: s.installLine,
    stream: 'only',
  }),

  // Profiles
  listProfiles: route({ ...get, path: '/api/profiles', tag: 'profiles', summary: 'All profiles.', response: z.array(s.profile) }),
  nextPort: route({
    ...get,
    path: '/api/profiles/next-port',
    tag: 'profiles',
    summary: 'The next port that is really free.',
    response: s.nextPort,
  }),
  exportProfiles: route({
    ...get,
    path: '/api/profiles/export',
    tag: 'profiles',
    summary: 'Profiles as JSON for another machine.',
    query: s.exportProfilesQuery,
    response: s.profileExport,
  }),
  importProfiles: route({
    ...post,
    path: '/api/profiles/import',
    tag: 'profiles',
    summary: 'Take over exported profiles. All or none.',
    body: s.profileExport,
    response: s.profileImportResult,
  }),
  getProfile: route({
    ...get,
    path: '/api/profiles/:id',
    tag: 'profiles',
    summary: 'One profile.',
    params: s.idParams,
    response: s.profile,
  }),
  createProfile: route({
    ...post,
    status: 201,
    path: '/api/profiles',
    tag: 'profiles',
    summary: 'Create a profile.',
    body: s.profileCreate,
    response: s.profile,
  }),
  updateProfile: route({
    method: 'PUT',
    status: 200,
    path: '/api/profiles/:id',
    tag: 'profiles',
    summary: 'Change a profile. A running server takes it up at its next start.',
    params: s.idParams,
    body: s.profileUpdate,
    response: s.profile,
  }),
  deleteProfile: route({
    ...remove,
    path: '/api/profiles/:id',
    tag: 'profiles',
    summary: 'Delete a profile that is not running.',
    params: s.idParams,
  }),
  duplicateProfile: route({
    ...post,
    status: 201,
    path: '/api/profiles/:id/duplicate',
    tag: 'profiles',
    summary: 'Copy a profile under a new name and port.',
    params: s.idParams,
    body: s.profileDuplicate,
    response: s.profile,
  }),

  // Servers
  listServers: route({
    ...get,
    path: '/api/servers',
    tag: 'servers',
    summary: 'Servers that run, come, go or have failed.',
    response: z.array(s.server),
  }),
  getServer: route({
    ...get,
    path: '/api/servers/:profile_id',
    tag: 'servers',
    summary: 'One server.',
    params: s.profileIdParams,
    response: s.server,
  }),
  startServer: route({
    ...post,
    path: '/api/servers/:profile_id/start',
    tag: 'servers',
    summary: 'Start a profile. Answers at once; follow it on the event stream.',
    params: s.profileIdParams,
    response: s.serverStarted,
  }),
  stopServer: route({
    ...post,
    path: '/api/servers/:profile_id/stop',
    tag: 'servers',
    summary: 'Stop a server and wait until nothing of it is left.',
    params: s.profileIdParams,
    response: s.serverStopped,
  }),
  restartServer: route({
    ...post,
    path: '/api/servers/:profile_id/restart',
    tag: 'servers',
    summary: 'Stop, then start.',
    params: s.profileIdParams,
    response: s.serverStarted,
  }),
  serverHealth: route({
    ...get,
    path: '/api/servers/:profile_id/health',
    tag: 'servers',
    summary: 'Ask the engine now.',
    params: s.profileIdParams,
    response: s.serverHealth,
  }),
  serverLogs: route({
    ...get,
    path: '/api/servers/:profile_id/logs',
    tag: 'servers',
    summary: 'Log lines; with Accept: text/event-stream history and then new lines.',
    params: s.profileIdParams,
    query: s.logsQuery,
    response: s.serverLogs,
    stream: 'also',
  }),

  // System
  systemMemory: route({ ...get, path: '/api/system/memory', tag: 'system', summary: 'Memory and GPU now.', response: s.systemMemory }),
  systemInfo: route({ ...get, path: '/api/system/info', tag: 'system', summary: 'Machine and versions.', response: s.systemInfo }),
  installLaunchd: route({
    ...post,
    path: '/api/system/launchd/install/:profile_id',
    tag: 'launchd',
    summary: 'Run a profile at login by launchd.',
    params: s.profileIdParams,
    response: s.launchdInstalled,
  }),
  uninstallLaunchd: route({
    ...post,
    status: 204,
    path: '/api/system/launchd/uninstall/:profile_id',
    tag: 'launchd',
    summary: 'Take a profile out of launchd.',
    params: s.profileIdParams,
    response: s.noContent,
  }),
  launchdStatus: route({
    ...get,
    path: '/api/system/launchd/status/:profile_id',
    tag: 'launchd',
    summary: 'What launchd says of a profile.',
    params: s.profileIdParams,
    response: s.launchdStatus,
  }),
  installAgentLaunchd: route({
    ...post,
    path: '/api/system/launchd/agent/install',
    tag: 'launchd',
    summary: 'Start the agent itself at login.',
    response: s.launchdInstalled,
  }),
  uninstallAgentLaunchd: route({
    ...post,
    status: 204,
    path: '/api/system/launchd/agent/uninstall',
    tag: 'launchd',
    summary: 'No longer start the agent at login.',
    response: s.noContent,
  }),
  agentLaunchdStatus: route({
    ...get,
    path: '/api/system/launchd/agent/status',
    tag: 'launchd',
    summary: 'What launchd says of the agent.',
    response: s.launchdStatus,
  }),

  // Settings and the agent
  getSettings: route({
    ...get,
    path: '/api/settings',
    tag: 'settings',
    summary: 'All settings and where each value comes from.',
    response: s.settings,
  }),
  updateSettings: route({
    method: 'PATCH',
    status: 200,
    path: '/api/settings',
    tag: 'settings',
    summary: 'Change settings; null goes back to the default.',
    body: s.settingsUpdate,
    response: s.settings,
  }),
  events: route({
    ...get,
    path: '/api/events',
    tag: 'agent',
    summary: 'Every state change as server-sent events, with replay by Last-Event-ID.',
    query: s.eventsQuery,
    response: z.unknown(),
    stream: 'only',
  }),
  health: route({
    ...get,
    path: '/api/health',
    tag: 'agent',
    summary: 'Whether the agent answers. Needs no token.',
    response: s.agentHealth,
  }),
  agentStatus: route({
    ...get,
    path: '/api/agent',
    tag: 'agent',
    summary: 'The agent’s version, address and counts.',
    response: s.agentStatus,
  }),
  shutdown: route({
    ...post,
    status: 202,
    path: '/api/agent/shutdown',
    tag: 'agent',
    summary: 'End the agent.',
    body: s.shutdownRequest,
    response: s.agentHealth,
  }),
  createLink: route({
    ...post,
    status: 201,
    path: '/api/agent/link',
    tag: 'agent',
    summary: 'A one-time link that signs a browser in.',
    response: s.sessionLink,
  }),
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** Path of the one-time link; it sets the session cookie and goes on to `to`. */
export const SIGN_IN_PATH = '/open';
export const signInQuery = wireObject({
  code: z.string().max(128),
  to: z
    .string()
    .max(256)
    .regex(/^\/(?!\/)[\w/.?=&-]*$/)
    .optional(),
});
/** Name of the session cookie. */
export const SESSION_COOKIE = 'mlx_manager_session';
/** Header by which agent and clients tell each other their version. */
export const VERSION_HEADER = 'x-mlx-manager-version';
