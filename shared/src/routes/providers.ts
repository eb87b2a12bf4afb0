/** Providers beyond this machine. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

const tag = 'routing';
export const providerRoutes = {
  listProviders: route({
    ...get,
    path: '/api/providers',
    tag,
    summary: 'All providers. Keys are never answered.',
    response: z.array(s.provider),
  }),
  getProvider: route({ ...get, path: '/api/providers/:id', tag, summary: 'One provider.', params: s.idParams, response: s.provider }),
  createProvider: route({
    ...post,
    status: 201,
    path: '/api/providers',
    tag,
    summary: 'Add a provider. It is asked only by a routing rule.',
    body: s.providerCreate,
    response: s.provider,
  }),
  updateProvider: route({
    method: 'PUT',
    status: 200,
    path: '/api/providers/:id',
    tag,
    summary: 'Change a provider; `key: null` forgets its key.',
    params: s.idParams,
    body: s.providerUpdate,
    response: s.provider,
  }),
  deleteProvider: route({
    ...remove,
    path: '/api/providers/:id',
    tag,
    summary: 'Delete a provider that no rule uses, and its key.',
    params: s.idParams,
  }),
  testProvider: route({
    ...post,
    path: '/api/providers/:id/test',
    tag,
    summary: 'Ask the provider for its models, and say what happened.',
    params: s.idParams,
    response: s.providerTest,
  }),
} as const;
