import { mkdtempSync, writeFileSync } from 'node:fs';
import { end } from './processes.mjs';
import { openBrowser, startDesk, startHubOf, writeLog, newPage } from './ui/rig.mjs';
import { pagesOf } from './ui/paint.mjs';
await import('./raycast/typescript.mjs');
const folder = mkdtempSync('/tmp/wf-');
const hub = await startHubOf(50);
const browser = await openBrowser();
const desk = await startDesk(folder, hub.url, 30);
writeLog(desk, 10000);
const only = process.argv.slice(2);
function watchFor(texts) {
  globalThis.lt = [];
  new PerformanceObserver((l) => { for (const e of l.getEntries()) globalThis.lt.push([Math.round(e.startTime), Math.round(e.duration)]); }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    const text = document.body?.textContent ?? '';
    const values = () => [...document.querySelectorAll('input')].map((one) => one.value).join('\n');
    if (!texts.every((one) => text.includes(one) || values().includes(one))) return;
    observer.disconnect();
    globalThis.domAt = performance.now();
    requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { globalThis.shownAt = performance.now(); }; port2.postMessage(null); });
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}
const ROUNDS = 4;
for (const p of pagesOf(desk.running)) {
  if (only.length && !only.includes(p.name)) continue;
  const rounds = [];
  for (let r = 0; r < ROUNDS; r++) {
    const page = await newPage(browser, desk, { size: p.size });
    await page.addInitScript(watchFor, p.texts);
    let cdp;
    if (r === ROUNDS - 1 && process.env.PROFILE) { cdp = await page.context().newCDPSession(page); await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval', { interval: 200 }); await cdp.send('Profiler.start'); }
    await page.goto(desk.address + p.path);
    await page.waitForFunction(() => globalThis.shownAt !== undefined, undefined, { polling: 50, timeout: 20000 });
    if (cdp) { const { profile } = await cdp.send('Profiler.stop'); writeFileSync(`/tmp/prof-${p.name}.json`, JSON.stringify(profile)); }
    const m = await page.evaluate(() => ({
      fcp: Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1), dom: Math.round(globalThis.domAt), data: Math.round(globalThis.shownAt), lt: globalThis.lt,
      nav: (() => { const n = performance.getEntriesByType('navigation')[0]; return [n.responseStart, n.responseEnd, n.domInteractive, n.domContentLoadedEventEnd].map(Math.round); })(),
      res: performance.getEntriesByType('resource').map((e) => [e.name.replace(location.origin, ''), Math.round(e.startTime), Math.round(e.requestStart), Math.round(e.responseEnd), e.transferSize]),
    }));
    await page.context().close();
    rounds.push(m);
  }
  const last = rounds.at(-1 - (process.env.PROFILE ? 1 : 0));
  console.log(`== ${p.name}: fcp ${rounds.map((m) => m.fcp)} dom ${rounds.map((m) => m.dom)} data ${rounds.map((m) => m.data)}; nav ${last.nav}; longtasks ${JSON.stringify(last.lt)}; resources ${last.res.length}, js ${last.res.filter((r) => /\.js/.test(r[0])).length}`);
  if (process.env.RES) for (const r of last.res) console.log('   ', r.join(' '));
}
await end(desk); await hub.stop(); await browser.close();
process.exit(0);
