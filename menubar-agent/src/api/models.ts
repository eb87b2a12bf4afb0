/** /api/models and its downloads. */
import { z } from 'zod';
import { downloadTask, routes, type DownloadStatus } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

const ENDED = new Set<DownloadStatus>(['completed', 'failed', 'cancelled', 'paused']);

export function registerModels({ http, catalogue, local, downloads, bus }: ApiDeps): void {
  http.route(routes.searchModels, async ({ query }, { request, reply }) => {
    const left = new AbortController();
    request.raw.socket.once('close', () => left.abort());
    const page = await catalogue.search(query, left.signal);
    if (page.cursor !== null) {
      const next = new URL(request.url, 'http://agent');
      next.searchParams.set('cursor', page.cursor);
      void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
    }
    return page.models;
  });
  http.route(routes.listLocalModels, () => local.list());
  http.route(routes.getModel, ({ params }) => catalogue.detail(params.modelId));
  http.route(routes.getModelCard, ({ params }) => catalogue.card(params.modelId));
  http.route(routes.deleteModel, async ({ params, query }) => {
    await local.remove(params.modelId, query.revision);
    return null;
  });

  http.route(routes.downloadModel, async ({ body }) => ({ taskId: (await downloads.start(body.modelId, body.revision)).taskId }));
  http.route(routes.listDownloads, () => downloads.list());
  http.route(routes.getDownload, ({ params }) => downloads.get(params.taskId));
  http.route(routes.pauseDownload, ({ params }) => downloads.pause(params.taskId));
  http.route(routes.resumeDownload, ({ params }) => downloads.resume(params.taskId));
  http.route(routes.cancelDownload, ({ params }) => downloads.cancel(params.taskId));
  http.route(routes.removeDownload, async ({ params }) => {
    await downloads.remove(params.taskId);
    return null;
  });
  http.streamRoute(
    routes.downloadProgress,
    ({ params }, stream) => {
      const send = (task: z.output<typeof downloadTask>): void => {
        stream.send({ event: 'progress', data: JSON.stringify(z.encode(downloadTask, task)) });
        if (ENDED.has(task.status)) stream.end();
      };
      const off = bus.on('download.updated', (task) => {
        if (task.taskId === params.taskId) send(task);
      });
      const offRemoved = bus.on('download.removed', ({ taskId }) => {
        if (taskId === params.taskId) stream.end();
      });
      stream.signal.addEventListener(
        'abort',
        () => {
          off();
          offRemoved();
        },
        { once: true },
      );
      send(downloads.get(params.taskId));
    },
    ({ params }) => void downloads.get(params.taskId),
  );
}
