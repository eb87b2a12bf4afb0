import { setTimeout as pause } from 'node:timers/promises';
import { patienceFor, StallWatch } from './stall-watch.js';

/** @returns a watch, and a wait for its next report. */
function setUp(patience: (bytes: number) => number) {
  const reports: number[] = [];
  let tell = Promise.withResolvers<number>();
  const watch = new StallWatch(async (id) => {
    reports.push(id);
    tell.resolve(id);
    tell = Promise.withResolvers();
  }, patience);
  return { watch, reports, next: () => tell.promise };
}

test('silence at a request is reported, again and again, until it is over', async () => {
  const { watch, reports, next } = setUp(() => 20);
  const since = performance.now();
  const listener = watch.listen(7, 1);
  expect([await next(), await next()]).toEqual([7, 7]);
  expect(performance.now() - since).toBeGreaterThan(35);
  listener.over();
  listener.over();
  const known = reports.length;
  await pause(60);
  expect(reports.length).toBe(known);
});

test('an engine that answers one request is not silent for another; a steady flow of requests hides no silence', async () => {
  const { watch, reports, next } = setUp(() => 60);
  const [speaks, waits] = [watch.listen(7, 1), watch.listen(7, 1)];
  for (let i = 0; i < 12; i++) {
    await pause(10);
    speaks.heard();
  }
  expect(reports).toEqual([]);
  expect(Date.now() - watch.heardAt(7)).toBeLessThan(50);
  expect(watch.heardAt(8)).toBe(0);
  speaks.over();
  const flow = setInterval(() => watch.listen(7, 1), 15);
  expect(await next()).toBe(7);
  clearInterval(flow);
  waits.over();
});

test('the longest prompt decides how long', async () => {
  const { watch, reports, next } = setUp((bytes) => bytes);
  const all = [watch.listen(7, 10), watch.listen(7, 150)];
  await pause(80);
  expect(reports).toEqual([]);
  expect(await next()).toBe(7);
  for (const one of all) one.over();
  // 128,000 tokens; a picture of 20 MB.
  expect([patienceFor(300), patienceFor(460_000), patienceFor(20e6)]).toEqual([61_500, 1_800_000, 1_800_000]);
});
