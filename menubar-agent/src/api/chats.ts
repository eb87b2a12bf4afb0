/** /api/chats but for the runs, and /api/attachments. */
import { AgentError, routes, MAX_ATTACHMENT_BYTES } from '@mlx-manager/shared';
import { exportJson, exportMarkdown } from '../chats/index.js';
import { attachmentHeader } from './attachment-header.js';
import type { ApiDeps } from './deps.js';

/** A file of somebody's is data here, whatever it says it is: it runs nothing on our origin. */
const INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export function registerChats({ http, chats, attachments, prompts }: ApiDeps): void {
  http.route(routes.listChats, ({ query }, { request, reply }) => {
    const { hits, cursor } = chats.list(query);
    if (cursor !== null) {
      const next = new URL(request.url, 'http://agent');
      next.searchParams.set('cursor', cursor);
      void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
    }
    return hits;
  });
  http.route(routes.listChatTags, () => chats.tags());
  http.route(routes.createChat, ({ body }) => chats.create(body));
  http.route(routes.getChat, ({ params }) => chats.detail(params.chatId));
  http.route(routes.updateChat, ({ params, body }) => chats.update(params.chatId, body));
  http.route(routes.deleteChat, async ({ params }) => {
    await chats.remove(params.chatId);
    return null;
  });
  http.route(routes.exportChat, ({ params, query: { format, branches = false } }, { reply }) => {
    if (branches && format !== 'json')
      throw new AgentError('INVALID_REQUEST', { problem: 'branches: Markdown shows one branch; use format=json' });
    const detail = branches ? chats.everything(params.chatId) : chats.detail(params.chatId);
    const { title, personaId } = detail.chat;
    void reply.header('content-disposition', attachmentHeader(`${title}.${format === 'json' ? 'json' : 'md'}`));
    if (format === 'json') {
      void reply.type('application/json; charset=utf-8');
      return exportJson(detail, branches, new Date().toISOString());
    }
    void reply.type('text/markdown; charset=utf-8');
    return exportMarkdown(detail, personaId === null ? null : (prompts.findPersona(personaId)?.name ?? null));
  });

  http.bytesRoute(routes.createAttachment, ({ query }, bytes, { request }) => {
    // Told before anything is sent in vain.
    if (Number(request.headers['content-length']) > MAX_ATTACHMENT_BYTES)
      throw new AgentError('ATTACHMENT_TOO_LARGE', { name: query.name, limitMb: MAX_ATTACHMENT_BYTES / 1024 / 1024 });
    return attachments.keep(query.name, query.mediaType, bytes);
  });
  http.route(routes.getAttachment, ({ params }, { reply }) => {
    const { info, bytes } = attachments.open(params.attachmentId);
    void reply
      .type(info.mediaType)
      .header('content-length', String(info.bytes))
      .header('content-disposition', attachmentHeader(info.name))
      .header('content-security-policy', INERT)
      .header('cache-control', 'private, max-age=86400');
    return bytes;
  });
}
