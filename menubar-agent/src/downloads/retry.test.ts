import { AgentError } from '@mlx-manager/shared';
import { AddressExpired, StallError, withRetries, type RetryContext } from './retry.js';
import { DEFAULT_LIMITS } from './types.js';

/** A context whose waits pass at once and are written down. */
function context(limits: Partial<typeof DEFAULT_LIMITS> = {}): RetryContext & { waits: number[]; controller: AbortController } {
  const waits: number[] = [];
  const controller = new AbortController();
  return {
    waits,
    controller,
    clock: {
      now: () => 0,
      schedule(task, ms) {
        waits.push(ms);
        queueMicrotask(task);
        return () => undefined;
      },
    },
    limits: { ...DEFAULT_LIMITS, maxAttempts: 5, ...limits },
    endpoint: 'http://hub.test',
    what: 'a file',
    signal: controller.signal,
    onRetry: () => undefined,
  };
}
const failing = (error: Error) => async (): Promise<never> => Promise.reject(error);

test('waits double up to the longest, with some chance in them', async () => {
  const here = context({ maxAttempts: 9, firstDelayMs: 1000, longestDelayMs: 30_000 });
  await expect(withRetries(here, failing(new StallError()))).rejects.toMatchObject({
    code: 'DOWNLOAD_STALLED',
    details: { seconds: 30, attempts: 9 },
  });
  const full = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
  expect(here.waits).toHaveLength(full.length);
  here.waits.forEach((ms, i) => {
    expect(ms).toBeGreaterThanOrEqual(full[i]! / 2);
    expect(ms).toBeLessThanOrEqual(full[i]!);
  });
});

test('an attempt that brings bytes begins the count anew', async () => {
  const here = context({ maxAttempts: 3 });
  let brought = 0;
  let attempts = 0;
  const task = async (): Promise<string> => {
    attempts += 1;
    if (attempts % 2 === 0) brought += 1;
    if (attempts < 20) throw new TypeError('cut');
    return 'done';
  };
  expect(await withRetries(here, task, () => brought)).toBe('done');
});

test.each([
  ['a gated model', new AgentError('MODEL_GATED'), 'MODEL_GATED', 0],
  ['a full disk', new AgentError('DISK_FULL'), 'DISK_FULL', 0],
  ['a 404', new AgentError('HUB_ERROR', { status: 404 }), 'HUB_ERROR', 0],
  ['a 500', new AgentError('HUB_ERROR', { status: 500 }), 'HUB_ERROR', 4],
  ['no network', new TypeError('fetch failed'), 'HUB_UNREACHABLE', 4],
  ['a limit', new AgentError('HUB_RATE_LIMITED', { retryAfter: 7 }), 'HUB_RATE_LIMITED', 4],
])('%s', async (_, error, code, retries) => {
  const here = context();
  await expect(withRetries(here, failing(error))).rejects.toMatchObject({ code });
  expect(here.waits).toHaveLength(retries);
});

test('a limit is waited out as told, but not for hours; an expired address is replaced at once', async () => {
  const limited = context({ maxAttempts: 2 });
  await expect(withRetries(limited, failing(new AgentError('HUB_RATE_LIMITED', { retryAfter: 7 })))).rejects.toThrow();
  expect(limited.waits).toEqual([7000]);
  const long = context({ maxAttempts: 2 });
  await expect(withRetries(long, failing(new AgentError('HUB_RATE_LIMITED', { retryAfter: 86_400 })))).rejects.toThrow();
  expect(long.waits).toEqual([900_000]);
  const expired = context({ maxAttempts: 3 });
  await expect(withRetries(expired, failing(new AddressExpired('403')))).rejects.toMatchObject({ code: 'HUB_ERROR' });
  expect(expired.waits).toHaveLength(1);
});

test('a pause ends a wait at once', async () => {
  const here = context();
  let cancelled = false;
  const waiting = withRetries(
    { ...here, clock: { now: () => 0, schedule: () => () => (cancelled = true) } },
    failing(new TypeError('cut')),
  );
  setImmediate(() => here.controller.abort(new Error('paused')));
  await expect(waiting).rejects.toThrow('paused');
  expect(cancelled).toBe(true);
});
