/** The page in a Chromium, against a real agent: first paint, size, scrolling, heap, and quiet. */
import { end } from '../processes.mjs';
import { measurePaints } from './paint.mjs';
import { measureHeap, measureRest } from './rest.mjs';
import { openBrowser, startDesk, startHubOf, writeLog } from './rig.mjs';
import { measureLogs, measureScrolls } from './scroll.mjs';

/** What is on a usual desk, and on a very full one. */
const USUAL = 30;
const MANY = 1000;
const LOG_LINES = 10_000;

const LISTS = [
  {
    name: '1,000 models here',
    path: '/models',
    text: 'model-0001',
    prepare: async (page) => {
      await page.getByRole('tab', { name: /Downloaded/ }).click();
      await page.getByLabel('Downloaded models').getByText('model-0000').first().waitFor();
    },
  },
  { name: 'models of the hub', path: '/models', text: 'model-0001' },
  { name: '1,000 profiles', path: '/profiles', text: 'Profile 0001' },
  { name: '10,000 log lines', path: '/logs', text: 'progress' },
];

/**
 * @param rounds openings of each page; searches.
 * @param hours of events that a page is left open for.
 * @param say told how it goes on.
 */
export async function measureUi(folder, { rounds, hours, minutes, only }, say) {
  await import('../raycast/typescript.mjs');
  const wants = (part) => only.length === 0 || only.includes(part);
  const hub = await startHubOf(MANY);
  const browser = await openBrowser();
  try {
    const measured = { paints: [], scrolls: [], logs: null, heaps: [], rests: [], browser: browser.version() };
    if (wants('paint') || wants('heap') || wants('rest')) {
      const desk = await startDesk(folder, hub.url, USUAL);
      measured.running = desk.running;
      writeLog(desk, LOG_LINES);
      if (wants('paint')) measured.paints = await measurePaints(browser, desk, rounds);
      if (wants('rest')) measured.rests = await measureRest(browser, desk, minutes);
      if (wants('heap')) measured.heaps = await measureHeap(browser, desk, hours, say);
      await end(desk);
    }
    if (wants('scroll') || wants('logs')) {
      const desk = await startDesk(folder, hub.url, MANY);
      writeLog(desk, LOG_LINES);
      if (wants('scroll')) measured.scrolls = await measureScrolls(browser, desk, LISTS);
      if (wants('logs')) measured.logs = await measureLogs(browser, desk, rounds);
      await end(desk);
    }
    return measured;
  } finally {
    await browser.close();
    await hub.stop();
  }
}
