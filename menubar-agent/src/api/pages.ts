/** Pages for a browser: the one-time link, the window and the dropdown, the API reference. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AgentError, DROPDOWN_PATH, SIGN_IN_PATH, signInQuery, WINDOW_PAGES } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';
import { FirstAnswers, firstDataElement } from './first-data.js';
import { PageDrawing } from './page-drawing.js';
import { builtPageFolder, PageFiles } from './page-files.js';
import { startPage } from './start-page.js';

/** The page's own files only; no script from elsewhere, no frame around it. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/**
 * For the window: besides, fonts of formulas, pictures and films that a user chose. Nothing remote. Styles may be inline: the primitives place
 * pop-ups by them, diagrams carry their own.
 */
const WINDOW_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/** Files of the page that are no hashed assets. */
const PAGE_FILES = ['begin.js', 'icon.svg'];
/** Files of Swagger UI that the reference needs. Nothing else of the folder is served. */
const SWAGGER_FILES = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);
const TYPES: Record<string, string> = { '.css': 'text/css', '.js': 'text/javascript', '.png': 'image/png' };

const REFERENCE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>MLX Manager API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"><link rel="icon" href="/api/docs/favicon-32x32.png">
<body><div id="reference"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>`;
const REFERENCE_START =
  "window.ui = SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#reference', deepLinking: true, tryItOutEnabled: true });";

export function registerPages(deps: ApiDeps): void {
  const { app } = deps.http;
  const html = (reply: FastifyReply, text: string): FastifyReply =>
    reply.header('content-security-policy', CSP).header('x-frame-options', 'DENY').type('text/html; charset=utf-8').send(text);

  const folder = deps.pageFolder ?? builtPageFolder();
  const drawing = new PageDrawing({ folder, log: deps.logger });
  app.get(SIGN_IN_PATH, async (request, reply) => {
    const query = z.safeDecode(signInQuery, request.query as never);
    if (!query.success) throw new AgentError('LINK_EXPIRED');
    // The cookie is SameSite=Strict: a redirect at the end of a foreign navigation would not carry it, a page that goes on by itself does.
    const to = query.data.to ?? '/';
    void reply.header('set-cookie', deps.access.redeemLink(query.data.code)).header('cache-control', 'no-store');
    // The page comes next.
    drawing.warm();
    return html(
      reply,
      `<!doctype html><meta charset="utf-8"><link rel="icon" href="/icon.svg"><meta http-equiv="refresh" content="0; url=${to.replaceAll('&', '&amp;')}"><title>MLX Manager</title><p>Signing in…</p>`,
    );
  });

  registerWindow(deps, folder, drawing, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    return html(reply, await startPage(deps, request.caller.signedIn));
  });

  let document: string | undefined;
  app.get('/api/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify((await import('./openapi.js')).openapiDocument());
    return reply.type('application/json; charset=utf-8').send(document);
  });
  app.get('/api/docs', async (_request, reply) => html(reply, REFERENCE));
  app.get('/api/docs/start.js', async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(REFERENCE_START));
  app.get<{ Params: { file: string } }>('/api/docs/:file', async (request, reply) => {
    const { file } = request.params;
    if (!SWAGGER_FILES.has(file)) throw new AgentError('NOT_FOUND', { method: 'GET', path: request.url });
    const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static');
    return reply
      .type(TYPES[extname(file)] ?? 'application/octet-stream')
      .header('cache-control', 'max-age=3600')
      .send(createReadStream(join(folder, file)));
  });
}

/**
 * The window and the dropdown. The page itself is for anybody on this machine: data comes with it for who is signed in, others' pages ask `/api`
 * for it, which wants the session.
 * @param unbuilt answers where the page was not built.
 */
function registerWindow(
  deps: ApiDeps,
  folder: string,
  drawing: PageDrawing,
  unbuilt: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const { app } = deps.http;
  const files = new PageFiles(folder);
  const first = new FirstAnswers(deps.events);
  app.addHook('preClose', (done) => {
    first.end();
    drawing.end();
    done();
  });
  const serve = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void => {
    app.route({ method: ['GET', 'HEAD'], url, config: { area: 'public' }, handler });
  };
  /** @param page of the window; null is the dropdown. */
  const entry = (page: string | null) => async (request: FastifyRequest, reply: FastifyReply) => {
    const built = await (page === null ? files.entry('dropdown') : files.window(page === 'home' ? 'servers' : page));
    if (built === null) return unbuilt(request, reply);
    void reply
      .header('content-security-policy', WINDOW_CSP)
      .header('x-frame-options', 'DENY')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8');
    if (!request.caller.signedIn || request.method === 'HEAD') return reply.send(built);
    drawing.warm();
    // The head goes first: the browser makes itself ready and fetches the style sheet while the answers are made.
    const head = built.indexOf('</head>');
    const answers = first.of(request, page ?? 'dropdown');
    const path = request.url;
    const origin = `${request.protocol}://${request.host}`;
    return reply.send(
      Readable.from(
        (async function* () {
          yield built.slice(0, head);
          const data = await answers;
          yield firstDataElement(data) + (await drawing.into(built.slice(head), { path, origin, answers: data.answers }));
        })(),
        { objectMode: false },
      ),
    );
  };
  serve('/', entry('home'));
  // The page itself says that there is none of this name.
  deps.http.onMissingPage(entry('home'));
  for (const page of WINDOW_PAGES) for (const url of [`/${page}`, `/${page}/*`]) serve(url, entry(page));
  serve(DROPDOWN_PATH, entry(null));
  for (const file of PAGE_FILES) serve(`/${file}`, (request, reply) => files.answer(file, request, reply));
  serve('/assets/:file', (request, reply) => files.answer(`assets/${(request.params as { file: string }).file}`, request, reply));
}
