/** Profiles. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

export const profileRoutes = {
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
} as const;
