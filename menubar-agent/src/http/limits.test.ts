import { nameMatcher, priorityOf, type CallerKey } from './caller-key.js';
import { formatDuration, RateLimits } from './limits.js';
import { cpuMs } from '../../../tests/support/cpu.js';

const key = (changes: Partial<CallerKey> = {}): CallerKey => ({
  id: 1,
  name: 'test',
  priority: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  models: null,
  mayUse: () => true,
  ...changes,
});
/** Limits on a clock that a test moves. */
function withClock(): { limits: RateLimits; pass(ms: number): void } {
  let now = Date.parse('2026-11-21T12:00:00Z');
  return { limits: new RateLimits(() => now), pass: (ms) => (now += ms) };
}

describe('requests a minute', () => {
  test('as many as allowed, then one each time one has come back', () => {
    const { limits, pass } = withClock();
    const limited = key({ requestsPerMinute: 3 });
    const left = [1, 2, 3].map(() => limits.take(limited).headers['x-ratelimit-remaining-requests']);
    expect(left).toEqual(['2', '1', '0']);
    const refused = limits.take(limited);
    expect(refused).toMatchObject({
      ok: false,
      headers: {
        'x-ratelimit-limit-requests': '3',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m0s',
        'retry-after': '20',
      },
      error: { code: 'RATE_LIMIT_EXCEEDED', status: 429, details: { retryAfter: 20, what: 'requests', limit: 3 } },
    });
    pass(19_999);
    expect(limits.take(limited).ok).toBe(false);
    pass(1);
    expect(limits.take(limited).ok).toBe(true);
    expect(limits.take(limited).ok).toBe(false);
  });

  test('who waits as told is let in; a refused request costs nothing; nobody gets more than their due', () => {
    // Seeded, so that a failure can be had again.
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 50; round++) {
      const { limits, pass } = withClock();
      const limit = 1 + random(40);
      const limited = key({ requestsPerMinute: limit });
      let granted = 0;
      let elapsed = 0;
      for (let step = 0; step < 300; step++) {
        const verdict = limits.take(limited);
        if (verdict.ok) granted++;
        else if (random(3) === 0) {
          const wait = Number(verdict.headers['retry-after']) * 1000;
          pass(wait);
          elapsed += wait;
          expect(limits.take(limited).ok).toBe(true);
          granted++;
        }
        const idle = random(500);
        pass(idle);
        elapsed += idle;
        expect(granted).toBeLessThanOrEqual(limit + (elapsed * limit) / 60_000 + 1e-3);
      }
    }
  });

  test('each key has its own; a changed limit counts at once', () => {
    const { limits } = withClock();
    expect(limits.take(key({ requestsPerMinute: 1 })).ok).toBe(true);
    expect(limits.take(key({ requestsPerMinute: 1 })).ok).toBe(false);
    expect(limits.take(key({ id: 2, requestsPerMinute: 1 })).ok).toBe(true);
    expect(limits.take(key({ requestsPerMinute: 3 })).headers['x-ratelimit-remaining-requests']).toBe('1');
    expect(limits.take(key()).headers).toEqual({});
  });

  test('a clock that is set back does not stop it', () => {
    const { limits, pass } = withClock();
    const limited = key({ requestsPerMinute: 60 });
    for (let i = 0; i < 60; i++) limits.take(limited);
    pass(-3_600_000);
    expect(limits.take(limited).ok).toBe(false);
    pass(1000);
    expect(limits.take(limited).ok).toBe(true);
  });
});

describe('tokens a minute', () => {
  test('an answer may overdraw, and the next request waits for it', () => {
    const { limits, pass } = withClock();
    const limited = key({ tokensPerMinute: 600 });
    expect(limits.take(limited)).toMatchObject({ ok: true, headers: { 'x-ratelimit-remaining-tokens': '600' } });
    limits.spent(1, 900);
    expect(limits.take(limited)).toMatchObject({
      ok: false,
      headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m30s', 'retry-after': '31' },
      error: { details: { what: 'tokens' } },
    });
    pass(31_000);
    expect(limits.take(limited)).toMatchObject({ ok: true, headers: { 'x-ratelimit-remaining-tokens': '10' } });
  });

  test('what came back while a long answer was made is not set against that answer', () => {
    const { limits, pass } = withClock();
    const limited = key({ tokensPerMinute: 600 });
    limits.take(limited);
    pass(300_000);
    limits.spent(1, 600);
    expect(limits.take(limited).ok).toBe(false);
  });

  test('without a key, or for one without limits, nothing is kept', () => {
    const { limits } = withClock();
    limits.spent(null, 1e9);
    limits.spent(5, 1e9);
    expect(limits.take(null)).toEqual({ ok: true, headers: {} });
    expect(limits.take(key({ id: 5, tokensPerMinute: 10 })).ok).toBe(true);
  });
});

