/** Requests as they were measured, totals, alerts. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, remove, route } from './route.js';

export const requestRoutes = {
  listRequests: route({
    ...get,
    path: '/api/requests',
    tag: 'requests',
    summary:
      'Measured requests, newest first; the next page is in the Link header. With Accept: text/event-stream those that begin and end from now on.',
    query: s.requestsQuery,
    paged: true,
    stream: 'also',
    response: z.array(s.requestRecord),
  }),
  summarizeRequests: route({
    ...get,
    path: '/api/requests/summary',
    tag: 'requests',
    summary: 'Requests, errors, tokens and speed per profile, key, client or model.',
    query: s.requestSummaryQuery,
    response: s.requestSummary,
  }),
  exportRequests: route({
    ...get,
    path: '/api/requests/export',
    tag: 'requests',
    summary: 'Measured requests as CSV or JSON lines, newest first.',
    query: s.exportRequestsQuery,
    response: z.unknown(),
  }),
  getRequest: route({
    ...get,
    path: '/api/requests/:id',
    tag: 'requests',
    summary: 'One request; with prompt and answer where they were kept.',
    params: s.requestIdParams,
    response: s.requestDetail,
  }),
  deleteRequests: route({
    ...remove,
    path: '/api/requests',
    tag: 'requests',
    summary: 'Forget all measured requests and captures.',
  }),
  getUsage: route({
    ...get,
    path: '/api/usage',
    tag: 'requests',
    summary: 'Totals per server and per key, as the event usage.updated carries them.',
    response: s.usage,
  }),
  listAlerts: route({
    ...get,
    path: '/api/alerts',
    tag: 'alerts',
    summary: 'What needs the owner’s eye now, each with what to do.',
    response: z.array(s.alert),
  }),
} as const;
