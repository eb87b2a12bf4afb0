/** API keys of `/v1`. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

export const keyRoutes = {
  listKeys: route({
    ...get,
    path: '/api/keys',
    tag: 'keys',
    summary: 'API keys, newest first, revoked ones too. Never their secrets.',
    response: z.array(s.apiKey),
  }),
  createKey: route({
    ...post,
    status: 201,
    path: '/api/keys',
    tag: 'keys',
    summary: 'Make an API key. The answer holds its secret, this once.',
    body: s.apiKeyCreate,
    response: s.apiKeyCreated,
  }),
  getKey: route({ ...get, path: '/api/keys/:id', tag: 'keys', summary: 'One API key.', params: s.idParams, response: s.apiKey }),
  updateKey: route({
    method: 'PATCH',
    status: 200,
    path: '/api/keys/:id',
    tag: 'keys',
    summary: 'Change name, limits, models, expiry or priority of a key. In force with the next request.',
    params: s.idParams,
    body: s.apiKeyUpdate,
    response: s.apiKey,
  }),
  revokeKey: route({
    ...remove,
    path: '/api/keys/:id',
    tag: 'keys',
    summary: 'Revoke a key for good. It stays in the list.',
    params: s.idParams,
  }),
} as const;
