import { jest } from '@jest/globals';
import { patienceFor, StallWatch } from './stall-watch.js';

const pass = (ms: number): void => jest.advanceTimersByTime(ms);
/** A watch, and the profiles it reports. */
function setUp(patience: (bytes: number) => number) {
  const reports: number[] = [];
  const watch = new StallWatch(async (id) => void reports.push(id), patience);
  return { watch, reports };
}
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('silence at a request is reported, again and again, until it is over', () => {
  const { watch, reports } = setUp(() => 20);
  const listener = watch.listen(7, 1);
  pass(19);
  expect(reports).toEqual([]);
  pass(1);
  expect(reports).toEqual([7]);
  pass(20);
  expect(reports).toEqual([7, 7]);
  listener.over();
  listener.over();
  pass(60);
  expect(reports).toEqual([7, 7]);
});

test('an engine that answers one request is not silent for another; a steady flow of requests hides no silence', () => {
  const { watch, reports } = setUp(() => 60);
  const [speaks, waits] = [watch.listen(7, 1), watch.listen(7, 1)];
  for (let i = 0; i < 12; i++) {
    pass(10);
    speaks.heard();
  }
  expect(reports).toEqual([]);
  expect(watch.heardAt(7)).toBe(Date.now());
  expect(watch.heardAt(8)).toBe(0);
  speaks.over();
  for (let i = 0; i < 4; i++) {
    expect(reports).toEqual([]);
    watch.listen(7, 1);
    pass(15);
  }
  expect(reports).toEqual([7]);
  waits.over();
});

test('the longest prompt decides how long', () => {
  const { watch, reports } = setUp((bytes) => bytes);
  const all = [watch.listen(7, 10), watch.listen(7, 150)];
  pass(149);
  expect(reports).toEqual([]);
  pass(1);
  expect(reports).toEqual([7]);
  for (const one of all) one.over();
  // 128,000 tokens; a picture of 20 MB.
  expect([patienceFor(300), patienceFor(460_000), patienceFor(20e6)]).toEqual([61_500, 1_800_000, 1_800_000]);
});
