/** The pool and its groups. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

export const poolRoutes = {
  getPool: route({
    ...get,
    path: '/api/pool',
    tag: 'pool',
    summary: 'Which models are in memory, and who waits for what.',
    response: s.poolStatus,
  }),
  listPoolGroups: route({
    ...get,
    path: '/api/pool/groups',
    tag: 'pool',
    summary: 'Groups of profiles that may or may not be loaded together.',
    response: z.array(s.poolGroup),
  }),
  createPoolGroup: route({
    ...post,
    status: 201,
    path: '/api/pool/groups',
    tag: 'pool',
    summary: 'Make a group. It counts from the next load.',
    body: s.poolGroupCreate,
    response: s.poolGroup,
  }),
  updatePoolGroup: route({
    method: 'PUT',
    status: 200,
    path: '/api/pool/groups/:id',
    tag: 'pool',
    summary: 'Change a group.',
    params: s.idParams,
    body: s.poolGroupUpdate,
    response: s.poolGroup,
  }),
  deletePoolGroup: route({
    ...remove,
    path: '/api/pool/groups/:id',
    tag: 'pool',
    summary: 'Delete a group. Its profiles stay.',
    params: s.idParams,
  }),
} as const;
