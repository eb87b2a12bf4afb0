/** /api/requests, /api/usage, /api/alerts and /metrics. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { AgentError, requestBegun, requestRecord, routes } from '@mlx-manager/shared';
import { conditionsOf, exportText, toRecord } from '../gateway/index.js';
import type { ApiDeps } from './deps.js';

const EXPORT_TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl; charset=utf-8' };
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function registerRequests({ http, metering, settings }: ApiDeps): void {
  http.route(
    routes.listRequests,
    async ({ query }, { request, reply }) => {
      metering.settle();
      const { limit, cursor, ...filter } = query;
      const page = await metering.history.page(conditionsOf(filter), limit, cursor === undefined ? null : Number(cursor));
      if (page.next !== null) {
        const next = new URL(request.url, 'http://agent');
        next.searchParams.set('cursor', String(page.next));
        void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
      }
      return page.requests.map(toRecord);
    },
    ({ query }, stream) => {
      const stop = metering.watchRequests(query, (news) => {
        const data = news.event === 'begun' ? z.encode(requestBegun, news.request) : z.encode(requestRecord, news.request);
        stream.send({ event: news.event, id: news.request.id, data: JSON.stringify(data) });
      });
      if (stream.signal.aborted) stop();
      else stream.signal.addEventListener('abort', stop, { once: true });
    },
  );
  http.route(routes.summarizeRequests, ({ query }) => {
    metering.settle();
    const { by, ...filter } = query;
    return metering.history.summary(conditionsOf(filter), by);
  });
  http.route(routes.exportRequests, ({ query }, { reply }) => {
    metering.settle();
    const { format, ...filter } = query;
    void reply.type(EXPORT_TYPES[format]).header('content-disposition', `attachment; filename="requests.${format}"`);
    // Read only as fast as the client takes it.
    return Readable.from(exportText(metering.history.scan(conditionsOf(filter), null), format), { objectMode: false });
  });
  http.route(routes.getRequest, async ({ params }) => {
    metering.settle();
    const found = await metering.history.find(params.id);
    if (!found) throw new AgentError('REQUEST_NOT_FOUND', { id: params.id });
    return { request: toRecord(found), capture: metering.history.capture(params.id) };
  });
  http.route(routes.deleteRequests, () => {
    metering.clear();
    return null;
  });
  http.route(routes.getUsage, () => metering.usage());
  http.route(routes.listAlerts, () => metering.alerts());

  http.app.get('/metrics', async (request, reply) => {
    if (!request.caller.signedIn && !settings.get('metricsPublic')) throw new AgentError('UNAUTHORIZED');
    void reply.type(METRICS_TYPE);
    return metering.metrics();
  });
}
