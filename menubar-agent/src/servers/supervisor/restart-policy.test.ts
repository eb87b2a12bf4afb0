import { RestartPolicy } from './restart-policy.js';

const limits = { maxRestarts: 10, window: 600_000, backoffMin: 1_000, backoffMax: 30_000 };

test('pauses double up to 30 s', () => {
  const policy = new RestartPolicy();
  const delays = Array.from({ length: 7 }, (_, i) => policy.crashed(i, limits)).map((each) => (each.restart ? each.delay : null));
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('crashes older than the window do not count', () => {
  const policy = new RestartPolicy();
  const few = { ...limits, maxRestarts: 1 };
  expect(policy.crashed(0, few)).toEqual({ restart: true, delay: 1_000 });
  expect(policy.crashed(599_999, few)).toEqual({ restart: false, crashes: 2 });
  expect(policy.crashed(1_200_000, few)).toEqual({ restart: true, delay: 1_000 });
  expect(new RestartPolicy().crashed(0, { ...few, maxRestarts: 0 })).toEqual({ restart: false, crashes: 1 });
});
