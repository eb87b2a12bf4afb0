/** Engines. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { engineStarted, get, remove, route } from './route.js';

export const engineRoutes = {
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
} as const;
