/** The route table: method, path and schemas of every management call. Agent, client and OpenAPI document are made from it. */
import * as z from 'zod';
import { chatRoutes } from './routes/chats.js';
import { engineRoutes } from './routes/engines.js';
import { keyRoutes } from './routes/keys.js';
import { logRoutes } from './routes/logs.js';
import { modelRoutes } from './routes/models.js';
import { ollamaRoutes } from './routes/ollama.js';
import { poolRoutes } from './routes/pool.js';
import { profileRoutes } from './routes/profiles.js';
import { promptRoutes } from './routes/prompts.js';
import { requestRoutes } from './routes/requests.js';
import { providerRoutes } from './routes/providers.js';
import type { Route } from './routes/route.js';
import { routingRoutes } from './routes/routing.js';
import { serverRoutes } from './routes/servers.js';
import { systemRoutes } from './routes/system.js';
import { wireObject } from './wire.js';

export type { Route } from './routes/route.js';

export const routes = {
  ...modelRoutes,
  ...engineRoutes,
  ...profileRoutes,
  ...serverRoutes,
  ...logRoutes,
  ...poolRoutes,
  ...requestRoutes,
  ...systemRoutes,
  ...providerRoutes,
  ...routingRoutes,
  ...keyRoutes,
  ...ollamaRoutes,
  ...chatRoutes,
  ...promptRoutes,
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
/** The first parts of the window's addresses; each stands for itself and for all below it. */
export const WINDOW_PAGES: readonly string[] = [
  'models',
  'servers',
  'requests',
  'profiles',
  'logs',
  'chat',
  'connect',
  'settings',
  'welcome',
];
/** Path of the dropdown. */
export const DROPDOWN_PATH = '/dropdown';
/** The dropdown goes to this hash when its reader is done with it: what holds it puts it away. Pages of the shell have no other way to tell it. */
export const PUT_AWAY_HASH = '#away';
/** Name of the window that the dropdown's links open in: a browser keeps one tab for it, the shell its window. */
export const WINDOW_TARGET = 'mlx-manager';
/** Name of the session cookie. */
export const SESSION_COOKIE = 'mlx_manager_session';
/** Header by which agent and clients tell each other their version. */
export const VERSION_HEADER = 'x-mlx-manager-version';
