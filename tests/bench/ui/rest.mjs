/** A page that is left open: its heap over hours of events, and what it asks for while nothing happens. */
import { post } from '../agents.mjs';
import { busyAgent, downloadAt, startFlood } from './flood.mjs';
import { pagesOf } from './paint.mjs';
import { newPage } from './rig.mjs';

const TICK_MS = 2000;
const TICKS_AN_HOUR = 3_600_000 / TICK_MS;

/** What is in use after everything that can go is gone, bytes; and the nodes and listeners that are left. */
async function heapOf(cdp) {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
  return { bytes: usedSize, nodes, listeners: jsEventListeners };
}

/** Through all pages of the window and back, by the sidebar. */
async function walk(page, back) {
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  for (let i = 0, count = await links.count(); i < count; i++) {
    await links.nth(i).click();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.clock.runFor(1000);
  }
  await links.filter({ hasText: back }).click();
  await page.getByRole('heading', { level: 1, name: back }).waitFor();
  // Events of pages that are left are carried a little longer.
  await page.clock.runFor(10 * 60_000);
}

/**
 * The page of servers through hours of figures, once an hour through all other pages; then the dropdown.
 * @returns rows of { name, points, events }; a point is { hour, bytes, nodes, listeners }.
 */
export async function measureHeap(browser, agent, hours, say) {
  const flood = await startFlood(agent);
  const tellsAt = await busyAgent(agent);
  const task = await pausedDownload(agent);
  const rows = [];
  try {
    for (const { name, path, window } of [
      { name: 'window, on Servers', path: '/servers', window: true },
      { name: 'dropdown', path: '/dropdown', window: false },
    ]) {
      const page = await newPage(browser, agent, { address: flood.address, clock: true });
      await page.goto(flood.address + path);
      await page.getByText('Tiny').first().waitFor();
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('HeapProfiler.enable');
      const points = [];
      let events = 0;
      let tick = 0;
      const live = async (ticks) => {
        for (let i = 0; i < ticks; i++, tick++) {
          for (const [type, data] of [...tellsAt(tick), ...(task ? [downloadAt(task, tick)] : [])]) events += flood.tell(type, data);
          await page.clock.runFor(TICK_MS);
        }
      };
      // What is loaded and compiled once is no growth.
      await live(150);
      if (window) await walk(page, 'Servers');
      for (let hour = 0; hour <= hours; hour++) {
        if (hour > 0) {
          await live(TICKS_AN_HOUR);
          if (window) await walk(page, 'Servers');
        }
        const point = { hour, ...(await heapOf(cdp)) };
        points.push(point);
        say(`${name}, after ${hour} h and ${events} events: ${(point.bytes / 2 ** 20).toFixed(2)} MiB, ${point.nodes} nodes`);
      }
      rows.push({ name, points, events });
      await page.context().close();
    }
  } finally {
    await flood.stop();
  }
  return rows;
}

/** A real download's record; null where none could be begun. */
async function pausedDownload(agent) {
  const task = await post(agent, '/api/models/download', { model_id: 'bench/model-0005' }).catch(() => null);
  return task && { ...task, status: 'downloading', total_bytes: 100_000 };
}

/** Requests of each page within an hour in which nothing happens. @returns rows of { name, requests }. */
export async function measureRest(browser, agent, minutes) {
  const rows = [];
  for (const { name, path, texts } of pagesOf(agent.running)) {
    const page = await newPage(browser, agent, { clock: true });
    const requests = [];
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(agent.address + path);
    await page.waitForFunction((all) => all.every((text) => document.documentElement.outerHTML.includes(text)), texts, { polling: 100 });
    // What it fetches behind its first data belongs to opening it.
    await page.waitForTimeout(1500);
    requests.length = 0;
    await page.clock.runFor(minutes * 60_000);
    await page.waitForTimeout(500);
    rows.push({ name, requests: [...requests] });
    await page.context().close();
  }
  return rows;
}
