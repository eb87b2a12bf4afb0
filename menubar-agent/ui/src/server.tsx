/**
 * Draws the page without a browser: the agent sends the picture with the page, so that one sees the data before the page's scripts have run.
 * A picture only: nothing in it can be used until the page itself, drawn from the same data, takes its place.
 */
import { parentPort } from 'node:worker_threads';
import type { ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { DRAWS, type Picture, type PictureJob, type PictureOf } from '@mlx-manager/shared';
import { MenuBar } from './app/menu-bar.js';
import { preloadPage, Window } from './app/window.js';
import { drawWith } from './lib/first-data.js';
import { drawFor } from './lib/here.js';
import { queryClient } from './lib/live.js';

parentPort?.on('message', (job: PictureJob) => {
  void answer(job).then((picture) => parentPort?.postMessage(picture));
});
parentPort?.postMessage(DRAWS);

async function answer({ id, of }: PictureJob): Promise<Picture> {
  try {
    return { id, html: await draw(of) };
  } catch (error) {
    return { id, html: '', problem: `${of.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

/** @returns HTML, escaped by React. @throws what the page throws that cannot be drawn without a browser. */
async function draw({ path, answers, origin }: PictureOf): Promise<string> {
  const url = new URL(path, origin);
  const { pathname } = url;
  if (pathname === '/dropdown') return drawn(<MenuBar />, url, answers);
  await preloadPage(pathname);
  const context: { redirectTo?: string } = {};
  const html = drawn(windowAt(url, context), url, answers);
  if (context.redirectTo === undefined) return html;
  const to = new URL(context.redirectTo, origin);
  await preloadPage(to.pathname);
  return drawn(windowAt(to, {}), to, answers);
}

const windowAt = ({ pathname, search }: URL, ssrContext: object): ReactElement => (
  <Window router={{ ssrPath: pathname, ssrSearch: search.slice(1), ssrContext }} />
);

/** At one go: what is drawn for one caller stands in variables of the modules, and is forgotten before another's turn. */
function drawn(page: ReactElement, { pathname, origin, hostname }: URL, answers: PictureOf['answers']): string {
  drawFor({ pathname, origin, hostname });
  drawWith(answers);
  try {
    return renderToString(page);
  } finally {
    queryClient.clear();
    drawWith({});
  }
}
