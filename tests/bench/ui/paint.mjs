/** How long until a page shows its data, in a browser that has nothing of it, from a warm agent; and what scripts it fetched for that. */
import { gzipSync } from 'node:zlib';
import { PICTURE_ID } from '../../../shared/src/first-data.ts';
import { startBarePage } from './bare.mjs';
import { newPage } from './rig.mjs';

const DROPDOWN = { width: 380, height: 560 };

/** What tells that the data is there: texts, all of them, of the agent's. @param running whether a model runs. */
export const pagesOf = (running) => [
  { name: 'dropdown', path: '/dropdown', texts: ['free of', 'Profile 0001', ...(running ? ['Tiny'] : [])], size: DROPDOWN },
  { name: 'models', path: '/models', texts: ['models here'] },
  { name: 'models of the hub', path: '/models', texts: ['model-0000'], asksHub: true },
  { name: 'servers', path: '/servers', texts: [running ? 'Tiny' : 'Nothing runs'] },
  { name: 'requests', path: '/requests', texts: [running ? 'Tiny' : 'request'] },
  { name: 'profiles', path: '/profiles', texts: ['Profile 0001'] },
  { name: 'logs', path: '/logs', texts: ['INFO'] },
  { name: 'chat', path: '/chat', texts: ['Chat 0003'] },
  { name: 'connect', path: '/connect', texts: ['127.0.0.1'] },
  { name: 'settings', path: '/settings', texts: ['Start at login'] },
];

/** In the page: notes when the frame was drawn that first had all texts in it. */
function watchFor(texts) {
  const look = () => {
    const text = document.body?.textContent ?? '';
    const values = () => [...document.querySelectorAll('input')].map((one) => one.value).join('\n');
    if (!texts.every((one) => text.includes(one) || values().includes(one))) return;
    observer.disconnect();
    // Behind the next frame: a message that is sent in it comes once it was drawn.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        globalThis.shownAt = performance.now();
      };
      port2.postMessage(null);
    });
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** In the page: notes when the page itself stands in the place of its picture. */
function watchForUse(picture) {
  const look = () => {
    const begun = document.body?.querySelector('button, p') ?? null;
    if (begun === null || document.getElementById(picture) !== null) return;
    observer.disconnect();
    globalThis.usableAt = performance.now();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
}

/** One opening. Answers milliseconds, and where it is not timed, bytes: reading the scripts' bodies is work beside the page's own. */
async function once(browser, agent, { path, texts, size, address = agent.address }, timed) {
  const page = await newPage(browser, agent, { size });
  const scripts = [];
  if (!timed)
    page.on('response', (response) => {
      if (/\.js(\?|$)/.test(response.url())) scripts.push(response.body().catch(() => Buffer.alloc(0)));
    });
  await page.addInitScript(watchFor, texts);
  await page.addInitScript(watchForUse, PICTURE_ID);
  await page.goto(address + path);
  try {
    await page.waitForFunction(() => globalThis.shownAt !== undefined && globalThis.usableAt !== undefined, undefined, {
      polling: 50,
      timeout: 20_000,
    });
  } catch (error) {
    throw new Error(`${path} never showed ${texts.join(', ')}: ${(await page.locator('body').innerText()).slice(0, 500)}`, {
      cause: error,
    });
  }
  const { firstMs, dataMs, usableMs } = await page.evaluate(() => ({
    firstMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    dataMs: globalThis.shownAt,
    usableMs: globalThis.usableAt,
  }));
  const bodies = await Promise.all(scripts);
  await page.context().close();
  return {
    firstMs,
    // The browser says of its first painting when it was on the screen; of others we only know when they were handed over.
    dataMs: Math.max(dataMs, Number.isNaN(firstMs) ? 0 : firstMs),
    usableMs,
    bytes: bodies.reduce((sum, body) => sum + body.length, 0),
    gzip: bodies.reduce((sum, body) => sum + gzipSync(body).length, 0),
  };
}

/** Each page once a round, by turns. @returns rows of { name, firstMs, dataMs, usableMs, bytes, gzip }, the times as lists. */
export async function measurePaints(browser, agent, rounds) {
  const bare = await startBarePage();
  const least = { name: 'bare page', path: '/', texts: ['here it is'], address: bare.address };
  const rows = [least, ...pagesOf(agent.running)].map((page) => ({ ...page, firstMs: [], dataMs: [], usableMs: [], bytes: 0, gzip: 0 }));
  // The first of each is not timed: the agent reads its files, and the scripts are weighed.
  for (let round = -1; round < rounds; round++) {
    for (const row of rows) {
      const { firstMs, dataMs, usableMs, bytes, gzip } = await once(browser, agent, row, round >= 0);
      if (round < 0) {
        Object.assign(row, { bytes, gzip });
        continue;
      }
      row.firstMs.push(firstMs);
      row.dataMs.push(dataMs);
      row.usableMs.push(usableMs);
    }
  }
  await bare.stop();
  return rows;
}
