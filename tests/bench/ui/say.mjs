/** Says what was measured of the page, and holds it to what is promised. */

/** The dropdown's and the window's first paint with data, median, ms. */
const DROPDOWN_MS = 100;
const WINDOW_MS = 300;
/** Scripts of the dropdown, compressed. */
const DROPDOWN_KB = 150;
const LONG_TASK_MS = 50;
const SEARCH_MS = 100;
const EXPORT_MS = 1000;
/** Growth of a page's heap from the first hour of events to the last. */
const GROWTH_MIB = 1;

/** @param tools `say`, `table`, `median`, `figure`, `ratio` of run.mjs. @returns the promises. */
export function sayUi(
  { paints, scrolls, logs, heaps, rests, running, browser },
  { rounds, hours, minutes },
  { say, table, median, figure, ratio },
) {
  const promises = [];
  const most = (values) => (values.length === 0 ? 0 : Math.max(...values));
  const MiB = (bytes) => bytes / 2 ** 20;
  say(`\n## The page: Chromium ${browser}, ${running === false ? 'no model running' : 'a model running'}\n`);
  if (paints.length > 0) {
    say(`Opened ${rounds} times each by a browser that has nothing of it, a warm agent; median / least.\n`);
    say(
      table(
        ['', 'first paint ms', 'paint with data ms', 'data ÷ bare page', 'usable ms', 'scripts kB', 'compressed kB'],
        paints.map(({ name, firstMs, dataMs, usableMs, bytes, gzip }) => [
          name,
          ...[firstMs, dataMs].map((values) => `${figure(median(values))} / ${figure(Math.min(...values))}`),
          ratio(median(dataMs), median(paints[0].dataMs)),
          `${figure(median(usableMs))} / ${figure(Math.min(...usableMs))}`,
          figure(bytes / 1000),
          figure(gzip / 1000),
        ]),
      ),
    );
    // How soon the hub answers is not ours to promise.
    for (const { name, dataMs } of paints.slice(1).filter(({ asksHub }) => asksHub !== true))
      promises.push({
        name: `${name}: paint with data (median)`,
        value: median(dataMs),
        limit: name === 'dropdown' ? DROPDOWN_MS : WINDOW_MS,
        unit: 'ms',
        hint: `a bare page took ${figure(median(paints[0].dataMs))} ms: far more than 30 is other work on this machine`,
      });
    promises.push({ name: 'dropdown: scripts, compressed', value: paints[1].gzip / 1000, limit: DROPDOWN_KB, unit: 'kB' });
  }
  if (scrolls.length > 0) {
    say('\nScrolled from end to end; a long task is one over 50 ms.\n');
    say(
      table(
        ['', 'height px', 'rows drawn at most', 'long tasks', 'longest ms'],
        scrolls.map(({ name, height, rows, tasks }) => [name, String(height), String(rows), String(tasks.length), figure(most(tasks))]),
      ),
    );
    for (const { name, tasks } of scrolls)
      promises.push({ name: `scrolling ${name}: longest task`, value: most(tasks), limit: LONG_TASK_MS, unit: 'ms' });
  }
  if (logs !== null) {
    say(`\nLogs: ${logs.lines} lines exported.`);
    promises.push(
      { name: 'logs: search in 10,000 lines, to its highlights (median)', value: median(logs.searchMs), limit: SEARCH_MS, unit: 'ms' },
      { name: 'logs: export of all lines (median)', value: median(logs.exportMs), limit: EXPORT_MS, unit: 'ms' },
    );
  }
  if (heaps.length > 0) {
    say(`\nLeft open for ${hours} hours of events, told in a row; after each hour what is left behind a garbage collection.\n`);
    say(
      table(
        ['', 'events', ...heaps[0].points.map(({ hour }) => `${hour} h MiB`), 'nodes', 'listeners'],
        heaps.map(({ name, events, points }) => [
          name,
          String(events),
          ...points.map(({ bytes }) => figure(MiB(bytes), 2)),
          `${points[0].nodes} → ${points.at(-1).nodes}`,
          `${points[0].listeners} → ${points.at(-1).listeners}`,
        ]),
      ),
    );
    for (const { name, points } of heaps)
      promises.push({
        name: `heap of the ${name}: growth over the hours`,
        value: MiB(points.at(-1).bytes - points[0].bytes),
        limit: GROWTH_MIB,
        unit: 'MiB',
      });
  }
  if (rests.length > 0) {
    const asked = rests.filter(({ requests }) => requests.length > 0);
    for (const { name, requests } of asked) say(`\n${name} asks while nothing happens: ${[...new Set(requests)].join(', ')}`);
    promises.push({
      name: `requests of ${rests.length} pages in ${minutes} idle minutes each`,
      value: rests.reduce((sum, { requests }) => sum + requests.length, 0),
      limit: 0,
      unit: '',
    });
  }
  return promises;
}
