import type { Clock } from '../core/index.js';
import { ProgressTicker, SpeedMeter } from './progress.js';

/** A clock that a test moves. */
function handClock(): Clock & { pass(ms: number): void } {
  let now = 1_000_000;
  const tasks = new Set<{ at: number; task: () => void }>();
  return {
    now: () => now,
    schedule(task, ms) {
      const entry = { at: now + ms, task };
      tasks.add(entry);
      return () => tasks.delete(entry);
    },
    pass(ms) {
      for (const end = now + ms; now < end; now += 1) {
        for (const entry of [...tasks]) {
          if (entry.at > now) continue;
          tasks.delete(entry);
          entry.task();
        }
      }
    },
  };
}

test('speed is that of the last seconds, and falls to nothing when nothing comes', () => {
  const clock = handClock();
  const meter = new SpeedMeter(clock);
  expect(meter.bytesPerSecond).toBe(0);
  for (let i = 0; i < 100; i += 1) {
    meter.add(100_000);
    clock.pass(100);
  }
  expect(meter.bytesPerSecond).toBeGreaterThan(950_000);
  expect(meter.bytesPerSecond).toBeLessThan(1_050_000);
  clock.pass(2_500);
  expect(meter.bytesPerSecond).toBeLessThan(600_000);
  clock.pass(3_000);
  expect(meter.bytesPerSecond).toBe(0);
  // The first bytes after a pause do not make a fabulous figure.
  meter.add(1_000);
  expect(meter.bytesPerSecond).toBe(2_000);
});

test('at most four announcements a second while bytes come, one while none do, none once stopped', () => {
  const clock = handClock();
  let told = 0;
  const ticker = new ProgressTicker(clock, () => (told += 1));
  ticker.start();
  for (let i = 0; i < 1_000; i += 1) {
    ticker.moved();
    clock.pass(10);
  }
  expect(told).toBeGreaterThanOrEqual(39);
  expect(told).toBeLessThanOrEqual(41);
  told = 0;
  clock.pass(10_000);
  expect(told).toBeGreaterThanOrEqual(9);
  expect(told).toBeLessThanOrEqual(11);
  ticker.stop();
  told = 0;
  clock.pass(10_000);
  expect(told).toBe(0);
});
