/** Scrolling long lists: tasks that hold up a frame (W3C Long Tasks, over 50 ms), and how a page of logs searches and exports. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { newPage } from './rig.mjs';

const STEPS = 120;

/** In the page: the box that scrolls and has most in it. */
const tallest = () =>
  [...document.querySelectorAll('main, main *')]
    .filter((one) => one.scrollHeight > one.clientHeight + 100 && /auto|scroll/.test(getComputedStyle(one).overflowY))
    .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];

/**
 * Turns the wheel from the top to the bottom, or for so many steps, and back to the top with the End and Home of the list.
 * @returns milliseconds of the long tasks meanwhile, how far it went, and the rows drawn at most.
 */
export async function scroll(page) {
  await page.evaluate(`globalThis.box = (${tallest})()`);
  return page.evaluate(async (steps) => {
    const { box } = globalThis;
    if (!box) return { tasks: [], height: 0, rows: 0 };
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: 'longtask' });
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    let rows = 0;
    const step = Math.max(400, (box.scrollHeight - box.clientHeight) / steps);
    box.scrollTop = 0;
    await frame();
    for (let i = 0; i < steps; i++) {
      box.scrollTop += step;
      await frame();
      rows = Math.max(rows, box.querySelectorAll('[data-index]').length);
    }
    const height = box.scrollHeight;
    // By page, as the wheel does it: many small steps back.
    for (let i = 0; i < steps; i++) {
      box.scrollTop -= 120;
      await frame();
    }
    box.scrollTop = 0;
    await frame();
    await new Promise((rest) => setTimeout(rest, 300));
    observer.disconnect();
    return { tasks, height, rows };
  }, STEPS);
}

/** @returns rows of { name, tasks, height, rows }. */
export async function measureScrolls(browser, agent, lists) {
  const found = [];
  for (const { name, path, text, prepare } of lists) {
    const page = await newPage(browser, agent);
    await page.goto(agent.address + path);
    await page.getByText(text).first().waitFor({ timeout: 60_000 });
    await prepare?.(page);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    found.push({ name, ...(await scroll(page)) });
    await page.context().close();
  }
  return found;
}

/** In the page: from the first sign of `needle` in the search to the frame with its first highlight. */
function timeSearch(needle) {
  globalThis.foundAt = undefined;
  const begin = () => {
    globalThis.askedAt = performance.now();
  };
  document.addEventListener('input', begin, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    const marks = [...document.querySelectorAll('mark')];
    if (!marks.some((mark) => mark.textContent.toLowerCase() === needle)) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        globalThis.foundAt = performance.now();
      };
      port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** Search and export over all lines of the page of logs. @returns { searchMs, exportMs } as lists, and lines exported. */
export async function measureLogs(browser, agent, rounds) {
  const page = await newPage(browser, agent);
  await page.goto(`${agent.address}/logs`);
  await page.getByText('progress').first().waitFor({ timeout: 60_000 });
  const search = page.locator('[data-page-search]');
  const searchMs = [];
  const exportMs = [];
  let lines = 0;
  for (let i = 0; i <= rounds; i++) {
    await search.fill('');
    await page.waitForTimeout(300);
    await page.evaluate(timeSearch, 'needle');
    await search.fill('needle');
    await page.waitForFunction(() => globalThis.foundAt !== undefined, undefined, { polling: 50, timeout: 20_000 });
    const ms = await page.evaluate(() => globalThis.foundAt - globalThis.askedAt);
    if (i > 0) searchMs.push(ms);
  }
  await search.fill('');
  await page.waitForTimeout(300);
  for (let i = 0; i < Math.min(3, rounds); i++) {
    const began = performance.now();
    const [download] = await Promise.all([page.waitForEvent('download'), exportAll(page)]);
    const file = await download.path();
    exportMs.push(performance.now() - began);
    lines = readFileSync(file, 'utf8').split('\n').length - 1;
  }
  await page.context().close();
  return { searchMs, exportMs, lines };
}

async function exportAll(page) {
  await page
    .getByRole('button', { name: /export/i })
    .first()
    .click();
  await page.getByRole('menuitem').first().click();
}