test('Anthropic’s headers: instants', () => {
  const { limits } = withClock();
  const limited = key({ requestsPerMinute: 2, tokensPerMinute: 100 });
  expect(limits.take(limited, 'anthropic').headers).toEqual({
    'anthropic-ratelimit-requests-limit': '2',
    'anthropic-ratelimit-requests-remaining': '1',
    'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:30Z',
    'anthropic-ratelimit-tokens-limit': '100',
    'anthropic-ratelimit-tokens-remaining': '100',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:00Z',
  });
});

test('many keys come and go without piling up, and those in use keep what they used', () => {
  const { limits, pass } = withClock();
  for (let id = 10; id < 1100; id++) limits.take(key({ id, requestsPerMinute: 1 }));
  pass(60_000);
  limits.take(key({ requestsPerMinute: 1 }));
  for (let id = 2000; id < 2010; id++) limits.take(key({ id, requestsPerMinute: 1 }));
  expect(limits.take(key({ requestsPerMinute: 1 })).ok).toBe(false);
  expect(limits.size).toBeLessThan(20);
});

test.each([
  [0, '0ms'],
  [12, '12ms'],
  [1500, '1.5s'],
  [59_999, '60s'],
  [360_000, '6m0s'],
])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

describe('how urgent', () => {
  test.each([
    ['the header', { 'x-mlx-manager-priority': 'batch', 'user-agent': 'Mozilla/5.0' }, 'interactive', 'priority', 'batch'],
    ['then the body', { 'user-agent': 'Mozilla/5.0' }, 'interactive', 'flex', 'batch'],
    ['a tier that says nothing is passed over', {}, 'batch', 'auto', 'batch'],
    ['a tier of another kind too', {}, 'batch', 'constructor', 'batch'],
    ['then the key', { 'user-agent': 'Mozilla/5.0' }, 'batch', undefined, 'batch'],
    ['then the client: a browser', { 'user-agent': 'Mozilla/5.0' }, null, undefined, 'interactive'],
    ['then the client: a library', { 'user-agent': 'OpenAI/Python 1.0' }, null, undefined, 'normal'],
    ['nobody says anything', {}, null, undefined, 'normal'],
  ] as const)('%s', (_, headers, ofKey, tier, expected) => {
    expect(priorityOf(headers, key({ priority: ofKey }), tier)).toBe(expected);
  });

  test('without a key', () => expect(priorityOf({}, null)).toBe('normal'));
  test('a word that is none is INVALID_REQUEST', () => {
    expect(() => priorityOf({ 'x-mlx-manager-priority': 'urgent' }, null)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('which models', () => {
  test.each([
    [null, ['anything'], true],
    [['Tiny'], ['tiny'], true],
    [['Tiny'], ['tiny2'], false],
    [['alias'], ['Profile', 'alias', 'org/name'], true],
    [['mlx-community/*'], ['Profile', 'mlx-community/Qwen'], true],
    [['mlx-community/*'], ['other/mlx-community/x'], false],
    [['*-4bit'], ['a-4bit'], true],
    [['a*a'], ['a'], false],
    [['a*b*c'], ['aXbYc'], true],
    [['a*b*c'], ['aXcYb'], false],
    [['a.c'], ['abc'], false],
    [['*'], [''], true],
  ])('%j lets %j in: %s', (models, names, expected) => expect(nameMatcher(models)(names)).toBe(expected));

  test('a pattern of many stars is quick', () => {
    const cost = cpuMs(() => {
      expect(nameMatcher(['a*'.repeat(96)])(['a'.repeat(20_000)])).toBe(true);
      expect(nameMatcher([`${'*a'.repeat(95)}b`])(['a'.repeat(20_000)])).toBe(false);
    });
    expect(cost).toBeLessThan(1_000);
  });
});
