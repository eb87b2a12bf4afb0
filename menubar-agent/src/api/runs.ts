/** /api/runs, and the runs of a chat. */
import { z } from 'zod';
import { routes, runEventPayloads, type RunEvent } from '@mlx-manager/shared';
import type { SseStream } from '../http/index.js';
import type { ApiDeps } from './deps.js';

export function registerRuns({ http, runs }: ApiDeps): void {
  http.route(routes.createRun, ({ params, body }) => runs.start(params.chatId, body), {
    begin: ({ params, body }) => runs.start(params.chatId, body),
    stream: (_input, stream, _request, run) => watch(stream, runs.events(run.id, undefined, stream.signal)),
  });
  http.route(routes.countChat, ({ body }) => runs.count(body));
  http.route(routes.listRuns, () => runs.list());
  http.route(routes.getRun, ({ params }) => runs.get(params.runId), {
    begin: ({ params }) => runs.get(params.runId),
    stream: ({ params }, stream, request) => {
      const { 'last-event-id': header } = request.headers;
      const { last_event_id: query } = request.query as Record<string, unknown>;
      const last = typeof header === 'string' && header !== '' ? header : query;
      return watch(stream, runs.events(params.runId, typeof last === 'string' ? last : undefined, stream.signal));
    },
  });
  http.route(routes.stopRun, ({ params }) => runs.stop(params.runId));
}

/** Sends the events of a run until its end, or until the reader leaves. */
async function watch(stream: SseStream, events: AsyncIterable<RunEvent> | Iterable<RunEvent>): Promise<void> {
  for await (const { id, type, data } of events) {
    stream.send({ id, event: type, data: JSON.stringify(z.encode(runEventPayloads[type] as z.ZodType, data)) });
    // A slow reader gets more in fewer events; the run does not wait for it.
    await stream.whenRead();
    if (stream.signal.aborted) return;
  }
  stream.end();
}
